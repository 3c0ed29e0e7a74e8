"""A bed that repeats its last value is not weighing; a scale of whole kilograms is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.series import MINUTE_US, SECOND_US
from analysis.stuck import without_stuck

HOURS = 12


def _weighed(interval_s: float = 10.0, *, seed: int = 1, shows_kg: float = 0.1):
    """Twelve hours, six of them empty, with noise of 0.1 kg and somebody who turns at times."""
    rng = np.random.default_rng(seed)
    time = np.arange(0, HOURS * 60 * MINUTE_US, round(interval_s * SECOND_US), dtype=np.int64)
    load = 42.0 + np.where(time >= 6 * 60 * MINUTE_US, 70.0, 0.0) + rng.normal(0, 0.1, len(time))
    turning = (rng.random(HOURS * 60) < 0.1)[time // MINUTE_US] & (time >= 6 * 60 * MINUTE_US)
    load[turning] += rng.normal(0, 4.0, np.count_nonzero(turning))
    return time, np.round(load / shows_kg) * shows_kg


def _stick(time, load, first_min, past_min):
    held = (time >= first_min * MINUTE_US) & (time < past_min * MINUTE_US)
    stuck = load.copy()
    stuck[held] = load[np.argmax(held)]
    return stuck, held


@pytest.mark.parametrize("interval_s", [1, 10, 60])
def test_half_an_hour_of_one_value_is_nothing_known_however_often_the_bed_weighs(interval_s):
    time, load = _weighed(interval_s)
    stuck, held = _stick(time, load, 400, 432)
    found = np.isnan(without_stuck(time, stuck))
    assert found[held].all()
    assert np.count_nonzero(found[~held]) <= 1  # the sample before may show the same by chance


def test_twenty_minutes_of_one_value_are_left_as_they_are():
    time, load = _weighed(1)
    stuck, _ = _stick(time, load, 400, 420)
    assert np.array_equal(without_stuck(time, stuck), stuck)


def test_a_bed_that_weighs_every_ten_minutes_repeats_itself_by_chance():
    time, load = _weighed(600)
    stuck, _ = _stick(time, load, 400, 460)
    assert np.array_equal(without_stuck(time, stuck), stuck)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.5, 1.0, 2.0]))
def test_a_coarse_scale_repeats_its_values_by_nature(seed, shows_kg):
    time, load = _weighed(seed=seed, shows_kg=shows_kg)
    assert np.array_equal(without_stuck(time, load), load)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_a_bed_that_weighs_finely_is_left_as_it_is(seed):
    time, load = _weighed(seed=seed)
    assert np.array_equal(without_stuck(time, load), load)


def test_zero_is_what_a_scale_shows_that_hides_what_is_below_it():
    time, load = _weighed()
    hidden = np.maximum(load - 43.0, 0.0)
    assert np.array_equal(without_stuck(time, hidden), hidden)


def test_a_load_without_noise_or_without_samples_is_left_as_it_is():
    time, _ = _weighed()
    steps = np.where(time < 6 * 60 * MINUTE_US, 42.0, 112.0)
    assert np.array_equal(without_stuck(time, steps), steps)
    assert len(without_stuck(time[:0], steps[:0])) == 0
