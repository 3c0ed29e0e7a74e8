"""What a person does in bed and out of it: exits, restlessness, time in bed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.occupancy import IN_BED, Occupancy, throughout
from analysis.series import HOUR_US, MINUTE_US, SECOND_US, Blocks, Times, blocks, gap_limit_us, run_lengths

PROLONGED_S = 900.0
"""A quarter of an hour is more than a visit to the toilet takes."""


@dataclass(frozen=True, slots=True)
class BedExits:
    """Times the bed was left, ascending, each (k,): when, and when the person was `back`, µs UTC.

    `returned` (k,) is False for a last exit without return in the data; `back` is then the end of the data.
    """

    left: Times
    back: Times
    returned: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.left)


@dataclass(frozen=True, slots=True)
class Restlessness:
    """Percent of the minutes in bed with movement, NaN without such minutes; `minutes` counts them."""

    percent: float
    minutes: int


def bed_exits(
    time: Times,
    in_bed: NDArray[Any],
    *,
    end: int | None = None,
    min_out: float = 30.0,
    min_in: float = 60.0,
) -> BedExits:
    """Every time the bed was left, in a series of samples (n,) at any spacing, the last one held to `end`.

    `in_bed` is boolean, or a number: above 0 in, 0 out, below 0 or NaN unknown and skipped, so that an exit
    during a gap counts once, at the first sample that finds the bed empty. Absences shorter than `min_out`
    s are no exits; then stays shorter than `min_in` s between two absences are no returns. With both 0 the
    number of exits is the number of transitions from in bed to out.
    """
    values = np.asarray(in_bed, np.float64)
    known = values >= 0
    time, state = time[known], values[known] > 0
    if end is None:
        end = int(time[-1]) if len(time) else 0
    start, inside = _without_short(*_runs(time, state), end, False, min_out)
    start, inside = _without_short(start, inside, end, True, min_in)
    stop = np.append(start[1:], end)[: len(start)]
    left = np.flatnonzero(~inside[1:]) + 1
    returned = left + 1 < len(start)
    counted = returned | (stop[left] - start[left] >= min_out * SECOND_US)
    left, returned = left[counted], returned[counted]
    return BedExits(start[left], stop[left].astype(np.int64), returned)


def _runs(time: Times, state: NDArray[np.bool_]) -> tuple[Times, NDArray[np.bool_]]:
    runs = run_lengths(state)
    return time[runs.first], runs.value


def _without_short(
    start: Times, inside: NDArray[np.bool_], end: int, value: bool, shorter_than: float
) -> tuple[Times, NDArray[np.bool_]]:
    """Runs without those of `value` under `shorter_than` s that stand between two others."""
    length = np.diff(start, append=end)
    short = (inside == value) & (length < shorter_than * SECOND_US)
    if len(short):
        short[[0, -1]] = False  # cut off by the edge of the data: how long they lasted is not known
    return _runs(start, np.where(short, not value, inside))


def exits_within(exits: BedExits, start: int, end: int) -> BedExits:
    """The exits of one night [start, end): left in it and back before it is over.

    Getting up in the morning is no exit of the night: only who returns the same night had left it.
    """
    kept = exits.returned & (exits.left >= start) & (exits.back < end)
    return BedExits(exits.left[kept], exits.back[kept], exits.returned[kept])


def prolonged_absences(exits: BedExits, *, at_least_s: float = PROLONGED_S) -> BedExits:
    """The exits after which nobody was back within `at_least_s`: candidates for an alarm.

    One without return counts when the data go on for so long.
    """
    long = exits.back - exits.left >= at_least_s * SECOND_US
    return BedExits(exits.left[long], exits.back[long], exits.returned[long])


def time_in_bed_h(occupancy: Occupancy, start: int, end: int) -> float:
    """Hours of [start, end) in bed, exits and gaps not counted."""
    opens = np.maximum(occupancy.start, start)
    closes = np.minimum(occupancy.start + occupancy.width_us, end)
    inside = np.maximum(closes - opens, 0)
    return float(inside[occupancy.state == IN_BED].sum()) / HOUR_US


@dataclass(frozen=True, slots=True)
class MovedMinutes:
    """Minutes of a grid, each (m,): where it `start`s (µs UTC), whether the person `moved` in it, and whether
    it counts: `observed`, wholly in bed and with a sample."""

    start: Times
    moved: NDArray[np.bool_]
    observed: NDArray[np.bool_]

    @property
    def share(self) -> Restlessness:
        """Percent of the observed minutes with movement."""
        minutes = int(self.observed.sum())
        percent = 100 * float((self.moved & self.observed).sum()) / minutes if minutes else float("nan")
        return Restlessness(percent, minutes)


def moved_minutes(
    time: Times,
    movement: NDArray[Any],
    occupancy: Occupancy,
    start: int,
    end: int,
    *,
    threshold: float = 0.1,
) -> MovedMinutes:
    """The minutes wholly in bed in [start, end) in which the person moved.

    `movement` (n,) is the share of a sample's interval with movement, 0 to 1, as in the `bed` stream; a
    minute counts as moved when its mean is above `threshold`: at 0.1, more than six seconds of it.
    """
    minutes = blocks(time, movement, _minute(start), end, MINUTE_US)
    with np.errstate(invalid="ignore"):
        moved = minutes.mean > threshold
    return MovedMinutes(minutes.start, moved, _observed(minutes, occupancy, start, end))


def moved_minutes_from_load(
    time: Times,
    total: NDArray[Any],
    occupancy: Occupancy,
    start: int,
    end: int,
    *,
    interval_s: float,
    at_least: float = 0.3,
) -> MovedMinutes:
    """As `moved_minutes`, for a bed without a movement signal: a minute moved when the load (n,) kg jumped.

    A jump is a difference between neighbouring samples above max(`at_least` kg, 5 × noise of such
    differences). Only movements that shift weight are seen, at 0.1 Hz only those between two samples.
    """
    finite = np.isfinite(total)
    time, total = time[finite], np.asarray(total[finite], np.float64)
    jump = np.abs(np.diff(total, prepend=total[:1]))
    apart = np.diff(time, prepend=time[:1]) > gap_limit_us(interval_s)
    jump[apart] = np.nan
    noise = 1.4826 * float(np.nanmedian(jump)) if np.isfinite(jump).any() else 0.0
    minutes = blocks(time, jump, _minute(start), end, MINUTE_US)
    with np.errstate(invalid="ignore"):
        moved = minutes.high > max(at_least, 5 * noise)
    return MovedMinutes(minutes.start, moved, _observed(minutes, occupancy, start, end))


def restlessness(
    time: Times,
    movement: NDArray[Any],
    occupancy: Occupancy,
    start: int,
    end: int,
    *,
    threshold: float = 0.1,
) -> Restlessness:
    """Share of the minutes wholly in bed in which the person moved; arguments as in `moved_minutes`."""
    return moved_minutes(time, movement, occupancy, start, end, threshold=threshold).share


def restlessness_from_load(
    time: Times,
    total: NDArray[Any],
    occupancy: Occupancy,
    start: int,
    end: int,
    *,
    interval_s: float,
    at_least: float = 0.3,
) -> Restlessness:
    """As `restlessness`, from the load; arguments as in `moved_minutes_from_load`."""
    return moved_minutes_from_load(
        time, total, occupancy, start, end, interval_s=interval_s, at_least=at_least
    ).share


def _minute(time_us: int) -> int:
    return time_us // MINUTE_US * MINUTE_US


def _observed(minutes: Blocks, occupancy: Occupancy, start: int, end: int) -> NDArray[np.bool_]:
    in_bed = throughout(occupancy.state == IN_BED, occupancy, minutes.start, MINUTE_US)
    inside = (minutes.start >= start) & (minutes.start + MINUTE_US <= end)
    return in_bed & (minutes.count > 0) & inside
