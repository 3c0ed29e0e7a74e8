"""A Mosquitto with the limits we deploy, and an installation with three beds that uses it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pilots.plan import read_plan
from pilots.registry import Registry
from tests.brokers import Mosquitto
from tests.faults.ledger import BEDS, PILOT, Ledger
from tests.faults.proxy import Proxy
from tests.running import Installation

PLAN = f"""
pilot: {PILOT}
title: Nattillsyn
timezone: Europe/Stockholm
phases:
  - {{name: baseline, start: 2026-01-12, end: 2026-03-08}}
groups: {{intervention: 3}}
"""


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    started = Mosquitto(tmp_path)
    started.start()
    yield started
    started.stop()


@pytest.fixture
def network(mosquitto: Mosquitto) -> Iterator[Proxy]:
    """A way to the broker that can be cut."""
    proxy = Proxy(mosquitto.port)
    yield proxy
    proxy.close()


@pytest.fixture
def installation(tmp_path: Path, mosquitto: Mosquitto) -> Installation:
    return prepared(tmp_path, PILOTBED_MQTT=mosquitto.url)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def prepared(folder: Path, **environment: str) -> Installation:
    """An installation whose registry has the pilot and the beds of the ledger."""
    made = Installation(folder, **environment)
    made.data.mkdir()
    registry = Registry.open(f"sqlite:{made.data / 'registry.sqlite'}")
    registry.add_pilot(read_plan(PLAN), PLAN)
    for bed in BEDS:
        registry.add_device(PILOT, bed, "bed")
    registry.close()
    return made
