"""A scale that was zeroed anew, or hides what is below zero: what is still known, and what is not."""

import numpy as np
import pytest

from analysis.false_zero import hides_below_zero, jumps_in_silence
from analysis.loadcell import (
    nightly_weight,
    occupancy_from_load,
    static_windows,
    with_objects_placed,
)
from analysis.occupancy import IN_BED, OUT, UNKNOWN
from analysis.series import HOUR_US, SECOND_US, blocks
from tests.analysis.beds import FRAME_KG, bed

START = 1_767_610_800 * SECOND_US  # a local noon in winter
END = START + 24 * HOUR_US
STAY = (START + 10 * HOUR_US, START + 19 * HOUR_US)
KG = 70.0


def _night(seed=1, stay=STAY):
    """Hours since noon (n,), the load of one stay of nine hours, and its time."""
    made = bed(seed, START, END, [stay], weight_kg=KG)
    return (made.time - START) / HOUR_US, made.load_kg.astype(np.float64), made.time


def _silent(hour, load, since, until):
    return np.where((hour >= since) & (hour < until), np.nan, load)


def _level(time, load):
    return blocks(time, load, START, END, 10 * SECOND_US)


def _told(time, load):
    occupancy, track = occupancy_from_load(_level(time, load), interval_s=10)
    still = static_windows(time, load, occupancy, interval_s=10, noise=track.spread_kg)
    return occupancy, track, nightly_weight(still, with_objects_placed(track, still))


def _hours(occupancy, state):
    return np.count_nonzero(occupancy.state == state) * occupancy.width_us / HOUR_US


def test_a_silence_counts_when_the_load_is_another_after_it():
    hour, load, time = _night()
    evening = _silent(hour, load, 9.5, 10.5)
    assert ((jumps_in_silence(_level(time, evening), 10) * 10 / 3600).tolist()) == [10.5]
    assert len(jumps_in_silence(_level(time, _silent(hour, load, 12.0, 13.0)), 10)) == 0
    assert len(jumps_in_silence(_level(time, load), 10)) == 0


@pytest.mark.parametrize("since", [6.0, 13.7])
def test_a_bed_zeroed_while_its_frame_was_weighed_has_a_tare_on_each_side(since):
    hour, load, time = _night()
    zeroed = _silent(hour, load - np.where(hour >= since, FRAME_KG, 0), since, since + 0.3)
    occupancy, track, weight = _told(time, zeroed)
    in_bed_unseen = 0.3 if since > 10 else 0.0
    assert _hours(occupancy, IN_BED) == pytest.approx(9 - in_bed_unseen, abs=0.02)
    assert _hours(occupancy, UNKNOWN) == pytest.approx(0.3, abs=0.02)
    assert weight.kg == pytest.approx(KG - 0.2, abs=0.15)
    before, after = track.at(START + np.array([round((since - 1) * HOUR_US), END - START]))
    assert before - after == pytest.approx(FRAME_KG, abs=0.5)


def test_a_side_on_which_no_empty_bed_was_seen_is_not_known():
    hour, load, time = _night()
    lying = FRAME_KG + KG
    zeroed = _silent(hour, load - np.where(hour >= 13.0, lying, 0), 13.0, 13.2)
    zeroed[zeroed < -50] = np.nan  # what a bed refuses to show once its sleeper has risen
    occupancy, _, weight = _told(time, zeroed)
    assert _hours(occupancy, IN_BED) == pytest.approx(3.0, abs=0.02)
    assert (occupancy.state[13 * 360 :] == UNKNOWN).all()
    assert weight.kg == pytest.approx(KG, abs=0.3)


def test_a_tare_that_is_not_known_on_one_side_is_known_on_the_others():
    hour, load, time = _night()
    lying = FRAME_KG + KG
    zeroed = _silent(hour, load - np.where(hour >= 13.0, lying, 0), 13.0, 13.2)
    zeroed = _silent(hour, np.where(hour >= 21.0, load, zeroed), 20.8, 21.0)
    _, track, _ = _told(time, np.where(zeroed < -50, np.nan, zeroed))
    assert (np.diff(track.time) >= 0).all()
    at = track.at(START + HOUR_US * np.array([11, 15, 23]))
    assert np.isnan(at).tolist() == [False, True, False]
    assert at[[0, 2]] == pytest.approx(FRAME_KG, abs=0.5)


def test_a_side_too_short_to_see_whether_anybody_moves_is_not_known():
    hour, load, time = _night(stay=(START + 10 * HOUR_US, END))
    heard = _silent(hour, load, 9.5, 23.0)
    occupancy, _, _ = _told(time, heard)
    assert (occupancy.state[: 9 * 360] == OUT).all()
    assert (occupancy.state[23 * 360 :] == UNKNOWN).all()


@pytest.mark.parametrize(("since", "until"), [(9.5, 10.5), (18.5, 19.5)])
def test_going_to_bed_or_rising_unseen_changes_no_tare(since, until):
    hour, load, time = _night()
    occupancy, track, weight = _told(time, _silent(hour, load, since, until))
    whole, _, usual = _told(time, load)
    heard = (np.arange(len(whole.state)) < since * 360) | (np.arange(len(whole.state)) >= until * 360)
    assert np.array_equal(occupancy.state[heard], whole.state[heard])
    assert weight.kg == pytest.approx(usual.kg, abs=0.1)
    assert np.ptp(track.kg) < 1.0


def test_a_scale_that_hides_what_is_below_zero_tells_who_is_in_bed_and_no_weight():
    hour, load, time = _night()
    hidden = np.maximum(load - load[hour < 10].max() - 0.2, 0.0)
    occupancy, track, weight = _told(time, hidden)
    assert _hours(occupancy, IN_BED) == pytest.approx(9, abs=0.02)
    assert _hours(occupancy, UNKNOWN) == 0
    assert np.isnan(track.at(time)).all()
    assert np.isnan(weight.kg)


def test_an_empty_bed_whose_zero_is_seen_from_both_sides_hides_nothing():
    hour, load, time = _night()
    zeroed = np.round(load - np.median(load[hour < 10]), 1)
    occupancy, _, weight = _told(time, zeroed)
    assert not hides_below_zero(_level(time, zeroed), occupancy)
    assert weight.kg == pytest.approx(KG - 0.2, abs=0.15)
