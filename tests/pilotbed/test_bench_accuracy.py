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
from simulators.tolerances import TOLERANCES

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
    # An outing's shape is told for fewer days, and winding is beyond its tolerance on every story.
    shape = {"outing_straightness", "outing_sinuosity_per_sqrt_m"}
    rows = [row for row in told["none"] if row["metric"] not in few | shape]
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
