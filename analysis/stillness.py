"""Stretches in which nobody moves: where a bed can be weighed, and how noisy its cells are."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.occupancy import IN_BED, Occupancy, settled_stays
from analysis.reduction import median
from analysis.series import SECOND_US, Floats, Times, blocks, run_lengths

SAMPLES_A_WINDOW = 6
"""Fewer samples say nothing about whether a stretch is still or noisy."""

WORTH_SKIPPING = 20_000
"""Samples out of bed that take longer to go over than to begin anew after them."""


@dataclass(frozen=True, slots=True)
class StaticWindows:
    """Still stretches of one window each: their middle (k,) µs UTC, ascending, and mean load in kg."""

    time: Times
    width_us: int
    kg: Floats

    def within(self, start: int, end: int) -> "StaticWindows":
        """The windows whose middle lies in [start, end)."""
        part = slice(*self.time.searchsorted((start, end)).tolist())
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
    start, first, past = _windows_of_stays(occupancy, settle, width)
    if len(first) == 0:
        return StaticWindows(np.empty(0, np.int64), width, np.empty(0, np.float64))
    wanted = np.zeros(int(past[-1]), np.bool_)
    for opens, closes in zip(first.tolist(), past.tolist(), strict=True):
        wanted[opens:closes] = True
    still, kg = np.zeros(len(wanted), np.bool_), np.empty(len(wanted))
    expected = width / (interval_s * SECOND_US)
    far = np.flatnonzero((first[1:] - past[:-1]) * expected > WORTH_SKIPPING)
    stretches = zip(first[np.append(0, far + 1)].tolist(), past[np.append(far, -1)].tolist(), strict=True)
    with np.errstate(invalid="ignore"):
        for opens, closes in stretches:
            samples = blocks(time, total, start + opens * width, start + closes * width, width)
            range_kg = samples.high - samples.low
            still[opens:closes] = (range_kg <= max(tolerance, 5 * noise)) & (samples.count >= 0.7 * expected)
            kg[opens:closes] = samples.mean
    runs = run_lengths(still & wanted)
    long_enough = runs.value & (runs.length * width >= at_least * SECOND_US)
    chosen = np.flatnonzero(np.repeat(long_enough, runs.length))
    middle = width * chosen
    middle += start + width // 2
    return StaticWindows(middle, width, kg[chosen])


def _windows_of_stays(
    occupancy: Occupancy, settle: float, width: int
) -> tuple[int, NDArray[np.int64], NDArray[np.int64]]:
    """When the first stay begins, and of windows from then on the first and one past the last (k,) that lie
    wholly in each settled stay."""
    start = int(occupancy.start[np.argmax(occupancy.state == IN_BED)]) if len(occupancy.start) else 0
    opens, closes = settled_stays(occupancy, settle)
    since = int(occupancy.start[0]) - start if len(occupancy.start) else 0
    first = -(-(opens * occupancy.width_us + since) // width)
    past = (closes * occupancy.width_us + since) // width
    some = past > first
    return start, first[some], past[some]
