"""A recorded walk as the messages of a tracker: our own, an OwnTracks phone's, and a Traccar server's."""

import math
from datetime import datetime
from typing import Any, NamedTuple
from xml.etree import ElementTree

from tests.parts import shared


class Point(NamedTuple):
    """A point of a track; `time` is RFC 3339, None where the recorder wrote none."""

    lat: float
    lon: float
    time: str | None


def track(name: str) -> list[Point]:
    """The points of a recorded walk beside the project."""
    root = ElementTree.parse(shared(f"data/gpx-walks/{name}")).getroot()
    return [
        Point(float(point.attrib["lat"]), float(point.attrib["lon"]), point.findtext("{*}time"))
        for point in root.iterfind(".//{*}trkpt")
    ]


def native(point: Point) -> dict[str, Any]:
    return {"time": point.time, "lat": point.lat, "lon": point.lon}


def owntracks(point: Point) -> dict[str, Any]:
    """As the app writes it: six decimals, whole seconds, and built a moment after the fix."""
    assert point.time is not None
    seconds = math.floor(datetime.fromisoformat(point.time).timestamp())
    return {
        "_type": "location",
        "lat": round(point.lat, 6),
        "lon": round(point.lon, 6),
        "tst": seconds,
        "created_at": seconds + 2,
        "t": "u",
        "tid": "17",
        "conn": "m",
    }


def traccar(point: Point, unique_id: str) -> dict[str, Any]:
    """As the server writes it: every field, zeros and nulls included."""
    position = {
        "id": 0,
        "attributes": {"motion": True},
        "deviceId": 3,
        "protocol": "osmand",
        "serverTime": point.time,
        "deviceTime": point.time,
        "fixTime": point.time,
        "valid": True,
        "latitude": point.lat,
        "longitude": point.lon,
        "altitude": 0.0,
        "speed": 0.0,
        "course": 0.0,
        "address": None,
        "accuracy": 0.0,
        "network": None,
        "geofenceIds": None,
    }
    return {"position": position, "device": {"id": 3, "name": "GPS-larm 3", "uniqueId": unique_id}}
