import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.alarm_matching import detection_performance, match_events
from analysis.intervals import poisson_rate_ci, wilson_ci

MINUTE = 60_000_000


def minutes(*times):
    return np.array([round(time * MINUTE) for time in times], np.int64)


def pairs(alarms, log, **limits):
    found = match_events(minutes(*alarms), minutes(*log), **limits)
    return list(zip(found.alarm.tolist(), found.log.tolist(), strict=True))


# -- which belongs to which --------------------------------------------------------------------------------


def test_an_alarm_from_five_minutes_before_to_fifteen_after_belongs_to_the_event():
    assert pairs([95, 115], [100]) == [(0, 0)]
    assert pairs([94.99], [100]) == []
    assert pairs([115], [100]) == [(0, 0)]
    assert pairs([115.01], [100]) == []


def test_each_event_takes_the_nearest_alarm_and_each_alarm_one_event():
    # 101 is nearest to 100; 104 then takes 108, which is 4 off and within the 5 before.
    assert pairs([104, 101], [100, 108]) == [(0, 1), (1, 0)]


def test_the_nearest_pair_goes_first_even_where_that_leaves_an_event_without_an_alarm():
    # Greedy: 105 goes to 104 (1 off), and 100 has only 105 within reach.
    assert pairs([105], [100, 104]) == [(0, 1)]


def test_equally_near_pairs_go_to_the_earlier_alarm_then_to_the_earlier_event():
    assert pairs([102, 98], [100]) == [(1, 0)]
    assert pairs([102], [104, 100]) == [(0, 1)]


def test_a_hand_table_of_a_night():
    found = match_events(minutes(10, 12, 60, 200), minutes(11, 13, 100, 190))
    # 10-11, 12-11 and 12-13 are 1 off: the earlier alarm takes 11, the later 13; 200-190 is 10 off.
    assert list(zip(found.alarm.tolist(), found.log.tolist(), strict=True)) == [(0, 0), (1, 1), (3, 3)]
    assert found.lag_s.tolist() == [-60, -60, 600]
    assert (found.true_positives, found.false_positives, found.false_negatives) == (3, 1, 1)


def test_nothing_matches_nothing():
    found = match_events(minutes(), minutes(5))
    assert (found.true_positives, found.false_positives, found.false_negatives) == (0, 0, 1)
    assert pairs([5], []) == []


times = st.lists(st.integers(0, 60), max_size=12)


@given(times, times)
@settings(max_examples=50)
def test_matching_is_the_rule_written_out(alarms, log):
    """Sort every pair within reach by distance, then alarm, then log; take each whose both ends are free."""
    within = [
        (abs(a - e), a, i, e, j)
        for i, a in enumerate(alarms)
        for j, e in enumerate(log)
        if e - 5 <= a <= e + 15
    ]
    used_alarms, used_log, expected = set(), set(), []
    for _, _, i, _, j in sorted(within):
        if i not in used_alarms and j not in used_log:
            used_alarms.add(i)
            used_log.add(j)
            expected.append((i, j))
    assert pairs(alarms, log) == sorted(expected)


@given(times, times, st.integers(0, 10**6), st.randoms())
@settings(max_examples=50)
def test_neither_order_nor_origin_changes_how_many_match(alarms, log, shift, random):
    one = match_events(minutes(*alarms), minutes(*log))
    random.shuffle(alarms)
    other = match_events(minutes(*alarms) + shift, minutes(*log) + shift)
    assert sorted(one.lag_s) == sorted(other.lag_s)


def test_limits_below_zero_are_refused():
    with pytest.raises(ValueError, match=r"before_s -1"):
        match_events(minutes(1), minutes(1), before_s=-1)


# -- how well they detect ----------------------------------------------------------------------------------


def resident(tp, fp, fn):
    """Alarms and events an hour apart, so many with a partner and so many without."""
    both = [60 * place for place in range(tp)]
    return match_events(
        minutes(*both, *(10_000 + 60 * place for place in range(fp))),
        minutes(*both, *(20_000 + 60 * place for place in range(fn))),
    )


def test_one_residents_figures_by_hand():
    found = detection_performance([resident(8, 4, 2)], [30.0], verified=[9])
    assert (found.sensitivity.value, found.ppv.value, found.f1.value) == (
        0.8,
        8 / 12,
        pytest.approx(16 / 22),
    )
    assert (found.sensitivity.ci_low, found.sensitivity.ci_high) == wilson_ci(8, 10)
    assert (found.ppv.ci_low, found.ppv.ci_high) == wilson_ci(8, 12)
    low, high = wilson_ci(8, 14)
    assert (found.f1.ci_low, found.f1.ci_high) == pytest.approx((2 * low / (1 + low), 2 * high / (1 + high)))
    rate = found.false_alarms_per_device_day
    assert (rate.value, rate.ci_low, rate.ci_high) == (4 / 30, *poisson_rate_ci(4, 30))
    assert found.verified.value == 9 / 12


def test_residents_are_pooled_and_resampled():
    found = detection_performance([resident(9, 0, 1), resident(1, 6, 9), resident(5, 3, 5)], [30, 30, 30])
    assert (found.sensitivity.value, found.sensitivity.residents) == (0.5, 3)
    assert found.sensitivity.method == "resident-cluster bootstrap, expanded percentile"
    assert found.sensitivity.ci_low < found.sensitivity.independent_low
    assert found.f1.value == pytest.approx(2 * 15 / (2 * 15 + 9 + 15))
    assert found.verified is None


def test_no_events_leave_sensitivity_unknown_and_no_alarms_the_predictive_value():
    quiet = detection_performance([resident(0, 3, 0)], [10])
    assert np.isnan(quiet.sensitivity.value)
    assert quiet.ppv.value == 0
    assert np.isnan(detection_performance([resident(0, 0, 3)], [10]).ppv.value)


@given(st.lists(st.tuples(*[st.integers(0, 6)] * 3), min_size=1, max_size=5))
@settings(max_examples=50, deadline=None)
def test_f1_is_the_harmonic_mean_and_lies_within_its_limits(counts):
    found = detection_performance([resident(*each) for each in counts], [10.0] * len(counts), replicates=100)
    sensitivity, ppv, f1 = found.sensitivity.value, found.ppv.value, found.f1
    if f1.n:
        assert f1.independent_low - 1e-12 <= f1.value <= f1.independent_high + 1e-12
    if sensitivity > 0:
        assert f1.value == pytest.approx(2 * sensitivity * ppv / (sensitivity + ppv))


def test_residents_without_device_days_are_refused():
    with pytest.raises(ValueError, match="2 residents' matches do not fit 1"):
        detection_performance([resident(1, 0, 0)] * 2, [10])
