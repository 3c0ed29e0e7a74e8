import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.loadcell import (
    ZeroTrack,
    centre_of_pressure,
    detect_added_objects,
    detect_occupancy,
    empty_level,
    nightly_weight,
    occupancy_as_reported,
    occupancy_from_load,
    static_windows,
    tare_drift,
    total_load,
    window_width_us,
    with_objects_placed,
    zero_track,
)
from analysis.movement import bed_exits
from analysis.occupancy import IN_BED, OUT, UNKNOWN, throughout
from analysis.series import HOUR_US, MINUTE_US, SECOND_US, blocks
from tests.analysis.beds import FRAME_KG, bed, stays_of

START = 1_767_610_800 * SECOND_US  # a local noon in winter
END = START + 24 * HOUR_US
BEDTIME, RISING = START + 10 * HOUR_US, START + 19 * HOUR_US


def _level(time, load, interval_s=10.0):
    width = round(max(10.0, interval_s) * SECOND_US)
    return blocks(time, load, int(time[0]), int(time[-1]) + round(interval_s * SECOND_US), width)


def _weigh(night, interval_s=10.0):
    level = _level(night.time, night.load_kg, interval_s)
    occupancy, track = occupancy_from_load(level, interval_s=interval_s)
    still = static_windows(night.time, night.load_kg, occupancy, interval_s=interval_s)
    return nightly_weight(still, with_objects_placed(track, still))


def _steps(*pieces):
    """Load (n,) at 10 s from (minutes, kg above the frame) pieces, without noise."""
    load = np.concatenate([np.full(round(minutes * 6), FRAME_KG + kg) for minutes, kg in pieces])
    return START + 10 * SECOND_US * np.arange(len(load), dtype=np.int64), load


def _occupied(*pieces, **thresholds):
    time, load = _steps(*pieces)
    return detect_occupancy(_level(time, load), FRAME_KG, interval_s=10, **thresholds).state


def test_total_load_is_the_whole_or_the_sum_of_the_legs():
    nan = np.nan
    columns = {
        "load_kg": np.array([100, nan, nan], np.float32),
        "load1_kg": np.array([1, 20, 20], np.float32),
        "load2_kg": np.array([1, 30, nan], np.float32),
        "load3_kg": np.array([nan, nan, nan], np.float32),
    }
    assert np.array_equal(total_load(columns), [100, 50, nan], equal_nan=True)


@given(st.lists(st.lists(st.floats(-5, 250, width=32), min_size=50, max_size=50), min_size=1, max_size=4))
def test_a_sum_of_legs_rounds_no_more_than_the_same_load_stored_as_one(legs):
    columns = {f"load{leg}_kg": np.array(each, np.float32) for leg, each in enumerate(legs, 1)}
    exact = np.sum([leg.astype(np.float64) for leg in columns.values()], axis=0)
    largest = np.float32(np.abs(legs).sum(axis=0).max())
    assert np.abs(total_load(columns) - exact).max() <= np.spacing(largest) / 2


def test_a_bed_without_any_load_is_an_error_that_names_what_is_missing():
    with pytest.raises(KeyError, match="load_kg or load1_kg"):
        total_load({"movement": np.zeros(3)})


def test_a_weight_and_its_interval_are_plain_numbers():
    """Others would be made anew, one by one, before they are written."""
    weight = _weigh(bed(1, START, END, [(BEDTIME, RISING)]))
    assert {type(number) for number in (weight.kg, weight.ci_low, weight.ci_high)} == {float}


def test_somebody_lies_down_and_gets_up():
    state = _occupied((10, 0), (60, 70), (10, 0))
    assert np.flatnonzero(state == IN_BED).tolist() == list(range(60, 420))


def test_half_a_minute_out_counts_and_twenty_seconds_do_not():
    assert (_occupied((10, 70), (0.5, 0), (10, 70)) == OUT).sum() == 3
    assert (_occupied((10, 70), (1 / 3, 0), (10, 70)) == OUT).sum() == 0


def test_fifty_seconds_in_bed_are_no_stay():
    assert (_occupied((10, 0), (5 / 6, 70), (10, 0)) == IN_BED).sum() == 0
    assert (_occupied((10, 0), (1, 70), (10, 0)) == IN_BED).sum() == 6


def test_sitting_on_the_edge_neither_enters_nor_leaves():
    assert (_occupied((10, 0), (5, 15), (10, 0)) == IN_BED).sum() == 0
    assert (_occupied((10, 70), (5, 15), (10, 70)) == OUT).sum() == 0


def test_a_heavy_person_sits_with_more_before_it_counts():
    assert (_occupied((10, 0), (5, 25), (10, 0)) == IN_BED).any()
    assert not (_occupied((10, 0), (5, 25), (10, 0), known_weight=100) == IN_BED).any()


def test_a_gap_is_unknown_and_a_short_pause_keeps_the_state():
    time, load = _steps((10, 70), (30, 70), (10, 70))
    kept = np.ones(len(time), np.bool_)
    kept[100:200] = False
    kept[20:25] = False
    state = detect_occupancy(_level(time[kept], load[kept]), FRAME_KG, interval_s=10).state
    assert np.flatnonzero(state == UNKNOWN).tolist() == list(range(100, 200))


def test_what_the_device_says_is_taken_with_the_same_patience():
    time, _ = _steps((30, 0))
    occupied = np.zeros(len(time))
    occupied[30:120] = 1
    occupied[60:62] = 0
    state = occupancy_as_reported(_level(time, occupied), interval_s=10).state
    assert np.flatnonzero(state == IN_BED).tolist() == list(range(30, 120))


def test_the_empty_level_is_not_set_by_a_jolt():
    time, load = _steps((60, 0), (60, 70))
    load[100:105] = FRAME_KG - 20
    assert empty_level(_level(time, load)) == FRAME_KG


def test_the_empty_level_is_not_set_by_a_mattress_lifted_for_eight_minutes():
    time, load = _steps((60, 0), (8, -12), (60, 0), (60, 70))
    assert empty_level(_level(time, load)) == FRAME_KG


@pytest.mark.parametrize("lifted_h", [2, 21])
def test_linen_changed_before_or_after_the_night_leaves_its_hours_and_weight_as_they_were(lifted_h):
    night = bed(5, START, END, [(BEDTIME, RISING)])
    hours = (night.time - START) / HOUR_US
    night.load_kg[(hours >= lifted_h) & (hours < lifted_h + 8 / 60)] -= 12
    occupancy, _ = occupancy_from_load(_level(night.time, night.load_kg), interval_s=10)
    in_bed_h = np.count_nonzero(occupancy.state == IN_BED) * occupancy.width_us / HOUR_US
    assert in_bed_h == pytest.approx(9, abs=0.01)
    assert _weigh(night).kg == pytest.approx(night.weight_kg, abs=0.15)


def test_the_tare_runs_straight_from_the_last_empty_minutes_to_the_first_after():
    time, load = _steps((60, 0), (120, 70), (60, 1))
    level = _level(time, load)
    track = zero_track(level, detect_occupancy(level, FRAME_KG, interval_s=10))
    into, middle, out = START + 60 * MINUTE_US, START + 120 * MINUTE_US, START + 180 * MINUTE_US
    assert track.at(np.array([into, middle, out])) == pytest.approx(
        [FRAME_KG, FRAME_KG + 0.5, FRAME_KG + 1], abs=0.01
    )


def test_a_duvet_put_on_three_minutes_before_bedtime_counts_in_full():
    time, load = _steps((60, 0), (3, 2), (60, 72), (60, 2))
    level = _level(time, load)
    track = zero_track(level, detect_occupancy(level, FRAME_KG, interval_s=10))
    assert track.at(np.array([START + 64 * MINUTE_US])) == pytest.approx([FRAME_KG + 2])


def test_an_empty_level_far_from_all_others_is_a_person_and_no_tare():
    time, load = _steps((60, 0), (60, 70), (60, 0), (60, 70), (60, 25), (60, 70), (60, 0))
    level = _level(time, load)
    state = np.where(level.mean - FRAME_KG > 40, IN_BED, OUT).astype(np.int8)
    track = zero_track(level, occupancy_like(level, state))
    assert np.unique(track.kg).tolist() == [FRAME_KG]


def occupancy_like(level, state):
    found = detect_occupancy(level, FRAME_KG, interval_s=10)
    return type(found)(found.start, found.width_us, state)


def test_a_window_holds_six_samples_or_its_seconds():
    assert window_width_us(30, 10) == 60 * SECOND_US
    assert window_width_us(30, 1) == 30 * SECOND_US


def test_restless_minutes_are_not_still():
    time, load = _steps((30, 0), (60, 70), (30, 0))
    load[300:306] += [3, -3, 2, -2, 4, 0]
    level = _level(time, load)
    still = static_windows(time, load, occupancy_from_load(level, interval_s=10)[0], interval_s=10)
    assert START + int(50.5 * MINUTE_US) not in still.time
    assert len(still.time) == 58  # the minute of getting in and the restless one are missing


def test_a_long_time_out_of_bed_changes_no_still_window_on_either_side():
    time, load = _steps((30, 0), (60, 70), (6 * 24 * 60, 0), (60, 70), (30, 0))
    load += np.random.default_rng(1).normal(0, 0.03, len(load))
    found = occupancy_from_load(_level(time, load), interval_s=10)[0]
    both = static_windows(time, load, found, interval_s=10, noise=0.03)
    middle = START + 4 * 24 * 60 * MINUTE_US
    second = type(found)(found.start, found.width_us, np.where(found.start < middle, OUT, found.state))
    first = type(found)(found.start, found.width_us, np.where(found.start < middle, found.state, OUT))
    alone = [static_windows(time, load, each, interval_s=10, noise=0.03) for each in (first, second)]
    assert both.time.tolist() == [*alone[0].time, *alone[1].time]
    assert both.kg.tolist() == [*alone[0].kg, *alone[1].kg]
    assert len(both.time) == 2 * 59


def test_throughout_is_false_outside_the_blocks():
    time, load = _steps((10, 70))
    occupancy = detect_occupancy(_level(time, load), FRAME_KG, interval_s=10)
    starts = START + MINUTE_US * np.array([-1, 0, 9, 10])
    assert throughout(occupancy.state == IN_BED, occupancy, starts, MINUTE_US).tolist() == [
        False,
        True,
        True,
        False,
    ]


def test_a_step_in_a_still_level_is_an_object():
    time = START + MINUTE_US * np.arange(120, dtype=np.int64)
    level = np.where(np.arange(120) < 70, 110.0, 112.5) + np.random.default_rng(1).normal(0, 0.04, 120)
    objects = detect_added_objects(time, level)
    assert objects.time.tolist() == [START + 70 * MINUTE_US]
    assert objects.kg == pytest.approx([2.5], abs=0.1)


def test_a_step_that_does_not_last_is_no_object():
    level = np.full(120, 110.0)
    level[60:64] += 1.0
    assert len(detect_added_objects(START + MINUTE_US * np.arange(120, dtype=np.int64), level).time) == 0


def test_thirty_nights_with_drift_noise_a_duvet_and_exits_are_weighed_within_50_grams():
    rng = np.random.default_rng(11)
    errors = []
    for seed in range(30):
        duvet = [(START + int(rng.integers(1, 6)) * HOUR_US, float(rng.uniform(1, 2.5)))] if seed % 3 else []
        stays = stays_of(rng, BEDTIME, RISING, seed % 5)
        night = bed(
            seed, START, END, stays, weight_kg=float(rng.uniform(45, 110)), objects=duvet, interval_s=10
        )
        errors.append(abs(_weigh(night).kg - night.weight_kg))
    assert np.mean(errors) <= 0.05
    assert max(errors) <= 0.20


def test_at_one_hertz_the_weight_is_as_good():
    night = bed(3, START, END, [(BEDTIME, RISING)], interval_s=1)
    assert _weigh(night, 1.0).kg == pytest.approx(night.weight_kg, abs=0.1)


def test_a_bag_on_the_occupied_bed_for_two_hours_is_left_out():
    midnight = START + 12 * HOUR_US
    bag = [(midnight, 3.0), (midnight + 2 * HOUR_US, -3.0)]
    night = bed(4, START, END, [(BEDTIME, RISING)], objects=bag)
    weight = _weigh(night)
    assert weight.kg == pytest.approx(night.weight_kg, abs=0.1)
    assert weight.masked >= 60


@pytest.mark.parametrize(("shared_h", "weighed"), [(2, True), (3, False), (6, False)])
def test_a_night_of_which_somebody_else_shares_too_much_has_no_weight(shared_h, weighed):
    since = START + 11 * HOUR_US
    other = [(since, 60.0), (since + shared_h * HOUR_US, -60.0)]
    night = bed(4, START, END, [(BEDTIME, RISING)], objects=other)
    weight = _weigh(night)
    if weighed:
        assert weight.kg == pytest.approx(night.weight_kg, abs=0.1)
    else:
        assert np.isnan([weight.kg, weight.ci_low, weight.ci_high]).all()


def test_a_duvet_put_on_the_sleeper_is_placed_where_it_came():
    night = bed(5, START, END, [(BEDTIME, RISING)], objects=[(START + 15 * HOUR_US, 2.0)])
    assert _weigh(night).kg == pytest.approx(night.weight_kg, abs=0.1)


def test_an_hour_in_bed_is_too_short_to_weigh():
    assert np.isnan(_weigh(bed(6, START, END, [(BEDTIME, BEDTIME + HOUR_US // 2)])).kg)


def test_exits_of_a_minute_and_more_are_found_within_half_a_minute():
    rng = np.random.default_rng(12)
    found = missed = invented = 0
    for seed in range(30):
        stays = stays_of(rng, BEDTIME, RISING, int(rng.integers(0, 7)))
        night = bed(seed, START, END, stays, weight_kg=float(rng.uniform(45, 110)))
        occupancy, _ = occupancy_from_load(_level(night.time, night.load_kg), interval_s=10)
        exits = bed_exits(occupancy.start, occupancy.state, end=occupancy.end)
        left = exits.left[exits.returned].tolist()
        for out, _ in night.exits:
            near = [each for each in left if abs(each - out) <= 30 * SECOND_US]
            found, missed = found + bool(near), missed + (not near)
            left = [each for each in left if each not in near[:1]]
        invented += len(left)
    assert found / (found + missed) >= 0.98
    assert found / (found + invented) >= 0.98


def test_a_bed_nobody_lies_in_is_empty():
    occupancy, _ = occupancy_from_load(_level(*_empty_bed()), interval_s=10)
    assert (occupancy.state == OUT).all()


def test_a_bed_never_left_is_not_called_empty():
    time, load = _empty_bed()
    load[::20] += 5.0  # somebody turns over every few minutes
    occupancy, _ = occupancy_from_load(_level(time, load), interval_s=10)
    assert (occupancy.state == UNKNOWN).all()


def _empty_bed():
    time, load = _steps((24 * 60, 0))
    return time, load + np.random.default_rng(2).normal(0, 0.1, len(load))


@settings(max_examples=15, deadline=None)
@given(st.floats(-40, 60), st.integers(-10_000, 10_000))
def test_another_frame_or_date_weighs_the_same(frame_kg, days):
    night = bed(8, START, END, [(BEDTIME, RISING)])
    moved = type(night)(
        night.time + days * 24 * HOUR_US, night.load_kg + np.float32(frame_kg), night.movement, 0.0, ()
    )
    assert _weigh(moved).kg == pytest.approx(_weigh(night).kg, abs=1e-3)


def test_the_tare_of_a_fortnight_drifts_by_its_median_slope_whatever_duvet_came_on():
    nights = np.repeat(np.arange(14), 2) * 24 * HOUR_US + np.tile([0, 8 * HOUR_US], 14)
    creep = 0.6 * nights / (24 * HOUR_US)
    duvet = np.where(np.arange(28) >= 20, 2.0, 0.0)
    drift = tare_drift(ZeroTrack(START + nights, FRAME_KG + creep, 0.1))
    assert (drift.kg_a_day, drift.flagged) == (pytest.approx(0.6), True)
    disturbed = tare_drift(ZeroTrack(START + nights, FRAME_KG + creep / 6 + duvet, 0.1))
    assert disturbed.kg_a_day == pytest.approx(0.1)
    assert not disturbed.flagged


def test_half_a_kilogram_a_day_is_not_flagged_and_a_bed_never_empty_has_no_drift():
    days = 24 * HOUR_US * np.arange(10, dtype=np.int64)
    assert not tare_drift(ZeroTrack(days, 0.5 * np.arange(10.0), 0.1)).flagged
    nothing = tare_drift(ZeroTrack(days[:0], np.empty(0), 0.0))
    assert np.isnan(nothing.kg_a_day)
    assert not nothing.flagged


LEG_X, LEG_Y = np.array([0.0, 90, 0, 90]), np.array([0.0, 0, 200, 200])


def test_an_even_load_bears_on_the_middle_and_one_leg_on_its_place():
    found = centre_of_pressure(np.array([[10.0, 0], [10, 30], [10, 0], [10, 0]]), LEG_X, LEG_Y)
    assert found.across_cm.tolist() == [45, 90]
    assert found.along_cm.tolist() == [100, 0]


def test_an_empty_bed_or_a_leg_that_is_missing_has_no_centre():
    cells = np.array([[0.0, np.nan], [0, 1], [0, 1], [0, 1]])
    assert np.isnan(centre_of_pressure(cells, LEG_X, LEG_Y).across_cm).all()
    with pytest.raises(ValueError, match="cells are"):
        centre_of_pressure(cells.T, LEG_X, LEG_Y)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.1, 80), min_size=4, max_size=4), st.sampled_from([0.001, 2.0, 1000.0]))
def test_the_centre_lies_between_the_legs_in_any_unit_of_load(kg, scale):
    cells = np.array(kg)[:, None]
    here, there = (centre_of_pressure(each, LEG_X, LEG_Y) for each in (cells, scale * cells))
    assert 0 <= here.across_cm[0] <= 90
    assert 0 <= here.along_cm[0] <= 200
    assert there.across_cm[0] == pytest.approx(here.across_cm[0])
