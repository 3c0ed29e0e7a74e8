"""Zigbee2MQTT: `zigbee2mqtt/NAME` and `zigbee2mqtt/NAME/availability`, as its guide to topics has them.

A friendly name may have levels of its own. Each message repeats all that is known of the device, also what
was said long ago, so a model takes an event only beside the `action` that is sent with it and never kept.
`linkquality` is no dBm. With `last_seen` a state that is sent again, as at every start, keeps its time.
"""

from typing import Any

import msgspec

from ingest.decoders.foreign import Format, ModelOf
from ingest.decoders.payload import as_instant, read_json, read_object, read_online, read_word
from ingest.decoders.told import Heard, Told, nothing
from store.streams import EARLIEST_S

_BASE = "zigbee2mqtt/"
_AVAILABILITY = "/availability"
_PLAUSIBLE_MS = range(EARLIEST_S * 1000, 10**14)


class _Availability(msgspec.Struct, gc=False):
    state: str


_AVAILABLE = msgspec.json.Decoder(_Availability)


def decode(topic: str, payload: bytes, model_of: ModelOf) -> Told:
    """What a message of a device tells. Raises `Refused`."""
    name = topic.removeprefix(_BASE)
    address = name.removesuffix(_AVAILABILITY)
    if name == "bridge" or name.startswith("bridge/"):
        return nothing(None, "not_a_reading")
    model = model_of(address)
    if not payload:
        # So a device that was renamed or removed is taken from what the broker keeps.
        return nothing(address, "not_a_reading")
    if name != address:
        return Told((Heard(address, "status", None, {"online": _online(payload)}),))
    fields = read_object(payload)
    return model.readings(address, fields, _last_seen(fields.get("last_seen")))


def _online(payload: bytes) -> bool:
    # Older versions, and newer ones where so chosen, send the bare word.
    word = read_word(payload)
    return read_online(read_json(_AVAILABLE, payload).state if word.startswith("{") else word)


def _last_seen(sent: Any) -> int | None:
    """µs UTC of ISO 8601 with offset or Unix milliseconds; None where it is neither."""
    if isinstance(sent, int) and sent in _PLAUSIBLE_MS:
        return sent * 1000
    return as_instant(sent)


FORMAT = Format(
    name="zigbee2mqtt",
    title="Zigbee2MQTT, such as a vibration or presence sensor on a bed",
    topics=(_BASE + "{address}", _BASE + "{address}" + _AVAILABILITY),
    retained=(_BASE + "{address}" + _AVAILABILITY,),
    denied=(_BASE + "bridge/#",),
    kinds=("bed",),
    quality="handles silence and repeats",
    decode=decode,
    address="the friendly name of the device: bedframe-05 of zigbee2mqtt/bedframe-05",
    model="zigbee2mqtt-bed",
)
