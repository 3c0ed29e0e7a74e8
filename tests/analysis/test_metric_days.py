"""Daily values as columns say what they say one by one."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest

from analysis.catalogue import METRICS
from analysis.pipeline.joined_months import JoinedMonths
from analysis.pipeline.measured import LOW_COVERAGE, NO_DATA
from analysis.pipeline.metric_days import Days
from analysis.pipeline.participant_values import participant_value, reason_for_none
from analysis.pipeline.period_cells import LENGTH, PeriodCells
from analysis.pipeline.periods import periods
from pilots.daily_columns import DailyColumns
from pilots.plan import read_plan
from pilots.records import DailyValue
from tests.analysis.pilot_world import PLAN

FIRST = date(2026, 1, 12)
CODES = ("B", "A", "D", "C")
EXITS, TREND = "bed_exits_per_night", "weight_trend_kg_per_30d"


def told(metric: str, seed: int = 1) -> list[DailyValue]:
    """Two months of four participants, by participant and day; some days are missing, some do not count."""
    random = np.random.default_rng(seed)
    values = []
    for code in CODES:
        for night in range(60):
            kind = random.random()
            if kind < 0.1 or (code == "D" and night < 20):
                continue
            number, coverage = float(random.normal(3, 1)), round(float(random.random()), 2)
            limits = (number - 1, number + 1) if code == "A" else (None, None)
            if kind < 0.3:
                said = (
                    None,
                    None,
                    None,
                    0,
                    [None, 0.0, coverage][night % 3],
                    ["no_data", "no_log"][night % 2],
                )
            else:
                reason = LOW_COVERAGE if coverage < 0.5 else None
                said = (number, *limits, 3, None if code == "C" else coverage, reason)
            values.append(DailyValue(code, FIRST + timedelta(days=night), metric, *said))
    return values


def days_of(metric: str, seed: int = 1) -> Days:
    """As they are kept: a participant's months one after the other, with another metric beside."""
    by_month: dict[tuple[str, date], list[DailyValue]] = {}
    for value in (*told(metric, seed), *told("weight_kg", seed + 1)):
        by_month.setdefault((value.participant, value.day.replace(day=1)), []).append(value)
    ordered = sorted(by_month, key=lambda key: (CODES.index(key[0]), key[1]))
    return JoinedMonths((*key, DailyColumns.of_values(by_month[key])) for key in ordered).days(metric)


def one_by_one(days: Days) -> list[DailyValue]:
    return list(days.values())


def test_months_tell_their_values_one_by_one():
    assert one_by_one(days_of(EXITS)) == told(EXITS)
    assert one_by_one(Days.of_values(EXITS, told(EXITS)[::-1])) == sorted(told(EXITS))
    assert len(days_of("rest_onset_min")[:0]) == 0


def test_a_metric_that_nobody_has_has_no_days():
    months = JoinedMonths([("A", FIRST.replace(day=1), DailyColumns.of_values(told(EXITS)[:3]))])
    nothing = months.days("places_per_day")
    assert (len(nothing), nothing.ends(), one_by_one(nothing.of(["A"]))) == (0, [], [])


@pytest.mark.parametrize("codes", [("A", "C"), ("B", "A"), ("nobody", "D", "B"), ()], ids=str)
def test_participants_are_chosen_in_the_order_that_is_asked_for(codes: Sequence[str]):
    chosen = days_of(EXITS).of(codes)
    assert one_by_one(chosen) == [
        value for code in codes for value in told(EXITS) if value.participant == code
    ]
    assert chosen.codes == codes


@pytest.mark.parametrize("by", list(LENGTH))
@pytest.mark.parametrize("metric", [EXITS, TREND])
def test_cells_hold_each_participants_value_of_each_period(metric, by):
    plan, floor = read_plan(PLAN), 0.5
    days = days_of(metric).of(("C", "A", "nobody", "D"))
    cells = PeriodCells.of(days, METRICS[metric], floor, LENGTH[by])
    listed = periods(plan, by, FIRST - timedelta(days=10), FIRST + timedelta(days=80))
    assert any(len(cells.known(period)) for period in listed)
    for period in listed:
        alone = [participant_value(METRICS[metric], days.own(code, period), floor) for code in days.codes]
        assert cells.known(period).tolist() == [each.value for each in alone if each.value is not None]
        assert one_by_one(cells.within(period)) == one_by_one(days[days.within(period)])


def test_why_nothing_counts_is_what_most_days_say_and_the_first_of_as_many():
    def why(*said: tuple[float | None, str | None]) -> str:
        days = [
            DailyValue("A", FIRST + timedelta(days=at), EXITS, value, None, None, 0, None, reason)
            for at, (value, reason) in enumerate(said)
        ]
        return reason_for_none(Days.of_values(EXITS, days))

    assert why((None, "no_log"), (None, "no_home"), (None, "no_home")) == "no_home"
    assert why((None, "no_log"), (None, "no_home")) == "no_log"
    assert why((1.0, None), (None, "no_log"), (1.0, LOW_COVERAGE)) == LOW_COVERAGE
    assert why((None, NO_DATA), (None, NO_DATA), (None, "no_log")) == "no_log"
    assert why((None, NO_DATA)) == why() == NO_DATA
