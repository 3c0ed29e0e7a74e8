"""From a change and its interval to a word, and from the words to a recommendation."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal[
    "better",
    "better_but_small",
    "worse",
    "smaller_than_minimum",
    "higher",
    "lower",
    "no_difference_shown",
    "not_shown",
]
Recommendation = Literal["introduce", "introduce_stepwise", "do_not_introduce", "not_shown", "another_round"]

LARGEST_DROPOUT = 0.30
"""With more than this share of those who started missing a phase, those who stayed may be another kind."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the rule needs of a metric's change: the estimate and its interval, None where absent.

    `direction` is which way is better, `minimum_change` the least that matters (None: no goal says).
    """

    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    direction: str
    minimum_change: float | None


def verdict(shown: Shown) -> Verdict:
    """The change in a word; the first that holds:

    - `not_shown`: no interval
    - `higher`, `lower`, `no_difference_shown`: no direction is the better one
    - `worse`: the interval lies entirely on the worse side of 0
    - `smaller_than_minimum`: the interval lies below the least change that matters
    - `better`: the interval lies entirely on the better side, the estimate reaches the least change
    - `better_but_small`: the interval lies on the better side, the estimate does not reach it
    - `no_difference_shown`: the interval holds 0
    """
    if shown.estimate is None or shown.ci_low is None or shown.ci_high is None:
        return "not_shown"
    if shown.direction == "neutral":
        if shown.ci_low > 0:
            return "higher"
        return "lower" if shown.ci_high < 0 else "no_difference_shown"
    down = shown.direction == "down"
    gain = -shown.estimate if down else shown.estimate
    low, high = (-shown.ci_high, -shown.ci_low) if down else (shown.ci_low, shown.ci_high)
    least = shown.minimum_change or 0.0
    if high < 0:
        return "worse"
    if high < least:
        return "smaller_than_minimum"
    if low > 0:
        return "better" if gain >= least else "better_but_small"
    return "no_difference_shown"


@dataclass(frozen=True, slots=True)
class PrimaryGoal:
    """The primary goal's result: `n` of `n_started` participants have both phases."""

    verdict: Verdict
    n_started: int
    n: int
    coverage: float | None
    coverage_floor: float


def recommendation(primary: PrimaryGoal | None, other_goals: list[Verdict]) -> Recommendation:
    """The first rule that holds:

    - `do_not_introduce`: the primary goal's interval lies entirely on the worse side
    - `not_shown`: no primary goal, no interval, more than 30 % dropout, or coverage below the floor
    - `introduce`: the primary goal is `better` and no other goal is `worse`
    - `introduce_stepwise`: the primary goal is `better`, another goal is `worse`
    - `do_not_introduce`: the primary goal's interval lies below the least change that matters
    - `another_round`: anything else

    Not considered yet: safety margins, the share that still uses the product at the end, the economy,
    and several goals tested at once.
    """
    if primary is None:
        return "not_shown"
    if primary.verdict == "worse":
        return "do_not_introduce"
    missing = round(primary.n_started - primary.n - LARGEST_DROPOUT * primary.n_started, 9)
    thin = primary.coverage is not None and primary.coverage < primary.coverage_floor
    if primary.verdict == "not_shown" or missing > 0 or thin:
        return "not_shown"
    if primary.verdict == "better":
        return "introduce_stepwise" if "worse" in other_goals else "introduce"
    return "do_not_introduce" if primary.verdict == "smaller_than_minimum" else "another_round"
