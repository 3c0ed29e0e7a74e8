import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.overnight import overnight_change
from analysis.series import HOUR_US, MINUTE_US
from analysis.stillness import StaticWindows
from analysis.tare import ZeroTrack

LEVEL = ZeroTrack(np.zeros(1, np.int64), np.array([42.0]), 0.1)


def _still(minutes, kg):
    return StaticWindows(MINUTE_US * np.asarray(minutes, np.int64), MINUTE_US, 42 + np.asarray(kg, float))


def _losing(kg_per_h, hours=9, noise=0.03, seed=1):
    minute = np.arange(hours * 60)
    return _still(
        minute, 70 - kg_per_h * minute / 60 + np.random.default_rng(seed).normal(0, noise, len(minute))
    )


def test_forty_grams_an_hour_are_a_third_of_a_kilogram_a_night():
    change = overnight_change(_losing(0.04), LEVEL)
    assert change.kg_in_8_h == pytest.approx(-0.32, abs=0.01)
    assert change.ci_low <= -0.32 <= change.ci_high
    assert change.n == 540


def test_the_first_hour_is_heavier_than_the_night():
    still = _losing(0.04, noise=0.0)
    change = overnight_change(still, LEVEL)
    assert change.early_n == 60
    assert change.early_kg == pytest.approx(70 - 0.04 * 29.5 / 60)
    assert change.early_kg > float(np.median(still.kg)) - 42


def test_a_tare_that_drifts_is_not_lost_weight():
    drifting = ZeroTrack(np.array([0, 9 * HOUR_US], np.int64), np.array([42.0, 43.8]), 0.1)
    still = _losing(0.04, noise=0.0)
    still = StaticWindows(still.time, still.width_us, still.kg + 0.2 * still.time / HOUR_US)
    assert overnight_change(still, drifting).kg_in_8_h == pytest.approx(-0.32)


def test_a_bag_on_the_bed_changes_neither_slope_nor_evening():
    still = _losing(0.04)
    with_bag = StaticWindows(
        still.time, still.width_us, still.kg + np.where(np.arange(540) // 60 == 4, 3, 0.0)
    )
    assert overnight_change(with_bag, LEVEL).kg_in_8_h == pytest.approx(-0.32, abs=0.01)


def test_too_few_windows_tell_no_change_and_none_tell_nothing():
    few = overnight_change(_still(range(19), np.full(19, 70.0)), LEVEL)
    assert np.isnan(few.kg_in_8_h)
    assert few.early_kg == 70
    nothing = overnight_change(_still([], []), LEVEL)
    assert (nothing.n, nothing.early_n) == (0, 0)
    assert np.isnan(nothing.early_kg)


@settings(max_examples=20, deadline=None)
@given(st.floats(-0.3, 0.3), st.floats(30, 120), st.integers(-10_000, 10_000))
def test_neither_weight_nor_date_changes_the_change(kg_per_h, kg, days):
    here = _losing(kg_per_h, hours=3)
    there = StaticWindows(here.time + days * 24 * HOUR_US, here.width_us, here.kg + kg)
    change, moved = overnight_change(here, LEVEL, foreign=5), overnight_change(there, LEVEL, foreign=5)
    assert moved.kg_in_8_h == pytest.approx(change.kg_in_8_h, abs=1e-9)
    assert change.ci_low <= change.kg_in_8_h <= change.ci_high
