"""Real brokers for tests: the embedded one, and Debian's Mosquitto with its queue limits lifted."""

import contextlib
import getpass
import random
import socket
import subprocess
import time
from pathlib import Path

from ingest.address import BrokerAddress
from ingest.broker import EmbeddedBroker
from tests.parts import require

CONFIGURATION = Path(__file__).resolve().parents[1] / "deploy" / "mosquitto" / "limits.conf"
"""The limits we deploy are the limits we test with."""


CLEAR_OF_EPHEMERAL_PORTS = range(15_000, 32_000)


def free_port() -> int:
    """A port for a server that a test may stop and start again.

    Not one that the kernel gives to outgoing connections: while the server is stopped, one of those could
    take it, even a client that looks for that very server.
    """
    for port in random.SystemRandom().sample(CLEAR_OF_EPHEMERAL_PORTS, 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no free port found")


class Mosquitto:
    """A Mosquitto of one test, with its own folder and port, which it keeps when it is started again.

    `settings` are lines for its configuration beside ours.
    """

    def __init__(self, folder: Path, settings: str = "") -> None:
        self._program = require("mosquitto")
        self.port = free_port()
        self._folder = folder
        self._configuration = folder / "mosquitto.conf"
        # Started by root it would become a user who cannot save anything in a test's folder.
        self._configuration.write_text(
            f"user {getpass.getuser()}\nlistener {self.port} 127.0.0.1\nallow_anonymous true\n"
            f"persistence_location {folder}/\n{settings}\n" + CONFIGURATION.read_text(encoding="utf-8")
        )
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> BrokerAddress:
        return BrokerAddress("127.0.0.1", self.port)

    @property
    def url(self) -> str:
        return str(self.address)

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._program, "-c", str(self._configuration)], stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError(f"mosquitto does not listen on port {self.port}")

    def stop(self) -> None:
        if self._process is not None:
            process, self._process = self._process, None
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                raise

    def forget(self) -> None:
        """Remove what a stopped broker has saved, as a lost disk does."""
        (self._folder / "mosquitto.db").unlink(missing_ok=True)


Broker = EmbeddedBroker | Mosquitto
