"""Recordings of older people getting in and out of bed: what was published is what exits are counted from."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from analysis.movement import bed_exits
from tests.parts import shared
from tests.running import Installation, Service

IN_BED = {"1", "3"}
"""Labels of sitting and lying in bed; 2 is a chair, 4 walking."""

FIRST_DAY = datetime(2025, 1, 13, 9, tzinfo=UTC)
PLAN = """
pilot: beds
title: Recorded bed exits
timezone: Europe/Stockholm
phases:
  - {name: baseline, start: 2025-01-13, end: 2025-04-06}
groups: {intervention: 1}
"""


class Recording(NamedTuple):
    """One file: Unix seconds on a day of its own, and whether the person was in bed."""

    start: datetime
    time: Sequence[float]
    in_bed: Sequence[bool]


@pytest.fixture(scope="module")
def recordings() -> Mapping[str, Recording]:
    folder = shared("data/rfid-older-people-bed")
    found = {}
    for number, file in enumerate(sorted(folder.glob("S*_Dataset/d*"))):
        start = FIRST_DAY + timedelta(days=number)
        with file.open(newline="", encoding="ascii") as rows:
            samples = [(start.timestamp() + float(row[0]), row[-1] in IN_BED) for row in csv.reader(rows)]
        time, in_bed = zip(*samples, strict=True)
        found[f"{file.parent.name}/{file.name}"] = Recording(start, time, in_bed)
    return found


@pytest.fixture(scope="module")
def service(
    recordings: Mapping[str, Recording], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    installation = Installation(Path(tmp_path_factory.mktemp("beds")))
    installation.add_pilot(PLAN)
    installation.run("device", "add", "beds", "bed-1", "--kind", "bed", "--interval-s", 1)
    with installation.up() as running:
        running.publish(
            (
                "pilotbed/beds/bed-1/bed",
                {
                    "time": each.time,
                    "occupied": each.in_bed,
                    # Some samples share a time: their number keeps them apart and in order.
                    "seq": list(range(len(each.time))),
                },
            )
            for each in recordings.values()
        )
        yield running


def read_back(service: Service, recording: Recording) -> dict[str, list[Any]]:
    """The readings of one recording's day, page by page."""
    asked: dict[str, object] = {
        "device": "bed-1",
        "start": recording.start.isoformat(),
        "end": (recording.start + timedelta(days=1)).isoformat(),
        "limit": 1000,
    }
    page = service.get("/pilots/beds/readings/bed", **asked)
    columns: dict[str, list[Any]] = page["columns"]
    while page["next"] is not None:
        page = service.get("/pilots/beds/readings/bed", cursor=page["next"], **asked)
        for name, values in page["columns"].items():
            columns[name] += values
    return columns


def transitions(in_bed: Sequence[bool]) -> list[int]:
    """Samples that find the bed empty after one in bed."""
    return [k for k in range(1, len(in_bed)) if in_bed[k - 1] and not in_bed[k]]


def test_bed_exits_are_the_transitions_of_the_labels(
    recordings: Mapping[str, Recording], service: Service
) -> None:
    counted = 0
    for name, recording in recordings.items():
        columns = read_back(service, recording)
        assert columns["occupied"] == list(recording.in_bed), name
        time = np.array([round(datetime.fromisoformat(text).timestamp() * 1e6) for text in columns["time"]])
        exits = bed_exits(time, np.array(columns["occupied"]), min_out=0, min_in=0)
        expected = [round(recording.time[k] * 1e6) for k in transitions(recording.in_bed)]
        assert exits.left.tolist() == expected, name
        counted += len(expected)
    assert counted > len(recordings)


def test_nothing_of_the_recordings_is_refused(recordings: Mapping[str, Recording], service: Service) -> None:
    assert service.get("/dead-letters")["items"] == []
    samples = sum(len(each.time) for each in recordings.values())
    assert service.get("/pilots/beds/quality")["items"][0]["readings"] == samples
