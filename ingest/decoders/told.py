"""What a foreign message tells, in our columns and units, of devices by the names that its format has."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

SetAsideReason = Literal["no_fix", "network_position", "repeat", "console_test", "stale", "not_a_reading"]
"""Why part of a message, or all of it, is no reading and no mistake either; counted per device.

`no_fix`: a position without a fix, or the last known one sent again. `network_position`: a place guessed from
Wi-Fi or cell ids. `repeat`: one uplink by several gateways. `console_test`: simulated at a console. `stale`:
presence that is no longer known. `not_a_reading`: joins, acknowledgements, configuration and the like.
"""

Quality = Literal["decodes", "handles silence and repeats", "checked against truth"]
"""How far a decoder has been proven, worst first."""


class Heard(msgspec.Struct, frozen=True, gc=False):
    """One reading of a device.

    `address` is the format's own name of the device, None for a stage of an alarm (`values["alarm"]`) that
    only the device which raised it can tell. `time` is µs UTC; None: the time of receipt stands, less `age`
    in µs. `values` holds columns of `stream` in our units; a column that is missing or None is absent.
    """

    address: str | None
    stream: str
    time: int | None
    values: dict[str, Any]
    age: int = 0


class SetAside(msgspec.Struct, frozen=True, gc=False):
    """What is no reading, and why; `address` None where the message names no device."""

    address: str | None
    reason: SetAsideReason


class Told(msgspec.Struct, frozen=True, gc=False):
    """All that one message tells.

    `key` is the format's own name of the message, where gateways may deliver one message several times.
    `online`, where not None, says of every device of the format whether it can be heard: events that are
    open when it turns False end there.
    """

    readings: Sequence[Heard] = ()
    set_aside: Sequence[SetAside] = ()
    key: str | None = None
    online: bool | None = None


def nothing(address: str | None, reason: SetAsideReason, key: str | None = None) -> Told:
    """A message without a reading."""
    return Told(set_aside=(SetAside(address, reason),), key=key)
