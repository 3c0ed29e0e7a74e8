"""A recorded walk gives the same days out whether our own tracker sends it, an OwnTracks phone or Traccar."""

import json
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analysis.pipeline.daily import recompute
from analysis.pipeline.days import GPS_METRICS
from ingest.directory import Directory
from ingest.intake import Intake
from ingest.received import Received
from pilots.civil_time import midnight
from pilots.plan import read_plan
from pilots.records import DailyValue
from pilots.registry import Registry
from store import TimeSeriesStore
from store.duckdb_engine import DuckDBStore
from tests.ingest.decoders.gpx import Point, native, owntracks, traccar, track

PLAN = """
pilot: walks
title: Recorded walks
timezone: Europe/Zagreb
phases:
  - {name: baseline, start: 2010-10-01, end: 2010-10-07}
groups: {intervention: 3}
"""
WALKED = date(2010, 10, 3)
IMEI = "864893031234567"
ADDRESSES = {"native": None, "owntracks": "anna/phone", "traccar": IMEI}
ALWAYS = (0, 2**62)


def message(adapter: str, point: Point) -> Received:
    topic, body = {
        "native": lambda: ("pilotbed/walks/native/gps", native(point)),
        "owntracks": lambda: ("owntracks/anna/phone", owntracks(point)),
        "traccar": lambda: ("positions", traccar(point, IMEI)),
    }[adapter]()
    return Received(topic, json.dumps(body).encode(), 1, False, time.time_ns() // 1000)


def walked(name: str) -> list[Point]:
    """The points that the recorder gave a time."""
    return [point for point in track(name) if point.time is not None]


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A tracker of each adapter, named by it, with a participant who lives where the walk begins."""
    opened = Registry.open(f"sqlite:///{tmp_path_factory.mktemp('walks')}/registry.db")
    opened.add_pilot(read_plan(PLAN), PLAN)
    home = track("korita-zbevnica.gpx")[0]
    codes = opened.add_participants("walks", "intervention", len(ADDRESSES), ["gps"])
    for code, (adapter, address) in zip(codes, ADDRESSES.items(), strict=True):
        opened.add_device("walks", adapter, "gps", adapter, address, interval_s=30)
        opened.assign("walks", adapter, code, midnight(date(2010, 10, 1), ZoneInfo("Europe/Zagreb")))
        opened.set_home("walks", code, home.lat, home.lon)
    yield opened
    opened.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TimeSeriesStore]:
    opened = DuckDBStore.open(tmp_path / "readings.duckdb")
    yield opened
    opened.close()


def days_out(registry: Registry, adapter: str, metric: str) -> DailyValue:
    """The metric of the day of the walk, of who carried the tracker of that adapter."""
    (stood,) = [each for each in registry.assignments("walks") if each.device == adapter]
    found = registry.daily_values("walks", metric=metric, participant=stood.participant)
    (value,) = [each for each in found if each.day == WALKED]
    return value


def test_a_walk_gives_the_same_daily_metrics_over_every_adapter(
    registry: Registry, store: TimeSeriesStore
) -> None:
    intake = Intake(store, Directory(registry))
    points = walked("korita-zbevnica.gpx")
    for adapter in ADDRESSES:
        assert intake.commit([message(adapter, point) for point in points]) == len(points)
    assert store.dead_letters() == []
    recompute(registry, store, "walks")
    for metric in GPS_METRICS:
        ours = days_out(registry, "native", metric)
        assert ours.value is not None
        assert ours.value > 0
        for adapter in ("owntracks", "traccar"):
            theirs = days_out(registry, adapter, metric)
            assert (theirs.n, theirs.coverage) == (ours.n, ours.coverage)
            # Six decimals of a degree are a tenth of a metre.
            assert theirs.value == pytest.approx(ours.value, abs=0.1)


def test_a_walk_sent_twice_is_the_same_walk(registry: Registry, store: TimeSeriesStore) -> None:
    intake = Intake(store, Directory(registry))
    points = walked("korita-zbevnica.gpx")
    for adapter in ADDRESSES:
        for _ in range(2):
            intake.commit([message(adapter, point) for point in points])
    ours = store.read("gps", "native", *ALWAYS)
    for adapter in ("owntracks", "traccar"):
        theirs = store.read("gps", adapter, *ALWAYS)
        np.testing.assert_array_equal(theirs.time, ours.time)
        for column in ("lat", "lon"):
            np.testing.assert_allclose(theirs.columns[column], ours.columns[column], atol=5.1e-7)


@pytest.mark.parametrize("adapter", ADDRESSES)
def test_a_walk_timed_in_1901_is_dead_letters_that_say_so(
    adapter: str, registry: Registry, store: TimeSeriesStore
) -> None:
    points = walked("Mojstrovka.gpx")
    assert Intake(store, Directory(registry)).commit([message(adapter, point) for point in points]) == 0
    letters = store.dead_letters(limit=1000)
    assert len(letters) == len(points) > 0
    for each in letters:
        assert each.letter.code == "too_old"
        assert each.letter.reason.startswith("time 1901-12-13T20:45:52Z is before 2000")
