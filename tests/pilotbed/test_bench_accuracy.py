"""`bench accuracy` tells every fault, and docs/accuracy.md shows what it tells."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from analysis.catalogue import METRICS as CATALOGUE
from pilotbed.bench.accuracy import judged
from pilotbed.bench.told_pilots import DOES, TOLD_PILOTS
from simulators.accuracy import Accuracy
from simulators.tolerances import KNOWN_TO_MISS, TOLERANCES

PAGE = (Path(__file__).parents[2] / "docs" / "accuracy.md").read_text(encoding="utf-8")

JUDGED = {(fault, metric) for fault in DOES for metric in judged(fault)}
"""Every fault with every metric that it may change."""


@pytest.fixture(scope="module")
def told() -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "pilotbed", "bench", "accuracy", "--quick", "--json"],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_metric_of_the_catalogue_has_a_truth_and_a_tolerance() -> None:
    told = [metric for pilot in TOLD_PILOTS for metric in pilot.metrics]
    assert sorted(told) == sorted(CATALOGUE)
    assert {tolerance.metric for tolerance in TOLERANCES} == set(CATALOGUE)
    assert all(metric in judged("none") for metric in CATALOGUE)


LONG = {
    "weight_trend_kg_per_30d",
    "weight_change_percent_30d",
    "weight_change_percent_180d",
    "weight_loss_screening_percent",
    "interdaily_stability",
    "intradaily_variability",
    "relative_amplitude",
}
"""What four days are too short for."""


def test_every_fault_is_told_with_the_metrics_that_it_may_change(told: Any) -> None:
    found = {(fault, row["metric"]) for fault, rows in told.items() for row in rows}
    assert found == {(fault, metric) for fault, metric in JUDGED if metric not in LONG}


def test_without_a_fault_every_value_is_there_and_within_its_tolerance(told: Any) -> None:
    # Two residents raise too few alarms in four days for a share of them.
    few = {name for name, metric in CATALOGUE.items() if metric.summary == "pooled"}
    # One of few visits to a sleeper is a large share of them, and a straight way winds on every story.
    one = {"awakenings_after_visits_percent"}
    rows = [row for row in told["none"] if row["metric"] not in few | one | KNOWN_TO_MISS]
    assert all(row["n"] == row["expected"] and not row["beyond"] for row in rows)


def test_the_page_says_what_each_fault_does() -> None:
    for fault, does in DOES.items():
        assert f"| `{fault}` | {does} |" in PAGE


def test_the_page_has_a_row_for_every_fault_and_metric() -> None:
    shown = set()
    for metric, table in re.findall(r"^\*\*`(\w+)`\*\* .*\n\n((?:\|.*\n)+)", PAGE, re.MULTILINE):
        for row in table.splitlines()[2:]:
            shown |= {(fault, metric) for fault in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert shown == JUDGED


def test_what_is_beyond_its_tolerance_stands_in_bold() -> None:
    from pilotbed.bench.accuracy import FaultAccuracy
    from pilotbed.bench.accuracy_tables import tables

    off = Accuracy("weight_kg", "kg", 9, 10, 0.04, -0.04, -0.31, {"mean_absolute_error": 0.05, "worst": 0.2})
    same = [FaultAccuracy(fault, (off,)) for fault in ("none", "pet")]
    assert tables(same).endswith("| `none`, `pet` | 0.040 | -0.040 | **-0.310** | 90 % |")


def test_a_fault_is_judged_by_what_is_made_from_what_it_touches() -> None:
    assert judged("multipath") >= {"max_distance_from_home_m", "places_per_day"}
    assert not judged("multipath") & {"weight_kg", "physical_visits_per_night"}
    assert judged("forgotten_close") >= {"disturbances_avoided_per_night", "alarm_floods_per_week"}
    assert "turns_per_night" in judged("pet")
    assert "turns_per_night" not in judged("resolution_1kg") | judged("all")
    assert judged("clock_off") == {
        "device_uptime_percent",
        "reading_loss_percent",
        "reading_lateness_s",
        "clock_offset_s",
        "battery_percent",
    }
