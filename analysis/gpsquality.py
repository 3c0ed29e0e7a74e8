"""How good a tracker is: time to the first fix, error against a known point, yield of fixes, battery life."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from analysis.geo import haversine, longest_gap_s
from analysis.intervals import wilson_ci
from analysis.survival import incidence_quantile, kaplan_meier
from analysis.trend import theil_sen

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

ACCURATE_M = 25.0
"""A fix this certain tells one house from the next."""

CHARGED_PCT = 2.0
"""A battery that reads this much higher has been on the charger: less is the gauge's jitter."""

EMPTY_PCT = 5.0
"""A tracker that falls silent at this level has run empty."""

MOST_LEVELS = 1000
"""Pairs grow with the square: half a million slopes are plenty for one line."""

CEP50_PER_SIGMA = float(np.sqrt(2 * np.log(2)))
R95_PER_SIGMA = float(np.sqrt(2 * np.log(20)))
"""Medians and 95th percentiles of a Rayleigh distribution: errors alike and independent north and east."""


@dataclass(frozen=True, slots=True)
class FirstFix:
    """Seconds to the first fix over `n` starts, `without` of them without a fix; inf: not reached."""

    median_s: float
    ci_low_s: float
    ci_high_s: float
    p90_s: float
    n: int
    without: int
    method: str = "Kaplan-Meier, starts without a fix censored"


@dataclass(frozen=True, slots=True)
class CircularError:
    """Radii in metres around a known point that hold half, and 95 %, of `n` fixes.

    `cep50_m`, `r95_m` are quantiles of the errors themselves, their limits exact ranks (inf: not reached,
    under 6 and 72 fixes). `sigma_m` is the spread per axis if errors were alike in both,
    sqrt(mean(d²) / 2), and `rayleigh_cep50_m`, `rayleigh_r95_m` are the radii that follow from it; where
    they differ much from the others, fixes are biased or some lie far off.
    """

    cep50_m: float
    cep50_ci_low_m: float
    cep50_ci_high_m: float
    r95_m: float
    r95_ci_low_m: float
    r95_ci_high_m: float
    sigma_m: float
    rayleigh_cep50_m: float
    rayleigh_r95_m: float
    n: int
    method: str = "quantiles of distances, binomial ranks, fixes as independent"


@dataclass(frozen=True, slots=True)
class FixYield:
    """Fixes delivered of those expected, and how many of them are accurate.

    `delivered` is `n` / `expected`, above 1 for a tracker that reports more often than agreed. `accurate`
    (0 to 1) with Wilson's limits is the share of the `n` fixes; NaN without any. `gap_p95_s` is the 95th
    percentile of the silences, those at the edges of the window among them.
    """

    delivered: float
    n: int
    expected: int
    accurate: float
    accurate_ci_low: float
    accurate_ci_high: float
    gap_p95_s: float
    accurate_m: float


@dataclass(frozen=True, slots=True)
class BatteryLife:
    """Hours from full to empty, with the limits of the slope; inf where no drain can be told from none.

    `percent_per_h` is the slope between charges (negative), `n` the levels used, `charges` how often it
    was charged, `dead_h` the hours silent after having run empty: service that was not there.
    """

    life_h: float
    ci_low_h: float
    ci_high_h: float
    percent_per_h: float
    n: int
    charges: int
    dead_h: float
    method: str = "Theil-Sen on the discharges put end to end, levels as independent"


def time_to_first_fix(waited_s: Float64, fixed: NDArray[np.bool_], *, confidence: float = 0.95) -> FirstFix:
    """Median and 90th percentile of the time to the first fix, by Kaplan-Meier.

    `waited_s` (n,) seconds from start to fix, or to the end of the search where `fixed` (n,) is False: such
    a start is censored, since leaving it out would make the worst tracker look best. Limits of
    Brookmeyer & Crowley. No starts: all inf. ValueError for NaN or negative times.
    """
    curve = kaplan_meier(np.asarray(waited_s, np.float64), np.asarray(fixed, bool), confidence)
    median, p90 = incidence_quantile(curve, 0.5), incidence_quantile(curve, 0.9)
    return FirstFix(median.value, median.ci_low, median.ci_high, p90.value, curve.n, curve.censored)


def circular_error(
    lat: Float64, lon: Float64, *, true_lat: float, true_lon: float, confidence: float = 0.95
) -> CircularError:
    """CEP50 and R95 of fixes (n,) in degrees taken at a known point; fixes without a position are left out.

    Quantiles are errors that occurred (inverted distribution). NaN without a fix.
    """
    error = haversine(lat, lon, true_lat, true_lon)
    error = np.sort(error[np.isfinite(error)])
    n, nan = len(error), float("nan")
    if n == 0:
        return CircularError(nan, nan, nan, nan, nan, nan, nan, nan, nan, 0)
    cep50, r95 = (float(q) for q in np.quantile(error, [0.5, 0.95], method="inverted_cdf"))
    sigma = float(np.sqrt(np.mean(error**2) / 2))
    return CircularError(
        cep50,
        *_rank_limits(error, 0.5, confidence),
        r95,
        *_rank_limits(error, 0.95, confidence),
        sigma,
        CEP50_PER_SIGMA * sigma,
        R95_PER_SIGMA * sigma,
        n,
    )


def fix_yield(
    time: Int64,
    accuracy_m: Float64,
    *,
    start: int,
    end: int,
    interval_s: float,
    accurate_m: float = ACCURATE_M,
    confidence: float = 0.95,
) -> FixYield:
    """Fixes delivered in [start, end), µs UTC, one expected every `interval_s`, and the accurate share.

    `time` (n,) ascending of fixes with a position, `accuracy_m` (n,); NaN is not accurate. ValueError for a
    window that is empty or an interval that is not positive.
    """
    if end <= start or interval_s <= 0:
        raise ValueError(
            f"window of {(end - start) / 1e6} s every {interval_s} s expects nothing: give both above 0"
        )
    within = (time >= start) & (time < end)
    inside, accuracy = time[within], np.asarray(accuracy_m, np.float64)[within]
    expected = max(int((end - start) / 1e6 // interval_s), 1)
    accurate, n = int(np.count_nonzero(accuracy <= accurate_m)), len(inside)
    silence = np.diff(np.r_[start, inside, end]) / 1e6
    return FixYield(
        n / expected,
        n,
        expected,
        accurate / n if n else float("nan"),
        *wilson_ci(accurate, n, confidence),
        float(np.quantile(silence, 0.95, method="inverted_cdf")),
        accurate_m,
    )


def battery_life(
    time: Int64,
    percent: Float64,
    *,
    interval_s: float | None = None,
    charged_pct: float = CHARGED_PCT,
    empty_pct: float = EMPTY_PCT,
    most: int = MOST_LEVELS,
    confidence: float = 0.95,
) -> BatteryLife:
    """Life = 100 / |slope| hours, the slope of the level over time with the charges cut out.

    `time` (n,) µs UTC ascending, `percent` (n,) 0 to 100, NaN left out. Where the level reads more than
    `charged_pct` higher than before, the time and the rise between the two are taken out, so that the
    discharges join to one falling curve; of more than `most` levels every k-th is taken. A silence longer
    than `longest_gap_s(interval_s)` that begins at or under `empty_pct` counts as dead. Fewer than two
    levels: NaN.
    """
    known = np.isfinite(percent)
    hours, level = time[known] / 3.6e9, np.asarray(percent, np.float64)[known]
    step, rise = np.diff(hours), np.diff(level)
    charging = rise > charged_pct
    silent = (step * 3600 > longest_gap_s(interval_s)) & (level[:-1] <= empty_pct)
    dead_h = float(step[silent].sum())
    used = np.r_[0.0, np.cumsum(np.where(charging, 0.0, step))]
    drained = np.r_[0.0, np.cumsum(np.where(charging, 0.0, rise))]
    # Charging shows as one rise after another: neighbours of one another are one visit to the charger.
    charges = int(np.count_nonzero(np.diff(charging.astype(np.int8), prepend=0) == 1))
    every = -(-len(level) // most) if len(level) else 1
    if len(level) == 0:
        used = drained = np.empty(0)
    line = theil_sen(used[::every], drained[::every], confidence=confidence, autocorr=False)
    return BatteryLife(
        _hours(line.slope),
        _hours(line.ci_low),
        _hours(line.ci_high),
        line.slope,
        line.n,
        charges,
        dead_h,
    )


def _hours(percent_per_h: float) -> float:
    if np.isnan(percent_per_h):
        return float("nan")
    return -100 / percent_per_h if percent_per_h < 0 else float("inf")


def _rank_limits(ordered: Float64, share: float, confidence: float) -> tuple[float, float]:
    """Binomial ranks; where too few fixes give none, 0 m below, since no error is smaller, and inf above."""
    interval: Any = scipy.stats.quantile_test(ordered, p=share).confidence_interval(
        confidence_level=confidence
    )
    low = 0.0 if np.isnan(interval.low) else float(interval.low)
    high = float("inf") if np.isnan(interval.high) else float(interval.high)
    return low, high
