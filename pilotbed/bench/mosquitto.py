"""A Mosquitto of its own for a benchmark, with the limits that we deploy."""

import getpass
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.address import BrokerAddress
from pilotbed.bench.figures import CannotRun

LIMITS = Path(__file__).resolve().parents[2] / "deploy" / "mosquitto" / "limits.conf"

DEBIAN_FOLDERS = "/usr/sbin:/usr/local/sbin"
"""Debian installs the broker where a user's PATH does not look."""

_START_WITHIN_S = 20.0
_STOP_WITHIN_S = 10.0


@contextmanager
def mosquitto(folder: Path) -> Iterator[BrokerAddress]:
    """A broker on loopback that keeps its state in `folder`. Raises `CannotRun` when it is not installed."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path=DEBIAN_FOLDERS)
    if program is None:
        raise CannotRun("mosquitto is not installed: install the Debian package mosquitto")
    if not LIMITS.exists():
        raise CannotRun(f"{LIMITS} is missing: benchmarks run from the repository (pip install --editable .)")
    address = BrokerAddress("127.0.0.1", _free_port())
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "mosquitto.conf"
    configuration.write_text(
        # Started by root it would become a user who cannot save anything in this folder.
        f"user {getpass.getuser()}\nlistener {address.port} {address.host}\nallow_anonymous true\n"
        f"persistence_location {folder}/\n" + LIMITS.read_text(encoding="utf-8"),
        encoding="utf-8",
    )
    log = folder / "mosquitto.log"
    with log.open("wb") as output:
        process = subprocess.Popen([program, "-c", str(configuration)], stderr=output)
        try:
            _wait_until_listening(process, address, log)
            yield address
        finally:
            process.terminate()
            try:
                process.wait(_STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_listening(process: "subprocess.Popen[bytes]", address: BrokerAddress, log: Path) -> None:
    deadline = time.monotonic() + _START_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((address.host, address.port)) == 0:
                return
        time.sleep(0.02)
    said = log.read_text(encoding="utf-8", errors="replace").strip()
    raise CannotRun(f"mosquitto does not listen on port {address.port}: {said or 'it said nothing'}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
