"""OwnTracks, an app for phones, after the page "JSON" of the OwnTracks Booklet.

Of a phone only its fixes, its battery, and the regions it enters and leaves are decoded: not the names of
regions it is in, the access point, the face on a card, or what its user has typed.
"""

import re

import msgspec

from ingest.clock import microseconds
from ingest.decoders.foreign import Format, ModelOf
from ingest.decoders.payload import read_json
from ingest.decoders.told import Heard, SetAside, Told, nothing
from ingest.refusal import Refused
from store.streams import ZONE

KMH_PER_MPS = 3.6

LAST_KNOWN = frozenset({"p", "l", "L"})
"""Triggers of a position sent again: a ping, which takes the place last known and on iOS the time of now for
it; and of a Greenwich tracker that has lost its fix or shuts down."""

BEACON = "b"
"""Trigger of a transition that a Bluetooth beacon caused: nothing measured where the phone is."""

NOT_READINGS = frozenset(
    (
        "beacon",
        "card",
        "cmd",
        "configuration",
        "dump",
        "msg",
        "request",
        "status",
        "steps",
        "waypoint",
        "waypoints",
    )
)

_ZONE = re.compile(ZONE)


class _Typed(msgspec.Struct, gc=False, rename={"type": "_type"}):
    type: str


class _Location(msgspec.Struct, gc=False, tag_field="_type", tag="location"):
    """A fix: time in Unix seconds, accuracy in m, speed in km/h, battery in %."""

    lat: float
    lon: float
    tst: float
    acc: float | None = None
    vel: float | None = None
    batt: float | None = None
    t: str | None = None
    created_at: float | None = None


class _Transition(msgspec.Struct, gc=False, tag_field="_type", tag="transition"):
    """A region was entered or left; `rid` and `wtst` are the region's own number and time of creation."""

    event: str
    tst: float
    lat: float | None = None
    lon: float | None = None
    acc: float | None = None
    t: str | None = None
    desc: str | None = None
    rid: str | None = None
    wtst: float | None = None


class _Will(msgspec.Struct, gc=False, tag_field="_type", tag="lwt"):
    """The phone's connection broke. Its `tst` is when the phone had connected, so it is not read."""


class _Encrypted(msgspec.Struct, gc=False, tag_field="_type", tag="encrypted"):
    """Encrypted by the app, with a key that only its user has."""


_TYPED = msgspec.json.Decoder(_Typed)
_MESSAGE = msgspec.json.Decoder(_Location | _Transition | _Will | _Encrypted)


def decode(topic: str, payload: bytes, model_of: ModelOf) -> Told:
    """What a message of OwnTracks tells. Raises `Refused`."""
    address = _address(topic)
    try:
        message = read_json(_MESSAGE, payload)
    except Refused as refused:
        if read_json(_TYPED, payload).type in NOT_READINGS:
            return nothing(address, "not_a_reading")
        if "_type" in str(refused):  # which then quotes the word that is no type
            raise Refused("wrong_type", "_type is none of the types of OwnTracks") from None
        raise
    if type(message) is _Location:
        return _location(address, message)
    if type(message) is _Transition:
        return _transition(address, message)
    if type(message) is _Will:
        return Told((Heard(address, "status", None, {"online": False}),))
    raise Refused(
        "encrypted",
        "an encrypted payload: take the encryption key out of the app's settings and let the connection be "
        "encrypted by TLS",
    )


def _address(topic: str) -> str:
    parts = topic.split("/", 3)
    if len(parts) < 3:
        raise Refused("topic", "the topic is not owntracks/USER/DEVICE")
    return f"{parts[1]}/{parts[2]}"


def _location(address: str, message: _Location) -> Told:
    time = microseconds(message.tst)
    fix = message.t not in LAST_KNOWN and _is_fix(message.lat, message.lon, message.acc)
    if not fix and message.created_at is not None:
        # Without a fix its time says nothing of the battery.
        time = microseconds(message.created_at)
    battery = message.batt
    # iOS says -1 where it does not know.
    status = (
        (Heard(address, "status", time, {"battery_pct": battery}),)
        if battery is not None and battery >= 0
        else ()
    )
    if not fix:
        return Told(status, (SetAside(address, "no_fix"),))
    values = _position(message.lat, message.lon, message.acc)
    # A real standstill is left out by the apps, and -1 is unknown: a zero comes from phones without a speed.
    if message.vel is not None and message.vel > 0:
        values["speed_mps"] = message.vel / KMH_PER_MPS
    return Told((Heard(address, "gps", time, values), *status))


def _transition(address: str, message: _Transition) -> Told:
    if message.event not in ("enter", "leave"):
        raise Refused("out_of_range", "event must be enter or leave")
    values: dict[str, object] = {"zone": _zone(message), "zone_event": message.event}
    lat, lon = message.lat or 0.0, message.lon or 0.0
    if message.t != BEACON and _is_fix(lat, lon, message.acc):
        values |= _position(lat, lon, message.acc)
    return Told((Heard(address, "gps", microseconds(message.tst), values),))


def _is_fix(lat: float, lon: float, acc: float | None) -> bool:
    """A coordinate of exactly 0 was not set, and a negative accuracy marks an invalid fix: both occur."""
    return lat != 0 and lon != 0 and (acc is None or acc >= 0)


def _position(lat: float, lon: float, acc: float | None) -> dict[str, object]:
    values: dict[str, object] = {"lat": lat, "lon": lon}
    if acc:
        values["accuracy_m"] = acc
    return values


def _zone(message: _Transition) -> str | None:
    """The region's name where it is a short one; else its number, for a crossing must not be lost."""
    for zone in (
        message.desc and message.desc.strip(),
        message.rid and f"region-{message.rid}",
        message.wtst and f"region-{message.wtst:.0f}",
    ):
        if zone and _ZONE.fullmatch(zone):
            return zone
    return None


FORMAT = Format(
    name="owntracks",
    title="OwnTracks",
    topics=(
        "owntracks/+/+",
        "owntracks/+/+/event",
        "owntracks/+/+/waypoint",
        "owntracks/+/+/waypoints",
    ),
    kinds=("gps",),
    quality="handles silence and repeats",
    decode=decode,
    address="USER/DEVICE, as in its topic owntracks/USER/DEVICE",
    denied=("owntracks/+/+/info", "owntracks/+/+/dump", "owntracks/+/+/beacon"),
)
