"""From a change and its interval to a word."""

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
