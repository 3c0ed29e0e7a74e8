import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.intervals import wilson_ci
from analysis.power import design_effect, n_paired, n_proportion, n_two_sample


def test_half_a_standard_deviation_wants_34_pairs():
    size = n_paired(0.5)
    assert (size.n, size.exact) == (34, pytest.approx(33.37, abs=0.005))


def test_half_a_standard_deviation_wants_64_in_each_arm():
    size = n_two_sample(0.5)
    assert (size.n, size.exact) == (64, pytest.approx(63.77, abs=0.005))


def test_ten_percentage_points_to_either_side_of_one_half_want_93():
    assert n_proportion(0.10).n == 93


@pytest.mark.parametrize("d", [0.2, 0.35, 0.8, 1.5])
@pytest.mark.parametrize(("power", "confidence"), [(0.3, 0.95), (0.8, 0.95), (0.9, 0.95), (0.8, 0.99)])
def test_both_t_tests_agree_with_statsmodels(d, power, confidence):
    peers = pytest.importorskip("statsmodels.stats.power")
    paired = peers.TTestPower().solve_power(d, power=power, alpha=1 - confidence)
    two = peers.TTestIndPower().solve_power(d, power=power, alpha=1 - confidence)
    assert n_paired(d, power=power, confidence=confidence).exact == pytest.approx(paired, rel=1e-6)
    assert n_two_sample(d, power=power, confidence=confidence).exact == pytest.approx(two, rel=1e-6)


@pytest.mark.parametrize("p", [0.0, 0.05, 0.3, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("half_width", [0.03, 0.1, 0.2])
def test_the_share_is_as_narrow_as_asked_and_one_less_is_not(p, half_width):
    n = n_proportion(half_width, p=p).n

    def wide(n):
        low, high = wilson_ci(p * n, n)
        return (high - low) / 2

    assert wide(n) <= half_width
    assert wide(n - 1) > half_width


def test_the_direction_of_the_change_does_not_matter():
    assert n_paired(-0.5) == n_paired(0.5)


def test_a_change_seen_at_once_still_wants_two():
    assert n_paired(1e6).n == 2


def test_design_effect():
    assert design_effect(12, 0.05) == pytest.approx(1.55)
    assert design_effect(1, 0.9) == 1
    assert design_effect(12, 0) == 1


def test_wards_that_resemble_themselves_want_more():
    size = n_two_sample(0.5, design_effect=design_effect(12, 0.05))
    assert (size.exact, size.n) == (pytest.approx(63.77 * 1.55, abs=0.01), 99)
    assert size.design_effect == pytest.approx(1.55)


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        (lambda: n_paired(0), "d is 0"),
        (lambda: n_paired(np.nan), "d is nan"),
        (lambda: n_paired(1e-5), "more than"),
        (lambda: n_two_sample(0.5, power=1.0), "power is 1"),
        (lambda: n_two_sample(0.5, power=0.04), "power is 0.04"),
        (lambda: n_proportion(0.5), "half_width is 0.5"),
        (lambda: n_proportion(0.1, p=1.2), "p is 1.2"),
        (lambda: n_paired(0.5, design_effect=0.5), "design_effect is 0.5"),
        (lambda: design_effect(0, 0.1), "m is 0"),
        (lambda: design_effect(5, 1.1), "icc is 1.1"),
    ],
)
def test_what_cannot_be_planned_is_named(asked, named):
    with pytest.raises(ValueError, match=named):
        asked()


@settings(max_examples=30, deadline=None)
@given(st.integers(15, 200), st.integers(50, 95))
def test_a_larger_change_wants_fewer_and_more_power_wants_more(hundredths, percent):
    d, power = hundredths / 100, percent / 100
    for ask in (n_paired, n_two_sample):
        assert ask(d + 0.05, power=power).exact <= ask(d, power=power).exact
        assert ask(d, power=power + 0.04).exact >= ask(d, power=power).exact
