import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.alarm_shares import INCIDENCE, false_alarm_rate, sla_share
from analysis.alarms import CENSORED, COMPETING, REACHED
from analysis.incidence_bootstrap import incidence_intervals
from analysis.intervals import clopper_pearson_ci, poisson_rate_ci, wilson_ci
from analysis.survival import cumulative_incidence, incidence_at


def responses(*alarms):
    seconds, code = zip(*alarms, strict=True) if alarms else ((), ())
    return np.array(seconds, float), np.array(code, np.int8)


# -- within the target -------------------------------------------------------------------------------------


def test_with_every_fate_known_the_share_is_k_of_n_with_wilsons_limits():
    # 81 of 263 within a minute: Newcombe's first row.
    seconds, code = responses(*[(30, REACHED)] * 81, *[(90, REACHED)] * 182)
    share = sla_share(seconds, code)
    assert (share.value, share.n, share.censored, share.target_s) == (81 / 263, 263, 0, 60)
    assert (share.ci_low, share.ci_high, share.method) == (*wilson_ci(81, 263), "Wilson")
    exact = sla_share(seconds, code, interval="clopper_pearson")
    assert (exact.ci_low, exact.ci_high, exact.method) == (*clopper_pearson_ci(81, 263), "Clopper-Pearson")


def test_a_stage_reached_at_the_target_is_in_time():
    assert sla_share(*responses((60, REACHED), (60.001, REACHED))).value == 0.5


def test_an_alarm_cancelled_before_the_stage_is_not_in_time_and_hides_nothing():
    share = sla_share(*responses((30, REACHED), (20, COMPETING), (90, REACHED), (10, COMPETING)))
    assert (share.value, share.method) == (0.25, "Wilson")


def test_an_alarm_still_open_before_the_target_makes_it_a_cumulative_incidence():
    seconds, code = responses((10, REACHED), (20, CENSORED), (30, COMPETING), (40, REACHED), (90, REACHED))
    share = sla_share(seconds, code)
    curve = incidence_at(cumulative_incidence(seconds, code), 60)
    assert (share.estimator, share.censored) == (INCIDENCE, 1)
    assert (share.value, share.ci_low, share.ci_high) == (curve.value, curve.ci_low, curve.ci_high)
    # By hand: 1/5 at once, then one of three left competes, then one of two: 1/5 + 4/5 * 2/3 * 1/2.
    assert share.value == pytest.approx(1 / 5 + 4 / 15)


def test_an_alarm_open_past_the_target_is_known_not_to_be_in_time():
    assert sla_share(*responses((30, REACHED), (61, CENSORED))).estimator == "Wilson"


@given(
    st.lists(st.tuples(st.integers(0, 120), st.sampled_from([REACHED, COMPETING])), min_size=1, max_size=40)
)
@settings(max_examples=50)
def test_without_censoring_k_of_n_is_the_cumulative_incidence(alarms):
    seconds, code = responses(*alarms)
    curve = incidence_at(cumulative_incidence(seconds, code), 60)
    share = sla_share(seconds, code)
    assert share.value == pytest.approx(curve.value)
    assert share.ci_low <= share.value <= share.ci_high


def test_several_residents_are_resampled():
    random = np.random.default_rng(1)
    resident = np.repeat(np.arange(12), 20)
    seconds = random.exponential(random.lognormal(4, 1, 12)[resident])
    code = np.full(240, REACHED, np.int8)
    share = sla_share(seconds, code, resident=resident, target_s=90)
    expected = incidence_intervals(seconds, code, resident, 90).share
    assert (share.residents, share.method) == (12, "resident-cluster bootstrap, expanded percentile")
    assert (share.ci_low, share.ci_high) == (expected.low, expected.high)
    assert share.ci_high - share.ci_low > share.independent_high - share.independent_low


@given(st.lists(st.floats(0, 200), min_size=1, max_size=30), st.floats(1, 150), st.floats(0, 50))
@settings(max_examples=50)
def test_a_longer_target_never_lowers_the_share_and_the_unit_does_not_matter(waits, target, more):
    seconds, code = np.array(waits), np.full(len(waits), REACHED, np.int8)
    one = sla_share(seconds, code, target_s=target)
    assert one.value <= sla_share(seconds, code, target_s=target + more).value
    assert one.value == sla_share(seconds * 4, code, target_s=target * 4).value


def test_no_alarms_leave_the_share_unknown_and_a_target_must_be_above_zero():
    nothing = sla_share(*responses())
    assert np.isnan([nothing.value, nothing.ci_low]).all()
    assert nothing.residents == 0
    with pytest.raises(ValueError, match="target_s is 0"):
        sla_share(*responses((1, REACHED)), target_s=0)


# -- false alarms ------------------------------------------------------------------------------------------


def words(**counts):
    return np.array(
        [None if word == "unknown" else word for word, count in counts.items() for _ in range(count)],
        np.object_,
    )


def test_a_hand_table_of_outcomes():
    found = false_alarm_rate(words(real=10, nuisance=6, false=4, test=3, unknown=5), 40.0)
    assert (found.known, found.unknown, found.tests) == (20, 5, 3)
    assert (found.false.value, found.nuisance.value, found.non_actionable.value) == (0.2, 0.3, 0.5)
    assert (found.false.ci_low, found.false.ci_high) == wilson_ci(4, 20)
    assert found.nuisance_per_device_day.value == 6 / 40
    limits = found.non_actionable_per_device_day
    assert (limits.value, limits.ci_low, limits.ci_high) == (0.25, *poisson_rate_ci(10, 40))


def test_outcomes_of_several_residents_are_pooled_and_their_scatter_told():
    outcome = np.r_[words(false=18, real=2), words(real=20), words(false=1, real=19)]
    found = false_alarm_rate(outcome, np.array([30, 30, 30]), resident=np.repeat([0, 1, 2], 20))
    assert (found.false.value, found.false.residents) == (pytest.approx(19 / 60), 3)
    assert found.false.ci_high > found.false.independent_high
    # mu = 19/3 for each: the counts 18, 0, 1 give phi = 16.2.
    assert found.false_per_device_day.dispersion.phi == pytest.approx(
        sum((k - 19 / 3) ** 2 for k in (18, 0, 1)) / (19 / 3) / 2
    )
    assert found.false_per_device_day.dispersion.overdispersed


def test_nothing_known_is_not_nothing_false():
    found = false_alarm_rate(words(unknown=4, test=1), 10)
    assert np.isnan(found.false.value)
    assert (found.known, found.unknown) == (0, 4)


@given(st.lists(st.sampled_from(["real", "nuisance", "false", "test", None]), max_size=30), st.randoms())
@settings(max_examples=50)
def test_shares_add_up_and_the_order_of_alarms_does_not_matter(told, random):
    shuffled = list(told)
    random.shuffle(shuffled)
    one, other = (false_alarm_rate(np.array([*each], np.object_), 30) for each in (told, shuffled))
    assert repr(one) == repr(other)
    assert one.false.k + one.nuisance.k == one.non_actionable.k
    assert one.known + one.unknown + one.tests == len(told)


def test_an_unknown_word_and_residents_who_are_not_there_are_refused():
    with pytest.raises(ValueError, match="outcome 'flase'"):
        false_alarm_rate(np.array(["flase"], np.object_), 1)
    with pytest.raises(ValueError, match="do not fit 2 residents"):
        false_alarm_rate(words(real=1), np.array([1, 2]), resident=np.array([2]))
