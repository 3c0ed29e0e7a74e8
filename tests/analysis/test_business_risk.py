import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.business_risk import Estimate, Pert, monte_carlo_npv, tornado
from analysis.economics import npv

AT_ONCE, YEARLY = np.array([1.0, 0, 0, 0]), np.array([0.0, 1, 1, 1])

INPUTS = {
    "purchase_sek": Pert(80, 100, 150),
    "saving_sek": Pert(20, 45, 55),
    "users": Pert(8, 10, 11),
}


def business_case(inputs):
    return inputs["users"] * inputs["saving_sek"] * YEARLY - 10 * inputs["purchase_sek"] * AT_ONCE


def test_pert_is_a_beta_between_its_ends():
    pert = Pert(20, 45, 55)
    peer = stats.beta(1 + 4 * 25 / 35, 1 + 4 * 10 / 35, loc=20, scale=35)
    for share in (0.0, 0.1, 0.5, 0.9, 1.0):
        assert pert.quantile(share) == pytest.approx(peer.ppf(share))
    draws = pert.draw(50_000, np.random.default_rng(1))
    assert draws.mean() == pytest.approx((20 + 4 * 45 + 55) / 6, abs=0.1)
    assert stats.kstest(draws, peer.cdf).pvalue > 0.01


def test_an_input_that_is_known_is_a_constant():
    pert = Pert(7, 7, 7)
    assert pert.quantile(0.1) == pert.quantile(0.9) == 7
    assert pert.draw(3, np.random.default_rng(0)).tolist() == [7, 7, 7]


@pytest.mark.parametrize("ends", [(3, 2, 5), (1, 6, 5), (1, float("nan"), 5)])
def test_ends_out_of_order_are_refused(ends):
    with pytest.raises(ValueError, match="do not descend"):
        Pert(*ends)


def test_one_input_at_a_time_the_others_at_their_most_likely():
    found = tornado(business_case, INPUTS, rate=0.05)
    assert found.npv == pytest.approx(npv(0.05, 450 * YEARLY - 1000 * AT_ONCE))
    bars = {bar.name: bar for bar in found.bars}
    saving = bars["saving_sek"]
    assert (saving.low, saving.high) == (
        INPUTS["saving_sek"].quantile(0.1),
        INPUTS["saving_sek"].quantile(0.9),
    )
    assert saving.npv_low == pytest.approx(npv(0.05, 10 * saving.low * YEARLY - 1000 * AT_ONCE))
    assert saving.npv_high == pytest.approx(npv(0.05, 10 * saving.high * YEARLY - 1000 * AT_ONCE))
    assert bars["purchase_sek"].npv_high < bars["purchase_sek"].npv_low


def test_what_matters_most_stands_first():
    found = tornado(business_case, INPUTS)
    swings = [bar.swing for bar in found.bars]
    assert swings == sorted(swings, reverse=True)
    assert found.bars[0].name == "saving_sek"
    turned = tornado(business_case, dict(reversed(INPUTS.items())))
    assert turned == found


def test_drawing_one_input_gives_its_own_probability():
    inputs = {**{name: Pert(pert.mode, pert.mode, pert.mode) for name, pert in INPUTS.items()}}
    inputs["saving_sek"] = INPUTS["saving_sek"]
    found = monte_carlo_npv(business_case, inputs, rate=0.05)
    needed = 100 / npv(0.05, YEARLY)
    chance = stats.beta(1 + 4 * 25 / 35, 1 + 4 * 10 / 35, loc=20, scale=35).sf(needed)
    assert found.draws == 100_000
    assert found.probability_positive == pytest.approx(chance, abs=4 * found.simulation_error)
    assert found.simulation_error < 0.002
    median = npv(0.05, 10 * INPUTS["saving_sek"].quantile(0.5) * YEARLY - 1000 * AT_ONCE)
    assert found.median == pytest.approx(median, abs=2)


def test_independent_inputs_have_the_mean_of_their_means():
    found = monte_carlo_npv(business_case, INPUTS, rate=0.03)
    saving, users, purchase = (
        (p.low + 4 * p.mode + p.high) / 6 for p in map(INPUTS.get, ("saving_sek", "users", "purchase_sek"))
    )
    assert found.mean == pytest.approx(npv(0.03, saving * users * YEARLY - 10 * purchase * AT_ONCE), abs=3)
    assert found.ci_low < found.median < found.ci_high


def test_the_same_seed_draws_the_same_whatever_the_order_of_the_inputs():
    one = monte_carlo_npv(business_case, INPUTS, draws=1_000)
    assert one == monte_carlo_npv(business_case, dict(reversed(INPUTS.items())), draws=1_000)
    assert one != monte_carlo_npv(business_case, INPUTS, draws=1_000, seed=1)


def test_worth_nothing_is_not_worth_something():
    found = monte_carlo_npv(lambda inputs: 0 * inputs["x"] * YEARLY, {"x": Pert(0, 1, 2)}, draws=100)
    assert (found.probability_positive, found.simulation_error) == (0, 0)


def test_a_business_case_that_forgets_the_draws_is_told_so():
    for ask in (tornado, monte_carlo_npv):
        with pytest.raises(ValueError, match=r"flows have the shape \(4,\): answer \(\d+, m\)"):
            ask(lambda inputs: YEARLY, INPUTS)
        with pytest.raises(ValueError, match="rate is -2"):
            ask(business_case, INPUTS, rate=-2)


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([0.01, 12.0]))
@settings(max_examples=25, deadline=None)
def test_another_currency_scales_everything_and_a_dearer_purchase_is_worth_less(low, width, unit):
    def in_unit(inputs):
        return unit * business_case(inputs)

    dear = {**INPUTS, "purchase_sek": Pert(150 + low, 150 + low + width, 200 + low + width)}
    one, other, dearer = (
        monte_carlo_npv(case, inputs, draws=500)
        for case, inputs in ((business_case, INPUTS), (in_unit, INPUTS), (business_case, dear))
    )
    assert (other.mean, other.ci_low, other.ci_high) == pytest.approx(
        (one.mean * unit, one.ci_low * unit, one.ci_high * unit)
    )
    assert other.probability_positive == one.probability_positive >= dearer.probability_positive
    assert tornado(business_case, dear).npv < tornado(business_case, INPUTS).npv


def test_no_draws_are_refused():
    with pytest.raises(ValueError, match="draws is 0"):
        monte_carlo_npv(lambda each: np.zeros((1, 2)), {}, draws=0)


def test_a_measured_input_has_its_interval_s_limits_as_quantiles():
    found = Estimate(-1.4, -1.0, -0.4)
    assert [found.quantile(share) for share in (0.025, 0.5, 0.975)] == pytest.approx([-1.4, -1.0, -0.4])
    draws = found.draw(100_000, np.random.default_rng(1))
    assert np.quantile(draws, [0.025, 0.5, 0.975]) == pytest.approx([-1.4, -1.0, -0.4], abs=0.01)
    with pytest.raises(ValueError, match="do not descend"):
        Estimate(0, -1, 1)
