import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.alarm_fatigue import non_actionable_before, response_by_load
from analysis.alarms import CENSORED, COMPETING, REACHED
from analysis.survival import logrank

MINUTE = 60_000_000


def minutes(*times):
    return np.array([round(time * MINUTE) for time in times], np.int64)


def before(raised, non_actionable, **given):
    return non_actionable_before(minutes(*raised), np.array(non_actionable, bool), **given).tolist()


def test_alarms_for_nothing_of_the_last_two_hours_are_counted_for_each_alarm():
    raised, nothing = [0, 30, 60, 125, 150.5], [True, True, False, True, False]
    assert before(raised, nothing) == [0, 1, 2, 1, 1]
    assert before(raised, nothing, within_s=60 * 60) == [0, 1, 2, 0, 1]


def test_one_exactly_two_hours_before_counts_and_one_at_the_same_instant_does_not():
    assert before([0, 120], [True, False]) == [0, 1]
    assert before([0, 120.001], [True, False]) == [0, 0]
    assert before([7, 7], [True, True]) == [0, 0]


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), max_size=30))
@settings(max_examples=50)
def test_counting_is_the_rule_written_out(alarms):
    raised, nothing = [at for at, _ in alarms], [what for _, what in alarms]
    assert before(raised, nothing) == [
        sum(what and at - 120 <= other < at for other, what in alarms) for at in raised
    ]


def answered(seconds, preceding, code=REACHED, **given):
    codes = np.full(len(seconds), code, np.int8) if np.isscalar(code) else np.array(code, np.int8)
    return response_by_load(np.array(seconds, float), codes, np.array(preceding), **given)


def test_groups_begin_at_thirty_and_at_eighty():
    found = answered([10, 20, 30, 40, 50], [29, 0, 30, 79, 80])
    assert (found.at_least, found.n) == ((0, 30, 80), (2, 2, 1))
    assert [group.value for group in found.median] == [10, 30, 50]


def test_staff_who_answer_later_after_many_alarms_are_found_by_the_log_rank_test():
    random = np.random.default_rng(1)
    preceding = np.repeat([5, 50, 100], 60)
    seconds = random.exponential(np.repeat([30, 60, 120], 60))
    found = answered(seconds, preceding)
    assert found.test.p < 0.001
    assert found.median[0].value < found.median[1].value < found.median[2].value
    assert answered(random.exponential(60, 180), preceding).test.p > 0.05


def test_the_test_is_the_stratified_log_rank_test_of_the_answered():
    random = np.random.default_rng(2)
    seconds, stratum = random.exponential(60, 90), random.integers(0, 3, 90)
    code = random.choice([CENSORED, REACHED, COMPETING], 90)
    preceding = random.integers(0, 120, 90)
    found = answered(seconds, preceding, code, stratum=stratum)
    group = (preceding >= 30).astype(np.int64) + (preceding >= 80)
    peer = logrank(seconds, code == REACHED, group, stratum=stratum)
    assert (found.test.chi_square, found.test.p) == (peer.chi_square, peer.p)


def test_a_group_without_alarms_has_no_median_and_the_others_are_compared():
    found = answered([10, 20, 30, 40], [0, 1, 90, 91])
    assert found.n == (2, 0, 2)
    assert np.isnan(found.median[1].value)
    assert found.test.degrees_of_freedom == 1


def test_groups_must_rise_from_none():
    with pytest.raises(ValueError, match="at_least is"):
        answered([1], [1], at_least=(5, 30))
