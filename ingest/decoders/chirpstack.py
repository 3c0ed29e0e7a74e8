"""ChirpStack v4, its MQTT integration in JSON: the events of its page "Event types" and integration.proto.

Field names are in camel case, and fields that are zero, false or empty are left out: a status without
`batteryLevel` is an empty battery. Only in `object`, which the codec of the device profile makes, is absent
absent. Names, tags and the gateways' places are not decoded.
"""

from typing import Any

import msgspec

from ingest.decoders.foreign import Format, ModelOf
from ingest.decoders.lorawan import place, registered
from ingest.decoders.payload import as_instant, read_json
from ingest.decoders.told import Heard, Told, nothing
from ingest.refusal import Refused

SATELLITES = frozenset({"GPS", "GEO_RESOLVER_GNSS"})
"""Sources of a place that are a fix; the others are entered by hand or worked out from the radio around."""


class _DeviceInfo(msgspec.Struct, gc=False, rename="camel"):
    dev_eui: str


class _Location(msgspec.Struct, gc=False, rename="camel"):
    latitude: float = 0.0
    longitude: float = 0.0
    accuracy: float = 0.0
    source: str = "UNKNOWN"


class _Event(msgspec.Struct, gc=False, rename="camel"):
    device_info: _DeviceInfo
    deduplication_id: str = ""
    time: str | None = None
    data: str = ""
    object: dict[str, Any] | None = None
    external_power_source: bool = False
    battery_level_unavailable: bool = False
    battery_level: float = 0.0
    location: _Location | None = None


_EVENT = msgspec.json.Decoder(_Event)


def decode(topic: str, payload: bytes, model_of: ModelOf) -> Told:
    """What an event of a device tells. Raises `Refused`."""
    event = read_json(_EVENT, payload)
    eui = event.device_info.dev_eui
    address = registered((eui.lower(), eui.upper()), model_of)
    time = as_instant(event.time)
    kind = topic.rpartition("/")[2]
    # An uplink that carries a status makes two events with one deduplicationId.
    key = f"{kind}:{event.deduplication_id}" if event.deduplication_id else None
    match kind:
        case "up":
            return _uplink(event, address, time, key, model_of)
        case "status" if not (event.external_power_source or event.battery_level_unavailable):
            return Told((Heard(address, "status", time, {"battery_pct": event.battery_level}),), key=key)
        case "location" if event.location is not None:
            found = event.location
            position = (found.latitude, found.longitude)
            return place(address, time, position, found.accuracy, fixed=found.source in SATELLITES, key=key)
    return nothing(address, "not_a_reading", key)


def _uplink(event: _Event, address: str, time: int | None, key: str | None, model_of: ModelOf) -> Told:
    if event.object is None:
        if not event.data:
            return nothing(address, "not_a_reading", key)
        raise Refused(
            "missing", "the uplink has no object: choose a codec in the device profile, so that it is decoded"
        )
    return msgspec.structs.replace(model_of(address).readings(address, event.object, time), key=key)


FORMAT = Format(
    name="chirpstack",
    title="ChirpStack v4",
    topics=("application/+/device/+/event/+",),
    kinds=("bed", "gps", "camera", "alarm"),
    quality="decodes",
    decode=decode,
    address="the device's EUI: 24e124707c123456",
    needs_model=True,
)
