import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.series import SECOND_US, blocks, coverage, gap_limit_us, run_lengths, state_intervals

MINUTE = 60 * SECOND_US


def test_runs_of_equal_neighbours():
    runs = run_lengths(np.array([1, 1, 0, 0, 0, 1]))
    assert runs.first.tolist() == [0, 2, 5]
    assert runs.length.tolist() == [2, 3, 1]
    assert runs.value.tolist() == [1, 0, 1]


def test_no_samples_have_no_runs():
    assert len(run_lengths(np.empty(0, np.int8)).first) == 0


@given(st.lists(st.integers(0, 2), max_size=50))
def test_runs_put_together_again_are_the_series(values):
    runs = run_lengths(np.array(values, np.int64))
    assert np.repeat(runs.value, runs.length).tolist() == values


def test_states_hold_until_the_next_sample_and_the_last_until_the_end():
    intervals = state_intervals(np.array([0, 5, 9], np.int64), np.array([True, True, False]), end=20)
    assert intervals.start.tolist() == [0, 9]
    assert intervals.end.tolist() == [9, 20]


@pytest.mark.parametrize(("interval_s", "seconds"), [(1, 60), (10, 60), (20, 60), (60, 180), (600, 1800)])
def test_a_gap_is_longer_than_three_intervals_and_a_minute(interval_s, seconds):
    assert gap_limit_us(interval_s) == seconds * SECOND_US


def test_coverage_of_a_whole_window_is_one():
    time = np.arange(0, 100 * MINUTE, 10 * SECOND_US, dtype=np.int64)
    assert coverage(time, 0, 100 * MINUTE, 10) == 1.0


def test_a_pause_of_a_minute_is_covered_and_a_longer_one_is_not():
    time = np.array([0, 60, 120, 190], np.int64) * SECOND_US
    assert coverage(time, 0, 200 * SECOND_US, 10) == pytest.approx((120 + 10 + 10) / 200)


def test_half_a_window_of_samples_covers_half():
    time = np.arange(50 * MINUTE, 100 * MINUTE, 10 * SECOND_US, dtype=np.int64)
    assert coverage(time, 0, 100 * MINUTE, 10) == pytest.approx(0.5)


def test_no_samples_cover_nothing():
    assert coverage(np.empty(0, np.int64), 0, MINUTE, 10) == 0.0


@given(st.lists(st.integers(0, 3600), max_size=80), st.integers(-(10**9), 10**9))
def test_coverage_is_a_share_and_does_not_depend_on_the_date(seconds, shift):
    time = np.array(sorted(set(seconds)), np.int64) * SECOND_US
    share = coverage(time, 0, 3600 * SECOND_US, 10)
    assert 0 <= share <= 1
    moved = shift * SECOND_US
    assert coverage(time + moved, moved, 3600 * SECOND_US + moved, 10) == share


def test_blocks_reduce_regular_samples():
    time = np.arange(6, dtype=np.int64) * 5
    found = blocks(time, np.array([1, 3, 5, 7, 9, 11.0]), 0, 30, 10)
    assert found.start.tolist() == [0, 10, 20]
    assert found.mean.tolist() == [2, 6, 10]
    assert found.low.tolist() == [1, 5, 9]
    assert found.high.tolist() == [3, 7, 11]


def test_blocks_without_a_finite_sample_are_missing():
    found = blocks(np.array([1, 12, 31], np.int64), np.array([4.0, np.nan, 6.0]), 0, 40, 10)
    assert found.count.tolist() == [1, 0, 0, 1]
    assert np.isnan(found.mean[1:3]).all()


@given(st.lists(st.tuples(st.integers(0, 999), st.floats(-1e3, 1e3)), max_size=60, unique_by=lambda x: x[0]))
def test_blocks_of_irregular_samples_hold_each_sample_once(samples):
    samples.sort()
    time = np.array([at for at, _ in samples], np.int64)
    value = np.array([kg for _, kg in samples], np.float64)
    found = blocks(time, value, 0, 1000, 70)
    assert found.count.sum() == len(samples)
    assert np.nansum(found.mean * found.count) == pytest.approx(value.sum(), abs=1e-6)
