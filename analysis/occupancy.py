"""In bed, out of it, or not known: a person's state on a regular grid of blocks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.series import SECOND_US, Blocks, Times, gap_limit_us, neighbours_with_data, run_lengths

States = NDArray[np.int8]

IN_BED, OUT, UNKNOWN = 1, 0, -1


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Who is in bed on a regular grid: `state` (n,) int8 is `IN_BED`, `OUT` or `UNKNOWN` (a gap).

    `start` (n,) µs UTC opens each block of `width_us`; a state holds for the whole block.
    """

    start: Times
    width_us: int
    state: States

    @property
    def end(self) -> int:
        return int(self.start[-1]) + self.width_us if len(self.start) else 0


def in_gap(level: Blocks, interval_s: float) -> NDArray[np.bool_]:
    """Blocks (n,) without a sample that lie in a gap, or beyond the first or last sample."""
    has_data = level.count > 0
    if has_data.all():
        return ~has_data
    before, after = neighbours_with_data(has_data)
    pause = (after - before) * level.width_us
    gap: NDArray[np.bool_] = (pause > gap_limit_us(interval_s)) | (before < 0) | (after == len(has_data))
    return gap & ~has_data


def take_back(state: States, value: int, *, shorter_than: float) -> States:
    """Turn runs of `value` under `shorter_than` blocks into the other state where it stands on both sides."""
    runs = run_lengths(state)
    other = IN_BED if value == OUT else OUT
    between = np.zeros(len(runs.value), np.bool_)
    between[1:-1] = (runs.value[:-2] == other) & (runs.value[2:] == other)
    short = (runs.value == value) & (runs.length < shorter_than) & between
    if not short.any():
        return state
    return np.repeat(np.where(short, other, runs.value), runs.length).astype(np.int8)


def settled_stays(occupancy: Occupancy, settle: float = 60.0) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first and one past the last block (k,) of each stay in bed, less its first `settle` s.

    Of a stay that the record begins with nothing is left out; one too short to settle is empty.
    """
    runs = run_lengths(occupancy.state)
    stays = np.flatnonzero(runs.value == IN_BED)
    first, past = runs.first[stays], runs.first[stays] + runs.length[stays]
    skip = -(-round(settle * SECOND_US) // occupancy.width_us)
    return np.where(first > 0, np.minimum(first + skip, past), first), past


def settled_in_bed(occupancy: Occupancy, settle: float = 60.0) -> NDArray[np.bool_]:
    """Blocks (n,) in bed, without the first `settle` s of each stay."""
    settled = np.zeros(len(occupancy.state), np.bool_)
    for first, past in zip(*settled_stays(occupancy, settle), strict=True):
        settled[first:past] = True
    return settled


def throughout(
    mask: NDArray[np.bool_], occupancy: Occupancy, start: Times, width_us: int
) -> NDArray[np.bool_]:
    """Whether `mask` (n,) on the blocks of `occupancy` holds throughout each [start, start + width).

    `start` (k,) µs UTC; False for what reaches outside the blocks.
    """
    if len(mask) == 0:
        return np.zeros(len(start), np.bool_)
    origin = int(occupancy.start[0])
    before = np.concatenate(([0], np.cumsum(mask)))
    first = (start - origin) // occupancy.width_us
    past = -(-(start + width_us - origin) // occupancy.width_us)
    inside = (first >= 0) & (past <= len(mask))
    first, past = np.clip(first, 0, len(mask)), np.clip(past, 0, len(mask))
    wholly: NDArray[np.bool_] = inside & (before[past] - before[first] == past - first)
    return wholly
