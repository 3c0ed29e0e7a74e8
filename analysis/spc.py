"""Control charts: whether a measure moves more than it used to."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Flags = NDArray[np.bool_]

BASELINE = 20
"""Limits are frozen on the first points, so that a change cannot hide itself by widening them."""

RANGE_TO_SD = 1.128
"""The mean range of two normal values in standard deviations (d2)."""

UPPER_RANGE = 3.267
"""The upper limit of moving ranges in mean ranges (D4 of two)."""


@dataclass(frozen=True, slots=True)
class RunSignals:
    """Where each rule is met (n,), at the point that completes it: what was known that day.

    `outside` the limits, `one_side` of the centre for `run` points, `trend` of `steps` points strictly
    rising or falling, `two_of_three` beyond two sigma on the same side.
    """

    outside: Flags
    one_side: Flags
    trend: Flags
    two_of_three: Flags
    run: int
    steps: int

    @property
    def any(self) -> Flags:
        """Where any rule is met (n,)."""
        return self.outside | self.one_side | self.trend | self.two_of_three


@dataclass(frozen=True, slots=True)
class XmrChart:
    """Individual values and their moving ranges, in the unit of the values.

    `centre`, `sigma`, `lower` and `upper` belong to the values, `moving_range` (n,) to each and the one
    before, NaN where either is missing; `mean_range` and `upper_range` are theirs. Made from the first
    `n_baseline` of `n` finite values. `signals` are the rules on all values.
    """

    centre: float
    sigma: float
    lower: float
    upper: float
    moving_range: Float64
    mean_range: float
    upper_range: float
    n_baseline: int
    n: int
    signals: RunSignals


@dataclass(frozen=True, slots=True)
class UChart:
    """Events per unit of exposure with limits that widen where little was observed.

    `rate`, `lower`, `upper` and `sigma` (n,), NaN where nothing was observed; `centre` from the first
    `n_baseline` of `n` observed points. `signals` are the rules on all points.
    """

    rate: Float64
    centre: float
    sigma: Float64
    lower: Float64
    upper: Float64
    n_baseline: int
    n: int
    signals: RunSignals


def xmr_chart(y: NDArray[Any], *, baseline: int = BASELINE, run: int = 8, steps: int = 6) -> XmrChart:
    """Chart values `y` (n,) in order of time (Shewhart; NIST 6.3.2.2); NaN is a missing point.

    Limits mean ± 3·MR/1.128 and 3.267·MR for the ranges, MR the mean moving range of neighbours, from
    the first `baseline` finite values (12-20) and then frozen. Fewer than two: NaN. Neighbouring nights
    that resemble each other make the limits too narrow.
    """
    _refuse_short(baseline=baseline)
    y = np.asarray(y, np.float64)
    place = np.flatnonzero(np.isfinite(y))
    usual = place[:baseline]
    moving_range = np.r_[np.full(min(len(y), 1), np.nan), np.abs(np.diff(y))]
    ranges = moving_range[: usual[-1] + 1] if len(usual) else moving_range[:0]
    ranges = ranges[np.isfinite(ranges)]
    mean_range = float(ranges.mean()) if len(ranges) else float("nan")
    centre = float(y[usual].mean()) if len(usual) else float("nan")
    sigma = mean_range / RANGE_TO_SD
    return XmrChart(
        centre,
        sigma,
        centre - 3 * sigma,
        centre + 3 * sigma,
        moving_range,
        mean_range,
        UPPER_RANGE * mean_range,
        len(usual),
        len(place),
        run_rules(y, centre, sigma, run=run, steps=steps),
    )


def u_chart(
    events: NDArray[Any],
    exposure: NDArray[Any],
    *,
    baseline: int = BASELINE,
    run: int = 8,
    steps: int = 6,
) -> UChart:
    """Chart counts `events` (n,) over `exposure` (n,), such as device-days, in order of time.

    Centre u = all events / all exposure of the first `baseline` observed points, then frozen; limits
    u ± 3·sqrt(u/exposure), not below 0. NaN, or exposure 0, is a missing point. Supposes that events do
    not come in clusters. ValueError: a negative count or exposure.
    """
    _refuse_short(baseline=baseline)
    events, exposure = np.asarray(events, np.float64), np.asarray(exposure, np.float64)
    for name, values in (("events", events), ("exposure", exposure)):
        wrong = np.flatnonzero(values < 0)
        if len(wrong):
            raise ValueError(f"{name}[{wrong[0]}] is {values[wrong[0]]}: give 0 or more, NaN where missing")
    seen = np.isfinite(events) & np.isfinite(exposure) & (exposure > 0)
    place = np.flatnonzero(seen)
    usual = place[:baseline]
    exposure = np.where(seen, exposure, np.nan)
    rate = np.where(seen, events, np.nan) / exposure
    centre = float(events[usual].sum() / exposure[usual].sum()) if len(usual) else float("nan")
    sigma = np.sqrt(centre / exposure)
    return UChart(
        rate,
        centre,
        sigma,
        np.maximum(centre - 3 * sigma, 0.0),
        centre + 3 * sigma,
        len(usual),
        len(place),
        run_rules(rate, centre, sigma, run=run, steps=steps),
    )


def run_rules(
    y: NDArray[Any], centre: float, sigma: float | Float64, *, run: int = 8, steps: int = 6
) -> RunSignals:
    """Hold values `y` (n,) against a `centre` and `sigma`, one for all or one a point (n,).

    Outside: beyond 3 sigma. One side: `run` points in a row (NHS England: 7); a point on the line breaks
    it. Trend: `steps` points strictly rising or falling. Two of three: beyond 2 sigma on the same side,
    this point among them. A missing point (NaN) neither adds to a run nor breaks it, and signals nothing.
    """
    _refuse_short(run=run, steps=steps)
    y = np.asarray(y, np.float64)
    keep = np.isfinite(y)
    away = (y - centre)[keep]
    spread = np.broadcast_to(np.asarray(sigma, np.float64), y.shape)[keep]
    above, below = away > 2 * spread, away < -2 * spread
    direction = np.sign(np.diff(y[keep]))
    trend = np.r_[np.zeros(min(len(away), 1), np.bool_), _lasting(direction, steps - 1)]

    def placed(flags: Flags) -> Flags:
        everywhere = np.zeros(len(y), np.bool_)
        everywhere[keep] = flags
        return everywhere

    return RunSignals(
        placed(np.abs(away) > 3 * spread),
        placed(_lasting(np.sign(away), run)),
        placed(trend),
        placed(_two_of_three(above) | _two_of_three(below)),
        run,
        steps,
    )


def _lasting(sign: Float64, length: int) -> Flags:
    """Where the last `length` signs are the same and not 0."""
    if len(sign) < length:
        return np.zeros(len(sign), np.bool_)
    total = np.lib.stride_tricks.sliding_window_view(sign, length).sum(axis=1)
    return np.concatenate([np.zeros(length - 1, np.bool_), np.abs(total) == length])


def _two_of_three(beyond: Flags) -> Flags:
    before = np.r_[False, False, beyond].astype(np.int64)
    return np.asarray(beyond & (before[1:-1] + before[:-2] > 0), np.bool_)


def _refuse_short(**lengths: int) -> None:
    for name, length in lengths.items():
        if length < 2:
            raise ValueError(f"{name} is {length}: give 2 points or more")
