"""A service compares only what can have changed since its last run, and all where it cannot tell."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from analysis.pipeline.daily import _look, _Looked
from pilots.civil_time import noon
from pilots.daily_columns import DailyColumns, MonthOfValues
from tests.analysis.beds import HOUR
from tests.analysis.pipeline_pilot import PILOT, ZONE, SmallPilot

FIRST = date(2026, 1, 12)
DAYS, COMPUTED = 40, 30


@pytest.fixture
def pilot(tmp_path):
    """All is computed up to the noon after the thirtieth night."""
    opened = SmallPilot.open(tmp_path, FIRST, FIRST + timedelta(days=DAYS - 1))
    opened.stand("bed-1", "bed")
    opened.stand("button-1", "alarm")
    opened.sleep("bed-1", opened.days[:COMPUTED:3])
    opened.recompute(now_us=over(COMPUTED))
    yield opened
    opened.close()


def over(nights: int) -> int:
    """So many nights are over."""
    return noon(FIRST + timedelta(days=nights), ZONE)


def looked(pilot: SmallPilot) -> _Looked:
    """What the next run looks at, one night later."""
    return _look(pilot.registry, pilot.store, PILOT, over(COMPUTED + 1), pilot.last_run)


def nothing_is_left_after_the_next_run(pilot: SmallPilot) -> bool:
    done = pilot.recompute(now_us=over(COMPUTED + 1))
    again = pilot.recompute(now_us=over(COMPUTED + 1), forgotten=True)
    return (again.days, again.values, again.unchanged) == (0, 0, done.days + done.unchanged)


def test_after_a_new_night_the_days_around_it_are_compared_and_no_others(pilot):
    pilot.sleep("bed-1", [pilot.days[COMPUTED]])
    since = looked(pilot).compared_from
    assert since is not None
    assert pilot.days[COMPUTED - 5] < since < pilot.days[COMPUTED]
    assert min(looked(pilot).sources.hours["bed"]["bed-1"].hour) > over(COMPUTED - 20) // HOUR
    assert nothing_is_left_after_the_next_run(pilot)


def test_a_late_reading_is_looked_at_from_its_own_day_on(pilot):
    pilot.send("bed", "bed-1", [over(10)], load_kg=[70.0])
    since = looked(pilot).compared_from
    assert since is not None
    assert pilot.days[5] < since < pilot.days[10]
    assert nothing_is_left_after_the_next_run(pilot)


def test_a_purge_is_looked_at_from_its_first_day_on(pilot):
    pilot.store.delete("bed-1", over(9), over(12))
    since = looked(pilot).compared_from
    assert since is not None
    assert pilot.days[4] < since < pilot.days[9]
    assert nothing_is_left_after_the_next_run(pilot)


def another_stay(pilot: SmallPilot) -> None:
    pilot.stand("gps-1", "gps", start=over(12))


def a_stay_that_ended(pilot: SmallPilot) -> None:
    [stay] = [each for each in pilot.registry.assignments(PILOT) if each.device == "button-1"]
    pilot.registry.assign(PILOT, "button-1", stay.participant, stay.start_us, over(12))


def a_home(pilot: SmallPilot) -> None:
    pilot.registry.set_home(PILOT, pilot.codes[0], 59.0, 18.0)


def a_first_alarm(pilot: SmallPilot) -> None:
    """A bed counts among the devices with alarms from its first one on, for all its days."""
    pilot.send("alarm", "bed-1", [over(COMPUTED) + HOUR], alarm=["a"], stage=["raised"])


def values_that_somebody_took_away(pilot: SmallPilot) -> None:
    (code, month), before = min(pilot.registry.month_inputs(PILOT).items())
    pilot.registry.put_months(PILOT, [MonthOfValues(code, month, DailyColumns(), (), {}, before)])


def a_restart(pilot: SmallPilot) -> None:
    pilot.reopen()


@pytest.mark.parametrize(
    "change",
    [another_stay, a_stay_that_ended, a_home, a_first_alarm, values_that_somebody_took_away, a_restart],
    ids=lambda change: change.__name__,
)
def test_everything_is_compared_after(pilot, change):
    change(pilot)
    assert looked(pilot).compared_from is None
    assert nothing_is_left_after_the_next_run(pilot)


def test_everything_is_compared_after_a_run_with_a_month_that_failed(pilot):
    block = pilot.store.epochs("bed-1", 0, 2**62)[24]
    pilot.store.put_epochs([replace(block, content=b"\x02spoilt")])
    pilot.send("bed", "bed-1", [block.end + 7 * HOUR], load_kg=[70.0])
    assert pilot.recompute(now_us=over(COMPUTED + 1)).failed
    assert looked(pilot).compared_from is None
    pilot.store.put_epochs([block])
    assert nothing_is_left_after_the_next_run(pilot)


def test_everything_is_compared_with_a_store_that_cannot_tell_of_changes(pilot):
    look = looked(pilot).look
    assert pilot.last_run.compare_from(look) is not None
    assert pilot.last_run.compare_from(replace(look, changes=None)) is None


def test_weights_that_were_read_before_are_those_that_stand(pilot):
    for night in pilot.days[COMPUTED : COMPUTED + 8]:
        pilot.sleep("bed-1", [night], weight_kg=72.0)
        pilot.recompute(now_us=noon(night + timedelta(days=1), ZONE))
    pilot.sleep("bed-1", [pilot.days[6]], weight_kg=75.0)
    now_us = over(COMPUTED + 8)
    pilot.recompute(now_us=now_us)
    built_up = pilot.registry.daily_values(PILOT)
    pilot.forget()
    pilot.recompute(now_us=now_us, forgotten=True)
    assert pilot.registry.daily_values(PILOT) == built_up
