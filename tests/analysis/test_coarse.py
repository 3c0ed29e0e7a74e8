"""Figures told so coarsely that nobody's own can be worked out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.coarse import coarsely, step_that_hides


@pytest.mark.parametrize(
    ("spread", "n", "step"),
    [(0.5, 23, 0.05), (0.5, 10, 0.1), (0.5, 11, 0.1), (120.0, 12, 20.0), (1.0, 2, 1.0)],
)
def test_the_step_is_a_round_number(spread: float, n: int, step: float) -> None:
    assert step_that_hides(spread, n) == step


@given(st.floats(1e-3, 1e3), st.integers(5, 200), st.integers(1, 4))
def test_a_few_persons_mean_stays_as_uncertain_as_such_a_mean_is(spread: float, n: int, few: int) -> None:
    step = step_that_hides(spread, n, few)
    assert n * step / 2 / few >= spread / few**0.5 * (1 - 1e-9)
    assert step <= 2.5 * 2 * spread * few**0.5 / n * (1 + 1e-9), "and no more is lost than that takes"


def test_whoever_subtracts_does_not_find_the_one_who_left() -> None:
    people = np.random.default_rng(1).normal(3, 1, 24)
    told = coarsely(float(people[:23].mean()), None, None, step_that_hides(1.0, 23)).estimate
    worked_out = 24 * people.mean() - 23 * told
    # Everybody whose value lies within that far of what was worked out fits what was told.
    hidden_by = 23 * step_that_hides(1.0, 23) / 2
    assert hidden_by >= 1.0
    assert abs(worked_out - people[23]) <= hidden_by


def test_limits_are_whole_steps_from_the_estimate_and_reach_beyond_their_own() -> None:
    told = coarsely(-1.02645, -1.31, -0.71, 0.05)
    assert (told.estimate, told.low, told.high) == (-1.05, -1.35, -0.7)
    absent = coarsely(-0.01, None, None, 0.1)
    assert (str(absent.estimate), absent.low, absent.high) == ("0.0", None, None)


@given(st.floats(-9, 9), st.floats(0, 5), st.floats(0, 5), st.sampled_from([0.05, 0.2, 1.0]))
def test_the_interval_is_never_narrower(estimate: float, down: float, up: float, step: float) -> None:
    told = coarsely(estimate, estimate - down, estimate + up, step)
    assert told.low is not None
    assert told.high is not None
    assert told.estimate - told.low >= down - 1e-9
    assert told.high - told.estimate >= up - 1e-9
    assert abs(told.estimate - estimate) <= step / 2 + 1e-9


@pytest.mark.parametrize("spread", [0.0, -1.0, float("nan")])
def test_people_who_do_not_differ_cannot_be_hidden_so(spread: float) -> None:
    with pytest.raises(ValueError, match="spread is"):
        step_that_hides(spread, 10)
