"""Two recorded walks as a tracker's messages: one with gaps, one with a clock that stands in 1901."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tests.ingest.decoders.gpx import Point, track
from tests.running import Installation, Service

PLAN = """
pilot: walks
title: Recorded walks
timezone: Europe/Zagreb
phases:
  - {name: baseline, start: 2010-10-01, end: 2010-10-07}
groups: {intervention: 1}
"""
TOPIC = "pilotbed/walks/tracker-1/gps"
DAY = {"by": "day", "start": "2010-10-03T00:00:00+02:00", "end": "2010-10-04T00:00:00+02:00"}


class Walk(NamedTuple):
    """The walk in the store of a running service."""

    service: Service
    participant: str
    home: Point

    def metric(self, metric: str, **parameters: object) -> dict[str, Any]:
        """The one value of the day of the walk."""
        asked = DAY | {"participant": self.participant} | parameters
        items = self.service.get(f"/pilots/walks/metrics/{metric}", **asked)["items"]
        assert len(items) == 1, items
        return dict(items[0])


def messages(points: Sequence[Point]) -> list[tuple[str, Any]]:
    """A message for every point that has a time."""
    return [(TOPIC, {"time": p.time, "lat": p.lat, "lon": p.lon}) for p in points if p.time is not None]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    points = track("korita-zbevnica.gpx")
    home = points[0]
    installation = Installation(Path(tmp_path_factory.mktemp("walks")))
    installation.add_pilot(PLAN)
    code = installation.json("participant", "add", "walks", "--group", "intervention")["participants"][0]
    installation.run("participant", "home", "walks", code, "--lat", home.lat, "--lon", home.lon)
    installation.run("device", "add", "walks", "tracker-1", "--kind", "gps", "--interval-s", 30)
    installation.run("device", "assign", "walks", "tracker-1", code, "--from", "2010-10-01T00:00")
    with installation.up() as service:
        service.publish(messages(points))
        service.analyse("walks")
        yield Walk(service, code, home)


def test_only_points_with_a_time_are_readings(walk: Walk) -> None:
    points = track("korita-zbevnica.gpx")
    timed = {(p.lat, p.lon) for p in points if p.time is not None}
    columns = walk.service.get("/pilots/walks/readings/gps")["columns"]
    assert 0 < len(columns["time"]) < len(points)
    assert set(zip(columns["lat"], columns["lon"], strict=True)) == timed


@pytest.mark.parametrize("metric", ["max_distance_from_home_m", "time_out_of_home_h"])
def test_a_walk_of_some_hours_is_no_day_under_the_default_floor(walk: Walk, metric: str) -> None:
    found = walk.metric(metric)
    assert (found["value"], found["reason"]) == (None, "low_coverage")
    assert 0 < found["coverage"] < 0.5


def test_without_the_floor_the_largest_distance_agrees_with_the_geodesic(walk: Walk) -> None:
    geodesic = pytest.importorskip("pyproj").Geod(ellps="WGS84")
    points = [p for p in track("korita-zbevnica.gpx") if p.time is not None]
    n = len(points)
    _, _, distance = geodesic.inv(
        [walk.home.lon] * n, [walk.home.lat] * n, [p.lon for p in points], [p.lat for p in points]
    )
    found = walk.metric("max_distance_from_home_m", min_coverage=0)
    assert found["reason"] is None
    assert found["value"] == pytest.approx(max(distance), rel=0.006)


def test_only_a_leader_may_lower_the_floor(walk: Walk) -> None:
    def status(role: str) -> int:
        token = walk.service.installation.json("token", "create", "--role", role, "--pilot", "walks")["token"]
        with walk.service.client(token) as client:
            answer: httpx.Response = client.get(
                "/pilots/walks/metrics/max_distance_from_home_m", params={"by": "week", "min_coverage": 0}
            )
        return answer.status_code

    assert (status("leader"), status("evaluator")) == (200, 403)


def test_points_timed_in_1901_are_dead_letters_that_say_so(walk: Walk) -> None:
    walked = [p for p in track("Mojstrovka.gpx") if p.time is not None]
    before = walk.service.get("/pilots/walks/quality")["items"][0]["readings"]
    walk.service.publish(messages(walked))
    letters = walk.service.get("/dead-letters")["items"]
    assert len(letters) == len(walked) > 0
    assert {letter["topic"] for letter in letters} == {TOPIC}
    for letter in letters:
        assert letter["reason"].startswith("time 1901-12-13T20:45:52Z is before 2000")
    assert walk.service.get("/pilots/walks/quality")["items"][0]["readings"] == before
