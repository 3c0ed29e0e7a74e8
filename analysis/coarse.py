"""Figures told so coarsely that nobody's own can be worked out from them."""

import math

MANTISSAS = (1.0, 2.0, 5.0, 10.0)
DECIMALS = 12


def step_that_hides(spread: float, n: int) -> float:
    """The step to round a mean of `n` to, so that one person's own value, worked out from it and
    a mean of nearly the same people, stays uncertain by `spread`, the standard deviation between persons.

    A rounded mean is off by up to half a step, its sum over n by n/2 steps. The smallest 1, 2 or 5 times a
    power of ten from 2·spread/n up: below the mean's own standard error from five people on. ValueError: a
    spread that is not above 0.
    """
    if not (math.isfinite(spread) and spread > 0):
        raise ValueError(f"spread is {spread}: give the standard deviation between persons, above 0")
    least = 2 * spread / max(n, 1)
    power = 10.0 ** math.floor(math.log10(least))
    return next(round(each * power, DECIMALS) for each in MANTISSAS if each * power >= least * (1 - 1e-12))


def coarsely(value: float | None, step: float) -> float | None:
    """The value rounded to whole steps; None stays None."""
    return None if value is None else round(round(value / step) * step, DECIMALS) + 0.0
