import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.alarms import CENSORED, COMPETING, REACHED
from analysis.intervals import quantile_ci
from analysis.survival import (
    brookmeyer_crowley,
    cumulative_incidence,
    incidence_at,
    incidence_quantile,
    kaplan_meier,
    logrank,
    rmst,
)

# Freireich 1963, remission under 6-mercaptopurine in weeks; negative: censored there.
SIX_MP = [6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def freireich():
    weeks = np.array(SIX_MP, float)
    return np.abs(weeks), weeks > 0


def at(curve, week):
    return int(np.searchsorted(curve.time, week))


def test_kaplan_meier_freireich_1963():
    curve = kaplan_meier(*freireich())
    survival = [curve.survival[at(curve, week)] for week in (6, 10, 23)]
    assert survival == pytest.approx([0.8571, 0.7529, 0.4482], abs=5e-5)
    low, high = 1 - curve.ci_high, 1 - curve.ci_low
    assert (low[at(curve, 6)], high[at(curve, 6)]) == pytest.approx((0.6197, 0.9516), abs=5e-5)
    assert (low[at(curve, 23)], high[at(curve, 23)]) == pytest.approx((0.1881, 0.6801), abs=5e-5)


def test_brookmeyer_crowley_freireich_1963():
    treated = brookmeyer_crowley(kaplan_meier(*freireich()))
    assert (treated.value, treated.ci_low, treated.ci_high) == (23, 13, np.inf)
    placebo = brookmeyer_crowley(kaplan_meier(np.array(PLACEBO, float), np.ones(21, bool)))
    assert (placebo.value, placebo.ci_low, placebo.ci_high) == (8, 4, 11)


def test_competing_closings_are_not_hidden_as_censoring():
    # Hazards .10 (arrive) and .05 (close) a minute: the true share by 10 min is .518; 1 - KM says .632.
    random = np.random.default_rng(6)
    arrive, close = random.exponential(10, 200_000), random.exponential(20, 200_000)
    durations, code = np.minimum(arrive, close), np.where(arrive < close, REACHED, COMPETING)
    assert incidence_at(cumulative_incidence(durations, code), 10).value == pytest.approx(0.518, abs=0.005)
    naive = cumulative_incidence(durations, np.where(code == COMPETING, CENSORED, code))
    assert incidence_at(naive, 10).value == pytest.approx(0.632, abs=0.005)


def random_durations(seed, n=300, whole=True):
    random = np.random.default_rng(seed)
    durations = random.exponential(60, n)
    return (np.ceil(durations) if whole else durations), random


@pytest.mark.parametrize("seed", range(8))
def test_kaplan_meier_agrees_with_lifelines(seed):
    lifelines = pytest.importorskip("lifelines")
    durations, random = random_durations(seed, n=20 + 60 * seed, whole=seed % 2 == 0)
    observed = random.random(len(durations)) < 0.7
    peer = lifelines.KaplanMeierFitter().fit(durations, observed)
    curve = kaplan_meier(durations, observed)
    expected = peer.survival_function_at_times(curve.time).to_numpy()
    np.testing.assert_allclose(curve.survival, expected, atol=1e-12)
    limits = peer.confidence_interval_.loc[curve.time].to_numpy()
    defined = ~np.isnan(curve.ci_low)
    np.testing.assert_allclose(1 - curve.ci_high[defined], limits[defined, 0], atol=1e-10)
    np.testing.assert_allclose(1 - curve.ci_low[defined], limits[defined, 1], atol=1e-10)
    median = brookmeyer_crowley(curve)
    from lifelines.utils import median_survival_times

    limits = median_survival_times(peer.confidence_interval_).to_numpy()[0]
    assert median.value == peer.median_survival_time_
    assert (median.ci_low, median.ci_high) == tuple(limits)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(4))
def test_cumulative_incidence_agrees_with_lifelines(seed):
    lifelines = pytest.importorskip("lifelines")
    durations, random = random_durations(seed, whole=False)  # lifelines shakes ties at random
    code = random.choice([CENSORED, REACHED, COMPETING], len(durations), p=[0.2, 0.5, 0.3])
    peer = lifelines.AalenJohansenFitter(calculate_variance=True).fit(durations, code, event_of_interest=1)
    curve = cumulative_incidence(durations, code)
    density = peer.cumulative_density_.iloc[:, 0]
    np.testing.assert_allclose(curve.incidence, density.loc[curve.time].to_numpy(), atol=1e-10)
    spread = np.asarray(peer.variance_.loc[curve.time])
    np.testing.assert_allclose(curve.variance[:-1], spread[:-1], atol=1e-10)


@pytest.mark.parametrize("seed", range(5))
def test_without_competing_events_the_incidence_is_one_minus_kaplan_meier(seed):
    durations, random = random_durations(seed)
    observed = random.random(len(durations)) < 0.8
    curve = kaplan_meier(durations, observed)
    greenwood = np.cumsum(
        np.where(
            curve.at_risk > curve.events, curve.events / (curve.at_risk * (curve.at_risk - curve.events)), 0
        )
    )
    np.testing.assert_allclose(curve.variance, curve.survival**2 * greenwood, atol=1e-12)


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=1, max_size=120))
def test_whole_times_are_counted_to_what_sorting_makes_of_them(rows):
    durations, observed = np.array([time for time, _ in rows], float), np.array([seen for _, seen in rows])
    few, far = kaplan_meier(durations, observed), kaplan_meier(durations + 1000.0, observed)
    assert (few.time + 1000.0).tolist() == far.time.tolist()
    assert few.at_risk.tolist() == far.at_risk.tolist()
    assert few.events.tolist() == far.events.tolist()


def test_a_median_that_is_not_reached_is_infinite():
    curve = kaplan_meier(np.array([1.0, 2, 3, 4]), np.array([True, False, False, False]))
    assert incidence_quantile(curve).value == np.inf


@pytest.mark.parametrize("share", [0.5, 0.9, 0.95])
@pytest.mark.parametrize("seed", range(3))
def test_of_uncensored_times_the_curve_has_the_quantiles_of_the_times_themselves(seed, share):
    durations, _ = random_durations(seed)
    curve = kaplan_meier(durations, np.ones(len(durations), bool))
    assert incidence_quantile(curve, share).value == quantile_ci(durations, share).value


def test_a_curve_at_exactly_one_half_gives_the_time_it_came_there():
    curve = kaplan_meier(np.arange(1.0, 11), np.ones(10, bool))
    assert brookmeyer_crowley(curve).value == 5


def test_the_share_by_a_time_before_the_first_event_is_zero_with_wilsons_limit():
    curve = kaplan_meier(np.full(20, 9.0), np.ones(20, bool))
    share = incidence_at(curve, 5)
    assert (share.value, share.ci_low) == (0, 0)
    assert share.ci_high == pytest.approx(0.1611, abs=5e-5)


def test_the_share_when_all_are_there_is_one_with_wilsons_limit():
    share = incidence_at(kaplan_meier(np.full(20, 9.0), np.ones(20, bool)), 9)
    assert (share.value, share.ci_high) == (1, 1)
    assert share.ci_low == pytest.approx(1 - 0.1611, abs=5e-5)


def test_nobody_gives_no_share_and_no_median():
    curve = kaplan_meier(np.zeros(0), np.zeros(0, bool))
    assert np.isnan(incidence_at(curve, 60).value)
    assert incidence_quantile(curve).value == np.inf


@pytest.mark.parametrize(("fate", "median"), [(REACHED, 7.0), (COMPETING, np.inf), (CENSORED, np.inf)])
def test_the_median_of_a_single_time_is_that_time_and_nothing_bounds_it(fate, median):
    found = brookmeyer_crowley(cumulative_incidence(np.array([7.0]), np.array([fate], np.int8)))
    assert (found.value, found.ci_low, found.ci_high) == (median, np.inf, np.inf)


def test_negative_durations_are_refused():
    with pytest.raises(ValueError, match="durations"):
        kaplan_meier(np.array([-1.0]), np.array([True]))


cases = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from([CENSORED, REACHED, COMPETING])), min_size=1, max_size=60
)


@given(cases)
@settings(max_examples=200)
def test_incidence_rises_within_its_limits_and_never_passes_one(rows):
    durations, code = (np.array(column) for column in zip(*rows, strict=True))
    curve = cumulative_incidence(durations.astype(float), code.astype(np.int8))
    assert (np.diff(curve.incidence) >= -1e-12).all()
    assert ((curve.incidence >= -1e-12) & (curve.incidence <= 1 + 1e-12)).all()
    defined = ~np.isnan(curve.ci_low)
    assert (curve.ci_low[defined] <= curve.incidence[defined] + 1e-12).all()
    assert (curve.ci_high[defined] >= curve.incidence[defined] - 1e-12).all()


@given(cases)
def test_censoring_closings_never_lowers_the_share(rows):
    durations, code = (np.array(column) for column in zip(*rows, strict=True))
    competing = cumulative_incidence(durations.astype(float), code)
    censored = cumulative_incidence(durations.astype(float), np.where(code == COMPETING, CENSORED, code))
    for minute in range(31):
        assert incidence_at(censored, minute).value >= incidence_at(competing, minute).value - 1e-12


def both_arms():
    weeks = np.array(SIX_MP + PLACEBO, float)
    return np.abs(weeks), weeks > 0, np.repeat([1, 0], 21)


def test_restricted_mean_freireich_1963():
    mean = rmst(*freireich(), tau=35)
    assert (mean.value, mean.standard_error) == pytest.approx((23.287395, 2.827468), abs=5e-7)
    assert mean.ci_low < mean.value < mean.ci_high


def test_log_rank_freireich_1963():
    test = logrank(*both_arms())
    assert test.chi_square == pytest.approx(16.79294, abs=5e-6)
    assert test.p == pytest.approx(4.1688e-5, abs=5e-10)
    assert test.degrees_of_freedom == 1
    assert test.observed.sum() == pytest.approx(test.expected.sum())


def test_without_censoring_the_restricted_mean_is_the_mean_of_the_shorter_of_time_and_tau():
    durations = np.random.default_rng(11).exponential(300, 80)
    capped = np.minimum(durations, 400)
    mean = rmst(durations, np.ones(80, bool), tau=400)
    assert mean.value == pytest.approx(capped.mean())
    assert mean.standard_error == pytest.approx(capped.std() / np.sqrt(80))


def test_beyond_a_last_censored_time_there_is_no_restricted_mean():
    durations = np.array([100.0, 200, 300])
    assert np.isnan(rmst(durations, np.array([True, True, False]), tau=301).value)
    assert rmst(durations, np.array([True, True, False]), tau=300).value == pytest.approx(200)
    assert rmst(durations, np.ones(3, bool), tau=900).value == pytest.approx(200)
    assert np.isnan(rmst(np.zeros(0), np.zeros(0, bool)).value)


def test_an_event_at_tau_itself_adds_nothing_to_the_doubt():
    alone = rmst(np.array([5.0, 10, 20]), np.array([True, False, False]), tau=10)
    with_one = rmst(np.array([5.0, 10, 20]), np.array([True, True, False]), tau=10)
    assert (alone.value, alone.standard_error) == (with_one.value, with_one.standard_error)


@pytest.mark.parametrize("seed", range(3))
def test_restricted_mean_agrees_with_lifelines(seed):
    # Its return_variance is the spread of min(T, tau), not the squared standard error: compared is the mean.
    lifelines = pytest.importorskip("lifelines")
    utils = pytest.importorskip("lifelines.utils")
    random = np.random.default_rng(seed)
    durations, observed = random.integers(1, 60, 120).astype(float), random.random(120) < 0.7
    peer = utils.restricted_mean_survival_time(lifelines.KaplanMeierFitter().fit(durations, observed), t=40)
    assert rmst(durations, observed, tau=40).value == pytest.approx(peer)


@pytest.mark.parametrize("seed", range(3))
def test_log_rank_agrees_with_lifelines_and_statsmodels_for_three_groups_and_strata(seed):
    statistics = pytest.importorskip("lifelines.statistics")
    duration = pytest.importorskip("statsmodels.duration.survfunc")
    random = np.random.default_rng(seed)
    durations, observed = random.integers(1, 40, 150).astype(float), random.random(150) < 0.7
    group, stratum = random.integers(0, 3, 150), random.integers(0, 2, 150)
    ours = logrank(durations, observed, group)
    peer = statistics.multivariate_logrank_test(durations, group, observed)
    assert (ours.chi_square, ours.p) == pytest.approx((peer.test_statistic, peer.p_value))
    assert ours.degrees_of_freedom == 2
    within = logrank(durations, observed, group, stratum=stratum)
    assert (within.chi_square, within.p) == pytest.approx(
        duration.survdiff(durations, observed, group, strata=stratum)
    )


def test_a_curve_of_many_times_is_made_in_pieces_to_the_formulas():
    durations, random = random_durations(5, n=50_000, whole=False)
    observed = random.random(50_000) < 0.9
    curve = kaplan_meier(durations, observed)
    time = np.unique(durations[observed])
    ordered = np.sort(durations)
    at_risk = 50_000 - np.searchsorted(ordered, time)
    survival = np.cumprod(1 - 1 / at_risk)
    assert np.array_equal(curve.time, time)
    assert np.array_equal(curve.at_risk, at_risk)
    assert curve.survival == pytest.approx(survival, abs=1e-12)
    greenwood = survival[:-1] ** 2 * np.cumsum(1 / (at_risk * np.maximum(at_risk - 1, 1)))[:-1]
    assert curve.variance[:-1] == pytest.approx(greenwood, rel=1e-9)
    reach = 1.959963984540054 * np.sqrt(greenwood) / (survival[:-1] * -np.log(survival[:-1]))
    assert 1 - curve.ci_low[:-1] == pytest.approx(survival[:-1] ** np.exp(-reach), rel=1e-7)
    assert 1 - curve.ci_high[:-1] == pytest.approx(survival[:-1] ** np.exp(reach), rel=1e-7)


def test_one_group_or_no_event_cannot_be_compared():
    durations, observed = freireich()
    assert np.isnan(logrank(durations, observed, np.zeros(21, int)).p)
    assert np.isnan(logrank(durations, np.zeros(21, bool), np.arange(21) % 2).p)


@given(st.permutations(range(42)), st.sampled_from([0.25, 7.0, 60.0]))
@settings(max_examples=30)
def test_neither_order_nor_unit_changes_what_is_found(order, unit):
    durations, observed, group = (array[order] for array in both_arms())
    assert logrank(durations * unit, observed, group).chi_square == pytest.approx(16.79294, abs=5e-6)
    treated = group == 1
    mean = rmst(durations[treated] * unit, observed[treated], tau=35 * unit)
    assert (mean.value / unit, mean.standard_error / unit) == pytest.approx((23.287395, 2.827468), abs=5e-7)
