"""Every test of the subscriber runs against the embedded broker and against Mosquitto."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.broker import EmbeddedBroker
from pilots.plan import read_plan
from pilots.registry import Registry
from store import TimeSeriesStore
from store.duckdb_engine import DuckDBStore
from tests.brokers import Broker, Mosquitto

PLAN = """
pilot: natt
title: Nattillsyn
timezone: Europe/Stockholm
phases:
  - {name: baseline, start: 2025-01-13, end: 2025-02-23}
  - {name: pilot, start: 2025-02-24, end: 2025-04-06}
groups: {intervention: 2}
"""


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    opened = Registry.open(f"sqlite:{tmp_path / 'registry.sqlite'}")
    opened.add_pilot(read_plan(PLAN), PLAN)
    for device, kind in (
        ("bed-1", "bed"),
        ("bed-2", "bed"),
        ("gps-1", "gps"),
        ("cam-1", "camera"),
        ("alarm-1", "alarm"),
    ):
        opened.add_device("natt", device, kind)
    yield opened
    opened.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TimeSeriesStore]:
    opened = DuckDBStore.open(tmp_path / "readings.duckdb")
    yield opened
    opened.close()


@pytest.fixture(params=["embedded", "mosquitto"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    started: Broker = EmbeddedBroker(tmp_path) if request.param == "embedded" else Mosquitto(tmp_path)
    started.start()
    yield started
    started.stop()
