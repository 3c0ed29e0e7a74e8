from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import Installation, Service

PLAN = """
pilot: natt
title: Nattillsyn
timezone: Europe/Stockholm
phases:
  - {name: baseline, start: 2026-01-12, end: 2026-03-08}
groups: {intervention: 8}
"""


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """An installation with nothing in it."""
    return Installation(tmp_path)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation with a pilot, a participant and a bed; what a test adds stays for the next."""
    prepared = Installation(Path(tmp_path_factory.mktemp("filled")))
    prepared.add_pilot(PLAN)
    code = prepared.json("participant", "add", "natt", "--group", "intervention")["participants"][0]
    prepared.run("device", "add", "natt", "bed-1", "--kind", "bed")
    prepared.run("device", "assign", "natt", "bed-1", code, "--from", "2026-01-12T12:00")
    return prepared


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A running service of its own, with a pilot; it goes on for all tests of a module."""
    prepared = Installation(Path(tmp_path_factory.mktemp("running")))
    prepared.add_pilot(PLAN)
    with prepared.up() as service:
        yield service
