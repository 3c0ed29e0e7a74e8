import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.alarms import (
    CENSORED,
    COMPETING,
    NEVER,
    REACHED,
    STAGES,
    alarm_rate,
    alarm_table,
    response_intervals,
)

SECOND = 1_000_000


def table(*rows):
    """Rows (second, alarm, stage[, cause[, outcome]])."""
    padded = [(*row, None, None)[:5] for row in rows]
    columns = list(zip(*padded, strict=True)) if padded else [()] * 5
    texts = [np.array(column, dtype=np.object_) for column in columns[1:]]
    return alarm_table(np.array(columns[0], dtype=np.int64) * SECOND, *texts)


def test_an_alarm_that_reached_the_stage_has_the_time_from_its_raise():
    reached = response_intervals(table((10, "a", "raised"), (70, "a", "arrived")), "arrived", end=0)
    assert (reached.seconds.tolist(), reached.code.tolist()) == ([60.0], [REACHED])


@pytest.mark.parametrize("ending", ["closed", "cancelled"])
def test_an_alarm_ended_without_the_stage_competes_or_is_censored_there(ending):
    ended = table((10, "a", "raised"), (30, "a", ending))
    competing = response_intervals(ended, "arrived", end=99 * SECOND)
    censored = response_intervals(ended, "arrived", end=99 * SECOND, closed="censored")
    assert (competing.seconds.tolist(), competing.code.tolist()) == ([20.0], [COMPETING])
    assert (censored.seconds.tolist(), censored.code.tolist()) == ([20.0], [CENSORED])


def test_an_open_alarm_is_censored_when_the_data_end():
    still_open = response_intervals(table((10, "a", "raised")), "arrived", end=100 * SECOND)
    assert (still_open.seconds.tolist(), still_open.code.tolist()) == ([90.0], [CENSORED])


def test_a_stage_timed_before_the_raise_stands_at_zero_and_is_counted():
    early = response_intervals(table((10, "a", "raised"), (8, "a", "acknowledged")), "acknowledged", end=0)
    assert (early.seconds.tolist(), early.code.tolist(), early.early) == ([0.0], [REACHED], 1)


def test_a_stage_after_the_close_was_still_reached():
    late = table((0, "a", "raised"), (5, "a", "closed"), (9, "a", "arrived"))
    assert response_intervals(late, "arrived", end=0).seconds.tolist() == [9.0]


def test_an_alarm_that_was_never_raised_is_left_out():
    assert len(response_intervals(table((9, "a", "arrived")), "arrived", end=0).seconds) == 0


def test_a_stage_seen_twice_stands_at_its_first_time():
    twice = table((0, "a", "raised"), (50, "a", "arrived"), (20, "a", "arrived"))
    assert response_intervals(twice, "arrived", end=0).seconds.tolist() == [20.0]


def test_the_raise_speaks_first_about_the_cause_and_the_last_word_is_the_outcome():
    told = table(
        (1, "a", "received", "technical", "false"),
        (2, "a", "raised", "fall"),
        (9, "a", "closed", "button", "real"),
        (1, "b", "received", "technical"),
        (2, "b", "raised"),
    )
    assert told.cause.tolist() == ["fall", "technical"]
    assert told.outcome.tolist() == ["real", None]


def test_an_alarm_called_a_test_by_any_reading_is_a_test():
    tests = table(
        (0, "a", "raised", "test"),
        (0, "b", "raised", "button"),
        (9, "b", "closed", None, "test"),
        (0, "c", "raised"),
    )
    assert tests.test.tolist() == [True, True, False]


def test_no_readings_make_an_empty_table():
    assert len(table()) == 0
    assert len(response_intervals(table(), "arrived", end=0).seconds) == 0


def test_an_unknown_stage_is_refused_by_name():
    with pytest.raises(ValueError, match="no stage 'came'"):
        response_intervals(table(), "came", end=0)


rows = st.lists(st.tuples(st.integers(0, 1000), st.sampled_from("abc"), st.sampled_from(STAGES)), max_size=40)


@given(rows, st.randoms())
def test_the_order_of_arrival_does_not_matter(readings, random):
    shuffled = list(readings)
    random.shuffle(shuffled)
    one, other = table(*readings), table(*shuffled)
    assert one.alarm.tolist() == other.alarm.tolist()
    assert all((one.at[stage] == other.at[stage]).all() for stage in STAGES)


@given(rows)
def test_every_raised_alarm_has_exactly_one_fate(readings):
    chain = table(*readings)
    fates = response_intervals(chain, "arrived", end=2000 * SECOND)
    assert len(fates.seconds) == np.count_nonzero(chain.at["raised"] != NEVER)
    assert (fates.seconds >= 0).all()


def test_alarm_rate_known_answer_and_no_days():
    rate = alarm_rate(10, 100.0)
    assert (rate.value, rate.ci_low, rate.ci_high) == (
        0.1,
        pytest.approx(0.0479539),
        pytest.approx(0.1839036),
    )
    assert math.isnan(alarm_rate(0, 0).value)


def test_fewer_than_no_alarms_are_refused():
    with pytest.raises(ValueError, match="alarms is -1"):
        alarm_rate(-1, 2.0)
