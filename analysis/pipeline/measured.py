"""One figure of one day on its way to a daily value: what was measured, and why not."""

from typing import NamedTuple

NO_DATA = "no_data"
LOW_COVERAGE = "low_coverage"
NO_HOME = "no_home"
NO_LOG = "no_log"
ON_A_LINE = "on_a_line"
NOT_REACHED = "not_reached"
TOO_FEW_NIGHTS = "too_few_nights"
PURGED = "purged"


class Measured(NamedTuple):
    """A metric's figure for one day or night, in the catalogue's unit; `n` is what it rests on.

    `value` None has a `reason`. The one case with both is `low_coverage`: the figure is kept so that a
    leader can ask for it, and every reader leaves it out unless `coverage` reaches the floor asked for.
    """

    metric: str
    value: float | None
    n: int
    coverage: float | None
    reason: str | None = None
    ci_low: float | None = None
    ci_high: float | None = None


def absent(metric: str, reason: str, *, n: int = 0, coverage: float | None = None) -> Measured:
    """A figure that is not there, and why."""
    return Measured(metric, None, n, coverage, reason)


def covered(
    metric: str,
    value: float,
    *,
    n: int,
    coverage: float,
    floor: float,
    ci_low: float | None = None,
    ci_high: float | None = None,
) -> Measured:
    """A figure held against its coverage floor: below it the reason is set and the figure kept."""
    reason = None if coverage >= floor else LOW_COVERAGE
    return Measured(metric, float(value), n, coverage, reason, ci_low, ci_high)
