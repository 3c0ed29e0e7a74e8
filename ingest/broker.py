"""The embedded broker: rumqttd in a child process, for trying out on one machine.

Loopback only, one generated account, no topic rules, sessions in memory. Its log keeps a bounded backlog
and then loses the oldest in silence, so publishers stay within what ingest has committed (see
`simulators.publish`); real devices connect to Mosquitto or any other broker.
"""

import secrets
import socket
from pathlib import Path

import iotcore

from ingest.address import BrokerAddress

LOOPBACK = "127.0.0.1"
USER = "pilotbed"
MAX_PAYLOAD = 4 * 1024 * 1024
SEGMENT_BYTES = 32 * 1024 * 1024
SEGMENTS = 4
"""The log holds at most 128 MiB: enough for a stalled ingest, little enough for a laptop."""


class BrokerError(Exception):
    """The embedded broker cannot start."""


class EmbeddedBroker:
    """A broker on loopback with a listener each for MQTT 3.1.1 and MQTT 5.

    `folder` gets its configuration with the generated password, readable by this user alone. A port of 0
    means any free one.
    """

    def __init__(self, folder: Path, port: int = 0, port_v5: int = 0) -> None:
        self.port = _free_port(port)
        self.port_v5 = _free_port(port_v5)
        self._password = secrets.token_urlsafe(24)
        self._configuration = folder / "broker.toml"
        self._broker: iotcore.Broker | None = None

    @property
    def address(self) -> BrokerAddress:
        return BrokerAddress(LOOPBACK, self.port, USER, self._password)

    @property
    def is_running(self) -> bool:
        return self._broker is not None and bool(self._broker.is_running)

    def start(self) -> None:
        """Start and wait until both listeners accept connections. Raises `BrokerError`."""
        self._configuration.parent.mkdir(parents=True, exist_ok=True)
        self._configuration.touch(mode=0o600)
        self._configuration.chmod(0o600)
        self._configuration.write_text(self._toml(), encoding="utf-8")
        broker = iotcore.Broker(config_path=str(self._configuration))
        try:
            broker.start()
        except (OSError, RuntimeError) as error:
            raise BrokerError(f"the embedded broker did not start: {error}") from error
        self._broker = broker

    def stop(self) -> None:
        if self._broker is not None:
            self._broker.stop()
            self._broker = None
        self._configuration.unlink(missing_ok=True)

    def _toml(self) -> str:
        # A short window between acknowledgements would limit the rate; rumqttd's own is 100 whatever is set.
        router = (
            "id = 0\n[router]\nid = 0\nmax_connections = 1000\nmax_outgoing_packet_count = 200\n"
            f"max_segment_size = {SEGMENT_BYTES}\nmax_segment_count = {SEGMENTS}\n"
        )
        return router + self._listener("v4", self.port) + self._listener("v5", self.port_v5)

    def _listener(self, version: str, port: int) -> str:
        return (
            f'[{version}.1]\nname = "{version}"\nlisten = "{LOOPBACK}:{port}"\nnext_connection_delay_ms = 1\n'
            f"[{version}.1.connections]\nconnection_timeout_ms = 60000\nmax_payload_size = {MAX_PAYLOAD}\n"
            "max_inflight_count = 500\ndynamic_filters = true\n"
            f'[{version}.1.connections.auth]\n{USER} = "{self._password}"\n'
        )


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
