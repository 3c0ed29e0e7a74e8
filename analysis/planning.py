"""Before a pilot starts: how likely it is to end in an answer, with that many participants."""

from dataclasses import dataclass

import numpy as np
import scipy

from analysis.power import n_paired, t_power

FEWEST = 2
POWER = 0.8


@dataclass(frozen=True, slots=True)
class Chances:
    """What a pilot with `n` participants, and `n_comparison` beside them, can be expected to say.

    `spread` is the SD between participants of the change within each, `standard_error` that of the estimate.
    `shown` is the power: how likely the interval leaves out 0 when the true change is the smallest worth
    having. `introduced` is how likely the estimate reaches that smallest change with an interval above 0 when
    the true change is twice it, `refused` how likely the whole interval stays below it when there is none.
    `detectable` is the change that would be shown with 80 % power. All NaN under two participants.
    """

    n: int
    n_comparison: int | None
    spread: float
    standard_error: float
    shown: float
    introduced: float
    refused: float
    detectable: float


def chances(
    minimum_change: float, spread: float, n: int, n_comparison: int | None = None, *, confidence: float = 0.95
) -> Chances:
    """By noncentral t for the power, by t for the two others (the estimate taken as normal).

    ValueError: a minimum change or spread that is not positive.
    """
    _check(minimum_change, spread)
    if n < FEWEST or (n_comparison is not None and n_comparison < FEWEST):
        nan = float("nan")
        return Chances(n, n_comparison, spread, nan, nan, nan, nan, nan)
    standard_error, free = _error(spread, n, n_comparison)
    reach = float(scipy.special.stdtrit(free, 0.5 + confidence / 2)) * standard_error
    within = scipy.special.ndtr

    def shown(change: float) -> float:
        return t_power(change / standard_error, free, confidence)

    detectable = scipy.optimize.brentq(
        lambda change: POWER - shown(change), 1e-9 * standard_error, 20 * reach, xtol=1e-9 * standard_error
    )
    return Chances(
        n,
        n_comparison,
        spread,
        standard_error,
        shown(minimum_change),
        float(within((2 * minimum_change - max(minimum_change, reach)) / standard_error)),
        float(within((minimum_change - reach) / standard_error)),
        float(detectable),
    )


def participants_needed(
    minimum_change: float, spread: float, *, ratio: float | None = None, power: float = POWER
) -> tuple[int, int | None]:
    """How many must be compared for the smallest change worth having to be shown with `power`.

    `ratio` is how many there are to compare with for each who gets the technology; None: each is compared
    with their own baseline alone. ValueError as `chances`, and a ratio that is not positive.
    """
    _check(minimum_change, spread)
    if ratio is None:
        return n_paired(minimum_change / spread, power=power).n, None
    if not ratio > 0:
        raise ValueError(f"ratio is {ratio}: give how many are compared with for each participant, above 0")
    # Two arms vary by 1 + 1/ratio of what one does; with more freedom the t is a little narrower.
    n = max(FEWEST, int(n_paired(minimum_change / spread, power=power).n * (1 + 1 / ratio) * 0.8))

    def arms(size: int) -> tuple[int, int]:
        return size, max(FEWEST, round(size * ratio))

    while n > FEWEST and chances(minimum_change, spread, *arms(n - 1)).shown >= power:
        n -= 1
    while chances(minimum_change, spread, *arms(n)).shown < power:
        n += 1
    return arms(n)


def _error(spread: float, n: int, n_comparison: int | None) -> tuple[float, int]:
    if n_comparison is None:
        return spread / n**0.5, n - 1
    return float(spread * np.sqrt(1 / n + 1 / n_comparison)), n + n_comparison - 2


def _check(minimum_change: float, spread: float) -> None:
    if not (np.isfinite(minimum_change) and minimum_change > 0):
        raise ValueError(
            f"minimum_change is {minimum_change}: give the smallest change worth having, above 0"
        )
    if not (np.isfinite(spread) and spread > 0):
        raise ValueError(f"spread is {spread}: give the SD of changes between participants, above 0")
