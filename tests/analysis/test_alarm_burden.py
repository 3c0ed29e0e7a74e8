import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.alarm_burden import alarm_burden, alarm_floods, day_night_split
from analysis.alarms import NEVER
from analysis.intervals import poisson_rate_ci, rate_ratio_ci, wilson_ci

MINUTE = 60_000_000
OPEN = None


def minutes(*times):
    return np.array([round(time * MINUTE) for time in times], np.int64)


def hours(*times):
    return minutes(*(60 * time for time in times))


# -- a shift -----------------------------------------------------------------------------------------------

DAY = {"shift_start": hours(7, 14, 21), "shift_end": hours(14, 21, 31)}


def burden(alarms, **given):
    """Alarms (raised, ended) in hours; `OPEN` was never closed."""
    raised, ended = zip(*alarms, strict=True) if alarms else ((), ())
    until = hours(*(0 if end is OPEN else end for end in ended))
    until[np.array([end is OPEN for end in ended], bool)] = NEVER
    return alarm_burden(hours(*raised), until, **(DAY | given))


def test_a_hand_table_of_three_shifts():
    found = burden([(8, 8.5), (8.25, 8.75), (15, 15.5), (22, 22.5), (30.9, 31.5), (31, 31.5)])
    assert found.counts.tolist() == [2, 1, 2]  # the last was raised as the night shift ended
    assert (found.n, found.shifts, found.hours, found.most_in_a_shift) == (5, 3, 24, 2)
    assert found.per_shift == 5 / 3
    assert (found.ci_low, found.ci_high) == poisson_rate_ci(5, 3)
    # Two open at once from 8.25 to 8.5, a quarter of an hour of 24; 31 to 31.5 lies after the shifts.
    assert found.concurrent_share == pytest.approx(0.25 / 24)
    assert found.interruption_index == 1 / 5


def test_the_staff_on_duty_share_the_alarms():
    found = burden([(8, 9), (15, 16), (22, 23)], staff=np.array([3, 2, 1]))
    assert found.per_staff_and_shift == 0.5
    assert np.isnan(burden([(8, 9)]).per_staff_and_shift)


def test_the_night_share_is_of_the_alarms_in_night_shifts():
    found = burden([(8, 9), (22, 23), (23, 24), (25, 26)], night_shift=np.array([False, False, True]))
    assert (found.night.value, found.night.ci_low, found.night.ci_high) == (0.75, *wilson_ci(3, 4))
    assert burden([(8, 9)]).night is None


def test_the_most_within_ten_minutes_straddles_the_clock():
    raised = [8 + minute / 60 for minute in (5, 8, 12, 14.99, 15, 40)]
    assert burden([(at, at) for at in raised]).most_in_window == 4  # 15 is ten minutes after 5: no more


def test_an_alarm_that_nobody_closed_counts_as_open_for_an_hour():
    forgotten = burden([(8, OPEN), (8.5, 8.75), (10, 10.25)])
    assert (forgotten.forgotten, forgotten.interruption_index) == (1, pytest.approx(1 / 3))
    assert forgotten.concurrent_share == pytest.approx(0.25 / 24)
    longer = burden([(8, OPEN), (8.5, 8.75), (10, 10.25)], forgotten_after_s=7200 * 2)
    assert longer.concurrent_share == pytest.approx(0.5 / 24)


def test_an_alarm_still_open_as_the_shifts_end_is_not_forgotten():
    assert burden([(30.5, OPEN)]).forgotten == 0


def test_an_alarm_closed_before_its_raise_was_open_for_no_time():
    assert burden([(8, 7.9), (8, 8)]).concurrent_share == 0


def test_uneven_shifts_say_that_their_limits_are_too_narrow():
    assert burden([(8 + 0.1 * n, 8) for n in range(20)]).dispersion.overdispersed
    assert not burden([(8, 8), (15, 15), (22, 22)]).dispersion.overdispersed


def test_no_alarms_are_no_burden_and_no_shifts_are_unknown():
    quiet = burden([])
    assert (quiet.per_shift, quiet.concurrent_share, quiet.most_in_window) == (0, 0, 0)
    assert np.isnan(quiet.interruption_index)
    assert np.isnan(burden([(8, 9)], shift_start=hours(), shift_end=hours()).per_shift)


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 90)), max_size=15),
    st.integers(0, 10**9),
    st.randoms(),
)
@settings(max_examples=50)
def test_neither_order_nor_origin_matters_and_shares_are_as_counted_minute_by_minute(alarms, shift, random):
    start, end = minutes(60, 200), minutes(180, 360)
    raised = minutes(*(at for at, _ in alarms))
    ended = raised + minutes(*(length for _, length in alarms))
    order = np.array(random.sample(range(len(alarms)), len(alarms)), np.int64)
    one = alarm_burden(raised, ended, start, end)
    other = alarm_burden(raised[order] + shift, ended[order] + shift, start + shift, end + shift)
    assert repr(one) == repr(other)
    open_at = [
        sum(at <= minute < at + min(length, 60) for at, length in alarms)
        for minute in [*range(60, 180), *range(200, 360)]
    ]
    assert one.concurrent_share == pytest.approx(np.mean(np.array(open_at) >= 2))


def test_shifts_that_overlap_and_staff_without_a_shift_are_refused():
    with pytest.raises(ValueError, match="shift 1 ends before"):
        burden([], shift_start=hours(7, 13), shift_end=hours(14, 21))
    with pytest.raises(ValueError, match="2 places of staff do not fit 3 shifts"):
        burden([], staff=np.array([1, 2]))


# -- floods ------------------------------------------------------------------------------------------------


def floods(*raised, **given):
    found = alarm_floods(minutes(*raised), **given)
    return [(a / MINUTE, b / MINUTE, n) for a, b, n in zip(found.start, found.end, found.alarms, strict=True)]


def test_ten_alarms_in_less_than_ten_minutes_are_a_flood_and_nine_are_none():
    assert floods(*range(10)) == [(0, 9, 10)]
    assert floods(*range(9)) == []


def test_ten_alarms_in_exactly_ten_minutes_are_none():
    assert floods(*range(9), 10) == []
    assert floods(*range(9), 9.99) == [(0, 9.99, 10)]


def test_fewer_alarms_than_a_flood_takes_are_none():
    assert [floods(*range(number)) for number in range(10)] == [[]] * 10


def test_a_flood_lasts_as_long_as_windows_have_an_alarm_in_common():
    # One a minute for half an hour is one flood; after a lull of an hour another begins.
    found = floods(*range(30), *range(90, 101))
    assert found == [(0, 29, 30), (90, 100, 11)]


def test_a_flood_is_seen_wherever_the_clock_stands():
    straddling = [5 + 0.9 * n for n in range(10)]  # five before and five after the full ten minutes
    assert len(floods(*straddling)) == 1


def test_two_floods_next_to_each_other_without_a_common_alarm_are_two():
    early, late = [0.1 * n for n in range(10)], [10.5 + 0.1 * n for n in range(10)]
    assert floods(*early, *late) == [(0, pytest.approx(0.9), 10), (10.5, pytest.approx(11.4), 10)]


def test_the_share_of_alarms_in_floods():
    assert alarm_floods(minutes(*range(10), 50, 90)).share_of_alarms == 10 / 12
    assert np.isnan(alarm_floods(minutes()).share_of_alarms)


def test_a_flood_of_one_is_refused():
    with pytest.raises(ValueError, match="fewest is 1"):
        alarm_floods(minutes(1), fewest=1)


@given(st.lists(st.integers(0, 200), max_size=40), st.integers(0, 10**9), st.randoms())
@settings(max_examples=50)
def test_every_alarm_with_enough_others_in_a_window_lies_in_a_flood(raised, shift, random):
    random.shuffle(raised)
    found = alarm_floods(minutes(*raised), fewest=4)
    moved = alarm_floods(minutes(*raised) + shift, fewest=4)
    assert (moved.alarms.tolist(), (moved.start - shift).tolist()) == (
        found.alarms.tolist(),
        found.start.tolist(),
    )
    flooded = sum(
        any(sum(o <= other < o + 10 for other in raised) >= 4 and o <= at < o + 10 for o in raised)
        for at in raised
    )
    assert found.alarms.sum() == flooded


# -- night and day -----------------------------------------------------------------------------------------


def test_alarms_by_night_and_by_day_per_observed_hour():
    split = day_night_split(
        hours(20, 22, 23, 30.9, 31, 40), hours(21, 45), hours(31, 55), start=hours(7)[0], end=hours(55)[0]
    )
    assert (split.night_alarms, split.day_alarms) == (3, 3)
    assert (split.night_hours, split.day_hours) == (20, 28)
    assert (split.night.value, split.night.ci_low) == (0.5, wilson_ci(3, 6)[0])
    assert (split.per_night_hour, split.per_day_hour) == (3 / 20, 3 / 28)
    assert split.ratio == rate_ratio_ci(3, 20, 3, 28)


def test_a_night_of_nine_hours_has_nine_hours():
    split = day_night_split(hours(25), hours(21), hours(30), start=hours(12)[0], end=hours(35)[0])
    assert (split.night_hours, split.day_hours, split.per_night_hour) == (9, 14, 1 / 9)


def test_alarms_and_nights_outside_the_time_asked_for_do_not_count():
    split = day_night_split(hours(1, 22, 60), hours(21), hours(31), start=hours(20)[0], end=hours(23)[0])
    assert (split.night_alarms, split.day_alarms, split.night_hours) == (1, 0, 2)


def test_time_that_is_all_night_has_no_ratio():
    split = day_night_split(hours(22), hours(21), hours(31), start=hours(21)[0], end=hours(31)[0])
    assert split.ratio is None
    assert np.isnan(split.per_day_hour)


def test_an_end_before_the_start_is_refused():
    with pytest.raises(ValueError, match="end 1 lies before start 2"):
        day_night_split(hours(), hours(), hours(), start=2, end=1)
