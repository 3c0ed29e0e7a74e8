import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.activity import activity_index, movement_bouts
from analysis.occupancy import IN_BED, OUT, UNKNOWN, Occupancy
from analysis.series import HOUR_US, SECOND_US


def _lying(seconds, before=0, after=0):
    state = np.repeat([OUT, IN_BED, OUT], [before // 10, seconds // 10, after // 10]).astype(np.int8)
    return Occupancy(10 * SECOND_US * np.arange(len(state), dtype=np.int64), 10 * SECOND_US, state)


def _seconds(n):
    return SECOND_US * np.arange(n, dtype=np.int64)


# -- activity index ----------------------------------------------------------------------------------------


def test_the_index_is_the_sum_of_steps_a_minute():
    load = np.zeros(180)
    load[60:120:2] = 0.5  # up and down once a second, for a minute
    found = activity_index(load, np.ones(180, bool), interval_s=1)
    assert found.kg_per_min.tolist() == pytest.approx([0.0, 30.0, 0.0])
    assert found.steps.tolist() == [59, 60, 60]


def test_the_step_into_an_epoch_belongs_to_it():
    load = np.r_[np.zeros(60), np.full(60, 3.0)]
    assert activity_index(load, np.ones(120, bool), interval_s=1).kg_per_min.tolist() == [0, 3]


def test_getting_in_and_out_is_no_activity():
    load = np.r_[np.zeros(90), np.full(150, 70.0), np.zeros(60)]
    in_bed = load > 0
    found = activity_index(load, in_bed, interval_s=1)
    assert found.kg_per_min == pytest.approx([np.nan, np.nan, 0, 0, np.nan], nan_ok=True)
    assert found.steps.tolist() == [0, 29, 60, 60, 0]


def test_a_minute_seen_in_part_is_told_a_minute():
    load = np.tile([0.0, 1.0], 60)
    load[60:75] = np.nan
    found = activity_index(load, np.ones(120, bool), interval_s=1)
    assert found.kg_per_min.tolist() == pytest.approx([60.0, 60.0])
    assert found.steps.tolist() == [59, 44]
    assert np.isnan(activity_index(load, np.ones(120, bool), interval_s=1, fewest_steps=0.75).kg_per_min[1])


def test_a_shift_from_leg_to_leg_is_seen_on_the_legs_alone():
    legs = np.full((4, 120), 20.0)
    legs[0, 60:], legs[1, 60:] = 22.0, 18.0
    in_bed = np.ones(120, bool)
    assert activity_index(legs.sum(axis=0), in_bed, interval_s=1).kg_per_min.tolist() == [0, 0]
    assert activity_index(legs, in_bed, interval_s=1).kg_per_min.tolist() == [0, 4]


def test_activity_is_told_as_percent_of_the_weight():
    load = np.tile([0.0, 0.7], 30)
    found = activity_index(load, np.ones(60, bool), interval_s=1)
    assert found.percent_per_min(70.0)[0] == pytest.approx(60.0)


def test_samples_every_ten_seconds_give_minutes_of_six():
    found = activity_index(np.tile([0.0, 1.0], 6), np.ones(12, bool), interval_s=10)
    assert found.steps.tolist() == [5, 6]
    assert found.kg_per_min.tolist() == pytest.approx([6.0, 6.0])


@pytest.mark.parametrize("samples", [0, 1, 59])
def test_a_record_under_one_epoch_has_none(samples):
    found = activity_index(np.full(samples, 70.0), np.ones(samples, bool), interval_s=1)
    assert found.kg_per_min.tolist() == found.steps.tolist() == []


def test_a_load_that_does_not_fit_is_an_error():
    with pytest.raises(ValueError, match="do not fit"):
        activity_index(np.zeros((4, 10)), np.ones(9, bool), interval_s=1)
    with pytest.raises(ValueError, match="epoch_s 1 is under interval_s 10"):
        activity_index(np.zeros(10), np.ones(10, bool), interval_s=10, epoch_s=1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_record_of_many_pieces_is_that_of_one(dtype):
    rng = np.random.default_rng(1)
    n = 200_040
    load = (100 + rng.normal(0, 0.1, n)).astype(dtype)
    load[rng.random(n) < 0.001] = np.nan
    in_bed = np.sin(np.arange(n) / 9000) > -0.5
    step = np.abs(np.diff(load.astype(np.float64), prepend=np.nan))
    step[1:][~(in_bed[1:] & in_bed[:-1])] = np.nan
    steps = np.isfinite(step).reshape(-1, 60).sum(axis=1)
    expected = np.where(
        steps >= 42, np.nansum(step.reshape(-1, 60), axis=1) / np.maximum(steps, 1) * 60, np.nan
    )
    found = activity_index(load, in_bed, interval_s=1)
    assert np.array_equal(found.steps, steps)
    np.testing.assert_allclose(found.kg_per_min, expected, rtol=1e-4)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0, 100) | st.just(np.nan), min_size=6, max_size=40),
    st.floats(-40, 40),
    st.sampled_from([2.0, 1000.0]),
)
def test_the_frame_does_not_matter_and_the_unit_passes_through(values, frame, scale):
    load, in_bed = np.array(values), np.ones(len(values), bool)
    here = activity_index(load, in_bed, interval_s=10, fewest_steps=0)
    there = activity_index(scale * (load + frame), in_bed, interval_s=10, fewest_steps=0)
    np.testing.assert_allclose(there.kg_per_min, scale * here.kg_per_min, atol=1e-6)
    assert (here.kg_per_min[np.isfinite(here.kg_per_min)] >= 0).all()


# -- movement bouts ----------------------------------------------------------------------------------------


def _bouts(load, occupancy=None, **how):
    occupancy = _lying(len(load)) if occupancy is None else occupancy
    return movement_bouts(_seconds(len(load)), load, occupancy, 0, len(load) * SECOND_US, interval_s=1, **how)


def test_a_movement_runs_from_the_sample_before_its_first_jump_to_its_last():
    load = np.full(3600, 70.0)
    load[1000:1004] = [72, 69, 73, 71]
    load[1004:] = 70.5
    found = _bouts(load)
    assert found.start.tolist() == [999 * SECOND_US]
    assert found.end.tolist() == [1004 * SECOND_US]
    assert found.shifted_kg.tolist() == pytest.approx([2 + 3 + 4 + 2 + 0.5])
    assert found.hours == pytest.approx(3599 / 3600)


def test_jumps_fifteen_seconds_apart_are_one_movement_and_more_are_two():
    load = np.full(3600, 70.0)
    load[1000:1016] = 71
    assert len(_bouts(load)) == 1
    load[1016:1018] = 71
    assert len(_bouts(load, shortest_s=0)) == 2


def test_one_jump_within_a_second_is_no_movement():
    load = np.full(3600, 70.0)
    load[1000:] = 71
    assert len(_bouts(load)) == 0
    assert len(_bouts(load, shortest_s=1)) == 1


def test_a_noisy_cell_needs_a_larger_jump():
    load = 70 + np.random.default_rng(4).normal(0, 0.2, 3600)
    found = _bouts(load)
    assert found.threshold_kg > 1.0
    assert len(found) == 0
    assert _bouts(np.full(3600, 70.0)).threshold_kg == 0.3


def test_getting_in_and_out_is_no_movement():
    load = np.r_[np.zeros(600), np.full(3600, 70.0), np.zeros(600)]
    found = _bouts(load, _lying(3600, before=600, after=600))
    assert len(found) == 0
    assert 3500 <= 3600 * found.hours < 3600


def test_what_happens_over_a_gap_is_no_movement():
    load = np.full(3600, 70.0)
    load[1000:1100] = np.nan
    load[1100:] = 73
    assert len(_bouts(load, shortest_s=0)) == 0
    assert _bouts(load).hours < _bouts(np.full(3600, 70.0)).hours


def test_movements_an_hour_have_the_interval_of_counts():
    load = np.full(2 * 3600 + 20, 70.0)
    for at in range(600, 6600, 600):
        load[at : at + 5] += [2, -2, 2, -2, 1]
    found = _bouts(load)
    assert len(found) == 10
    assert found.per_hour == pytest.approx(5, abs=0.05)
    assert (found.ci_low, found.ci_high) == pytest.approx((4.79539 / 2, 18.39036 / 2), rel=0.01)


def test_nobody_in_bed_moves_at_no_rate():
    found = _bouts(np.zeros(600), Occupancy(_seconds(60) * 10, 10 * SECOND_US, np.full(60, UNKNOWN, np.int8)))
    assert np.isnan([found.per_hour, found.ci_low, found.ci_high]).all()
    nothing = movement_bouts(_seconds(0), np.empty(0), _lying(0), 0, HOUR_US, interval_s=1)
    assert (len(nothing), nothing.hours) == (0, 0.0)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 3000), max_size=12), st.integers(-10_000, 10_000), st.floats(-40, 40))
def test_movements_follow_each_other_and_move_with_the_date_whatever_the_frame(places, days, frame):
    load = np.full(3600, 70.0)
    for at in places:
        load[300 + at : 300 + at + 4] += [3, -3, 3, 1]
    occupancy, moved = _lying(3600), days * 24 * HOUR_US
    here = _bouts(load)
    there = movement_bouts(
        _seconds(3600) + moved,
        load + frame,
        Occupancy(occupancy.start + moved, occupancy.width_us, occupancy.state),
        moved,
        moved + HOUR_US,
        interval_s=1,
    )
    assert np.array_equal(here.start + moved, there.start)
    assert (here.start < here.end).all()
    assert (here.end[:-1] < here.start[1:]).all()
    assert here.ci_low <= here.per_hour <= here.ci_high
