"""The embedded broker: rumqttd in a child process, for trying out on one machine.

Loopback only, one generated account, no topic rules, sessions in memory. Its log keeps a bounded backlog
and then loses the oldest in silence, so publishers stay within what ingest has committed (see
`simulators.publish`), and a heartbeat makes a loss show (see `ingest.heartbeat`); real devices connect to
Mosquitto or any other broker.
"""

import secrets
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import iotcore

from ingest.address import BrokerAddress

LOOPBACK = "127.0.0.1"
USER = "pilotbed"
MAX_PAYLOAD = 4 * 1024 * 1024
SEGMENT_BYTES = 32 * 1024 * 1024
SEGMENTS = 4
"""The log holds at most 128 MiB: enough for a stalled ingest, little enough for a laptop."""

START_S, STOP_S = 10.0, 5.0
POLL_S = 0.05


class BrokerError(Exception):
    """The embedded broker cannot start."""


class EmbeddedBroker:
    """A broker on loopback with a listener each for MQTT 3.1.1 and MQTT 5.

    `folder` gets its configuration with the generated password, readable by this user alone. A port of 0
    means any free one. With `heartbeat`, it publishes its beats on that topic.
    """

    def __init__(self, folder: Path, port: int = 0, port_v5: int = 0, heartbeat: str = "") -> None:
        self.port = _free_port(port)
        self.port_v5 = _free_port(port_v5)
        self._heartbeat = heartbeat
        self._port_beats = _free_port(0)
        self._password = secrets.token_urlsafe(24)
        self._configuration = folder / "broker.toml"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> BrokerAddress:
        return BrokerAddress(LOOPBACK, self.port, USER, self._password)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start and wait until both listeners accept connections. Raises `BrokerError`."""
        self._configuration.parent.mkdir(parents=True, exist_ok=True)
        self._configuration.touch(mode=0o600)
        self._configuration.chmod(0o600)
        self._configuration.write_text(self._toml(), encoding="utf-8")
        broker = iotcore.IotCoreBroker(config_path=str(self._configuration))
        try:
            broker.check_ports()
        except OSError as error:
            raise BrokerError(f"the embedded broker did not start: {error}") from error
        # Not what lies in the folder where we were started (-P); it ends with its standard input.
        command = (sys.executable, "-P", "-m", "ingest.broker_process", self._configuration, self._heartbeat)
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE)
        deadline = time.monotonic() + START_S
        while not all(_accepts(port) for port in (self.port, self.port_v5)):
            if not self.is_running or time.monotonic() > deadline:
                self.stop()
                raise BrokerError(f"the embedded broker did not start within {START_S:.0f} s: see the log")
            time.sleep(POLL_S)

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            assert process.stdin is not None
            process.stdin.close()
        self._configuration.unlink(missing_ok=True)

    def _toml(self) -> str:
        # A short window between acknowledgements would limit the rate; rumqttd's own is 100 whatever is set.
        router = (
            "id = 0\n[router]\nid = 0\nmax_connections = 1000\nmax_outgoing_packet_count = 200\n"
            f"max_segment_size = {SEGMENT_BYTES}\nmax_segment_count = {SEGMENTS}\n"
        )
        listeners = self._listener("v4.1", self.port) + self._listener("v5.1", self.port_v5)
        if self._heartbeat:
            # A listener is a thread: on one of its own no beat waits behind what the devices send.
            listeners += self._listener("v4.2", self._port_beats)
        return router + listeners

    def _listener(self, name: str, port: int) -> str:
        return (
            f'[{name}]\nname = "{name}"\nlisten = "{LOOPBACK}:{port}"\nnext_connection_delay_ms = 1\n'
            f"[{name}.connections]\nconnection_timeout_ms = 60000\nmax_payload_size = {MAX_PAYLOAD}\n"
            "max_inflight_count = 500\ndynamic_filters = true\n"
            f'[{name}.connections.auth]\n{USER} = "{self._password}"\n'
        )


def _accepts(port: int) -> bool:
    with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
        return True
    return False


def _free_port(wanted: int) -> int:
    """The wanted port, or any free one for 0. Raises `BrokerError` when it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, wanted))
        except OSError as error:
            raise BrokerError(
                f"port {wanted} on {LOOPBACK} is taken: choose another with --mqtt-port, or use the broker "
                "that stands there with PILOTBED_MQTT"
            ) from error
        return int(probe.getsockname()[1])
