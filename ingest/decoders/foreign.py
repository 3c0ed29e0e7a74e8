"""What every foreign format gives: readings of devices by the names that the format itself has for them.

A decoder only says what a message tells, in our columns and units. Whose device it is says the registry
(`ingest.directory`); whether the values are plausible says the one door that all readings pass
(`ingest.decoders.native.admit`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:  # a model tells in the words of this module
    from ingest.decoders.models.model import Model

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


ModelOf = Callable[[str], "Model"]
"""The model mapping of the device with that address. Raises `Refused` where there is no such device."""

Decode = Callable[[str, bytes, ModelOf], Told]
"""(topic, payload, model_of) → what it tells. Raises `Refused` and nothing else."""


@dataclass(frozen=True, slots=True)
class Format:
    """A family of devices: the adapter of `pilotbed device add --adapter NAME`.

    `topics` are MQTT topic filters; `{address}` in one stands for the address of each registered device.
    `retained` are those on which a retained message tells of now; `denied` are filters of the same family
    that nobody should send us. `model` names the mapping of a device registered without one; `needs_model`
    that there must be one. `stages_have_own_numbers` says that a later stage of an alarm need not name it.

    Any foreign message may hold names, places of Wi-Fi, words or pictures: a refused one keeps no payload,
    and its reason quotes nothing but numbers and the names of fields.
    """

    name: str
    title: str
    topics: tuple[str, ...]
    kinds: tuple[str, ...]
    quality: Quality
    decode: Decode
    address: str
    retained: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    model: str | None = None
    needs_model: bool = False
    stages_have_own_numbers: bool = False


def nothing(address: str | None, reason: SetAsideReason, key: str | None = None) -> Told:
    """A message without a reading."""
    return Told(set_aside=(SetAside(address, reason),), key=key)
