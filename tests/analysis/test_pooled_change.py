import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.intervals import cluster_bootstrap, poisson_rate_ci
from analysis.pooled_change import pooled_change


@pytest.mark.parametrize(
    ("after", "before", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
    ],
)
def test_two_shares_of_one_resident_newcombe_1998(after, before, low, high):
    found = pooled_change(before, after, kind="share")
    assert found.estimate == pytest.approx(after[0] / after[1] - before[0] / before[1])
    assert (found.ci_low, found.ci_high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    assert "Newcombe" in found.method


def test_two_shares_agree_with_statsmodels():
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    random = np.random.default_rng(1)
    for _ in range(30):
        n0, n1 = random.integers(1, 80, 2)
        k0, k1 = random.integers(0, n0 + 1), random.integers(0, n1 + 1)
        found = pooled_change((k0, n0), (k1, n1), kind="share")
        peer = proportion.confint_proportions_2indep(k1, n1, k0, n0, method="newcomb", compare="diff")
        assert (found.ci_low, found.ci_high) == pytest.approx(peer, abs=1e-10)


def test_two_rates_combine_garwoods_limits():
    found = pooled_change((10, 100), (3, 100), kind="rate")
    (low0, high0), (low1, high1) = poisson_rate_ci(10, 100), poisson_rate_ci(3, 100)
    assert found.estimate == pytest.approx(-0.07)
    assert found.ci_low == pytest.approx(-0.07 - np.hypot(0.03 - low1, high0 - 0.1))
    assert found.ci_high == pytest.approx(-0.07 + np.hypot(high1 - 0.03, 0.1 - low0))


def test_several_residents_are_resampled_with_both_times():
    random = np.random.default_rng(2)
    n0, n1 = random.integers(5, 40, (2, 20))
    k0, k1 = random.binomial(n0, 0.5), random.binomial(n1, 0.3)
    (expected,) = cluster_bootstrap(lambda w: ((w @ k1) / (w @ n1) - (w @ k0) / (w @ n0))[:, None], 20)
    found = pooled_change((k0, n0), (k1, n1), kind="share")
    assert (found.ci_low, found.ci_high) == (expected.low, expected.high)
    assert found.method == "Difference of pooled figures, resident-cluster bootstrap, expanded BCa"
    assert (found.before, found.after) == (k0.sum() / n0.sum(), k1.sum() / n1.sum())


def test_what_differs_between_residents_alone_does_not_widen_their_change():
    share = np.array([0.1, 0.9, 0.2, 0.8, 0.5, 0.4])
    before = (share * 100, np.full(6, 100))
    after = (share * 100 - 5 + np.arange(6) / 5, np.full(6, 100))
    found = pooled_change(before, after, kind="share")
    assert found.ci_low == pytest.approx(-0.045, abs=0.01)
    assert found.ci_high < 0


def test_residents_who_do_not_change_leave_the_limits_of_the_two_figures():
    same = (np.array([1, 3]), np.array([10, 30]))
    found = pooled_change(same, same, kind="share")
    assert found.estimate == 0
    assert found.ci_low < 0 < found.ci_high


@given(st.lists(st.tuples(*[st.integers(1, 30)] * 4), min_size=1, max_size=8), st.randoms())
@settings(max_examples=50, deadline=None)
def test_a_change_turned_round_is_its_negative_in_any_order_of_residents(rows, random):
    table = np.array([(min(a, b), max(a, b), min(c, d), max(c, d)) for a, b, c, d in rows])
    shuffled = table[random.sample(range(len(table)), len(table))]
    one = pooled_change((table[:, 0], table[:, 1]), (table[:, 2], table[:, 3]), kind="share", replicates=50)
    other = pooled_change(
        (shuffled[:, 2], shuffled[:, 3]), (shuffled[:, 0], shuffled[:, 1]), kind="share", replicates=50
    )
    assert one.estimate == pytest.approx(-other.estimate)
    if len(rows) == 1:
        assert (one.ci_low, one.ci_high) == pytest.approx((-other.ci_high, -other.ci_low))
        assert one.ci_low - 1e-9 <= one.estimate <= one.ci_high + 1e-9


def test_other_residents_at_another_time_are_refused():
    with pytest.raises(ValueError, match="2 residents before and 1 after"):
        pooled_change((np.ones(2), np.ones(2)), (np.ones(1), np.ones(1)), kind="rate")
