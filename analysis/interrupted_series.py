"""What an interruption did to a series: its level, its slope, and both at a horizon."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.least_squares import Coefficient, LinearFit, least_squares, prais_winsten

Float64 = NDArray[np.float64]

FEWEST_IN_A_SEGMENT = 8
"""With so few points before or after, 95 % intervals hold the truth in seven to nine series of ten."""

ENOUGH_FOR_AUTOCORRELATION = 12
"""With fewer in a segment the correlation cannot be told from the slopes."""

ENOUGH_FOR_THE_INTERVAL = 48
"""Simulated with 12 and 12 points, 95 % intervals held 94 % at a correlation of 0.3 and 91 to 92 % at 0.6."""

TOO_FEW = "fewer than 8 points before or after the interruption: no interval"
NARROW = "interval may be too narrow: fewer than 48 points before or after the interruption"
INDEPENDENT = "points taken for independent of each other: fewer than 12 in a segment"
AUTOREGRESSIVE = "points resemble the one before (AR(1)), equally before and after"
NO_WASH_IN = "no points left out while the change was being introduced"
NOTHING_ELSE = "the line before would have gone on, and nothing else changed at the interruption"


@dataclass(frozen=True, slots=True)
class SegmentedRegression:
    """y = b0 + b1·t + b2·after + b3·(t - T0)·after (+ season), T0 the first point kept after.

    `effect` is b2 + b3·`horizon`: how far the series lies from the line before, `horizon` after T0 (0 is T0).
    `level_change` is b2, `slope_before` b1, `slope_change` b3, per unit of t. `n_before` and `n_after` count
    points used, `left_out` those of the wash-in. `method` is "OLS" or "Prais-Winsten", with the
    correlation `rho` a step (0 for OLS); intervals by t on `df`.
    """

    effect: Coefficient
    horizon: float
    level_change: Coefficient
    slope_before: Coefficient
    slope_change: Coefficient
    intercept: float
    first_after: float
    n_before: int
    n_after: int
    left_out: int
    method: str
    rho: float
    df: float
    confidence: float
    assumptions: tuple[str, ...]


def segmented_regression(
    t: NDArray[Any],
    y: NDArray[Any],
    *,
    interruption: float,
    wash_in: float = 0.0,
    horizon: float | None = None,
    period: float | None = None,
    harmonics: int = 1,
    step: float = 1.0,
    confidence: float = 0.95,
) -> SegmentedRegression:
    """Interrupted time series: `y` (n,) at times `t` (n,), points `step` apart where none is missing.

    Points from `interruption` on are after it; those within `wash_in` of it are left out (two to four
    weeks are usual), as is NaN. `horizon` counts from the first point kept after, None means to the last.
    `period` adds `harmonics` pairs of sine and cosine (a year of weeks: 52.18; 3 pairs of 7 days say as
    much as weekdays do). Least squares under 12 points in a segment, else Prais-Winsten (Turner et al.
    2021); no interval under 8, all NaN under 2. ValueError: a negative wash-in or horizon, a wave of under
    two steps, and from 12 points a segment a t that stands twice or no two a step apart.
    """
    if wash_in < 0 or (horizon is not None and horizon < 0):
        raise ValueError(f"wash_in is {wash_in} and horizon {horizon}: give times from 0 up")
    if period is not None and period <= 2 * harmonics * step:
        raise ValueError(
            f"{harmonics} harmonics of a period of {period} pass unseen between points {step} apart: "
            "give fewer, or a longer period"
        )
    t, y = np.asarray(t, np.float64), np.asarray(y, np.float64)
    known = np.isfinite(t) & np.isfinite(y)
    washing_in = known & (t >= interruption) & (t < interruption + wash_in)
    kept = np.flatnonzero(known & ~washing_in)
    kept = kept[np.argsort(t[kept], kind="stable")]
    t, y = t[kept], y[kept]
    after = t >= interruption
    sizes = int((~after).sum()), int(after.sum())
    first_after = float(t[after][0]) if sizes[1] else float("nan")
    if horizon is None:
        horizon = float(t[-1]) - first_after if sizes[1] else float("nan")
    modelled = min(sizes) >= ENOUGH_FOR_AUTOCORRELATION
    columns = [np.ones(len(t)), t - first_after, after, np.where(after, t - first_after, 0.0)]
    design = np.column_stack([*columns, *_season(t - first_after, period, harmonics)])
    fit = _fit(design, t, y, sizes, step, confidence)
    rest = np.zeros(design.shape[1] - 4)
    slope_before = fit.combination(np.r_[0, 1, 0, 0, rest])
    assumptions = [NOTHING_ELSE, AUTOREGRESSIVE if modelled else INDEPENDENT]
    if wash_in == 0:
        assumptions.append(NO_WASH_IN)
    if min(sizes) < FEWEST_IN_A_SEGMENT:
        assumptions.append(TOO_FEW)
    elif min(sizes) < ENOUGH_FOR_THE_INTERVAL:
        assumptions.append(NARROW)
    return SegmentedRegression(
        effect=fit.combination(np.r_[0, 0, 1, horizon, rest]),
        horizon=horizon,
        level_change=fit.combination(np.r_[0, 0, 1, 0, rest]),
        slope_before=slope_before,
        slope_change=fit.combination(np.r_[0, 0, 0, 1, rest]),
        intercept=float(fit.coefficients[0]) - slope_before.value * first_after,
        first_after=first_after,
        n_before=sizes[0],
        n_after=sizes[1],
        left_out=int(washing_in.sum()),
        method="Prais-Winsten" if modelled else "OLS",
        rho=fit.rho,
        df=fit.df,
        confidence=confidence,
        assumptions=tuple(assumptions),
    )


def _fit(
    design: Float64, t: Float64, y: Float64, sizes: tuple[int, int], step: float, confidence: float
) -> LinearFit:
    nothing = np.full((design.shape[1], design.shape[1]), np.nan)
    if min(sizes) < 2:
        nan, free = float("nan"), len(y) - len(nothing)
        return LinearFit(nothing[0], nothing, len(y), free, "ols", nan, 0, confidence)
    if min(sizes) < ENOUGH_FOR_AUTOCORRELATION:
        fit = least_squares(design, y, confidence=confidence)
        return replace(fit, covariance=nothing) if min(sizes) < FEWEST_IN_A_SEGMENT else fit
    fit = prais_winsten(design, y, t=t, step=step, confidence=confidence)
    if np.isnan(fit.rho):
        raise ValueError(f"no two points lie {step} apart: give the step from one point to the next")
    return fit


def _season(t: Float64, period: float | None, harmonics: int) -> list[Float64]:
    if period is None:
        return []
    turns = 2 * np.pi * t / period
    return [wave(k * turns) for k in range(1, harmonics + 1) for wave in (np.sin, np.cos)]
