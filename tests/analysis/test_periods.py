from datetime import date

import pytest

from analysis.pipeline.periods import periods, phase_period
from pilots.civil_time import to_rfc3339
from pilots.plan import read_plan
from tests.analysis.pilot_world import PLAN

plan = read_plan(PLAN)


def test_weeks_are_iso_weeks_from_local_monday():
    weeks = periods(plan, "week", date(2026, 1, 14), date(2026, 1, 19))
    assert [week.label for week in weeks] == ["2026-W03", "2026-W04"]
    assert [to_rfc3339(week.time_us, plan.zone) for week in weeks] == [
        "2026-01-12T00:00:00+01:00",
        "2026-01-19T00:00:00+01:00",
    ]


def test_the_first_week_of_a_year_may_be_labelled_with_the_next():
    assert periods(plan, "week", date(2025, 12, 31), date(2025, 12, 31))[0].label == "2026-W01"


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-05-01", 24)])
def test_days_are_as_long_as_the_clock_makes_them(day, hours):
    (period,) = periods(plan, "day", date.fromisoformat(day), date.fromisoformat(day))
    assert period.end_us - period.time_us == hours * 3_600_000_000
    assert period.label == day


def test_phases_stand_with_all_their_days_and_the_evaluation_with_those_after_wash_in():
    whole = periods(plan, "phase", date(2026, 1, 12), date(2026, 3, 8))[1]
    evaluated = phase_period(plan, plan.phase("pilot"), after_wash_in=True)
    assert (whole.label, whole.first, whole.end) == ("pilot", date(2026, 2, 9), date(2026, 3, 9))
    assert (evaluated.first, evaluated.end) == (date(2026, 2, 16), date(2026, 3, 9))


def test_a_day_or_week_names_the_one_phase_it_touches():
    before, across = periods(plan, "week", date(2026, 2, 2), date(2026, 2, 9))
    assert (before.phase, across.phase) == ("baseline", "pilot")
    assert periods(plan, "day", date(2026, 3, 9), date(2026, 3, 9))[0].phase is None


def test_a_by_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="by is 'month'"):
        periods(plan, "month", date(2026, 1, 1), date(2026, 1, 2))
