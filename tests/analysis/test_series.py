import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.series import (
    HOUR_US,
    SECOND_US,
    blocks,
    coverage,
    gap_limit_us,
    gap_mask,
    night_index,
    run_lengths,
    state_intervals,
)

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


def test_what_lies_between_samples_too_far_apart_is_a_gap():
    time = np.array([0, 10, 20, 90, 100], np.int64) * SECOND_US
    at = np.array([-20, -10, 0, 15, 20, 21, 89, 90, 100, 110, 111], np.int64) * SECOND_US
    expected = [True, False, False, False, False, True, True, False, False, False, True]
    assert gap_mask(time, at, 10).tolist() == expected


def test_a_minute_between_samples_is_no_gap():
    time = np.array([0, 60], np.int64) * SECOND_US
    assert not gap_mask(time, np.arange(0, 61, dtype=np.int64) * SECOND_US, 1).any()


def test_without_samples_everything_is_a_gap():
    assert gap_mask(np.empty(0, np.int64), np.arange(3, dtype=np.int64), 10).tolist() == [True] * 3


@given(st.lists(st.integers(0, 3600), min_size=1, max_size=60), st.integers(-(10**9), 10**9))
def test_no_sample_lies_in_a_gap_and_gaps_move_with_the_date(seconds, shift):
    time = np.array(sorted(set(seconds)), np.int64) * SECOND_US
    at = np.arange(-60, 3700, 7, dtype=np.int64) * SECOND_US
    assert not gap_mask(time, time, 10).any()
    moved = shift * SECOND_US
    assert np.array_equal(gap_mask(time, at, 10), gap_mask(time + moved, at + moved, 10))


def _utc(text):
    return int(np.datetime64(text, "us").astype(np.int64))


@pytest.mark.parametrize(
    ("night", "opens", "closes", "hours"),
    [
        ("2026-01-12", "2026-01-12T11:00", "2026-01-13T11:00", 24),
        ("2026-03-28", "2026-03-28T11:00", "2026-03-29T10:00", 23),
        ("2026-10-24", "2026-10-24T10:00", "2026-10-25T11:00", 25),
    ],
)
def test_a_night_runs_from_noon_to_noon_and_bears_the_date_it_starts_on(night, opens, closes, hours):
    time = np.arange(_utc(opens), _utc(closes), HOUR_US, dtype=np.int64)
    found = night_index(time)
    assert found.label.astype(str).tolist() == [night]
    assert (found.start[0], found.end[0]) == (_utc(opens), _utc(closes))
    assert (found.night == 0).all()
    assert len(time) == hours


def test_noon_belongs_to_the_night_it_opens():
    noon = _utc("2026-01-12T11:00")
    found = night_index(np.array([noon - 1, noon], np.int64))
    assert found.label[found.night].astype(str).tolist() == ["2026-01-11", "2026-01-12"]


def test_a_night_without_a_sample_keeps_its_place():
    found = night_index(np.array([_utc("2026-01-12T20:00"), _utc("2026-01-14T20:00")], np.int64))
    assert found.label.astype(str).tolist() == ["2026-01-12", "2026-01-13", "2026-01-14"]
    assert found.night.tolist() == [0, 2]


def test_another_zone_has_other_nights():
    eleven = np.array([_utc("2026-01-12T11:00")], np.int64)
    assert night_index(eleven, zone="UTC").label.astype(str).tolist() == ["2026-01-11"]
    assert len(night_index(np.empty(0, np.int64)).label) == 0


@given(st.lists(st.integers(_utc("2025-01-01"), _utc("2027-01-01")), min_size=1, max_size=30))
def test_every_sample_lies_in_its_night_and_nights_follow_each_other(instants):
    time = np.array(sorted(instants), np.int64)
    found = night_index(time)
    assert (found.start[found.night] <= time).all()
    assert (time < found.end[found.night]).all()
    assert np.array_equal(found.end[:-1], found.start[1:])
    assert set(((found.end - found.start) // HOUR_US).tolist()) <= {23, 24, 25}


@given(
    st.integers(0, 400),
    st.sampled_from([1, 7, 10]),
    st.integers(-700, 700),
    st.sampled_from([10, 60, 70, 600]),
    st.integers(-300, 900),
)
def test_samples_at_an_even_pace_are_reduced_as_any_others(number, step, offset, width, start):
    time = offset + step * np.arange(number, dtype=np.int64)
    value = 100 + np.random.default_rng(number).normal(0, 1, number)
    even = blocks(time, value, start, start + 3000, width)
    # A sample long before breaks the pace and lies in no block.
    long_before = min(start, offset) - 1000
    uneven = blocks(np.r_[long_before, time], np.r_[0.0, value], start, start + 3000, width)
    for block in range(len(even)):
        there = value[
            (time >= even.start[block]) & (time < even.start[block] + width) & (time < start + 3000)
        ]
        assert even.count[block] == len(there)
        if len(there):
            expected = there.mean(), there.min(), there.max()
            assert (even.mean[block], even.low[block], even.high[block]) == pytest.approx(expected)
    assert np.array_equal(even.mean, uneven.mean, equal_nan=True)
