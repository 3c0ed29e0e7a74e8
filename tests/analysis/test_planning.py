"""What a pilot can be expected to show before it starts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.effects import hodges_lehmann
from analysis.planning import chances, participants_needed


def test_half_a_standard_deviation_takes_34_pairs_or_64_in_each_arm() -> None:
    assert participants_needed(0.5, 1.0) == (34, None)
    assert participants_needed(0.5, 1.0, ratio=1.0) == (64, 64)


def test_what_is_needed_gives_eighty_percent_and_one_less_does_not() -> None:
    n, beside = participants_needed(0.5, 0.9, ratio=0.5)
    assert beside == round(n / 2)
    assert chances(0.5, 0.9, n, beside).shown >= 0.8
    assert chances(0.5, 0.9, n - 1, round((n - 1) / 2)).shown < 0.8


def test_the_detectable_change_is_the_one_with_eighty_percent() -> None:
    found = chances(0.5, 1.0, 20)
    assert chances(found.detectable, 1.0, 20).shown == pytest.approx(0.8, abs=1e-6)


@pytest.mark.parametrize(("n", "beside"), [(24, None), (24, 12), (60, 30)])
def test_the_chances_are_what_simulated_pilots_come_to(n: int, beside: int | None) -> None:
    random, runs, minimum = np.random.default_rng(7), 4000, 0.5
    expected = chances(minimum, 0.8, n, beside)

    def estimates(change: float) -> tuple[np.ndarray, np.ndarray]:
        ours = random.normal(change, 0.8, (runs, n))
        if beside is None:
            spread = ours.std(axis=1, ddof=1) / n**0.5
            return ours.mean(axis=1), spread
        theirs = random.normal(0, 0.8, (runs, beside))
        pooled = (ours.var(axis=1, ddof=1) * (n - 1) + theirs.var(axis=1, ddof=1) * (beside - 1)) / (
            n + beside - 2
        )
        return ours.mean(axis=1) - theirs.mean(axis=1), np.sqrt(pooled * (1 / n + 1 / beside))

    from scipy.special import stdtrit

    reach = stdtrit(n - 1 if beside is None else n + beside - 2, 0.975)
    estimate, error = estimates(minimum)
    assert np.mean(abs(estimate) > reach * error) == pytest.approx(expected.shown, abs=0.03)
    estimate, error = estimates(2 * minimum)
    introduced = (estimate >= minimum) & (estimate - reach * error > 0)
    assert np.mean(introduced) == pytest.approx(expected.introduced, abs=0.03)
    estimate, error = estimates(0.0)
    assert np.mean(estimate + reach * error < minimum) == pytest.approx(expected.refused, abs=0.04)


def test_an_interval_by_ranks_is_refused_about_as_often() -> None:
    random = np.random.default_rng(3)
    refused = [hodges_lehmann(random.normal(0, 0.8, 24)).ci_high < 0.5 for _ in range(400)]
    assert np.mean(refused) == pytest.approx(chances(0.5, 0.8, 24).refused, abs=0.08)


def test_one_participant_shows_nothing() -> None:
    found = chances(0.5, 1.0, 1)
    assert np.isnan([found.shown, found.introduced, found.refused, found.detectable]).all()
    assert np.isnan(chances(0.5, 1.0, 12, 1).shown)


def test_a_change_far_beyond_the_spread_is_always_shown() -> None:
    assert chances(50.0, 1.0, 20).shown == 1.0
    assert participants_needed(50.0, 1.0) == (2, None)
    assert participants_needed(50.0, 1.0, ratio=1.0) == (2, 2)


@given(st.floats(0.1, 5), st.floats(0.1, 5), st.integers(2, 200), st.floats(0.01, 100))
@settings(max_examples=50, deadline=None)
def test_the_unit_does_not_matter(minimum: float, spread: float, n: int, unit: float) -> None:
    one, other = chances(minimum, spread, n), chances(minimum * unit, spread * unit, n)
    assert other.shown == pytest.approx(one.shown, abs=1e-6)
    assert other.detectable == pytest.approx(one.detectable * unit, rel=1e-6)


@pytest.mark.parametrize(
    ("minimum", "spread", "ratio", "said"),
    [
        (0.0, 1.0, None, "minimum_change is 0.0"),
        (0.5, 0.0, None, "spread is 0.0"),
        (0.5, float("nan"), None, "spread is nan"),
        (0.5, 1.0, 0.0, "ratio is 0.0"),
    ],
)
def test_what_cannot_be_planned_with_is_named(
    minimum: float, spread: float, ratio: float | None, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        participants_needed(minimum, spread, ratio=ratio)
