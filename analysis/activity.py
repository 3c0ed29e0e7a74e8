"""How much a person moves in bed, told by how the load shifts: minute by minute, movement by movement."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.intervals import poisson_rate_ci
from analysis.occupancy import IN_BED, Occupancy, settled_in_bed
from analysis.series import HOUR_US, SECOND_US, Floats, Times, gap_limit_us

LEAST_JUMP_KG = 0.3
"""Breathing moves the load by up to 0.3 kg without anybody moving."""

NOISES = 5.0
"""At five times the noise one sample in a million jumps without anybody moving."""

MERGE_S = 15.0
SHORTEST_S = 2.0

STEPS_AT_A_TIME = 65_536
"""Few enough to stay in the processor's cache with what is made of them."""

FEWEST_STEPS = 0.70
"""An epoch of which less was seen says nothing of its rest."""


@dataclass(frozen=True, slots=True)
class Activity:
    """Activity index of epochs, (k,): `kg_per_min` of load shifted, from `steps` (k,) between samples.

    NaN where fewer than the required share of an epoch's steps was in bed and measured.
    """

    kg_per_min: Floats
    steps: NDArray[np.int64]
    interval_s: float
    epoch_s: float

    def percent_per_min(self, weight_kg: float) -> Floats:
        """The activity (k,) as percent of the person's weight a minute, comparable between people."""
        return 100 * self.kg_per_min / weight_kg


@dataclass(frozen=True, slots=True)
class MovementBouts:
    """Movements in bed, each (k,): from `start` to `end` µs UTC, and how much load was `shifted_kg` in all.

    `per_hour` in bed with the exact Poisson interval of `method`, from `hours` observed; NaN without any.
    `threshold_kg` is the jump from which a movement was taken to be one.
    """

    start: Times
    end: Times
    shifted_kg: Floats
    per_hour: float
    ci_low: float
    ci_high: float
    hours: float
    threshold_kg: float
    method: str = "Garwood, movements as independent"

    def __len__(self) -> int:
        return len(self.start)


def activity_index(
    load: NDArray[Any],
    in_bed: NDArray[np.bool_],
    *,
    interval_s: float,
    epoch_s: float = 60.0,
    fewest_steps: float = FEWEST_STEPS,
) -> Activity:
    """Sum of |step| of the load per epoch, in kg a minute observed.

    `load` kg is (n,) in all, or (legs, n), whose steps are added up so that a shift from leg to leg counts;
    samples `interval_s` apart, a NaN where one is missing. `in_bed` (n,) is to leave out getting in and out
    (`settled_in_bed`): a step counts when both its samples are in bed and there. Sums are taken in the
    precision of the load. What is left after the last whole epoch is not used. At 1 Hz only movements that
    shift weight are seen. ValueError for shapes that do not fit, or an epoch under one interval.
    """
    legs = load[None, :] if load.ndim == 1 else load
    if legs.ndim != 2 or legs.shape[1] != len(in_bed):
        raise ValueError(f"load {load.shape} and in_bed {in_bed.shape} do not fit: load is (n,) or (legs, n)")
    per_epoch = round(epoch_s / interval_s)
    if per_epoch < 1:
        raise ValueError(f"epoch_s {epoch_s} is under interval_s {interval_s}: take a longer epoch")
    number = legs.shape[1] // per_epoch
    shifted, steps = np.zeros(number), np.zeros(number, np.int64)
    at_a_time = max(STEPS_AT_A_TIME // per_epoch, 1)
    # The record's first sample has no step into it: its epoch is taken by itself.
    firsts = [0, *range(1, number, at_a_time)] if number else []
    for first, past in zip(firsts, [*firsts, number][1:], strict=True):
        opens, closes = max(first * per_epoch - 1, 0), past * per_epoch
        lies = in_bed[opens:closes]
        if not lies.any():
            continue
        step = _steps(legs[:, opens:closes])
        total = _per_epoch(step, past - first, per_epoch)
        if lies.all() and not np.isnan(total).any():
            shifted[first:past], steps[first:past] = total, len(step) // (past - first)
            continue
        seen = lies[1:] & lies[:-1] & ~np.isnan(step)
        shifted[first:past] = _per_epoch(np.where(seen, step, 0), past - first, per_epoch)
        steps[first:past] = _per_epoch(seen.astype(np.float32), past - first, per_epoch)
    shifted[steps < max(fewest_steps * per_epoch, 1)] = np.nan
    shifted /= np.maximum(steps, 1)
    shifted *= 60 / interval_s
    return Activity(shifted, steps, interval_s, per_epoch * interval_s)


def movement_bouts(
    time: Times,
    total: NDArray[Any],
    occupancy: Occupancy,
    start: int,
    end: int,
    *,
    interval_s: float,
    at_least: float = LEAST_JUMP_KG,
    noises: float = NOISES,
    merge_s: float = MERGE_S,
    shortest_s: float = SHORTEST_S,
    settle_s: float = 60.0,
) -> MovementBouts:
    """Movements in bed in [start, end) µs UTC: stretches of jumps of the load (n,) kg.

    A jump is a step between neighbouring samples above max(`at_least` kg, `noises` × noise), noise being
    1.4826 · median |step|. Jumps up to `merge_s` apart are one movement, from the sample before its first
    jump to its last; one shorter than `shortest_s` is none. The first `settle_s` in bed and the occupancy
    blocks beside an absence or a gap are left out. NaN samples are left out; a step over a gap is none.
    """
    finite = np.isfinite(total) & (time >= start) & (time < end)
    time, load = time[finite], np.asarray(total[finite], np.float64)
    lies = _deep_in_bed(time, occupancy, settle_s)
    pause = np.diff(time)
    seen = lies[1:] & lies[:-1] & (pause <= gap_limit_us(interval_s))
    step = np.where(seen, np.abs(np.diff(load)), 0.0)
    noise = 1.4826 * float(np.median(step[seen])) if seen.any() else 0.0
    threshold = max(at_least, noises * noise)
    jump = np.flatnonzero(step > threshold)
    opens, closes = time[jump], time[jump + 1]
    apart = np.flatnonzero(opens[1:] - closes[:-1] > merge_s * SECOND_US) + 1
    edges = np.concatenate(([0], apart)).astype(np.int64)[: len(jump)]
    began, ended = opens[edges], closes[np.append(edges[1:], len(jump))[: len(edges)] - 1]
    shifted = np.add.reduceat(step[jump], edges) if len(jump) else np.empty(0)
    lasting = ended - began >= shortest_s * SECOND_US
    hours = float(pause[seen].sum()) / HOUR_US
    number = int(lasting.sum())
    low, high = poisson_rate_ci(number, hours)
    per_hour = number / hours if hours > 0 else float("nan")
    return MovementBouts(
        began[lasting], ended[lasting], shifted[lasting], per_hour, low, high, hours, threshold
    )


def _per_epoch(step: NDArray[Any], number: int, per_epoch: int) -> NDArray[Any]:
    if len(step) < number * per_epoch:
        return np.asarray(step.sum(keepdims=True))
    return np.asarray(np.einsum("ij->i", step.reshape(number, per_epoch)))


def _steps(legs: NDArray[Any]) -> NDArray[Any]:
    step = np.asarray(legs[0, 1:] - legs[0, :-1])
    np.abs(step, out=step)
    for leg in legs[1:]:
        step += np.abs(leg[1:] - leg[:-1])
    return step


def _deep_in_bed(time: Times, occupancy: Occupancy, settle_s: float) -> NDArray[np.bool_]:
    """Samples (n,) in bed, away from getting in and out."""
    if len(occupancy.state) == 0:
        return np.zeros(len(time), np.bool_)
    lies = occupancy.state == IN_BED
    deep = settled_in_bed(occupancy, settle_s)
    deep[:-1] &= lies[1:]
    deep[1:] &= lies[:-1]
    block = (time - int(occupancy.start[0])) // occupancy.width_us
    inside = (block >= 0) & (block < len(deep))
    found: NDArray[np.bool_] = inside & deep[np.clip(block, 0, len(deep) - 1)]
    return found
