"""A message on its way in."""

import msgspec


class Received(msgspec.Struct, frozen=True, gc=False):
    """A message as it came: `received` is µs UTC, `retain` says that the broker had kept it."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    received: int
