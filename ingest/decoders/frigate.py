"""Frigate: people whom a camera sees, as Frigate's documentation of its MQTT messages has them.

Frigate says more of what it sees than anybody here may know: whose face, which number plate, what a language
model makes of it, with pictures. So only the fields named here are decoded, and all others are not even read.

A person seen is an event of type `person`. Frigate gathers such events into reviews, which it shows to staff
as alerts or as detections: they are events of types of their own, `review_alert` and `review_detection`, so
that whoever counts the events of one type counts nobody twice.
"""

import hashlib
import re
from collections.abc import Iterable

import msgspec

from ingest.clock import microseconds
from ingest.decoders.foreign import Format, ModelOf
from ingest.decoders.payload import read_json, read_online, read_word
from ingest.decoders.told import Heard, Told, nothing
from ingest.refusal import Refused
from store.streams import CAMERA_ZONE

LABELS = frozenset({"person"})
"""What may be told of having been seen: a car or a parcel could say who came."""

_VERIFIED = "-verified"
"""Stands behind the label in a review where Frigate has recognised somebody."""

_STATES = {"new": "start", "update": "update", "end": "end"}
_SEVERITIES = {"alert": "review_alert", "detection": "review_detection"}

_ID = re.compile(r"[0-9]{1,11}(\.[0-9]{1,9})?-[a-z0-9]{1,16}")
_CAMERA = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ZONE = re.compile(CAMERA_ZONE)


class _Tracked(msgspec.Struct, gc=False):
    id: str
    camera: str
    label: str
    false_positive: bool | None = None
    start_time: float | None = None
    frame_time: float | None = None
    end_time: float | None = None
    score: float | None = None
    current_zones: list[str] | None = None


class _EventMessage(msgspec.Struct, gc=False):
    type: str
    after: _Tracked


class _Gathered(msgspec.Struct, gc=False):
    objects: list[str] | None = None
    zones: list[str] | None = None


class _Review(msgspec.Struct, gc=False):
    id: str
    camera: str
    severity: str
    start_time: float | None = None
    end_time: float | None = None
    data: _Gathered | None = None


class _ReviewMessage(msgspec.Struct, gc=False):
    type: str
    after: _Review


_EVENT = msgspec.json.Decoder(_EventMessage)
_REVIEW = msgspec.json.Decoder(_ReviewMessage)


def decode(topic: str, payload: bytes, model_of: ModelOf) -> Told:
    """What a message of Frigate tells, whatever its topics begin with. Raises `Refused`."""
    match topic.rpartition("/")[2]:
        case "events":
            return _event(read_json(_EVENT, payload))
        case "reviews":
            return _review(read_json(_REVIEW, payload), payload)
        case "available":
            return Told(online=read_online(read_word(payload)))
    raise Refused("topic", "a topic of Frigate that is read ends in events, reviews or available")


def _event(message: _EventMessage) -> Told:
    seen = message.after
    _check_names(seen.id, seen.camera)
    state = _STATES.get(message.type)
    if state is None or seen.label not in LABELS or seen.false_positive:
        return nothing(seen.camera, "not_a_reading")
    match state:
        case "start":
            at = seen.start_time
        case "update":
            at = seen.frame_time
        case _:
            at = seen.frame_time if seen.end_time is None else seen.end_time
    values = {
        "event": seen.id,
        "type": seen.label,
        "state": state,
        "zone": _zone(seen.current_zones),
        "confidence": seen.score,
    }
    return Told((Heard(seen.camera, "camera", None if at is None else microseconds(at), values),))


def _review(message: _ReviewMessage, payload: bytes) -> Told:
    review = message.after
    _check_names(review.id, review.camera)
    state, kind = _STATES.get(message.type), _SEVERITIES.get(review.severity)
    gathered = review.data or _Gathered()
    labels = {name.removesuffix(_VERIFIED) for name in gathered.objects or ()}
    if state is None or kind is None or labels.isdisjoint(LABELS):
        return nothing(review.camera, "not_a_reading")
    at = {"start": review.start_time, "end": review.end_time}.get(state)
    values = {"event": review.id, "type": kind, "state": state, "zone": _zone(gathered.zones)}
    # An update of a review has no time of its own: delivered twice, it would be two.
    key = hashlib.sha256(payload).hexdigest() if at is None else None
    return Told((Heard(review.camera, "camera", None if at is None else microseconds(at), values),), key=key)


def _zone(names: Iterable[str] | None) -> str | None:
    """The first zone that is named in one word: two could be somebody's name."""
    return next((name for name in names or () if _ZONE.fullmatch(name)), None)


def _check_names(event: str, camera: str) -> None:
    if not _ID.fullmatch(event):
        raise Refused("out_of_range", "id is none of Frigate's: a time, a hyphen, and letters or digits")
    if not _CAMERA.fullmatch(camera):
        raise Refused("out_of_range", "camera is none of Frigate's names: letters, digits, _ and - (1 to 64)")


FORMAT = Format(
    name="frigate",
    title="Frigate",
    topics=("frigate/events", "frigate/reviews", "frigate/available"),
    kinds=("camera",),
    quality="handles silence and repeats",
    decode=decode,
    address="the camera's name in Frigate's configuration",
    retained=("frigate/available",),
    denied=(
        "frigate/+/+/snapshot",  # pictures
        "frigate/+/audio/#",  # what is heard, and speech as text
        "frigate/+/classification/#",
        "frigate/tracked_object_update",  # faces, number plates, descriptions
        "frigate/event_update",  # descriptions, as older versions have them
        "frigate/triggers",
        "frigate/camera_activity",  # every tracked object with its name
    ),
)
