"""The Things Stack v3, its MQTT server: the messages of its page "Data formats".

Field names are in snake case, and fields that are zero, false or empty are left out: the first uplink of a
session has no `f_cnt`. The `locations` of an uplink are the last that the server knows, not those of the
uplink, and are not decoded; nor are attributes, names and the gateways' places.
"""

from typing import Any

import msgspec

from ingest.decoders.foreign import Format, ModelOf
from ingest.decoders.lorawan import place, registered
from ingest.decoders.payload import as_instant, read_json
from ingest.decoders.told import Heard, Told, nothing
from ingest.refusal import Refused

HOUR_US = 3_600_000_000


class _Ids(msgspec.Struct, gc=False):
    device_id: str
    dev_eui: str = ""


class _Received(msgspec.Struct, gc=False):
    """By a gateway, at its own time where it has one."""

    time: str | None = None


class _Battery(msgspec.Struct, gc=False):
    """As the device last told the network, with the uplink of that number."""

    f_cnt: int = 0
    value: float | None = None


class _Uplink(msgspec.Struct, gc=False):
    session_key_id: str = ""
    f_cnt: int = 0
    frm_payload: str = ""
    decoded_payload: dict[str, Any] | None = None
    received_at: str | None = None
    rx_metadata: list[_Received] = []
    last_battery_percentage: _Battery | None = None


class _Location(msgspec.Struct, gc=False):
    latitude: float = 0.0
    longitude: float = 0.0
    accuracy: float = 0.0
    source: str = "SOURCE_UNKNOWN"


class _Solved(msgspec.Struct, gc=False):
    location: _Location


class _Message(msgspec.Struct, gc=False):
    end_device_ids: _Ids
    received_at: str | None = None
    simulated: bool = False
    uplink_message: _Uplink | None = None
    location_solved: _Solved | None = None


_MESSAGE = msgspec.json.Decoder(_Message)


def decode(topic: str, payload: bytes, model_of: ModelOf) -> Told:
    """What a message of an application tells. Raises `Refused`."""
    message = read_json(_MESSAGE, payload)
    ids = message.end_device_ids
    address = registered((ids.device_id, ids.dev_eui, ids.dev_eui.lower()), model_of)
    if message.simulated:
        return nothing(address, "console_test")
    if message.uplink_message is not None:
        return _uplink(message.uplink_message, message, address, model_of)
    if message.location_solved is not None:
        found = message.location_solved.location
        return place(
            address,
            as_instant(message.received_at),
            (found.latitude, found.longitude),
            found.accuracy,
            fixed=found.source == "SOURCE_GPS",
        )
    return nothing(address, "not_a_reading")


def _uplink(uplink: _Uplink, message: _Message, address: str, model_of: ModelOf) -> Told:
    gateways = (each.time for each in uplink.rx_metadata)
    times = map(as_instant, (uplink.received_at, *gateways, message.received_at))
    time = next((each for each in times if each is not None), None)
    if uplink.decoded_payload is not None:
        told = model_of(address).readings(address, uplink.decoded_payload, time)
    elif uplink.frm_payload:
        raise Refused(
            "missing", "the uplink has no decoded_payload: choose a payload formatter for the device"
        )
    else:
        told = nothing(address, "not_a_reading")
    return msgspec.structs.replace(
        _with_battery(told, uplink, address, time),
        key=_key(uplink, message.end_device_ids.device_id, time) if uplink.session_key_id else None,
    )


def _with_battery(told: Told, uplink: _Uplink, address: str, time: int | None) -> Told:
    """Every uplink repeats what an earlier one has said; what the device says of itself goes before it."""
    said = uplink.last_battery_percentage
    if said is None or said.value is None or said.f_cnt != uplink.f_cnt:
        return told
    if any(each.stream == "status" for each in told.readings):
        return told
    battery = Heard(address, "status", time, {"battery_pct": said.value})
    return Told(
        (*told.readings, battery), [each for each in told.set_aside if each.reason != "not_a_reading"]
    )


def _key(uplink: _Uplink, device: str, time: int | None) -> str:
    # A device activated by hand keeps its session and counts from 0 again after a change of batteries.
    hour = 0 if time is None else time // HOUR_US
    return f"{device}:{uplink.session_key_id}:{uplink.f_cnt}:{hour}"


FORMAT = Format(
    name="tts",
    title="The Things Stack v3",
    topics=("v3/+/devices/+/up", "v3/+/devices/+/join", "v3/+/devices/+/location/solved"),
    kinds=("bed", "gps", "camera", "alarm"),
    quality="decodes",
    decode=decode,
    address="the device's id in its application, or its EUI",
    needs_model=True,
)
