from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.rest import fragmentation_index, rest_summary, transition_probabilities
from analysis.series import MINUTE_US, run_lengths

START = 1_767_610_800_000_000 // MINUTE_US * MINUTE_US  # stands for 18:00
HOURS = 18

STATES = {"s": (1.0, 0.0), "m": (1.0, 1.0), "o": (0.0, 0.0), "?": (np.nan, np.nan), "l": (1.0, np.nan)}
"""Still, moving, out of bed, not known, in bed with movement not known."""


def _minutes(*pieces):
    """Arrays of the (minutes, states) pieces; the states of a piece repeat."""
    each = [STATES[states[k % len(states)]] for number, states in pieces for k in range(number)]
    in_bed, moving = (np.array(column, float) for column in zip(*each, strict=True))
    return START + MINUTE_US * np.arange(len(each), dtype=np.int64), in_bed, moving


def _night(*pieces, **how):
    """The summary of the pieces, out of bed before 18:00 and after them."""
    used = sum(number for number, _ in pieces)
    minute, in_bed, moving = _minutes((1, "o"), *pieces, (HOURS * 60 - used + 1, "o"))
    minute = minute - MINUTE_US
    return rest_summary(minute, in_bed, moving, earliest=START, latest=START + HOURS * 60 * MINUTE_US, **how)


def test_a_night_by_hand():
    # To bed at 22:00, moving for 20 min, still for 3 h, up for 15 min, still for 4 h with 10 min moving.
    night = _night((240, "o"), (20, "m"), (180, "s"), (15, "o"), (120, "s"), (10, "m"), (110, "s"))
    assert night.reason is None
    assert (night.entered, night.left) == (START + 240 * MINUTE_US, START + 695 * MINUTE_US)
    assert night.entry_seen
    assert night.exit_seen
    assert night.time_in_bed_min == 455
    assert night.onset_latency_min == 19  # the last moving minute is the one that the rule allows
    assert night.unrest_min == 26
    assert night.still_min == 410
    assert night.efficiency_percent == pytest.approx(100 * 410 / 455)
    assert (night.n, night.coverage) == (440, 1.0)


@pytest.mark.parametrize(("gap", "in_bed_min"), [(59, 400 + 59), (60, 400)])
def test_an_hour_out_of_bed_is_not_time_in_bed_and_a_minute_less_is(gap, in_bed_min):
    night = _night((200, "s"), (gap, "o"), (200, "s"))
    assert night.time_in_bed_min == in_bed_min
    assert night.efficiency_percent == pytest.approx(100 * 400 / in_bed_min)
    assert night.unrest_min == in_bed_min - 400


def test_two_movements_in_ten_minutes_are_no_onset_yet():
    assert _night((60, "mssss"), (300, "s")).onset_latency_min == 51
    assert _night((60, "msssssssss"), (300, "s")).onset_latency_min == 0


def test_who_never_lies_still_has_no_onset_but_an_efficiency():
    night = _night((400, "ms"))
    assert np.isnan([night.onset_latency_min, night.unrest_min]).all()
    assert (night.reason, night.efficiency_percent) == (None, 50.0)


def test_a_nap_before_the_night_counts_and_the_evening_between_does_not():
    night = _night((30, "s"), (180, "o"), (300, "s"))
    assert night.entered == START
    assert night.time_in_bed_min == 330


def test_the_onset_is_not_pieced_together_across_an_absence():
    night = _night((5, "s"), (90, "o"), (5, "s"), (20, "m"), (300, "s"))
    assert night.onset_latency_min == 29


def test_minutes_not_known_are_neither_still_nor_time_in_bed():
    night = _night((100, "s"), (40, "?"), (200, "s"), (10, "l"), (50, "m"))
    assert night.time_in_bed_min == 360
    assert night.efficiency_percent == pytest.approx(100 * 300 / 350)
    assert night.coverage == pytest.approx(1 - 40 / 1080)


def test_minutes_not_known_do_not_make_an_absence_longer():
    assert _night((150, "s"), (30, "o"), (40, "?"), (150, "s")).time_in_bed_min == 330
    assert _night((150, "s"), (30, "o"), (40, "?"), (30, "o"), (150, "s")).time_in_bed_min == 300


def test_ten_minutes_not_known_before_the_onset_may_hold_it():
    assert _night((20, "m"), (9, "?"), (10, "m"), (300, "s")).onset_latency_min == 38
    assert np.isnan(_night((20, "m"), (10, "?"), (10, "m"), (300, "s")).onset_latency_min)


def test_who_is_in_bed_already_has_no_entry_and_no_latency():
    minute, in_bed, moving = _minutes((1200, "s"))
    night = rest_summary(
        minute, in_bed, moving, earliest=START + 60 * MINUTE_US, latest=START + 1140 * MINUTE_US
    )
    assert (night.entry_seen, night.exit_seen) == (False, False)
    assert (night.entered, night.left) == (START + 60 * MINUTE_US, START + 1140 * MINUTE_US)
    assert np.isnan(night.onset_latency_min)
    assert night.unrest_min == 0


def test_half_a_minute_in_bed_is_in_bed():
    minute, in_bed, moving = _minutes((300, "s"))
    assert _asked(minute, 0.5 * in_bed, moving).n == 300
    assert _asked(minute, 0.49 * in_bed, moving).reason == "not_in_bed"


def _asked(minute, in_bed, moving):
    return rest_summary(minute, in_bed, moving, earliest=int(minute[0]), latest=int(minute[-1]) + MINUTE_US)


@pytest.mark.parametrize(
    ("pieces", "reason"),
    [
        ([(1080, "?")], "no_data"),
        ([(400, "?")], "low_coverage"),
        ([(400, "?"), (300, "s")], "low_coverage"),
        ([(10, "o")], "not_in_bed"),
        ([(239, "s")], "too_short"),
    ],
)
def test_a_night_that_cannot_be_told_says_why(pieces, reason):
    night = _night(*pieces)
    assert night.reason == reason
    assert np.isnan([night.time_in_bed_min, night.unrest_min, night.efficiency_percent]).all()


def test_four_hours_in_bed_are_a_night():
    assert _night((240, "s")).reason is None


def test_a_bed_that_does_not_feel_movement_tells_the_time_in_bed():
    night = _night((400, "l"))
    assert (night.reason, night.time_in_bed_min) == ("movement_not_known", 400)
    assert np.isnan([night.onset_latency_min, night.unrest_min, night.efficiency_percent]).all()


def test_minutes_that_do_not_follow_each_other_are_an_error():
    minute, in_bed, moving = _minutes((300, "s"))
    with pytest.raises(ValueError, match="consecutive minutes"):
        _asked(np.delete(minute, 5), in_bed[1:], moving[1:])
    with pytest.raises(ValueError, match="do not fit"):
        _asked(minute, in_bed, moving[1:])


def test_no_minutes_are_no_data():
    nothing = np.empty(0)
    night = rest_summary(np.empty(0, np.int64), nothing, nothing, earliest=START, latest=START + MINUTE_US)
    assert (night.reason, night.coverage) == ("no_data", 0.0)


# -- the definitions of skdh's sleep endpoints, on a night wholly in bed ----------------------------------


@settings(max_examples=40, deadline=None)
@given(st.lists(st.booleans(), min_size=300, max_size=300).filter(any))
def test_on_a_night_in_bed_the_figures_are_those_of_skdh(still):
    rests = np.array(still)
    moving = (~rests).astype(float)
    minute = START + MINUTE_US * np.arange(302, dtype=np.int64)
    in_bed = np.r_[0.0, np.ones(300), 0.0]
    night = rest_summary(
        minute,
        in_bed,
        np.r_[0.0, moving, 0.0],
        earliest=START,
        latest=START + 302 * MINUTE_US,
        onset_min=1,
        onset_moving=0,
    )
    first, last = np.flatnonzero(rests)[[0, -1]]
    assert night.still_min == rests.sum()  # TotalSleepTime
    assert night.efficiency_percent == pytest.approx(100 * rests.mean())  # PercentTimeAsleep
    assert night.onset_latency_min == first  # SleepOnsetLatency
    # WakeAfterSleepOnset ends with the last sleep, our unrest with leaving the bed.
    assert night.unrest_min == (~rests[first:last]).sum() + 299 - last
    found = transition_probabilities(np.ones(300), moving)
    bouts = run_lengths(rests)
    lengths = bouts.length[bouts.value]
    # SleepWakeTransitionProbability, 1 / mean bout: it counts a bout that lasts to the end as ended.
    assert (found.rests_ended + rests[-1]) / found.still_min == pytest.approx(1 / lengths.mean())


# -- fragmentation and transitions -------------------------------------------------------------------------


def test_fragmentation_by_hand():
    _, in_bed, moving = _minutes((1, "s"), (2, "m"), (5, "s"), (1, "m"), (1, "s"))
    found = fragmentation_index(in_bed, moving)
    assert (found.mobile_percent, found.short_bouts_percent) == (30.0, pytest.approx(200 / 3))
    assert (found.index, found.n, found.bouts) == (pytest.approx(30 + 200 / 3), 10, 3)


def test_a_minute_still_beside_one_not_known_is_no_short_bout_and_two_are_a_bout():
    _, in_bed, moving = _minutes((1, "?"), (1, "s"), (1, "m"), (2, "s"), (1, "l"), (1, "s"))
    found = fragmentation_index(in_bed, moving)
    assert (found.bouts, found.short_bouts_percent) == (1, 0.0)


def test_leaving_the_bed_ends_a_bout_and_is_no_movement_in_it():
    _, in_bed, moving = _minutes((1, "s"), (20, "o"), (3, "s"))
    found = fragmentation_index(in_bed, moving)
    assert (found.n, found.mobile_percent, found.short_bouts_percent) == (4, 0.0, 50.0)


def test_without_minutes_or_bouts_there_is_no_index():
    assert np.isnan(fragmentation_index(np.zeros(5), np.zeros(5)).index)
    assert np.isnan(fragmentation_index(np.ones(5), np.ones(5)).index)


def test_transitions_by_hand():
    _, in_bed, moving = _minutes((3, "s"), (2, "m"), (4, "s"), (1, "o"), (1, "s"))
    found = transition_probabilities(in_bed, moving)
    assert (found.rest_to_active, found.active_to_rest) == (2 / 8, 1 / 2)


def test_what_follows_unseen_is_no_transition_and_the_minute_before_counts_nowhere():
    _, in_bed, moving = _minutes((3, "s"), (1, "?"), (3, "s"), (1, "m"))
    found = transition_probabilities(in_bed, moving)
    assert (found.rests_ended, found.still_min) == (1, 5)
    assert (found.activity_ended, found.moving_min) == (0, 1)


def test_a_state_that_does_not_occur_has_no_probability():
    found = transition_probabilities(np.ones(5), np.zeros(5))
    assert found.rest_to_active == 0
    assert np.isnan(found.active_to_rest)
    assert np.isnan(transition_probabilities(np.empty(0), np.empty(0)).rest_to_active)


# -- properties --------------------------------------------------------------------------------------------

nights = st.lists(st.sampled_from("ssssmo?l"), min_size=240, max_size=400)


@settings(max_examples=40, deadline=None)
@given(nights, st.integers(-50_000, 50_000))
def test_another_date_gives_the_same_night(states, days):
    minute, in_bed, moving = _minutes((len(states), states))
    moved = days * 1440 * MINUTE_US
    here = rest_summary(
        minute, in_bed, moving, earliest=START, latest=START + 400 * MINUTE_US, fewest_in_bed_h=0
    )
    there = rest_summary(
        minute + moved,
        in_bed,
        moving,
        earliest=START + moved,
        latest=START + moved + 400 * MINUTE_US,
        fewest_in_bed_h=0,
    )
    if here.n:
        there = replace(there, entered=there.entered - moved, left=there.left - moved)
    assert repr(here) == repr(there)


@settings(max_examples=40, deadline=None)
@given(nights)
def test_the_parts_of_a_night_fit_into_it(states):
    minute, in_bed, moving = _minutes((len(states), states))
    night = rest_summary(
        minute,
        in_bed,
        moving,
        earliest=START,
        latest=START + len(states) * MINUTE_US,
        fewest_in_bed_h=0,
        fewest_coverage=0,
    )
    if night.n == 0:
        return
    assert night.n <= (night.left - night.entered) / MINUTE_US
    assert night.still_min <= night.time_in_bed_min
    assert 0 <= night.efficiency_percent <= 100
    if np.isfinite(night.unrest_min):
        assert night.unrest_min + night.still_min <= night.time_in_bed_min


@settings(max_examples=40, deadline=None)
@given(nights, st.data())
def test_more_movement_never_makes_the_rest_more_efficient(states, data):
    minute, in_bed, moving = _minutes((len(states), states))
    stirred = data.draw(st.integers(0, len(states) - 1))
    more = moving.copy()
    more[stirred] = np.where(np.isnan(more[stirred]), np.nan, 1.0)

    def efficiency(moves):
        return rest_summary(
            minute,
            in_bed,
            moves,
            earliest=START,
            latest=START + 400 * MINUTE_US,
            fewest_in_bed_h=0,
            fewest_coverage=0,
        ).efficiency_percent

    before = efficiency(moving)
    assert np.isnan(before) or efficiency(more) <= before


@settings(max_examples=40, deadline=None)
@given(nights)
def test_a_night_backwards_is_as_fragmented(states):
    _, in_bed, moving = _minutes((len(states), states))
    assert repr(fragmentation_index(in_bed, moving)) == repr(fragmentation_index(in_bed[::-1], moving[::-1]))
