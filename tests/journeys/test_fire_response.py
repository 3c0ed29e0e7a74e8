"""Real emergency calls as alarms over MQTT: response figures of the API against lifelines on the table."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.parts import shared
from tests.running import Installation, Service

STAGES = {
    "Received DtTm": "raised",
    "Entry DtTm": "received",
    "Dispatch DtTm": "dispatched",
    "Response DtTm": "acknowledged",
    "On Scene DtTm": "arrived",
    "Available DtTm": "closed",
}
ZONE = ZoneInfo("America/Los_Angeles")
PARTICIPANTS = 10
READINGS_A_MESSAGE = 1000

# Three minutes until a unit is on its way; ten until it is there.
TARGETS = {"acknowledged": 180, "arrived": 600}
PLAN = f"""
pilot: fire
title: Emergency calls of San Francisco
timezone: America/Los_Angeles
phases:
  - {{name: baseline, start: 2003-08-01, end: 2025-06-30}}
groups: {{intervention: {PARTICIPANTS}}}
targets: {{acknowledge_s: {TARGETS["acknowledged"]}, arrive_s: {TARGETS["arrived"]}}}
"""

Call = tuple[str, Mapping[str, int]]
"""An alarm's name, and the Unix seconds of each stage that was timed."""


def instant(local: str) -> int:
    """Unix seconds of a local time; the hour that the clock shows twice is taken as its first (fold 0).

    Alarms and lifelines get the same instants, so that the choice cannot tell them apart.
    """
    return round(datetime.strptime(local, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=ZONE, fold=0).timestamp())


@pytest.fixture(scope="module")
def calls() -> Sequence[Call]:
    with shared("data/sf-fire-response-chain/sf_fire_calls.csv").open(newline="", encoding="utf-8") as file:
        return [
            (
                # Several units answer one call: its number alone is not an alarm.
                f"{row['Call Number']}-{number}",
                {stage: instant(row[column]) for column, stage in STAGES.items() if row[column]},
            )
            for number, row in enumerate(csv.DictReader(file))
        ]


@pytest.fixture(scope="module")
def service(calls: Sequence[Call], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    installation = Installation(Path(tmp_path_factory.mktemp("fire")))
    installation.add_pilot(PLAN)
    codes = installation.json(
        "participant", "add", "fire", "--group", "intervention", "--count", PARTICIPANTS
    )
    with installation.up() as running:
        for number, code in enumerate(codes["participants"]):
            button = f"button-{number}"
            running.post("/pilots/fire/devices", {"device": button, "kind": "alarm"})
            installation.run("device", "assign", "fire", button, code, "--from", "2003-08-01T00:00")
        running.publish(messages(calls))
        yield running


def messages(calls: Sequence[Call]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every stage of every call, spread by row over the participants' buttons, in columns."""
    for number in range(PARTICIPANTS):
        readings = [
            (time, alarm, stage)
            for alarm, times in calls[number::PARTICIPANTS]
            for stage, time in times.items()
        ]
        for first in range(0, len(readings), READINGS_A_MESSAGE):
            time, alarm, stage = zip(*readings[first : first + READINGS_A_MESSAGE], strict=True)
            yield f"pilotbed/fire/button-{number}/alarm", {"time": time, "alarm": alarm, "stage": stage}


def test_every_stage_of_every_call_is_stored(calls: Sequence[Call], service: Service) -> None:
    expected = Counter(
        f"button-{number % PARTICIPANTS}" for number, call in enumerate(calls) for _ in call[1]
    )
    items = service.get("/pilots/fire/quality")["items"]
    assert {item["device"]: item["readings"] for item in items} == expected
    assert service.get("/dead-letters")["items"] == []


@pytest.mark.parametrize("stage", TARGETS)
def test_response_figures_equal_lifelines(calls: Sequence[Call], service: Service, stage: str) -> None:
    lifelines = pytest.importorskip("lifelines")
    from lifelines.utils import median_survival_times

    end_of_data = max(max(times.values()) for _, times in calls)
    seconds = [
        max(times.get(stage, times.get("closed", end_of_data)) - times["raised"], 0) for _, times in calls
    ]
    reached = [stage in times for _, times in calls]
    peer = lifelines.KaplanMeierFitter().fit(seconds, reached)
    target = TARGETS[stage]

    answer = service.get("/pilots/fire/alarms/response", interval="greenwood", closed="censored")
    ours = next(item for item in answer["items"] if item["stage"] == stage)

    assert answer["targets"] == {"acknowledge_s": TARGETS["acknowledged"], "arrive_s": TARGETS["arrived"]}
    assert (ours["phase"], ours["group"], ours["suppressed"], ours["reason"]) == (
        "baseline",
        "intervention",
        False,
        None,
    )
    assert (ours["n"], ours["censored"]) == (len(calls), reached.count(False))
    low, high = median_survival_times(peer.confidence_interval_).to_numpy()[0]
    assert (ours["median_s"], ours["ci_low"], ours["ci_high"]) == (peer.median_survival_time_, low, high)
    survival_low, survival_high = peer.confidence_interval_.loc[:target].iloc[-1]
    assert ours["share_within_target"] == pytest.approx(1 - peer.predict(target), abs=1e-12)
    assert ours["share_ci_low"] == pytest.approx(1 - survival_high, abs=1e-10)
    assert ours["share_ci_high"] == pytest.approx(1 - survival_low, abs=1e-10)


def test_a_call_that_closes_without_an_arrival_competes_unless_censoring_is_asked_for(
    calls: Sequence[Call], service: Service
) -> None:
    competing = service.get("/pilots/fire/alarms/response", closed="competing", interval="greenwood")
    censored = service.get("/pilots/fire/alarms/response", closed="censored", interval="greenwood")
    shares = [
        next(item["share_within_target"] for item in answer["items"] if item["stage"] == "arrived")
        for answer in (competing, censored)
    ]
    assert shares[0] < shares[1]


def test_the_interval_over_residents_is_the_default(service: Service) -> None:
    default = service.get("/pilots/fire/alarms/response")
    assert default == service.get("/pilots/fire/alarms/response", interval="cluster", closed="competing")
    for item in default["items"]:
        assert item["ci_low"] <= item["median_s"] <= item["ci_high"]
