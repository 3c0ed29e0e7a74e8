from collections.abc import Iterator

import numpy as np
import pytest

from pilots.civil_time import midnight
from pilots.plan import Plan
from simulators.draws import Purpose, draws
from simulators.faults.gps import fixes_with
from simulators.faults.names import Fault
from simulators.story import Story
from simulators.timing import HOUR, MINUTE
from simulators.trackers import EARTH_RADIUS_M, Fixes, Walk, fixes_of

SEED = 7


@pytest.fixture(scope="module")
def days(plan: Plan) -> list[tuple[int, int, tuple[Walk, ...], Fixes]]:
    return list(_days(plan))


def _days(plan: Plan) -> Iterator[tuple[int, int, tuple[Walk, ...], Fixes]]:
    story = Story(plan, SEED)
    for life in story.lives:
        for day, walks in life.walks.items():
            start = midnight(day, plan.zone)
            number = life.participant.number
            rng = draws(SEED, Purpose.FIXES, number, day)
            yield (
                number,
                start,
                walks,
                fixes_of(rng, walks, start, start + 23 * HOUR, phase_s=0, home=(60, 15)),
            )


def spoilt(fault: Fault, plan: Plan, number: int, start: int, walks: tuple[Walk, ...], fixes: Fixes) -> Fixes:
    from pilots.civil_time import local_date

    return fixes_with(frozenset({fault}), SEED, number, local_date(start, plan.zone), fixes, walks)


def off_m(fixes: Fixes, as_told: Fixes) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    kept = np.searchsorted(as_told.time, fixes.time)
    metres = EARTH_RADIUS_M * np.pi / 180
    north = (fixes.lat - as_told.lat[kept]) * metres
    east = (fixes.lon - as_told.lon[kept]) * metres * np.cos(np.radians(60))
    return np.hypot(north, east)


def test_multipath_throws_a_few_fixes_far_off_that_look_as_good_as_ever(
    plan: Plan, days: list[tuple[int, int, tuple[Walk, ...], Fixes]]
) -> None:
    off = np.concatenate([off_m(spoilt(Fault.MULTIPATH, plan, *day), day[3]) for day in days])
    thrown = off[off > 1.0]
    assert len(thrown) / len(off) == pytest.approx(0.03, abs=0.01)
    assert 29.0 < thrown.min() < thrown.max() < 301.0
    for day in days[:5]:
        np.testing.assert_array_equal(spoilt(Fault.MULTIPATH, plan, *day).accuracy_m, day[3].accuracy_m)


def test_a_cold_start_loses_the_first_minute_of_every_walk_and_then_knows_it_is_poor(
    plan: Plan, days: list[tuple[int, int, tuple[Walk, ...], Fixes]]
) -> None:
    for day in days:
        fixes = spoilt(Fault.COLD_START, plan, *day)
        for walk in day[2]:
            assert not np.any((fixes.time >= walk.start) & (fixes.time < walk.start + MINUTE))
        off = off_m(fixes, day[3])
        assert np.all(fixes.accuracy_m[off > 30.0] > 20.0)


def test_indoors_fixes_are_lost_and_on_walks_none(
    plan: Plan, days: list[tuple[int, int, tuple[Walk, ...], Fixes]]
) -> None:
    lost = 0
    for day in days:
        fixes = spoilt(Fault.INDOOR_LOSS, plan, *day)
        gone = np.setdiff1d(day[3].time, fixes.time)
        lost += len(gone)
        assert not any(((gone >= walk.start) & (gone < walk.end)).any() for walk in day[2])
    assert lost > 10 * len(days)


def test_a_repeated_fix_is_one_that_was_there_before_under_a_new_time(
    plan: Plan, days: list[tuple[int, int, tuple[Walk, ...], Fixes]]
) -> None:
    repeated = 0
    for day in days:
        fixes = spoilt(Fault.REPEATED_LAST_FIX, plan, *day)
        np.testing.assert_array_equal(fixes.time, day[3].time)
        positions = list(zip(fixes.lat.tolist(), fixes.lon.tolist(), strict=True))
        told = list(zip(day[3].lat.tolist(), day[3].lon.tolist(), strict=True))
        for index, position in enumerate(positions):
            if position != told[index]:
                repeated += 1
                assert position == positions[index - 1]
    assert repeated > 10 * len(days)
