"""What a bed's scale does wrong by itself: drift, a false zero, whole kilograms, a value that sticks."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from simulators.draws import fault_draws
from simulators.faults.names import Fault, Faults
from simulators.timing import HOUR, MINUTE, wall_clock

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]
GrossKg = Callable[[int], float]
"""What lies on the scale at an instant (µs UTC), frame included, without noise."""

DAY = 24 * HOUR

SWING_KG = 0.3, 0.8
CREEP_KG_A_DAY = 0.04
POWER_LOSS_SHARE = 1 / 7
STUCK_SHARE = 0.25

LOWEST_KG = -50.0
"""A scale zeroed with somebody in the bed shows less without them: a message that ingest refuses whole."""


def drift_kg(seed: int, resident: int, start: int, time: Int64) -> Float64:
    """Drift at each `time` (n,) of a story that starts at `start`: the day's warmth, and floor and frame."""
    rng = fault_draws(seed, Fault.TARE_DRIFT, resident)
    swing, phase = rng.uniform(*SWING_KG), rng.uniform(0.0, 2.0 * np.pi)
    days = (time - start) / DAY
    drift: Float64 = swing * np.sin(2.0 * np.pi * days + phase) + CREEP_KG_A_DAY * days
    return drift


def power_losses(seed: int, resident: int, first: date, day: date, zone: ZoneInfo) -> list[tuple[int, int]]:
    """When the power went and came back (µs UTC), from the story's `first` day to `day`, ascending."""
    losses: list[tuple[int, int]] = []
    for back in range((day - first).days, -1, -1):
        of = day - timedelta(days=back)
        happens, when, lasts = fault_draws(seed, Fault.RE_TARE, resident, of).random(3)
        if happens < POWER_LOSS_SHARE:
            gone = wall_clock(of, 0.0, zone) + round(when * 23 * HOUR)
            losses.append((gone, gone + round((2.0 + 38.0 * lasts) * MINUTE)))
    return losses


def excess_kg(seed: int, resident: int) -> float:
    """What lay on the bed too much when a scale that shows nothing below zero was zeroed."""
    return float(fault_draws(seed, Fault.NEGATIVE_CLAMP, resident).uniform(0.2, 1.2))


def shown_kg(
    faults: Faults,
    load: Float64,
    time: Int64,
    *,
    gross: GrossKg,
    installed: float,
    losses: list[tuple[int, int]],
) -> Float64:
    """What a scale shows for `load` (n,) at `time` (n,); NaN while its power is gone, and below `LOWEST_KG`.

    `installed` is the zero it was given on the first day, if it was given one. After each of `losses`
    what lies there is the zero.
    """
    zero = np.full(len(time), installed)
    dark = np.zeros(len(time), dtype=np.bool_)
    for index, (gone, back) in enumerate(losses):
        until = losses[index + 1][1] if index + 1 < len(losses) else int(time[-1]) + 1
        if until > time[0]:
            zero[time >= back] = gross(back)
        dark |= (time >= gone) & (time < back)
    shown = load - zero
    if Fault.NEGATIVE_CLAMP in faults:
        shown = np.maximum(shown, 0.0)
    if Fault.RESOLUTION_1KG in faults:
        shown = np.rint(shown)
    return np.where(dark | (shown < LOWEST_KG), np.nan, shown)


def stuck_stretches(
    seed: int, resident: int, day: date, zone: ZoneInfo
) -> Iterator[tuple[int, int, np.random.Generator]]:
    """When values stick that may last into `day`, [start, end) µs UTC, each with draws of its own."""
    for of in (day - timedelta(days=1), day):
        rng = fault_draws(seed, Fault.STUCK_VALUE, resident, of)
        happens, when, lasts = rng.random(3)
        if happens < STUCK_SHARE:
            start = wall_clock(of, 0.0, zone) + round(when * 23 * HOUR)
            yield start, start + round((3.0 + 11.0 * lasts) * HOUR), rng
