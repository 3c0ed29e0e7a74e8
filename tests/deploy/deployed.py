"""The Mosquitto that we deploy, run here: the very files of deploy/mosquitto, with other paths and ports."""

import getpass
import os
import signal
import socket
import subprocess
from pathlib import Path

from ingest.address import BrokerAddress
from tests.brokers import free_port
from tests.parts import require
from tests.waiting import wait_for

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
MOSQUITTO = DEPLOY / "mosquitto"

USER, PASSWORD = "pilotbed", "ett långt lösenord"


class DeployedMosquitto:
    """A broker with its folders under `folder`; `accounts` is where pilotbed writes its files."""

    def __init__(self, folder: Path) -> None:
        self._program = require("mosquitto")
        self.internal_port, self.device_port = free_port(), free_port()
        self._etc, self._var = folder / "etc", folder / "var"
        self.accounts, self._tls = self._etc / "pilotbed", self._etc / "tls"
        self.ca = self._tls / "ca.pem"
        for made in (self.accounts, self._etc / "conf.d", self._var):
            made.mkdir(parents=True)
        make_certificate(self._tls, "localhost")
        for name, to in (
            ("pilotbed.conf", "mosquitto.conf"),
            ("internal.conf", "conf.d/internal.conf"),
            ("limits.conf", "conf.d/limits.conf"),
        ):
            (self._etc / to).write_text(self._here((MOSQUITTO / name).read_text(encoding="utf-8")))
        # Started by root it would become a user who cannot enter a test's folder.
        (self._etc / "conf.d" / "user.conf").write_text(f"user {getpass.getuser()}\n")
        self._log = folder / "mosquitto.log"
        self._process: subprocess.Popen[bytes] | None = None

    def _here(self, configuration: str) -> str:
        return (
            configuration.replace("/etc/mosquitto", str(self._etc))
            .replace("/var/lib/mosquitto", str(self._var))
            .replace("listener 8883", f"listener {self.device_port}")
            .replace("listener 1883", f"listener {self.internal_port}")
        )

    @property
    def configuration(self) -> Path:
        return self._etc / "mosquitto.conf"

    @property
    def saved(self) -> Path:
        """What the broker writes when it stops."""
        return self._var / "mosquitto.db"

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def internal(self, user: str = USER, password: str = PASSWORD) -> BrokerAddress:
        """Where ingest connects."""
        return BrokerAddress("127.0.0.1", self.internal_port, user, password)

    def device(self, user: str | None, password: str | None) -> BrokerAddress:
        """Where devices connect."""
        return BrokerAddress("localhost", self.device_port, user, password, tls=True, ca=self.ca)

    def start(self) -> None:
        """As a service manager does."""
        self._start(self._program, "-c", str(self.configuration))

    def start_reloading(self) -> None:
        """As the container does, by the script that looks for changes; here every 100 ms."""
        watched = (self.accounts / "passwords", self.accounts / "acl", self._tls / "server.pem")
        self._start(str(MOSQUITTO / "run.sh"), str(self.configuration), *map(str, watched))

    def _start(self, *command: str) -> None:
        environment = os.environ | {"RELOAD_EVERY_S": "0.1", "PATH": f"{os.environ['PATH']}:/usr/sbin"}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stderr=log, stdout=log, env=environment)
        wait_for(lambda: self._listens() or self.has_ended, "the broker")
        assert not self.has_ended, self.log

    @property
    def has_ended(self) -> bool:
        assert self._process is not None
        return self._process.poll() is not None

    def _listens(self) -> bool:
        return all(_accepts(port) for port in (self.internal_port, self.device_port))

    def reload(self) -> None:
        """What `systemctl reload mosquitto` does."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def stop(self) -> int:
        """Stop it cleanly; returns its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(20)


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def make_certificate(folder: Path, host: str) -> None:
    """An authority and a broker's certificate, as docs/operating.md has them made."""
    require("openssl")
    subprocess.run([str(MOSQUITTO / "trial-ca.sh"), str(folder), host], check=True, capture_output=True)
