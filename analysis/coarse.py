"""Figures told so coarsely that nobody's own can be worked out from them."""

import math
from dataclasses import dataclass

MANTISSAS = (1.0, 2.0, 5.0, 10.0)
DECIMALS = 12


def step_that_hides(spread: float, n: int, few: int = 1) -> float:
    """The step to round a mean of `n` to, so that the mean of a `few` others, worked out from it and a mean
    of all of them, stays as uncertain as such a mean is by itself: by the standard deviation between persons,
    `spread`, over √few.

    A rounded mean is off by up to half a step, its sum over n by n/2 steps: 2·spread·√few/n, and up to 1, 2
    or 5 times a power of ten. ValueError: a spread that is not above 0.
    """
    if not (math.isfinite(spread) and spread > 0):
        raise ValueError(f"spread is {spread}: give the standard deviation between persons, above 0")
    least = 2 * spread * math.sqrt(few) / max(n, 1)
    power = 10.0 ** math.floor(math.log10(least))
    return next(round(each * power, DECIMALS) for each in MANTISSAS if each * power >= least * (1 - 1e-12))


@dataclass(frozen=True, slots=True)
class Coarse:
    """An estimate in whole steps, with limits as many whole steps away as reach beyond its own; None: absent.

    So the limits tell nothing more of the estimate than it does itself.
    """

    estimate: float
    low: float | None
    high: float | None


def coarsely(estimate: float, low: float | None, high: float | None, step: float) -> Coarse:
    """The estimate and its limits in whole steps; the interval is never narrower than it was."""
    steps = round(estimate / step)

    def told(number: int) -> float:
        return round(number * step, DECIMALS) + 0.0

    return Coarse(
        told(steps),
        None if low is None else told(steps - math.ceil((estimate - low) / step)),
        None if high is None else told(steps + math.ceil((high - estimate) / step)),
    )
