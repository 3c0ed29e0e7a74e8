import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.movement import (
    bed_exits,
    exits_within,
    prolonged_absences,
    restlessness,
    restlessness_from_load,
    time_in_bed_h,
)
from analysis.occupancy import IN_BED, OUT, UNKNOWN, Occupancy
from analysis.series import HOUR_US, MINUTE_US, SECOND_US
from tests.parts import shared


def _at(*seconds):
    return np.array(seconds, np.int64) * SECOND_US


def _lying(minutes, before=0, after=0):
    state = np.concatenate(
        [np.full(6 * n, s, np.int8) for n, s in ((before, OUT), (minutes, IN_BED), (after, OUT))]
    )
    return Occupancy(10 * SECOND_US * np.arange(len(state), dtype=np.int64), 10 * SECOND_US, state)


def test_an_exit_lasts_from_the_first_sample_out_to_the_first_back():
    exits = bed_exits(_at(0, 100, 200, 300), np.array([True, False, False, True]), end=400 * SECOND_US)
    assert exits.left.tolist() == _at(100).tolist()
    assert exits.back.tolist() == _at(300).tolist()
    assert exits.returned.tolist() == [True]


def test_thirty_seconds_out_are_an_exit_and_twenty_nine_are_not():
    in_bed = np.array([True, False, True])
    assert len(bed_exits(_at(0, 100, 130), in_bed, end=900 * SECOND_US)) == 1
    assert len(bed_exits(_at(0, 100, 129), in_bed, end=900 * SECOND_US)) == 0


def test_a_stay_under_a_minute_between_two_absences_is_no_return():
    exits = bed_exits(
        _at(0, 600, 700, 750, 900), np.array([True, False, True, False, True]), end=9000 * SECOND_US
    )
    assert exits.left.tolist() == _at(600).tolist()
    assert exits.back.tolist() == _at(900).tolist()


def test_getting_up_for_good_is_an_exit_without_return():
    exits = bed_exits(_at(0, 600), np.array([True, False]), end=9000 * SECOND_US)
    assert exits.returned.tolist() == [False]


def test_leaving_during_a_gap_counts_once():
    state = np.array([1, -1, -1, 0, 1], np.int8)
    assert (
        bed_exits(_at(0, 100, 200, 300, 400), state, end=900 * SECOND_US).left.tolist() == _at(300).tolist()
    )


def test_unknown_may_also_be_not_a_number():
    assert len(bed_exits(_at(0, 100, 200), np.array([1.0, np.nan, 1.0]))) == 0


def test_no_samples_no_exits():
    assert len(bed_exits(np.empty(0, np.int64), np.empty(0, np.bool_))) == 0


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.data())
def test_without_patience_every_transition_to_out_is_an_exit(states, data):
    steps = data.draw(st.lists(st.integers(1, 300), min_size=len(states), max_size=len(states)))
    state = np.array(states)
    exits = bed_exits(np.cumsum(steps).astype(np.int64) * SECOND_US, state, min_out=0, min_in=0)
    assert len(exits) == int((state[:-1] & ~state[1:]).sum())


def test_measured_beds_give_the_labelled_exits():
    folder = shared("data/rfid-older-people-bed")
    files = sorted(path for path in folder.glob("S*_Dataset/d*") if path.is_file())
    assert files
    total = 0
    for path in files:
        rows = np.atleast_2d(np.loadtxt(path, delimiter=","))
        in_bed = np.isin(rows[:, 8], (1, 3))
        time = np.rint(rows[:, 0] * 1e6).astype(np.int64)
        expected = int((in_bed[:-1] & ~in_bed[1:]).sum())
        assert len(bed_exits(time, in_bed, min_out=0, min_in=0)) == expected, path.name
        total += expected
    assert total == 70


def test_an_exit_belongs_to_the_night_it_begins_and_ends_in():
    exits = bed_exits(
        _at(0, 1000, 2000, 3000, 4000, 5000, 6000),
        np.array([True, False, True, False, True, False, True]),
        end=_at(9000)[0],
    )
    night = exits_within(exits, 1500 * SECOND_US, 5500 * SECOND_US)
    assert night.left.tolist() == _at(3000).tolist()


def test_the_morning_rising_is_no_exit_of_the_night():
    exits = bed_exits(_at(0, 1000), np.array([True, False]), end=_at(9000)[0])
    assert len(exits_within(exits, 0, 9000 * SECOND_US)) == 0


def test_a_quarter_of_an_hour_out_of_bed_is_a_prolonged_absence():
    in_bed = np.array([True, False, True, False, True, False])
    exits = bed_exits(_at(0, 1000, 1899, 3000, 3900, 5000), in_bed, end=_at(5901)[0])
    found = prolonged_absences(exits)
    assert found.left.tolist() == _at(3000, 5000).tolist()
    assert found.returned.tolist() == [True, False]


def test_time_in_bed_leaves_out_exits_and_gaps():
    state = np.array([IN_BED] * 3 + [OUT] * 2 + [UNKNOWN] * 2 + [IN_BED] * 5, np.int8)
    occupancy = Occupancy(HOUR_US * np.arange(12, dtype=np.int64), HOUR_US, state)
    assert time_in_bed_h(occupancy, 0, 12 * HOUR_US) == 8
    assert time_in_bed_h(occupancy, HOUR_US // 2, 2 * HOUR_US) == 1.5


def test_restlessness_is_the_share_of_minutes_in_bed_with_movement():
    occupancy = _lying(100, before=20, after=20)
    movement = np.full(len(occupancy.start), 0.01)
    movement[6 * 30 : 6 * 50] = 0.5
    movement[: 6 * 10] = 0.9  # making the bed is not restlessness
    found = restlessness(occupancy.start, movement, occupancy, 0, 140 * MINUTE_US)
    assert (found.percent, found.minutes) == (20.0, 100)


def test_six_seconds_a_minute_are_rest_and_more_are_movement():
    occupancy = _lying(60)
    movement = np.zeros(360)
    movement[60] = 0.6
    movement[120] = 0.7
    assert restlessness(occupancy.start, movement, occupancy, 0, HOUR_US).percent == pytest.approx(100 / 60)


def test_minutes_without_a_sample_are_left_out():
    occupancy = _lying(60)
    movement = np.where(np.arange(360) < 180, np.nan, 0.5)
    found = restlessness(occupancy.start, movement, occupancy, 0, HOUR_US)
    assert (found.percent, found.minutes) == (100.0, 30)


def test_nobody_in_bed_has_no_restlessness():
    found = restlessness(*_lying_and_movement(_lying(0, before=60)), 0, HOUR_US)
    assert np.isnan(found.percent)
    assert found.minutes == 0


def _lying_and_movement(occupancy):
    return occupancy.start, np.ones(len(occupancy.start)), occupancy


def test_without_a_movement_signal_jumps_of_the_load_tell():
    occupancy = _lying(100)
    rng = np.random.default_rng(3)
    load = 110 + rng.normal(0, 0.1, 600)
    load[120:180] += rng.normal(0, 4, 60)
    found = restlessness_from_load(occupancy.start, load, occupancy, 0, 100 * MINUTE_US, interval_s=10)
    assert found.percent == pytest.approx(10, abs=2)
