"""A publisher as cheap as Python allows, so that a benchmark measures ingest and not its own load.

It writes ready MQTT 3.1.1 packets to a socket and counts the acknowledgements, nothing else: a full client
would take as much of the two cores as the ingest it feeds.
"""

import socket
import struct
import time
from collections.abc import Iterable, Sequence

from ingest.address import BrokerAddress

_CONNACK_BYTES = 4
_PUBACK_BYTES = 4

PACKED_TOGETHER = 250
"""Messages that one write hands to the broker."""

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


def packed(
    messages: Sequence[tuple[str, bytes]], *, together: int = PACKED_TOGETHER
) -> list[tuple[int, bytes]]:
    """(topic, payload) pairs as ready bytes, some messages together: (how many, their packets)."""
    return [
        (
            len(chunk),
            b"".join(
                publish_packet(topic, payload, (first + row) % 65_535 + 1)
                for row, (topic, payload) in enumerate(chunk)
            ),
        )
        for first in range(0, len(messages), together)
        for chunk in (messages[first : first + together],)
    ]


class Blaster:
    """Publishes messages with QoS 1 and waits for every PUBACK, `window` unacknowledged or a few more."""

    def __init__(self, address: BrokerAddress, *, window: int = 2_000) -> None:
        self._window = window
        self._socket = socket.create_connection((address.host, address.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(_connect_packet(address))
        if self._receive(_CONNACK_BYTES)[3] != 0:
            raise ConnectionError(f"the broker at {address} refused the connection")

    def publish(self, packets: Iterable[tuple[int, bytes]], *, per_s: float | None = None) -> None:
        """Send what `packed` made; returns when the broker has acknowledged the last.

        As fast as the broker takes them, or at `per_s` messages a second.
        """
        outstanding, sent, began = 0, 0, time.monotonic()
        for messages, chunk in packets:
            if per_s is not None:
                time.sleep(max(0.0, began + sent / per_s - time.monotonic()))
            self._socket.sendall(chunk)
            outstanding += messages
            sent += messages
            while outstanding > self._window:
                self._receive(messages * _PUBACK_BYTES)
                outstanding -= messages
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
