from collections.abc import Iterator
from dataclasses import dataclass, replace

import msgspec
import numpy as np
import pytest

from pilots.plan import Plan
from pilots.records import DailyValue
from simulators.comparison import compare, phase_change
from simulators.story import Story
from simulators.tolerances import KNOWN_TO_MISS, POOLED, TOLERANCES
from simulators.true_figures import true_median_s
from simulators.true_values import TRUE_VALUES
from simulators.truth import Truth

NOT_TOLD = {
    "weight_change_percent_180d",
    "turns_per_night",
    "longest_time_in_position_h",
    "turning_compliance_percent",
    "device_uptime_percent",
    "reading_loss_percent",
    "reading_lateness_s",
    "clock_offset_s",
    "battery_percent",
}
"""What takes half a year, four legs, or readings that arrive one by one."""


@dataclass(frozen=True)
class Median:
    phase: str
    group: str
    stage: str
    median_s: float | None


@pytest.fixture(scope="module")
def truth(plan: Plan) -> Truth:
    # Long enough for a weight trend over 30 nights and a change against 30 days before.
    baseline, pilot = plan.phases
    longer = pilot.model_copy(update={"end": pilot.end.replace(month=5)})
    return Story(plan.model_copy(update={"phases": (baseline, longer)}), 1).truth


def without_error(truth: Truth) -> Iterator[DailyValue]:
    for metric, read in TRUE_VALUES.items():
        for (code, day), value in read(truth).items():
            yield DailyValue(code, day, metric, value, None, None, 1, 1.0, None)


def medians(truth: Truth) -> Iterator[Median]:
    for metric, stage in (("time_to_acknowledge_s", "acknowledged"), ("time_to_arrive_s", "arrived")):
        for phase in truth.phases:
            for group in ("intervention", "comparison"):
                yield Median(phase.name, group, stage, true_median_s(truth, metric, phase, group))


def test_an_analysis_without_error_is_within_every_tolerance(truth: Truth) -> None:
    rows = compare(truth, without_error(truth), medians(truth))
    told = {each.metric for each in TOLERANCES if each.way != POOLED} - NOT_TOLD - KNOWN_TO_MISS
    assert {row.metric for row in rows} == told
    assert all(row.within for row in rows), [row for row in rows if not row.within]
    assert all(row.error <= 1e-9 for row in rows)
    assert all(row.n == row.expected > 0 for row in rows)


def test_every_metric_that_is_off_is_found_out(truth: Truth) -> None:
    for metric in TRUE_VALUES.keys() - NOT_TOLD - KNOWN_TO_MISS:
        shifted = [
            value._replace(value=(value.value or 0.0) + 60.0) if value.metric == metric else value
            for value in without_error(truth)
        ]
        off = {row.metric for row in compare(truth, shifted) if not row.within}
        assert off == {metric}


def test_one_bad_night_shows_as_the_worst_error_only(truth: Truth) -> None:
    values = list(without_error(truth))
    place = next(place for place, value in enumerate(values) if value.metric == "weight_kg")
    values[place] = values[place]._replace(value=(values[place].value or 0.0) - 0.3)
    off = [row for row in compare(truth, values) if not row.within]
    assert [(row.metric, row.way) for row in off] == [("weight_kg", "largest error")]
    assert off[0].error == pytest.approx(0.3)


def test_an_analysis_that_leaves_nights_out_is_not_right(truth: Truth) -> None:
    half = [value for value in without_error(truth) if value.day.day % 2]
    assert not any(row.within for row in compare(truth, half))


def test_a_value_with_a_reason_does_not_count(truth: Truth) -> None:
    values = [value._replace(reason="low_coverage") for value in without_error(truth)]
    rows = compare(truth, values)
    assert all(row.estimate is None and row.n == 0 and not row.within for row in rows)


def test_change_is_the_mean_over_participants_of_pilot_less_baseline(truth: Truth) -> None:
    visits = TRUE_VALUES["physical_visits_per_night"](truth)
    differences = []
    for participant in truth.participants:
        if participant.group == "intervention":
            means = [
                np.mean(
                    [
                        night.physical_visits
                        for night in participant.nights
                        if phase.evaluated_from <= night.night <= phase.end
                    ]
                )
                for phase in truth.phases
            ]
            differences.append(means[1] - means[0])
    assert phase_change(truth, visits) == pytest.approx(np.mean(differences))
    assert phase_change(truth, visits) < -1.5


def test_a_median_counts_alarms_that_ended_without_the_stage(truth: Truth) -> None:
    phase = truth.phases[0]
    alarms = [
        alarm
        for participant in truth.participants
        if participant.group == "intervention"
        for alarm in participant.alarms
        if phase.start <= alarm.day <= phase.end and alarm.cause != "test"
    ]
    median = true_median_s(truth, "time_to_arrive_s", phase, "intervention")
    assert median is not None
    there = sum(
        alarm.arrived is not None and alarm.arrived - alarm.raised <= median * 1e6 for alarm in alarms
    )
    assert there == -(-len(alarms) // 2)
    arrived = [(alarm.arrived - alarm.raised) / 1e6 for alarm in alarms if alarm.arrived is not None]
    assert median >= np.median(arrived)


def test_a_median_that_is_never_reached_agrees_only_with_none(truth: Truth) -> None:
    nobody = replace_alarms(truth)
    row = Median("baseline", "intervention", "arrived", None)
    [right] = [each for each in compare(nobody, [], [row]) if each.metric == "time_to_arrive_s"]
    [wrong] = [
        each
        for each in compare(nobody, [], [replace(row, median_s=600.0)])
        if each.metric == "time_to_arrive_s"
    ]
    assert right.within
    assert not wrong.within


def replace_alarms(truth: Truth) -> Truth:
    """The same truth, but nobody ever came."""
    return msgspec.structs.replace(
        truth,
        participants=tuple(
            msgspec.structs.replace(
                participant,
                alarms=tuple(msgspec.structs.replace(alarm, arrived=None) for alarm in participant.alarms),
            )
            for participant in truth.participants
        ),
    )


def test_what_a_short_story_has_no_truth_of_is_left_out(plan: Plan) -> None:
    truth = Story(plan, 1, days=5).truth
    rows = compare(truth, without_error(truth))
    assert all(row.within for row in rows)
    compared = {(row.metric, row.way) for row in rows}
    assert ("weight_kg", "largest error") in compared
    assert not any(way == "change" or metric.startswith("weight_trend") for metric, way in compared)
