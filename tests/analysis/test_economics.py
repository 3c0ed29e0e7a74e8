import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.economics import (
    NO_CHANGE_OF_SIGN,
    NO_RATE,
    ONE_RATE,
    SEVERAL_RATES,
    benefit_cost_ratio,
    break_even_users,
    discounted_payback,
    hours_freed,
    irr,
    npv,
)

FLOWS = np.array([-100.0, 39, 59, 55, 20])


def test_net_present_value_and_internal_rate_of_a_textbook_case():
    assert npv(0.281, FLOWS) == pytest.approx(-0.0084786, abs=5e-8)
    assert irr(FLOWS).rate == pytest.approx(0.2809484, abs=5e-8)


def test_the_first_flow_is_at_once():
    assert npv(0.1, np.array([-100.0, 110])) == pytest.approx(0)
    assert npv(0.1, np.array([50.0])) == 50


@pytest.mark.parametrize("seed", range(4))
def test_both_agree_with_numpy_financial(seed):
    peer = pytest.importorskip("numpy_financial")
    random = np.random.default_rng(seed)
    flows = np.r_[-random.uniform(50, 500), random.uniform(0, 200, 3 + 20 * seed)]
    rate = random.uniform(0, 0.3)
    assert npv(rate, flows) == pytest.approx(peer.npv(rate, flows))
    assert irr(flows).rate == pytest.approx(peer.irr(flows), rel=1e-8)


def test_flows_that_never_change_sign_have_no_internal_rate():
    for flows in ([100.0, 20, 3], [-5.0, -1], [0.0, 0], []):
        found = irr(np.array(flows))
        assert np.isnan(found.rate)
        assert (found.rates, found.reason) == ((), NO_CHANGE_OF_SIGN)


def test_several_internal_rates_are_named_and_none_is_chosen():
    # numpy-financial takes the one nearest 0.
    found = irr(np.array([-100.0, 230, -132]))
    assert np.isnan(found.rate)
    assert found.rates == pytest.approx((0.1, 0.2))
    assert found.reason == SEVERAL_RATES


def test_flows_may_change_sign_without_any_internal_rate():
    found = irr(np.array([100.0, -100, 100]))
    assert np.isnan(found.rate)
    assert (found.rates, found.reason) == ((), NO_RATE)


def test_three_changes_of_sign_may_still_leave_one_rate():
    found = irr(np.array([-100.0, 120, -10, 5]))
    assert found.reason == ONE_RATE
    assert npv(found.rate, np.array([-100.0, 120, -10, 5])) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("rate", [-0.9, -0.2, 0.0, 1e-6, 0.03, 4.0, 1e4])
def test_an_internal_rate_however_far_out_is_found(rate):
    flows = np.array([0.0, -100, 0, 100 * (1 + rate) ** 2, 0])
    assert irr(flows).rate == pytest.approx(rate, rel=1e-8, abs=1e-11)
    assert irr(-flows).rate == irr(flows).rate


def test_payback_is_even_within_the_period():
    assert discounted_payback(0.0, np.array([-100.0, 60, 60])) == pytest.approx(1 + 40 / 60)
    first = 100 - 60 / 1.1
    assert discounted_payback(0.1, np.array([-100.0, 60, 60])) == pytest.approx(1 + first / (60 / 1.21))


def test_payback_at_once_at_the_end_and_never():
    assert discounted_payback(0.03, np.array([0.0, 10])) == 0
    assert discounted_payback(0.1, np.array([-100.0, 0, 121])) == pytest.approx(2)
    assert discounted_payback(0.1, np.array([-100.0, 50, 50])) == np.inf
    assert discounted_payback(0.1, np.array([-100.0])) == np.inf


def test_benefits_over_costs():
    benefits, costs = np.array([0.0, 110, 121]), np.array([80.0, 22, 0])
    assert benefit_cost_ratio(0.1, benefits, costs) == pytest.approx(200 / 100)
    assert benefit_cost_ratio(0.1, benefits, np.zeros(1)) == np.inf
    assert np.isnan(benefit_cost_ratio(0.1, np.zeros(2), np.zeros(1)))
    with pytest.raises(ValueError, match="a cost is negative"):
        benefit_cost_ratio(0.1, benefits, -costs)


def test_as_many_users_as_carry_the_fixed_cost():
    found = break_even_users(fixed_cost=100_000, benefit_per_user=9_000, cost_per_user=6_000)
    assert (found.users, found.exact) == (34, pytest.approx(33.333, abs=5e-4))
    assert break_even_users(fixed_cost=0.3, benefit_per_user=0.1).users == 3
    assert break_even_users(fixed_cost=0, benefit_per_user=1).users == 0


def test_users_who_cost_what_they_bring_carry_nothing():
    found = break_even_users(fixed_cost=100, benefit_per_user=5, cost_per_user=5)
    assert (found.users, found.exact) == (None, np.inf)
    with pytest.raises(ValueError, match="fixed_cost is -1"):
        break_even_users(fixed_cost=-1, benefit_per_user=5)


def test_a_night_without_visits_frees_hours_and_the_camera_takes_some_back():
    found = hours_freed(
        visits_avoided=600,
        visit_minutes=10,
        travel_minutes=20,
        camera_minutes=1_800,
        alarm_minutes=600,
        administration_minutes=600,
        utilisation=0.5,
    )
    assert (found.gross, found.net, found.realised) == (300, 250, 125)


def test_added_work_has_to_be_done_in_full():
    found = hours_freed(visits_avoided=6, visit_minutes=10, travel_minutes=0, camera_minutes=120)
    assert (found.gross, found.net, found.realised) == (1, -1, -1)


def test_what_cannot_be_discounted_is_named():
    with pytest.raises(ValueError, match="rate is -1"):
        npv(-1, FLOWS)
    for ask in (lambda flows: npv(0.03, flows), irr, lambda flows: discounted_payback(0.03, flows)):
        with pytest.raises(ValueError, match="a flow is not a number"):
            ask(np.array([-1.0, np.nan]))
    with pytest.raises(ValueError, match=r"utilisation is 1\.2"):
        hours_freed(visits_avoided=1, visit_minutes=1, travel_minutes=1, utilisation=1.2)


@given(
    st.lists(st.integers(0, 500), min_size=2, max_size=8), st.integers(1, 900), st.sampled_from([0.001, 10.5])
)
@settings(max_examples=50)
def test_the_currency_changes_no_rate_and_no_time_and_a_higher_rate_is_worth_less(gains, cost, unit):
    flows = np.array([-cost, *gains], float)
    assert npv(0.03, flows * unit) == pytest.approx(npv(0.03, flows) * unit)
    assert npv(0.05, flows) <= npv(0.03, flows)
    assert discounted_payback(0.03, flows * unit) == pytest.approx(discounted_payback(0.03, flows))
    assert discounted_payback(0.05, flows) >= discounted_payback(0.03, flows) - 1e-9
    found = irr(flows)
    if sum(gains):
        assert irr(flows * unit).rate == pytest.approx(found.rate)
        assert npv(found.rate, flows) == pytest.approx(0, abs=1e-6 * cost)
        assert (found.rate > 0.03) == (npv(0.03, flows) > 1e-9) or found.rate == pytest.approx(0.03)
