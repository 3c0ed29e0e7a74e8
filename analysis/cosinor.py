"""A person's day as one wave: its level, its height and when it stands highest."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.day_jackknife import DayInterval, jackknife_over_days
from analysis.rhythm import FEWEST_COVERAGE, FEWEST_DAYS, HOURS, Float64


@dataclass(frozen=True, slots=True)
class Cosinor:
    """y = mesor + amplitude · cos(2 pi (hour - acrophase) / 24), fitted to the hours of whole days.

    `mesor` and `amplitude` in the unit of the hours, `acrophase_h` the clock hour of the peak, 0 to 24,
    `explained` the share of variance that the wave explains. `amplitude_interval` is over days; hours of one
    day resemble each other, so that their number is no number of observations. `n` counts hours with data,
    `coverage` their share. All NaN with the `reason`.
    """

    mesor: float
    amplitude: float
    acrophase_h: float
    explained: float
    amplitude_interval: DayInterval
    n: int
    coverage: float
    reason: str | None = None


def cosinor(
    hourly: NDArray[Any],
    *,
    confidence: float = 0.95,
    fewest_days: int = FEWEST_DAYS,
    fewest_coverage: float = FEWEST_COVERAGE,
) -> Cosinor:
    """Least squares of one 24-hour wave on `hourly` (24 · days,) from a midnight (Halberg; Cornelissen 2014).

    An hour stands for its middle, so that activity highest between 14 and 15 peaks at 14:30. NaN is left
    out. NaN with "no_data", "too_few_nights" (days), "low_coverage", or "no_variation" for a level record.
    ValueError when the record is not of whole days.
    """
    record = np.asarray(hourly, np.float64)
    if record.ndim != 1 or len(record) % HOURS:
        raise ValueError(
            f"a record of shape {record.shape} is not whole days of {HOURS} values: fill up with NaN"
        )
    days = record.reshape(-1, HOURS)
    known = np.isfinite(days)
    n = int(np.count_nonzero(known))
    coverage = n / known.size if known.size else 0.0
    reason = _why_not(days[known], len(days), coverage, fewest_days, fewest_coverage)
    if reason is not None:
        nan = float("nan")
        return Cosinor(
            nan, nan, nan, nan, DayInterval(nan, nan, nan, nan, 0, confidence, reason), n, coverage, reason
        )
    mesor, cosine, sine = _wave(days)
    fitted = mesor + _WAVES[0] * cosine + _WAVES[1] * sine
    off = (days - fitted)[known]
    amplitude = float(np.hypot(cosine, sine))
    acrophase = float(np.arctan2(sine, cosine)) / (2 * np.pi) * HOURS % HOURS
    with_data = np.flatnonzero(known.any(axis=1))
    interval = jackknife_over_days(
        amplitude,
        lambda day: float(np.hypot(*_wave(np.delete(days, with_data[day], axis=0))[1:])),
        len(with_data),
        confidence=confidence,
        lowest=0.0,
    )
    explained = 1 - float(off @ off) / (n * float(days[known].var()))
    return Cosinor(mesor, amplitude, acrophase, explained, interval, n, coverage)


_MIDDLES = 2 * np.pi * (np.arange(HOURS) + 0.5) / HOURS
_WAVES = np.array([np.cos(_MIDDLES), np.sin(_MIDDLES)])


def _wave(days: Float64) -> tuple[float, float, float]:
    """Mesor, cosine and sine of the least-squares wave, from sums over each clock hour."""
    known = np.isfinite(days)
    count = known.sum(axis=0)
    total = np.where(known, days, 0.0).sum(axis=0)
    design = np.vstack([np.ones(HOURS), _WAVES])
    mesor, cosine, sine = np.linalg.lstsq(design * count @ design.T, design @ total, rcond=None)[0]
    return float(mesor), float(cosine), float(sine)


def _why_not(
    known: Float64, days: int, coverage: float, fewest_days: int, fewest_coverage: float
) -> str | None:
    if len(known) == 0:
        return "no_data"
    if days < fewest_days:
        return "too_few_nights"
    if coverage < fewest_coverage:
        return "low_coverage"
    return "no_variation" if np.ptp(known) <= 1e-12 * np.abs(known).max() else None
