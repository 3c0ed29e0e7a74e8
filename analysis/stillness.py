"""Stretches in which nobody moves: where a bed can be weighed, and how noisy its cells are."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.occupancy import IN_BED, Occupancy, settled_in_bed, throughout
from analysis.reduction import median
from analysis.series import SECOND_US, Floats, Times, blocks, run_lengths

SAMPLES_A_WINDOW = 6
"""Fewer samples say nothing about whether a stretch is still or noisy."""


@dataclass(frozen=True, slots=True)
class StaticWindows:
    """Still stretches of one window each: their middle (k,) µs UTC, ascending, and mean load in kg."""

    time: Times
    width_us: int
    kg: Floats

    def within(self, start: int, end: int) -> "StaticWindows":
        """The windows whose middle lies in [start, end)."""
        part = slice(*np.searchsorted(self.time, [start, end]))
        return StaticWindows(self.time[part], self.width_us, self.kg[part])


def window_width_us(at_least_s: float, interval_s: float) -> int:
    """Width of a window for stillness and noise: the larger of `at_least_s` and six samples, in µs."""
    return round(max(at_least_s, SAMPLES_A_WINDOW * interval_s) * SECOND_US)


def noise_kg(level: Floats) -> float:
    """Sensor noise (SD, kg) from differences of neighbours, robust to steps; 0 with fewer than two values."""
    steps = np.abs(np.diff(level[np.isfinite(level)]))
    return median(steps) * 1.4826 / np.sqrt(2) if len(steps) else 0.0


def static_windows(
    time: Times,
    total: NDArray[Any],
    occupancy: Occupancy,
    *,
    interval_s: float,
    window: float = 30.0,
    tolerance: float = 0.5,
    at_least: float = 60.0,
    settle: float = 60.0,
    noise: float | None = None,
) -> StaticWindows:
    """Windows in bed in which the load (n,) kg stays within `tolerance`: nobody moves.

    A window is the larger of `window` s and six samples; neighbours together must last `at_least` s. The
    tolerance is at least five times the `noise` (SD, kg), which is estimated from the load where it is
    not given. The first `settle` s after getting in are left out, since load cells creep.
    """
    width = window_width_us(window, interval_s)
    noise = noise_kg(total) if noise is None else noise
    if len(occupancy.start) == 0:
        return StaticWindows(np.empty(0, np.int64), width, np.empty(0, np.float64))
    in_bed = occupancy.state == IN_BED
    where = np.flatnonzero(in_bed)
    if len(where) == 0:
        return StaticWindows(np.empty(0, np.int64), width, np.empty(0, np.float64))
    start = int(occupancy.start[where[0]])
    end = int(occupancy.start[where[-1]]) + occupancy.width_us
    samples = blocks(time, total, start, end, width)
    expected = width / (interval_s * SECOND_US)
    still = samples.count >= 0.7 * expected
    with np.errstate(invalid="ignore"):
        still &= samples.high - samples.low <= max(tolerance, 5 * noise)
    still &= throughout(settled_in_bed(occupancy, settle), occupancy, samples.start, width)
    runs = run_lengths(still)
    long_enough = runs.value & (runs.length * width >= at_least * SECOND_US)
    chosen = np.repeat(long_enough, runs.length)
    return StaticWindows(samples.start[chosen] + width // 2, width, samples.mean[chosen])
