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


@given(st.floats(1e-3, 1e3), st.integers(5, 200))
def test_one_persons_value_stays_uncertain_by_the_spread(spread: float, n: int) -> None:
    step = step_that_hides(spread, n)
    assert n * step / 2 >= spread * (1 - 1e-9)
    assert step / 2 <= 2.5 * spread / n * (1 + 1e-9), "and no more is lost than that takes"


def test_whoever_subtracts_does_not_find_the_one_who_left() -> None:
    random = np.random.default_rng(1)
    people = random.normal(3, 1, 24)
    told = coarsely(float(people[:23].mean()), step_that_hides(1.0, 23))
    assert told is not None
    worked_out = 24 * people.mean() - 23 * told
    # What was told fits everybody whose value lies within that far of what was worked out.
    assert 23 * step_that_hides(1.0, 23) / 2 >= 1.0
    assert abs(worked_out - people[23]) <= 23 * step_that_hides(1.0, 23) / 2


def test_nothing_stays_nothing_and_zero_has_no_sign() -> None:
    assert coarsely(None, 0.1) is None
    assert str(coarsely(-0.01, 0.1)) == "0.0"
    assert coarsely(-1.02645, 0.05) == -1.05


@pytest.mark.parametrize("spread", [0.0, -1.0, float("nan")])
def test_people_who_do_not_differ_cannot_be_hidden_so(spread: float) -> None:
    with pytest.raises(ValueError, match="spread is"):
        step_that_hides(spread, 10)
