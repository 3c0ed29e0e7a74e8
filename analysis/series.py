"""Time series as arrays: runs of equal state, blocks, gaps and coverage.

Times are int64 microseconds UTC, ascending. Nothing here interpolates: what was not measured stays NaN.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from analysis.reduction import epoch_extremes, epoch_reduce, rolling_mean, rolling_std, segment_means

__all__ = [
    "HOUR_US",
    "MINUTE_US",
    "SECOND_US",
    "Blocks",
    "Floats",
    "Intervals",
    "NightIndex",
    "Runs",
    "Times",
    "blocks",
    "coverage",
    "covered_stretches",
    "epoch_reduce",
    "gap_limit_us",
    "gap_mask",
    "neighbours_with_data",
    "night_index",
    "rolling_mean",
    "rolling_std",
    "run_lengths",
    "state_intervals",
]

Times = NDArray[np.int64]
Floats = NDArray[np.float64]

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 3600 * SECOND_US

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

GAP_INTERVALS = 3.0
"""A sample or two lost on the way is no gap: state is held over up to three expected intervals."""

GAP_AT_LEAST_S = 60.0
"""Fast sensors pause for a reconnect without anything being missed: under a minute is no gap."""


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of equal neighbours, each (k,): index of the first element, number of elements, their value."""

    first: NDArray[np.int64]
    length: NDArray[np.int64]
    value: NDArray[Any]


@dataclass(frozen=True, slots=True)
class Intervals:
    """Consecutive intervals [start, end) µs UTC with the state that held in each, each (k,)."""

    start: Times
    end: Times
    value: NDArray[Any]


@dataclass(frozen=True, slots=True)
class Blocks:
    """A signal reduced to a regular grid; every array is (n,).

    `start` µs UTC is where each block begins and `width_us` its length. `count` is the number of finite
    samples in it; `mean`, `low` and `high` are NaN where it is 0.
    """

    start: Times
    width_us: int
    count: NDArray[np.int64]
    mean: Floats
    low: Floats
    high: Floats

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True, slots=True)
class NightIndex:
    """Which night each sample belongs to: `night` (n,) is its place in the arrays of nights, each (k,).

    `label` is the local date (datetime64[D]) on which a night starts, `start` and `end` bound it in µs UTC:
    23 or 25 h apart where the clock is changed.
    """

    night: NDArray[np.int64]
    label: NDArray[np.datetime64]
    start: Times
    end: Times


def run_lengths(state: NDArray[Any]) -> Runs:
    """Runs of equal neighbours in `state` (n,); NaN never equals its neighbour."""
    if len(state) == 0:
        nothing = np.empty(0, np.int64)
        return Runs(nothing, nothing, state)
    edges = np.concatenate(((0,), (state[1:] != state[:-1]).nonzero()[0] + 1, (len(state),)))
    first = edges[:-1]
    return Runs(first, edges[1:] - first, state[first])


def state_intervals(time: Times, state: NDArray[Any], end: int) -> Intervals:
    """Intervals of constant state: a sample holds from its time until the next one, the last until `end`."""
    runs = run_lengths(state)
    start = time[runs.first]
    return Intervals(start, np.append(start[1:], end)[: len(start)].astype(np.int64), runs.value)


def gap_limit_us(interval_s: float) -> int:
    """The longest pause between samples that is not a gap: max(3 × expected interval, 60 s), in µs."""
    return round(max(GAP_INTERVALS * interval_s, GAP_AT_LEAST_S) * SECOND_US)


def gap_mask(time: Times, at: Times, interval_s: float) -> NDArray[np.bool_]:
    """Which of the instants `at` (k,) µs UTC lie in a gap of the samples at `time` (n,) ascending.

    In a gap is what lies between two samples farther apart than `gap_limit_us`, or beyond the first or last
    by more than an expected interval; an instant at which a sample stands is in none.
    """
    if len(time) == 0:
        return np.ones(len(at), np.bool_)
    interval = round(interval_s * SECOND_US)
    after = np.searchsorted(time, at)
    later, earlier = time[np.minimum(after, len(time) - 1)], time[np.maximum(after - 1, 0)]
    between = later - earlier > gap_limit_us(interval_s)
    beyond = (at < time[0] - interval) | (at > time[-1] + interval)
    in_gap: NDArray[np.bool_] = (between | beyond) & (later != at)
    return in_gap


def night_index(time: Times, *, zone: str = "Europe/Stockholm", turns_at_h: int = 12) -> NightIndex:
    """The nights of the samples at `time` (n,) µs UTC: from one local noon to the next.

    A night bears the date on which it starts, and holds a sample at the noon that opens it. Nights between
    the first and the last sample are there also when they hold none. `turns_at_h` is the local hour.
    """
    if len(time) == 0:
        nothing = np.empty(0, np.int64)
        return NightIndex(nothing, np.empty(0, "datetime64[D]"), nothing, nothing)
    local, turns = ZoneInfo(zone), time_of_day(turns_at_h)
    first, last = (_local_date(int(edge), local) for edge in (time.min(), time.max()))
    days = [first + timedelta(days=number) for number in range(-1, (last - first).days + 2)]
    bounds = np.array([_instant_us(datetime.combine(day, turns, local)) for day in days], np.int64)
    place = np.searchsorted(bounds, time, side="right") - 1
    used = slice(int(place.min()), int(place.max()) + 1)
    label = np.array(days[:-1], "datetime64[D]")
    return NightIndex(place - used.start, label[used], bounds[:-1][used], bounds[1:][used])


def _local_date(instant_us: int, zone: ZoneInfo) -> date:
    return (_EPOCH + timedelta(microseconds=instant_us)).astimezone(zone).date()


def _instant_us(local: datetime) -> int:
    return (local - _EPOCH) // timedelta(microseconds=1)


def coverage(time: Times, start: int, end: int, interval_s: float) -> float:
    """Share of [start, end) that samples at `time` (n,) cover (`covered_stretches`), 0 to 1.

    NaN for an empty window.
    """
    if end <= start:
        return float("nan")
    seen = covered_stretches(time, start, end, interval_s)
    return float((seen[:, 1] - seen[:, 0]).sum()) / (end - start)


def covered_stretches(time: Times, start: int, end: int, interval_s: float) -> Times:
    """The stretches (k, 2) µs UTC of [start, end) that samples at `time` (n,) cover, ascending, apart.

    A sample stands for the time until the next one when that is no gap (`gap_limit_us`), otherwise for
    one expected interval. What lies before the first sample counts when it is no longer than a gap.
    """
    inside = time[slice(*time.searchsorted((start, end)).tolist())]
    if len(inside) == 0:
        return np.empty((0, 2), np.int64)
    limit, interval = gap_limit_us(interval_s), round(interval_s * SECOND_US)
    following = np.concatenate((inside[1:], (end,)))
    gap = (following - inside > limit).nonzero()[0]
    opens = np.concatenate((inside[:1], following[gap]))
    closes = np.concatenate((inside[gap] + interval, (end,)))
    if int(opens[0]) - start <= limit:
        opens[0] = start
    stretches = np.array([opens, closes]).T
    return stretches[opens < closes]  # the last one is empty where a gap reaches to the end


def blocks(time: Times, value: NDArray[Any], start: int, end: int, width_us: int) -> Blocks:
    """Reduce `value` (n,) at `time` (n,) to blocks of `width_us` from `start`; the last may reach past `end`.

    Sampling may be irregular: a block holds whatever samples fall into it. NaN samples are left out.
    """
    number = max(-(-(end - start) // width_us), 0)
    grid = start + width_us * np.arange(number, dtype=np.int64)
    inside = slice(*time.searchsorted((start, end)).tolist())
    time, value = time[inside], value[inside]
    finite = np.isfinite(value)
    if not finite.all():
        time, value = time[finite], value[finite]
    if len(time) == 0:
        nothing = np.full(number, np.nan)
        return Blocks(grid, width_us, np.zeros(number, np.int64), nothing, nothing, nothing)
    block, first, per_block = _blocks_of(time, start, width_us)
    count = np.concatenate((first[1:], [len(time)]))
    count -= first
    if len(first) == len(time):
        mean = low = high = value.astype(np.float64)
    else:
        mean = segment_means(value, first)
        low, high = _extremes(value, first, per_block)
    if len(block) < number:
        count = _on_grid(count, block, np.zeros(number, np.int64))
        mean, low, high = (_on_grid(each, block, np.full(number, np.nan)) for each in (mean, low, high))
    return Blocks(grid, width_us, count, mean, low, high)


def _on_grid(values: NDArray[Any], block: NDArray[np.int64], grid: NDArray[Any]) -> NDArray[Any]:
    grid[block] = values
    return grid


def _blocks_of(time: Times, start: int, width_us: int) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """The blocks with samples (k,), the first sample of each, and how many samples each block but the first
    and last has: 0 where that differs."""
    step = int(time[1] - time[0]) if len(time) > 1 else 0
    if step > 0 and width_us % step == 0:
        # Counted out as if all came at the pace of the first two; times ascend, so the edges prove it.
        offset, per_block = int(time[0]) - start, width_us // step
        block = np.arange(offset // width_us, (int(time[-1]) - start) // width_us + 1)
        first = per_block * block
        first -= offset // step
        first[0] = 0
        if len(first) == 1:
            return block, first, per_block
        second, last = int(first[1]), int(first[-1])
        if last < len(time):
            begins = block[1:] * width_us
            begins += start
            after, before = time[second : last + 1 : per_block], time[second - 1 : last : per_block]
            if (after >= begins).all() and (before < begins).all():
                return block, first, per_block
    runs = run_lengths((time - start) // width_us)
    return runs.value, runs.first, 0


def _extremes(value: NDArray[Any], first: NDArray[np.int64], per_block: int) -> tuple[Floats, Floats]:
    """Lowest and highest (k,) of the values from each `first` to the next."""
    if per_block == 0 or len(first) < 3:
        return np.minimum.reduceat(value, first), np.maximum.reduceat(value, first)
    if first[1] == per_block and len(value) == per_block * len(first):
        return epoch_extremes(value, per_block)
    whole, edges = value[first[1] : first[-1]], (value[: first[1]], value[first[-1] :])
    low, high = np.empty(len(first)), np.empty(len(first))
    low[1:-1], high[1:-1] = epoch_extremes(whole, per_block)
    low[[0, -1]] = [edge.min() for edge in edges]
    high[[0, -1]] = [edge.max() for edge in edges]
    return low, high


def neighbours_with_data(has_data: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Index of the nearest True at or before, and at or after, each element; -1 and n where there is none."""
    number = len(has_data)
    index = np.arange(number, dtype=np.int64)
    before = np.maximum.accumulate(np.where(has_data, index, -1))
    after = np.minimum.accumulate(np.where(has_data, index, number)[::-1])[::-1]
    return before, after
