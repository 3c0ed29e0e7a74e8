"""Change of body weight over weeks, from nightly weights."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

NIGHTS = 7
"""A week of nights: single nights differ by half a kilogram a third of the time."""

FEWEST_NIGHTS = 4
"""More than half of a week, so that no single night can be the median."""


@dataclass(frozen=True, slots=True)
class WeightChange:
    """Change in percent of the earlier weight, negative for loss; `now_kg` and `then_kg` are medians.

    `percent` is NaN when either week has fewer nights than asked for; `n_now`, `n_then` count them.
    """

    percent: float
    now_kg: float
    then_kg: float
    n_now: int
    n_then: int


def weight_change_percent(
    day: NDArray[Any],
    kg: NDArray[Any],
    *,
    window: int = 30,
    at: int | None = None,
    nights: int = NIGHTS,
    fewest: int = FEWEST_NIGHTS,
) -> WeightChange:
    """100·(now - then)/then for nightly weights `kg` (n,) at day numbers `day` (n,); NaN nights are left out.

    `now` is the median of the last `nights` nights up to `at` (default: the last day), `then` the median
    of `nights` nights centred `window` days before `at`. Never single nights: `fewest` are needed in each.
    """
    valid = np.isfinite(kg)
    day, kg = np.asarray(day, np.int64)[valid], np.asarray(kg, np.float64)[valid]
    if at is None:
        at = int(day.max()) if len(day) else 0
    centre, half = at - window, nights // 2
    now = kg[(day > at - nights) & (day <= at)]
    then = kg[(day >= centre - half) & (day <= centre + half)]
    nan = float("nan")
    now_kg = float(np.median(now)) if len(now) >= fewest else nan
    then_kg = float(np.median(then)) if len(then) >= fewest else nan
    return WeightChange(100 * (now_kg - then_kg) / then_kg, now_kg, then_kg, len(now), len(then))
