import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.repositioning import (
    TARGET_ON_FOAM_H,
    position_changes,
    turning_compliance,
    turning_intervals,
)

SECOND = 1_000_000
MINUTE = 60 * SECOND
LEG_X = np.array([-45.0, 45, -45, 45])
LEG_Y = np.array([-100.0, -100, 100, 100])


def pressed(x_cm, y_cm, kg=70.0):
    """Loads of the four legs, (4, n), for a person whose weight stands at (x, y) from the middle."""
    x, y = np.broadcast_arrays(np.asarray(x_cm, float), np.asarray(y_cm, float))
    right, head = 0.5 + x / 90, 0.5 + y / 200
    return kg * np.array([(1 - right) * (1 - head), right * (1 - head), (1 - right) * head, right * head])


def night(*positions, minutes=10, toss_s=20):
    """Each position held for some minutes, with a toss and turn of seconds between; one sample a second."""
    rng = np.random.default_rng(5)
    x, y = [], []
    for px, py in positions:
        x += [px] * (minutes * 60) + list(rng.uniform(-30, 30, toss_s))
        y += [py] * (minutes * 60) + list(rng.uniform(-30, 30, toss_s))
    x, y = np.array(x), np.array(y)
    return np.arange(len(x), dtype=np.int64) * SECOND, pressed(x, y), np.ones(len(x), bool)


def turns(*positions, **kwargs):
    return position_changes(*night(*positions), LEG_X, LEG_Y, **kwargs)


def test_rolling_over_and_back_is_two_turns_timed_where_the_new_position_begins():
    found = turns((0, 0), (12, 0), (0, 0))
    np.testing.assert_allclose(found.lateral_cm, [12, -12], atol=1e-9)
    assert (found.time / SECOND).tolist() == [620, 1240]
    assert found.still == 3


@pytest.mark.parametrize(("shift", "turned"), [((5, 0), 1), ((4.9, 0), 0), ((0, 10), 1), ((0, 9.9), 0)])
def test_five_cm_across_or_ten_along_are_a_turn(shift, turned):
    assert len(turns((0, 0), shift)) == turned


def test_moving_without_changing_position_is_no_turn():
    assert len(turns((3, 4), (3, 4), (3, 4))) == 0


def test_leaving_the_bed_between_two_positions_is_no_turn():
    time, cells, in_bed = night((0, 0), (12, 0))
    in_bed[605:615] = False
    assert len(position_changes(time, cells, in_bed, LEG_X, LEG_Y)) == 0


def test_a_silence_between_two_positions_hides_whether_it_was_one_turn():
    time, cells, in_bed = night((0, 0), (12, 0))
    time[610:] += 120 * SECOND
    assert len(position_changes(time, cells, in_bed, LEG_X, LEG_Y)) == 0


def test_samples_without_a_leg_are_left_out():
    time, cells, in_bed = night((0, 0), (12, 0))
    cells[2, ::7] = np.nan
    assert len(position_changes(time, cells, in_bed, LEG_X, LEG_Y)) == 1


def test_noise_of_the_cells_makes_no_turns():
    time, cells, in_bed = night((0, 0), (12, 0), (0, 0))
    cells = cells + np.random.default_rng(1).normal(0, 0.05, cells.shape)
    assert len(position_changes(time, cells, in_bed, LEG_X, LEG_Y)) == 2


def test_an_empty_night_has_no_turns():
    nothing = position_changes(np.empty(0, np.int64), np.empty((4, 0)), np.empty(0, bool), LEG_X, LEG_Y)
    assert (len(nothing), nothing.still) == (0, 0)


def test_cells_that_do_not_fit_are_an_error_that_says_the_shape():
    with pytest.raises(ValueError, match="cells are"):
        position_changes(np.arange(3), np.zeros((3, 4)), np.ones(3, bool), LEG_X, LEG_Y)


def hours(*values):
    return (np.array(values, float) * 60 * MINUTE).astype(np.int64)


def test_the_hand_sequence_of_a_night():
    kept = turning_intervals(hours(1, 3, 6, 9), hours(0, 8), hours(7, 12))
    assert kept.minutes.tolist() == [60, 120, 180, 60, 60, 180]
    compliance = turning_compliance(kept, target_h=2)
    assert (compliance.share, compliance.n, compliance.limit_min) == (pytest.approx(4 / 6), 6, 150)
    assert (compliance.median_min, compliance.p90_min, compliance.longest_min) == (60, 180, 180)
    assert compliance.percent_of_time_over_target == pytest.approx(100 * 360 / 660)
    assert (compliance.ci_low, compliance.ci_high) == pytest.approx((0.29999, 0.90323), abs=1e-4)


def test_on_foam_the_same_night_is_within_its_target():
    kept = turning_intervals(hours(1, 3, 6, 9), hours(0, 8), hours(7, 12))
    assert turning_compliance(kept, target_h=TARGET_ON_FOAM_H).share == 1


def test_a_quarter_over_the_target_is_within_it_and_a_grace_of_minutes_takes_its_place():
    kept = turning_intervals(hours(2.5), hours(0), hours(4.75))
    assert turning_compliance(kept, target_h=2).share == 1
    assert turning_compliance(kept, target_h=2, grace_min=15).share == 0.5


def test_a_position_cut_off_counts_only_when_it_is_over_the_limit_already():
    kept = turning_intervals(hours(1), hours(0), hours(2), exit_seen=np.array([False]))
    assert kept.complete.tolist() == [True, False]
    assert turning_compliance(kept, target_h=2).n == 1
    long = turning_intervals(hours(1), hours(0), hours(8), exit_seen=np.array([False]))
    assert (turning_compliance(long, target_h=2).n, turning_compliance(long, target_h=2).share) == (2, 0.5)


def test_a_night_out_of_bed_has_no_compliance():
    nothing = turning_compliance(turning_intervals(hours(3), hours(), hours()))
    assert nothing.n == 0
    assert np.isnan(nothing.share)
    assert np.isnan(nothing.percent_of_time_over_target)


def test_a_stay_that_ends_before_it_starts_is_an_error():
    with pytest.raises(ValueError, match="stay 1 ends before"):
        turning_intervals(hours(), hours(0, 5), hours(4, 4))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 599), max_size=12, unique=True), st.integers(1, 8))
def test_positions_fill_the_stay_and_a_longer_target_is_never_kept_less(minutes, target):
    kept = turning_intervals(np.sort(np.array(minutes, np.int64)) * MINUTE, hours(0), hours(10))
    assert kept.minutes.sum() == pytest.approx(600)
    strict, loose = (turning_compliance(kept, target_h=h) for h in (target, target + 1))
    assert strict.share <= loose.share
    assert strict.ci_low <= strict.share <= strict.ci_high
    assert strict.median_min <= strict.p90_min <= strict.longest_min
