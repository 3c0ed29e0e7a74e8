"""Rest and activity over the day: how alike the days are, how broken up, how far night is from day."""

from dataclasses import dataclass
from math import isnan
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

HOURS = 24
DAY_MIN = 1440

FEWEST_DAYS = 7
"""Interdaily stability is biased upwards in short records; a week also holds every weekday once."""

FEWEST_COVERAGE = 0.70
"""Under this share of hours with data a figure speaks of the gaps."""

TIE = 1e-9
"""Window means this close, relative to the busiest epoch, tie: summation noise must not move an onset."""

Normalization = Literal["van_someren", "pyactigraphy"]


@dataclass(frozen=True, slots=True)
class RhythmIndex:
    """One dimensionless figure of a record of hours: `value`, NaN with the `reason` why.

    `n` counts hours with data, `coverage` their share of the record. Hours are no independent sample: an
    interval is had over days (`analysis.rhythm_intervals`), or over participants.
    """

    value: float
    n: int
    coverage: float
    method: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class LeastMostActive:
    """The least active 5 h and the most active 10 h of the mean day, in the unit of the epochs.

    Onsets are minutes after local midnight, the first of those that tie. NaN with the `reason` why. `n`
    counts epochs with data, `coverage` their share of the record.
    """

    l5: float
    l5_onset_min: float
    m10: float
    m10_onset_min: float
    n: int
    coverage: float
    reason: str | None = None


def interdaily_stability(
    hourly: NDArray[Any],
    *,
    normalization: Normalization = "van_someren",
    fewest_days: int = FEWEST_DAYS,
    fewest_coverage: float = FEWEST_COVERAGE,
) -> RhythmIndex:
    """How alike the days are: variance of the 24 hour means over that of all hours, 1 for identical days.

    `hourly` (24 · days,) are activity sums or means per hour of local civil time from a midnight, in any
    unit; NaN is an hour without data (also the hour a clock change leaves out) and is in neither sum. Hour
    means are not weighted by their number of days, so that gaps can put the index somewhat above 1; cut to 1
    it would hide them. Van Someren (1999), Goncalves (2014). "pyactigraphy" takes both variances with ddof 1,
    as that package does: larger by (n - 1) / n · 24 / 23, above 1 at times also without gaps.
    NaN: too few days, too little coverage, a clock hour without data, or no variance at all. ValueError
    when the record is not of whole days.
    """
    record = _checked(hourly, HOURS, fewest_days, fewest_coverage)
    means, reason = _mean_day(record, HOURS), record.reason
    if reason is None and not record.whole and np.isnan(means).any():
        reason = "low_coverage"
    value = float("nan")
    if reason is None:
        known = record.known
        if normalization == "van_someren":
            value = _ratio(_mean((means - _mean(known)) ** 2), known, 0)
        else:
            value = _ratio(_variance(means, 1), known, 1)
    return RhythmIndex(value, record.n, record.share, normalization, _flat(value, reason))


def intradaily_variability(
    hourly: NDArray[Any],
    *,
    normalization: Normalization = "van_someren",
    fewest_days: int = FEWEST_DAYS,
    fewest_coverage: float = FEWEST_COVERAGE,
) -> RhythmIndex:
    """How broken up the days are: mean square step from hour to hour over the variance of all hours.

    Near 0 for a smooth day, about 2 for noise, 4 for an hour on, an hour off. Array, NaN and errors as in
    `interdaily_stability`; only steps between two neighbouring hours with data count. "pyactigraphy" takes
    the variance with ddof 1: smaller by (n - 1) / n.
    """
    record = _checked(hourly, HOURS, fewest_days, fewest_coverage)
    steps, reason = record.x[1:] - record.x[:-1], record.reason
    if not record.whole:
        steps = steps[np.isfinite(steps)]
    value = float("nan")
    if reason is None and len(steps) == 0:
        reason = "low_coverage"
    if reason is None:
        value = _ratio(_mean(steps**2), record.known, 0 if normalization == "van_someren" else 1)
    return RhythmIndex(value, record.n, record.share, normalization, _flat(value, reason))


def l5_m10(
    activity: NDArray[Any],
    *,
    epoch_min: int = 1,
    least_min: int = 300,
    most_min: int = 600,
    fewest_days: int = FEWEST_DAYS,
    fewest_coverage: float = FEWEST_COVERAGE,
) -> LeastMostActive:
    """Smallest mean of `least_min` and largest of `most_min` consecutive minutes of the circular mean day.

    `activity` (days · 1440 / epoch_min,) are means per epoch of `epoch_min` minutes of local civil time
    from a midnight, in any unit, which l5 and m10 keep; NaN is an epoch without data. The mean day takes
    each clock epoch over the days that have it; a clock epoch that no day has gives NaN. ValueError when
    the record is not of whole days or a window not of whole epochs.
    """
    for minutes in (DAY_MIN, least_min, most_min):
        if minutes % epoch_min:
            raise ValueError(
                f"epoch_min {epoch_min} does not divide {minutes} min: use 1, 5, 10, 15, 30 or 60"
            )
    epochs = DAY_MIN // epoch_min
    record = _checked(activity, epochs, fewest_days, fewest_coverage)
    day, reason = _mean_day(record, epochs), record.reason
    if reason is None and not record.whole and np.isnan(day).any():
        reason = "low_coverage"
    n, share, nan = record.n, record.share, float("nan")
    if reason is not None:
        return LeastMostActive(nan, nan, nan, nan, n, share, reason)
    twice = np.concatenate((day, day))
    running = np.concatenate(((0.0,), twice)).cumsum()
    tie = TIE * _largest(day)
    low, low_at = _extreme(twice, running, least_min // epoch_min, -1, tie)
    high, high_at = _extreme(twice, running, most_min // epoch_min, 1, tie)
    return LeastMostActive(low, float(low_at * epoch_min), high, float(high_at * epoch_min), n, share)


def relative_amplitude(windows: LeastMostActive) -> float:
    """(M10 - L5) / (M10 + L5): 0 where night is as day, 1 for a night without activity; NaN if both are 0."""
    total = windows.m10 + windows.l5
    return (windows.m10 - windows.l5) / total if total else float("nan")


def clock(onset_min: float) -> str:
    """Minutes after midnight as HH:MM; "" for NaN."""
    return "" if np.isnan(onset_min) else f"{int(onset_min) // 60:02d}:{int(onset_min) % 60:02d}"


@dataclass(frozen=True, slots=True)
class _Record:
    """Values `x` (m,), of which `n` are `valid`, and the `reason` why nothing is said of them."""

    x: Float64
    valid: NDArray[np.bool_]
    n: int
    share: float
    reason: str | None

    @property
    def whole(self) -> bool:
        return self.n == len(self.x)

    @property
    def known(self) -> Float64:
        return self.x if self.whole else self.x[self.valid]


def _checked(values: NDArray[Any], per_day: int, fewest_days: int, fewest_coverage: float) -> _Record:
    x = np.asarray(values, np.float64)
    if x.ndim != 1 or len(x) % per_day:
        raise ValueError(
            f"a record of shape {x.shape} is not whole days of {per_day} values: fill up with NaN"
        )
    valid = np.isfinite(x)
    n = int(np.count_nonzero(valid))
    share = n / len(x) if len(x) else 0.0
    reason = None
    if n == 0:
        reason = "no_data"
    elif len(x) < fewest_days * per_day:
        reason = "too_few_nights"
    elif share < fewest_coverage:
        reason = "low_coverage"
    return _Record(x, valid, n, share, reason)


def _mean_day(record: _Record, per_day: int) -> Float64:
    days = record.x.reshape(-1, per_day)
    if record.whole:
        return np.asarray(days.sum(axis=0) / max(len(days), 1))
    known = record.valid.reshape(-1, per_day)
    number = known.sum(axis=0)
    total = np.where(known, days, 0.0).sum(axis=0)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def _ratio(above: float, known: Float64, ddof: int) -> float:
    below = _variance(known, ddof) if len(known) > ddof else 0.0
    # The mean of equal floats can miss them by an ulp: a variance of that size is none.
    return above / below if below > (1e-12 * _largest(known)) ** 2 else float("nan")


def _mean(values: Float64) -> float:
    # As NumPy's own, which takes longer to call than to add up a week of hours.
    return float(np.add.reduce(values)) / len(values)


def _variance(values: Float64, ddof: int) -> float:
    off = values - _mean(values)
    off *= off
    return float(np.add.reduce(off)) / (len(values) - ddof)


def _largest(values: Float64) -> float:
    return max(float(values.max()), -float(values.min()))


def _flat(value: float, reason: str | None) -> str | None:
    return "no_variation" if reason is None and isnan(value) else reason


def _extreme(twice: Float64, running: Float64, width: int, sign: int, tie: float) -> tuple[float, int]:
    """The extreme mean of a window of a day, put after itself, and where the first such window begins.

    `running` sums it, from 0.
    """
    starts = len(twice) // 2
    mean = sign * (running[width : width + starts] - running[:starts]) / width
    first = int((mean >= mean.max() - tie).argmax())
    return _mean(twice[first : first + width]), first
