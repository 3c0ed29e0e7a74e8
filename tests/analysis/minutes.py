"""Epochs of a bed written down minute by minute, for known answers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.epochs import MOVED, NOT_KNOWN, STILL, BedEpochs, Reduction
from analysis.movement import bed_exits, exits_within
from analysis.occupancy import IN_BED, OUT, UNKNOWN
from analysis.series import MINUTE_US, run_lengths

QUIET, RESTLESS, UP, SILENT, LYING = range(5)
"""A minute in bed still, in bed moving, out of bed, with nothing heard, in bed with movement not told."""

_STATE = np.array([IN_BED, IN_BED, OUT, UNKNOWN, IN_BED], np.int8)
_MOVING = np.array([STILL, MOVED, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN], np.int8)
_IN_BED = np.array([1, 1, 0, np.nan, 1], np.float32)


def minutes(*parts: tuple[float, int]) -> NDArray[np.int64]:
    """Minutes that follow each other: so many hours of each kind."""
    return np.concatenate([np.full(round(hours * 60), kind) for hours, kind in parts])


def bed_of(
    start: int,
    kinds: NDArray[np.int64],
    *,
    turned_at: Sequence[int] | None = None,
    late_s: float = 2.0,
    clock_s: float = 1.0,
    per_minute: int = 6,
) -> BedEpochs:
    """The epochs of a bed from `start` µs UTC on; with `turned_at` it is one that can tell turns."""
    end = start + len(kinds) * MINUTE_US
    state = run_lengths(_STATE[kinds])
    since = start + state.first * MINUTE_US
    exits = exits_within(bed_exits(since, state.value, end=end), start, end)
    heard = run_lengths(kinds != SILENT)
    seen = np.stack([heard.first, heard.first + heard.length], axis=1)[heard.value]
    return BedEpochs(
        start=start,
        end=end,
        seen=start + seen * MINUTE_US,
        since=since,
        state=state.value,
        away=np.stack([exits.left, exits.back], axis=1),
        samples=np.where(kinds != SILENT, per_minute, 0).astype(np.uint16),
        moving=_MOVING[kinds],
        in_bed=_IN_BED[kinds],
        still_at=np.empty(0, np.int64),
        still_kg=np.empty(0, np.float32),
        turned_at=np.array(turned_at or [], np.int64),
        reductions=(Reduction(start, end, 60_000_000, turned_at is not None, late_s, clock_s),),
    )
