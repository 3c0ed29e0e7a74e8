"""Emergency calls of a real chain: our response figures against lifelines on the public table."""

import csv
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analysis.alarms import alarm_table, response_intervals
from analysis.survival import cumulative_incidence, incidence_at, incidence_quantile

CALLS = Path(__file__).parents[3] / "shared" / "data" / "sf-fire-response-chain" / "sf_fire_calls.csv"

pytestmark = pytest.mark.skipif(
    not CALLS.exists(), reason="../shared/data/sf-fire-response-chain is not here"
)

STAGES = {
    "Received DtTm": "raised",
    "Entry DtTm": "received",
    "Dispatch DtTm": "dispatched",
    "Response DtTm": "acknowledged",
    "On Scene DtTm": "arrived",
    "Available DtTm": "closed",
}


def instant(text):
    local = datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=ZoneInfo("America/Los_Angeles"))
    return round(local.timestamp()) * 1_000_000


@pytest.fixture(scope="module")
def calls():
    with CALLS.open(newline="") as file:
        return [
            {stage: instant(row[column]) for column, stage in STAGES.items() if row[column]}
            for row in csv.DictReader(file)
        ]


@pytest.fixture(scope="module")
def table(calls):
    readings = [
        (time, f"call-{place}", stage) for place, call in enumerate(calls) for stage, time in call.items()
    ]
    time, alarm, stage = zip(*readings, strict=True)
    none = np.full(len(readings), None, dtype=np.object_)
    return alarm_table(
        np.array(time, np.int64), np.array(alarm, np.object_), np.array(stage, np.object_), none, none
    )


@pytest.mark.parametrize(("stage", "target"), [("acknowledged", 180), ("arrived", 600)])
def test_response_times_equal_lifelines_on_the_table(calls, table, stage, target):
    lifelines = pytest.importorskip("lifelines")
    from lifelines.utils import median_survival_times

    end = max(max(call.values()) for call in calls)
    seconds, seen = [], []
    for call in calls:
        until = call.get(stage, call.get("closed", end))
        seconds.append(max(until - call["raised"], 0) / 1e6)
        seen.append(stage in call)
    peer = lifelines.KaplanMeierFitter().fit(seconds, seen)
    ours = response_intervals(table, stage, end=end, closed="censored")
    curve = cumulative_incidence(ours.seconds, ours.code)

    median, limits = incidence_quantile(curve), median_survival_times(peer.confidence_interval_).to_numpy()[0]
    assert len(ours.seconds) == len(calls)
    assert (median.value, median.ci_low, median.ci_high) == (peer.median_survival_time_, *limits)
    share, at_target = incidence_at(curve, target), peer.confidence_interval_.loc[:target].iloc[-1]
    assert share.value == pytest.approx(1 - peer.predict(target), abs=1e-12)
    assert (1 - share.ci_high, 1 - share.ci_low) == pytest.approx(tuple(at_target), abs=1e-10)
