"""How much a night resembles the night before it."""

import numpy as np
from numpy.typing import NDArray

FEWEST_FOR_AUTOCORRELATION = 10
"""Below ten nights the lag-1 correlation is mostly noise: no adjusted interval is given."""

MOST_AUTOCORRELATION = 0.95
"""Beyond it a series is as good as one point, and what widens its interval goes to infinity."""

SAME_STEP = 1e-5
"""A share of the step by which times that were divided may miss it."""


def lag_one(
    t: NDArray[np.float64], residual: NDArray[np.float64], step: float, *, regressors: int = 2
) -> float:
    """Lag-1 correlation, within 0 and 0.95, of `residual` (n,) at ascending `t` (n,), points `step` apart.

    Bias-corrected for the columns regressed on, level and slope unless more are said:
    (n·r1 + regressors)/(n - 4). 0 where the residuals are rounding only; NaN under ten points or where no
    two are `step` apart.
    """
    n = len(t)
    if n < FEWEST_FOR_AUTOCORRELATION:
        return float("nan")
    e = residual - residual.mean()
    adjacent = np.abs(t[1:] - t[:-1] - step) <= SAME_STEP * abs(step)
    pairs = int(np.count_nonzero(adjacent))
    if pairs == 0:
        return float("nan")
    power = float((e * e).sum())
    scale = float(np.abs(residual).max()) + 1.0
    if power <= n * (1e-12 * scale) ** 2:
        return 0.0  # the points lie on a line: nothing is left that could be correlated
    r1 = float((e[:-1] * e[1:])[adjacent].sum()) / power * (n - 1) / pairs
    return min(max((n * r1 + regressors) / (n - 4), 0.0), MOST_AUTOCORRELATION)
