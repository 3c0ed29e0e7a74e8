"""Weeks of rest and activity with known rhythm."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from numpy.typing import NDArray

from analysis.epochs import BedEpochs
from analysis.pipeline.measured import Measured
from analysis.pipeline.rhythm_days import DAYS, RHYTHM_METRICS, rhythm_day
from analysis.series import HOUR_US, MINUTE_US
from pilots.civil_time import local_hour, midnight
from tests.analysis.minutes import LYING, QUIET, RESTLESS, SILENT, UP, bed_of

ZONE = ZoneInfo("Europe/Stockholm")
SUNDAY = date(2026, 2, 1)
A_MISSING_HOUR = 0.005
"""Means by the clock weigh alike, so the one hour that spring leaves out weighs in their mean and not in the
week's: by so much at most identical days then miss a stability of 1."""


def habit(day: date, *, week: int = DAYS) -> tuple[int, NDArray[np.int64]]:
    """In bed from ten to seven by the clock on the days that end with `day`: their start, their minutes."""
    start, end = midnight(day - timedelta(days=week - 1), ZONE), midnight(day + timedelta(days=1), ZONE)
    hour = np.array([local_hour(at, ZONE) for at in range(start, end, HOUR_US)])
    return start, np.repeat(np.where((hour >= 22) | (hour < 7), QUIET, UP), 60)


def rhythm(*beds: BedEpochs, day: date = SUNDAY) -> dict[str, Measured]:
    return {figure.metric: figure for figure in rhythm_day(beds, day, ZONE, {})}


def test_identical_days_are_alike_to_the_full() -> None:
    found = rhythm(bed_of(*habit(SUNDAY)))
    assert found["interdaily_stability"].value == pytest.approx(1)
    assert found["relative_amplitude"].value == pytest.approx(1)
    # Two steps of 1 a day among 167, over a variance of 9/24 · 15/24.
    assert found["intradaily_variability"].value == pytest.approx(14 / 167 / (9 * 15 / 24**2))
    assert {(figure.n, figure.coverage, figure.reason) for figure in found.values()} == {(168, 1.0, None)}


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 167), (date(2026, 10, 25), 168)], ids=["spring", "autumn"]
)
def test_a_clock_change_does_not_disturb_a_habit_kept_by_the_clock(day: date, hours: int) -> None:
    found = rhythm(bed_of(*habit(day)), day=day)
    assert found["interdaily_stability"].value == pytest.approx(1, abs=A_MISSING_HOUR)
    assert found["relative_amplitude"].value == pytest.approx(1)
    assert found["interdaily_stability"].n == hours  # the hour that spring leaves out is not there


@pytest.mark.parametrize("week_later", range(DAYS))
def test_a_clock_change_on_any_day_of_the_week_leaves_the_days_alike(week_later: int) -> None:
    for change in (date(2026, 3, 29), date(2026, 10, 25)):
        day = change + timedelta(days=week_later)
        found = rhythm(bed_of(*habit(day)), day=day)["interdaily_stability"]
        assert found.value == pytest.approx(1, abs=A_MISSING_HOUR)


def test_days_without_any_order_are_not_alike() -> None:
    start, kinds = habit(SUNDAY)
    hours = np.random.default_rng(4).permutation(kinds.reshape(-1, 60), axis=0)
    assert rhythm(bed_of(start, hours.ravel()))["interdaily_stability"].value < 0.4


def test_moving_in_bed_is_activity() -> None:
    start, kinds = habit(SUNDAY)
    half = np.where((kinds == QUIET) & (np.arange(len(kinds)) % 2 == 0), RESTLESS, kinds)
    # Half of the night's minutes: L5 is 0.5 and M10 is 1.
    assert rhythm(bed_of(start, half))["relative_amplitude"].value == pytest.approx(0.5 / 1.5)


def test_a_week_slept_elsewhere_has_no_rhythm_to_tell() -> None:
    start, kinds = habit(SUNDAY)
    found = rhythm(bed_of(start, np.full(len(kinds), UP)))
    assert {(figure.value, figure.reason) for figure in found.values()} == {(None, "no_data")}


def test_a_week_with_a_day_slept_elsewhere_is_no_whole_week() -> None:
    start, kinds = habit(SUNDAY)
    away = kinds.copy()
    away[2 * 1440 : 3 * 1440] = UP
    found = rhythm(bed_of(start, away))
    assert {(figure.value, figure.reason) for figure in found.values()} == {(None, "too_few_nights")}
    assert found["interdaily_stability"].coverage == pytest.approx(6 / 7)


def test_a_silent_week_has_no_data() -> None:
    start, kinds = habit(SUNDAY)
    found = rhythm(bed_of(start, np.full(len(kinds), SILENT)))
    assert {(figure.value, figure.reason) for figure in found.values()} == {(None, "no_data")}
    assert {(each.metric, each.reason) for each in rhythm_day((), SUNDAY, ZONE, {})} == {
        (metric, "no_data") for metric in RHYTHM_METRICS
    }


def test_hours_silent_on_every_day_leave_too_little_of_the_week() -> None:
    start, kinds = habit(SUNDAY)
    quiet = kinds.copy()
    quiet.reshape(-1, 1440)[:, 600:1080] = SILENT
    assert {figure.reason for figure in rhythm(bed_of(start, quiet)).values()} == {"low_coverage"}


def test_a_bed_that_tells_no_movement_tells_no_rhythm() -> None:
    start, kinds = habit(SUNDAY)
    found = rhythm(bed_of(start, np.where(kinds == QUIET, LYING, kinds)))
    assert {(figure.value, figure.reason) for figure in found.values()} == {(None, "low_coverage")}


def test_a_stay_that_began_in_the_week_is_no_whole_week() -> None:
    start, kinds = habit(SUNDAY, week=3)
    assert {figure.reason for figure in rhythm(bed_of(start, kinds)).values()} == {"too_few_nights"}


def test_days_before_and_after_the_week_do_not_bear_on_it() -> None:
    start, kinds = habit(SUNDAY + timedelta(days=3), week=14)
    long = kinds.copy()
    long[: 4 * 1440] = RESTLESS
    assert rhythm(bed_of(start, long))["interdaily_stability"].value == pytest.approx(1)


def test_days_remembered_from_another_week_are_the_same_days() -> None:
    start, kinds = habit(SUNDAY + timedelta(days=2), week=10)
    mixed = kinds.copy()
    mixed[5 * 1440 + 300 : 5 * 1440 + 700] = RESTLESS
    bed = bed_of(start, mixed)
    known: dict = {}
    in_turn = [rhythm_day([bed], SUNDAY + timedelta(days=each), ZONE, known) for each in range(3)]
    assert in_turn == [rhythm_day([bed], SUNDAY + timedelta(days=each), ZONE, {}) for each in range(3)]


def test_of_two_beds_the_one_that_told_more_counts() -> None:
    start, kinds = habit(SUNDAY)
    poor = np.full(len(kinds), SILENT)
    poor[:600] = QUIET
    found = rhythm(bed_of(start, poor), bed_of(start, kinds))
    assert found["interdaily_stability"].value == pytest.approx(1)


def test_an_hour_known_for_less_than_half_is_not_known() -> None:
    start, kinds = habit(SUNDAY)
    gappy = kinds.copy()
    gappy[31:60] = SILENT
    gappy[60 + 29 : 120] = SILENT
    assert rhythm(bed_of(start, gappy))["interdaily_stability"].n == 167


def test_minutes_of_a_week_that_opens_within_a_minute_stand_by_the_clock() -> None:
    start, kinds = habit(SUNDAY)
    bed = bed_of(start, kinds)
    late = bed.within(start + 20_000_000, bed.end)
    assert len(late.moving) == len(kinds) - 1
    assert late.minute[0] == start + MINUTE_US
    assert rhythm(late)["interdaily_stability"].value == pytest.approx(1)
