"""Tasmota: `tele/NAME/SENSOR`, `STATE` and `LWT`, as its documentation of MQTT has them.

`SENSOR` holds one object for each sensor of the device; its model says which field is weighed. An HX711
gives kilograms, whole ones unless the command WeightRes says otherwise, and none below 0. `Time` is the
device's local clock; only SetOption52 puts the offset behind it.
"""

from typing import Any

import msgspec

from ingest.decoders.foreign import Format, ModelOf
from ingest.decoders.payload import as_instant, read_json, read_object, read_online, read_word
from ingest.decoders.told import Heard, Told, nothing
from ingest.refusal import Refused


class _Wifi(msgspec.Struct, gc=False):
    signal: float | None = msgspec.field(name="Signal", default=None)


class _State(msgspec.Struct, gc=False):
    """The name of the network and its station's address are not among the fields."""

    time: Any = msgspec.field(name="Time", default=None)
    wifi: _Wifi | None = msgspec.field(name="Wifi", default=None)


_STATE = msgspec.json.Decoder(_State)


def decode(topic: str, payload: bytes, model_of: ModelOf) -> Told:
    """What a message of a device tells. Raises `Refused`."""
    *levels, kind = topic.split("/")
    # The order of the levels is a setting of the device (FullTopic).
    address = "/".join(level for level in levels if level != "tele")
    if not address:
        raise Refused("topic", "the topic names no device: Tasmota publishes on tele/NAME/SENSOR")
    model = model_of(address)
    match kind:
        case "SENSOR":
            fields = read_object(payload)
            return model.readings(address, fields, as_instant(fields.get("Time")))
        case "STATE":
            return _state(address, read_json(_STATE, payload))
        case "LWT":
            return Told((Heard(address, "status", None, {"online": read_online(read_word(payload))}),))
    return nothing(address, "not_a_reading")


def _state(address: str, state: _State) -> Told:
    signal = state.wifi.signal if state.wifi else None
    # An ESP8266 that cannot tell its signal says 31; no received power is 1 mW.
    if signal is None or signal >= 0:
        return nothing(address, "not_a_reading")
    return Told((Heard(address, "status", as_instant(state.time), {"rssi_dbm": signal}),))


FORMAT = Format(
    name="tasmota",
    title="Tasmota, such as a bed on an HX711 load cell amplifier",
    topics=("tele/+/SENSOR", "tele/+/STATE", "tele/+/LWT"),
    retained=("tele/+/LWT",),
    denied=("stat/#", "tele/+/RESULT", "tele/+/INFO1", "tele/+/INFO2", "tele/+/INFO3"),
    kinds=("bed",),
    quality="handles silence and repeats",
    decode=decode,
    address="the Topic of the device: bed-03 of tele/bed-03/SENSOR",
    model="tasmota-hx711",
)
