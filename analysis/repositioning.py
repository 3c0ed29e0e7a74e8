"""Turning in bed: when a person changed position, how long each was kept, and against which target."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.intervals import wilson_ci
from analysis.loadcell import centre_of_pressure
from analysis.reduction import median
from analysis.series import MINUTE_US, SECOND_US, Times, run_lengths

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LATERAL_CM = 5.0
"""A person who rolls over moves the centre of pressure at least this far sideways."""

LONGITUDINAL_CM = 10.0
"""Along the bed sitting up and sliding down move it farther than a turn would."""

TARGET_H = 2.0
TARGET_ON_FOAM_H = 4.0
"""On high-density foam turning every 4 h did as well as every 2 h (Bergstrom 2013, Yap 2022)."""


@dataclass(frozen=True, slots=True)
class PositionChanges:
    """Turns, each (k,): `time` µs UTC from which the new position was held, and how far it lies off, in cm.

    `still` counts the still stretches compared. Lateral and longitudinal are signed along the legs' axes.
    """

    time: Times
    lateral_cm: Floats
    longitudinal_cm: Floats
    still: int

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True, slots=True)
class TurningIntervals:
    """How long each position was kept, (k,) minutes; `complete` False where its start or end was not seen."""

    minutes: Floats
    complete: Flags

    def __len__(self) -> int:
        return len(self.minutes)


@dataclass(frozen=True, slots=True)
class TurningCompliance:
    """Positions kept no longer than the target with its tolerance, one participant.

    `share` (0 to 1) of `n` positions judged, `ci_low`, `ci_high` Wilson's: positions of one night are taken
    as independent, so pooled over participants it is too narrow. `median_min`, `p90_min`, `longest_min` and
    `percent_of_time_over_target` are over all positions, NaN without any.
    """

    share: float
    ci_low: float
    ci_high: float
    n: int
    median_min: float
    p90_min: float
    longest_min: float
    percent_of_time_over_target: float
    target_h: float
    limit_min: float
    method: str = "Wilson, positions as independent"


def position_changes(
    time: Times,
    cells: NDArray[Any],
    in_bed: NDArray[Any],
    leg_x_cm: NDArray[Any],
    leg_y_cm: NDArray[Any],
    *,
    lateral_cm: float = LATERAL_CM,
    longitudinal_cm: float = LONGITUDINAL_CM,
    tolerance_kg: float = 0.5,
    still_s: float = 30.0,
    gap_s: float = 60.0,
) -> PositionChanges:
    """Turns, from the centre of pressure sum(c·x) / sum(c) of still stretches before and after a movement.

    `cells` (legs, n) kg net of the bed itself (with the frame in it a shift looks smaller than it is), at
    `time` (n,) µs UTC ascending; `in_bed` (n,) bool; `leg_x_cm` across and `leg_y_cm` along the bed, (legs,).
    A stretch is still while no leg differs by more than `tolerance_kg` from its first sample, at least
    `still_s` long; its centre is the median. Two neighbouring stretches `lateral_cm` or `longitudinal_cm`
    apart are a turn, unless the bed was left, or nothing was heard for more than `gap_s`, between them.
    Samples with a NaN are left out. ValueError for shapes that do not fit.

    In the laboratory left, supine and right are told apart in 94.2 % (Gabison 2022); less in real beds.
    """
    c = np.asarray(cells, np.float64)
    x, y = np.asarray(leg_x_cm, np.float64), np.asarray(leg_y_cm, np.float64)
    if c.ndim != 2 or c.shape[1] != len(time) or not len(x) == len(y) == c.shape[0]:
        raise ValueError(
            f"cells {c.shape}, time {np.shape(time)}, legs {x.shape} do not fit: cells are (legs, n)"
        )
    known = np.isfinite(c).all(axis=0) & (c.sum(axis=0) > 0)
    stay = np.cumsum(~np.asarray(in_bed, bool))  # samples with equal numbers have no exit between them
    used = known & np.asarray(in_bed, bool)
    time, c, stay = time[used], c[:, used], stay[used]
    stay = stay + np.cumsum(np.diff(time, prepend=time[:1]) > gap_s * SECOND_US)
    first, last = _still_stretches(time, c, stay, tolerance_kg, still_s)
    bears = centre_of_pressure(c, x, y)
    centre = np.array(
        [
            [median(bears.across_cm[a:b]), median(bears.along_cm[a:b])]
            for a, b in zip(first, last, strict=True)
        ]
    ).reshape(-1, 2)
    shift = np.diff(centre, axis=0)
    together = np.diff(stay[first]) == 0
    # Rounded, so that a shift of exactly the threshold is one whatever the floats made of it.
    far = np.round(np.abs(shift), 9) >= np.array([lateral_cm, longitudinal_cm])
    turned = np.flatnonzero(together & far.any(axis=1))
    return PositionChanges(time[first[turned + 1]], shift[turned, 0], shift[turned, 1], len(first))


def turning_intervals(
    turned: Times,
    entered: Times,
    left: Times,
    *,
    entry_seen: Flags | None = None,
    exit_seen: Flags | None = None,
) -> TurningIntervals:
    """How long each position was kept: from entry or turn to the next turn or exit, within each stay.

    `turned` (k,) and the stays [`entered`, `left`), both (m,), are µs UTC ascending; leaving the bed
    relieves the skin and starts anew. `entry_seen`, `exit_seen` (m,): False where a stay is cut off by a gap
    or the edge of the data; the position cut off was kept at least as long and is not `complete`.
    Turns outside every stay are left out. ValueError for a stay that ends before it starts.
    """
    if (left < entered).any():
        raise ValueError(
            f"stay {int(np.argmax(left < entered))} ends before it starts: left must follow entered"
        )
    minutes, complete = [np.empty(0)], [np.empty(0, bool)]
    for stay, (start, end) in enumerate(zip(entered, left, strict=True)):
        inside = turned[(turned > start) & (turned < end)]
        kept = np.diff(np.concatenate(([start], inside, [end]))) / MINUTE_US
        seen = np.ones(len(kept), bool)
        seen[0] &= entry_seen is None or bool(entry_seen[stay])
        seen[-1] &= exit_seen is None or bool(exit_seen[stay])
        minutes.append(kept)
        complete.append(seen)
    return TurningIntervals(np.concatenate(minutes), np.concatenate(complete))


def turning_compliance(
    intervals: TurningIntervals,
    *,
    target_h: float = TARGET_H,
    tolerance: float = 0.25,
    grace_min: float | None = None,
    confidence: float = 0.95,
) -> TurningCompliance:
    """The share of positions kept at most `target_h` · (1 + `tolerance`), or target + `grace_min` if given.

    The target is individual (EPUAP/NPIAP/PPPIA 2019): 2, 3 or 4 h; 4 h (`TARGET_ON_FOAM_H`) on high-density
    foam, else 2 h. A position not seen whole counts when it is over the limit already, and is otherwise
    left out of the share. Median and 90th percentile are values that occurred (inverted distribution).
    Share and limits NaN where no position can be judged.
    """
    if target_h <= 0:
        raise ValueError(f"target_h {target_h} is no time to keep a position: use 2, 3 or 4")
    limit = target_h * 60 * (1 + tolerance) if grace_min is None else target_h * 60 + grace_min
    minutes = intervals.minutes
    over = np.round(minutes, 9) > round(limit, 9)
    judged = intervals.complete | over
    n, kept = int(judged.sum()), int((judged & ~over).sum())
    low, high = wilson_ci(kept, n, confidence)
    nan = float("nan")
    median = p90 = longest = time_over = nan
    if len(minutes):
        median, p90 = (float(q) for q in np.quantile(minutes, [0.5, 0.9], method="inverted_cdf"))
        longest = float(minutes.max())
    total = float(minutes.sum())
    if total > 0:
        time_over = 100 * float(minutes[minutes > target_h * 60].sum()) / total
    share = kept / n if n else nan
    return TurningCompliance(share, low, high, n, median, p90, longest, time_over, target_h, limit)


def _still_stretches(
    time: Times, cells: Floats, stay: NDArray[np.int64], tolerance_kg: float, still_s: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First sample and one past the last of every still stretch."""
    runs = run_lengths(stay)
    closes = np.repeat(runs.first + runs.length, runs.length)
    candidates = np.flatnonzero(_starts_still(time, cells, closes, tolerance_kg, round(still_s * SECOND_US)))
    first: list[int] = []
    last: list[int] = []
    at = 0
    while at < len(candidates):
        start = int(candidates[at])
        end = _held(cells, start, int(closes[start]), tolerance_kg)
        first.append(start)
        last.append(end)
        at = int(np.searchsorted(candidates, end))
    return np.array(first, np.int64), np.array(last, np.int64)


def _starts_still(
    time: Times, cells: Floats, closes: NDArray[np.int64], tolerance_kg: float, still_us: int
) -> Flags:
    """Samples (n,) from which, up to `still_us` later and before `closes` (n,), no leg moves off too far."""
    until = np.searchsorted(time, time + still_us)
    still = until < closes
    start = np.flatnonzero(still)
    until = until[start]
    # Which of two overlapping pieces of a power of two of samples is where each window begins and ends.
    size = np.frexp((until - start + 1).astype(np.float64))[1] - 1
    high = low = cells
    for power in range(int(size.max(initial=-1)) + 1):
        here = np.flatnonzero(size == power)
        begins, ends = start[here], until[here] - 2**power + 1
        highest = np.maximum(high[:, begins], high[:, ends])
        lowest = np.minimum(low[:, begins], low[:, ends])
        level = cells[:, begins]
        off = (np.abs(highest - level) > tolerance_kg) | (np.abs(lowest - level) > tolerance_kg)
        still[begins[off.any(axis=0)]] = False
        high = np.maximum(high[:, : -(2**power)], high[:, 2**power :])
        low = np.minimum(low[:, : -(2**power)], low[:, 2**power :])
    return still


def _held(cells: Floats, start: int, stop: int, tolerance_kg: float) -> int:
    """One past the last sample up to which no leg moved off by more than the tolerance."""
    width = 64
    while start + 1 < stop:
        end = min(start + width, stop)
        moved = (np.abs(cells[:, start:end] - cells[:, start : start + 1]) > tolerance_kg).any(axis=0)
        if moved.any():
            return start + int(np.argmax(moved))
        if end == stop:
            return stop
        width *= 4
    return stop
