"""Positions and events that a Traccar server forwards as JSON, after Traccar's pages on forwarding and events
and the fields of its classes Position, Event and Device.

One topic carries all devices; a message is an event where it has one, else a position. Names, addresses,
telephone numbers, the Wi-Fi around and whatever else users and trackers have put in are not decoded.
"""

import msgspec

from ingest.clock import SECOND_US
from ingest.decoders.foreign import Format, ModelOf
from ingest.decoders.payload import as_moment, read_json
from ingest.decoders.told import Heard, SetAside, SetAsideReason, Told, nothing
from ingest.refusal import Refused
from store.streams import EARLIEST_S, FUTURE_TOLERANCE_S

MPS_PER_KNOT = 1852 / 3600

CAUSES = {
    "sos": "button",
    "fallDown": "fall",
    "geofence": "geofence",
    "geofenceEnter": "geofence",
    "geofenceExit": "geofence",
    "lowBattery": "low_battery",
    "lowPower": "technical",
    "powerCut": "technical",
    "powerOff": "technical",
    "powerOn": "technical",
    "powerRestored": "technical",
    "fault": "technical",
    "gpsAntennaCut": "technical",
    "jamming": "technical",
    "removing": "technical",
    "tampering": "technical",
}
"""Our cause of each alarm of a tracker. Any other, such as `general`, is raised without a cause."""

CROSSINGS = {"geofenceEnter": "enter", "geofenceExit": "leave"}

ONLINE = {"deviceOnline": True, "deviceOffline": False, "deviceUnknown": False}
"""Unknown is a device that has sent nothing for long: it must not stand as one that can be heard."""


class _Attributes(msgspec.Struct, gc=False, rename="camel"):
    """`battery_level` in %; `approximate` is a place that Traccar has looked up from the network."""

    battery_level: float | None = None
    approximate: bool | None = None
    alarm: str | None = None


class _Network(msgspec.Struct, gc=False):
    """Masts and access points around: only that there were some."""


class _Position(msgspec.Struct, gc=False, rename="camel"):
    """Degrees, speed in knots, accuracy in m. `outdated` is not forwarded by newer servers, which leave a
    repeated position its old `fix_time`."""

    latitude: float
    longitude: float
    fix_time: str | None = None
    device_time: str | None = None
    server_time: str | None = None
    valid: bool = True
    outdated: bool = False
    speed: float | None = None
    accuracy: float | None = None
    network: _Network | None = None
    attributes: _Attributes | None = None


class _Alarm(msgspec.Struct, gc=False):
    alarm: str | None = None


class _Event(msgspec.Struct, gc=False, rename="camel"):
    """`event_time` is the device's clock where a position caused the event, else the server's."""

    type: str
    id: int = 0
    event_time: str | None = None
    geofence_id: int = 0
    attributes: _Alarm | None = None


class _Server(msgspec.Struct, gc=False, rename="camel"):
    """Of the position that caused an event, only when the server had it."""

    server_time: str | None = None


class _Device(msgspec.Struct, gc=False, rename="camel"):
    unique_id: str


class _Message(msgspec.Struct, gc=False):
    device: _Device
    event: _Event | None = None
    position: msgspec.Raw = msgspec.Raw(b"null")


_MESSAGE = msgspec.json.Decoder(_Message)
_POSITION = msgspec.json.Decoder(_Position | None)
_SERVER = msgspec.json.Decoder(_Server | None)


def decode(topic: str, payload: bytes, model_of: ModelOf) -> Told:
    """What a forwarded position or event tells. Raises `Refused`."""
    message = read_json(_MESSAGE, payload)
    address = message.device.unique_id
    if message.event is not None:
        server = read_json(_SERVER, bytes(message.position))
        return _event(address, message.event, server.server_time if server else None)
    position = read_json(_POSITION, bytes(message.position))
    if position is None:
        raise Refused("missing", "the payload has neither position nor event: Traccar forwards one of them")
    return _position(address, position)


# -- positions ---------------------------------------------------------------------------------------------


def _position(address: str, position: _Position) -> Told:
    attributes = position.attributes or _Attributes()
    readings, aside = [], []
    reason = _why_no_fix(position, attributes)
    if reason is None:
        readings.append(_fix(address, position))
    else:
        aside.append(SetAside(address, reason))
    battery = attributes.battery_level
    # iOS says -1 where it does not know.
    if battery is not None and battery >= 0:
        time = _device_clock(position.device_time, "deviceTime", position.server_time)
        readings.append(Heard(address, "status", time, {"battery_pct": battery}))
    if attributes.alarm is not None:
        # Its event raises it, under the event's number, which a position does not have: twice would be two.
        aside.append(SetAside(address, "not_a_reading"))
    return Told(readings, aside)


def _why_no_fix(position: _Position, attributes: _Attributes) -> SetAsideReason | None:
    if attributes.approximate:
        return "network_position"
    if position.outdated or not position.valid:
        return "network_position" if position.network is not None else "no_fix"
    if position.latitude == 0 and position.longitude == 0:
        return "no_fix"
    if position.accuracy is not None and position.accuracy < 0:
        return "no_fix"
    return None


def _fix(address: str, position: _Position) -> Heard:
    if position.fix_time is None:
        raise Refused("missing", "fixTime is missing: a position needs the time of its fix")
    values = {"lat": position.latitude + 0.0, "lon": position.longitude + 0.0}  # -0.0 becomes 0.0
    if position.accuracy:
        values["accuracy_m"] = position.accuracy
    if position.speed is not None and position.speed >= 0:
        values["speed_mps"] = (position.speed + 0.0) * MPS_PER_KNOT
    return Heard(address, "gps", _moment(position.fix_time, "fixTime"), values)


# -- events ------------------------------------------------------------------------------------------------


def _event(address: str, event: _Event, server_time: str | None) -> Told:
    # A server without a database numbers none of its events.
    key = f"{address}/{event.id}/{event.event_time}" if event.id else None
    time = _device_clock(event.event_time, "eventTime", server_time)
    if event.type == "alarm":
        return Told((Heard(address, "alarm", time, _raised(event)),), key=key)
    if event.type in CROSSINGS:
        zone = {"zone": f"geofence-{event.geofence_id}"} if event.geofence_id else {}
        crossing = {"zone_event": CROSSINGS[event.type]} | zone
        return Told((Heard(address, "gps", time, crossing),), key=key)
    if event.type in ONLINE:
        return Told((Heard(address, "status", time, {"online": ONLINE[event.type]}),), key=key)
    return nothing(address, "not_a_reading", key)


def _raised(event: _Event) -> dict[str, str]:
    cause = CAUSES.get(event.attributes.alarm or "") if event.attributes else None
    values = {"alarm": _alarm_id(event, cause), "stage": "raised"}
    if cause is not None:
        values["cause"] = cause
    return values


def _alarm_id(event: _Event, cause: str | None) -> str:
    if event.id:
        return str(event.id)
    if event.event_time is None:
        raise Refused("missing", "the alarm has neither id nor eventTime: one of them tells it from others")
    return f"{cause or 'alarm'}-{_moment(event.event_time, 'eventTime') // SECOND_US}"


# -- clocks ------------------------------------------------------------------------------------------------


def _device_clock(device_time: str | None, field: str, server_time: str | None) -> int | None:
    """The device's time in µs UTC; None where its clock is wrong, for an alarm must not be lost by that.

    Wrong is a clock that stands before 2000, or ahead of the server that had the message.
    """
    if device_time is None:
        return None
    time = _moment(device_time, field)
    if time < EARLIEST_S * SECOND_US:
        return None
    if server_time is not None:
        latest = _moment(server_time, "serverTime") + FUTURE_TOLERANCE_S * SECOND_US
        return time if time <= latest else None
    return time


def _moment(sent: str, field: str) -> int:
    time = as_moment(sent)
    if time is None:
        raise Refused("time", f"{field} is no date and time with an offset from UTC, as Traccar sends it")
    return time


FORMAT = Format(
    name="traccar",
    title="Traccar",
    topics=("positions", "events"),
    kinds=("gps", "alarm"),
    quality="handles silence and repeats",
    decode=decode,
    address="the device's unique identifier in Traccar, often its IMEI",
)
