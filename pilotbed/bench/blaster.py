"""A publisher as cheap as Python allows, so that a benchmark measures ingest and not its own load.

It writes ready MQTT 3.1.1 packets to a socket and counts the acknowledgements, nothing else: a full client
would take as much of the two cores as the ingest it feeds.
"""

import socket
import struct
from collections.abc import Sequence

from ingest.address import BrokerAddress

_CONNACK_BYTES = 4
_PUBACK_BYTES = 4

_KEEPALIVE_S = 600
"""Longer than any benchmark runs, so that no ping is needed; some brokers refuse 0."""


def publish_packet(topic: str, payload: bytes, packet_id: int) -> bytes:
    """An MQTT 3.1.1 PUBLISH with QoS 1."""
    body = _text(topic) + struct.pack(">H", packet_id) + payload
    return b"\x32" + _length(len(body)) + body


def _connect_packet(address: BrokerAddress) -> bytes:
    """An MQTT 3.1.1 CONNECT with a clean session."""
    flags, fields = 0x02, _text("pilotbed-bench")
    if address.user is not None:
        flags |= 0x80 | 0x40
        fields += _text(address.user) + _text(address.password or "")
    body = _text("MQTT") + bytes([4, flags]) + struct.pack(">H", _KEEPALIVE_S) + fields
    return b"\x10" + _length(len(body)) + body


def _text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack(">H", len(encoded)) + encoded


def _length(size: int) -> bytes:
    encoded = bytearray()
    while True:
        size, digit = divmod(size, 128)
        encoded.append(digit | (0x80 if size else 0))
        if not size:
            return bytes(encoded)


class Blaster:
    """Publishes messages with QoS 1 and waits for every PUBACK, at most `window` unacknowledged."""

    def __init__(self, address: BrokerAddress, *, window: int = 2_000) -> None:
        self._window = window
        self._socket = socket.create_connection((address.host, address.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(_connect_packet(address))
        if self._receive(_CONNACK_BYTES)[3] != 0:
            raise ConnectionError(f"the broker at {address} refused the connection")

    def publish(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Send all (topic, payload) pairs; returns when the broker has acknowledged the last."""
        outstanding = 0
        step = max(1, self._window // 4)
        for first in range(0, len(messages), step):
            chunk = messages[first : first + step]
            self._socket.sendall(
                b"".join(
                    publish_packet(topic, payload, (first + row) % 65_535 + 1)
                    for row, (topic, payload) in enumerate(chunk)
                )
            )
            outstanding += len(chunk)
            while outstanding > self._window - step:
                self._receive(step * _PUBACK_BYTES)
                outstanding -= step
        self._receive(outstanding * _PUBACK_BYTES)

    def close(self) -> None:
        self._socket.sendall(b"\xe0\x00")
        self._socket.close()

    def _receive(self, size: int) -> bytes:
        received = b""
        while len(received) < size:
            got = self._socket.recv(size - len(received))
            if not got:
                raise ConnectionError("the broker closed the connection")
            received += got
        return received
