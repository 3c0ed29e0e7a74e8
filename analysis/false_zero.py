"""A scale that was zeroed with somebody in the bed, after a power cut, or to show nothing below zero."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from analysis.occupancy import IN_BED, OUT, UNKNOWN, Occupancy
from analysis.series import HOUR_US, Blocks, gap_limit_us
from analysis.stillness import SAMPLES_A_WINDOW
from analysis.tare import FAREST_TARE_KG, ZeroTrack

EVEN_FOR_US = 2 * HOUR_US
"""Nobody lies in bed for two hours without being seen to move: a bed that is even for so long is empty."""

HIDDEN_SHARE = 0.2
"""With noise of 0.1 kg a level that is cut off this often is shown 11 g too high."""


def jumps_in_silence(level: Blocks, interval_s: float) -> NDArray[np.int64]:
    """The blocks (k,) that open after a gap (`gap_limit_us`) with another load than before it.

    Another by more than `FAREST_TARE_KG`, between the medians of six blocks on either side: somebody went
    to bed or rose unseen, or the scale was zeroed anew.
    """
    heard = np.flatnonzero(level.count > 0)
    silent = np.flatnonzero(np.diff(heard) * level.width_us > gap_limit_us(interval_s))
    if len(silent) == 0:
        return silent
    load, aside = level.mean[heard], np.arange(SAMPLES_A_WINDOW)
    before = np.median(load[np.maximum(silent[:, np.newaxis] - aside, 0)], axis=1)
    after = np.median(load[np.minimum(silent[:, np.newaxis] + 1 + aside, len(load) - 1)], axis=1)
    jumped: NDArray[np.int64] = heard[silent[np.abs(after - before) > FAREST_TARE_KG] + 1]
    return jumped


def parts_of(level: Blocks, edges: NDArray[np.int64]) -> list[Blocks]:
    """The blocks before, between and from each of `edges` (k,) on, k + 1 parts."""
    parts = []
    for first, past in pairwise([0, *edges.tolist(), len(level)]):
        part = slice(first, past)
        parts.append(
            Blocks(
                level.start[part],
                level.width_us,
                level.count[part],
                level.mean[part],
                level.low[part],
                level.high[part],
            )
        )
    return parts


def seen_empty(occupancy: Occupancy, track: ZeroTrack) -> tuple[Occupancy, ZeroTrack]:
    """One part of a bed as it was told, or all of it `UNKNOWN` where nobody can say that it was empty.

    A part in which nobody was found in bed may be one in which somebody lay all the time: it is empty when
    it stayed so for `EVEN_FOR_US`.
    """
    out = np.count_nonzero(occupancy.state == OUT) * occupancy.width_us
    if (occupancy.state == IN_BED).any() or out >= EVEN_FOR_US:
        return occupancy, track
    nobody_knows = np.full(len(occupancy.state), UNKNOWN, np.int8)
    nowhere = ZeroTrack(track.time[:0], track.kg[:0], track.spread_kg)
    return Occupancy(occupancy.start, occupancy.width_us, nobody_knows), nowhere


def joined(parts: Sequence[tuple[Blocks, Occupancy, ZeroTrack]]) -> tuple[Occupancy, ZeroTrack]:
    """Consecutive parts of a bed as one. Their tares meet in a step where they are no drift of each other.

    A part without a tare has NaN throughout.
    """
    time: list[int] = []
    kg: list[float] = []
    for level, _, track in parts:
        first, last = int(level.start[0]), int(level.start[-1])
        at, tare = (
            (track.time.tolist(), track.kg.tolist()) if len(track.time) else ([first, last], [np.nan] * 2)
        )
        if kg and not abs(tare[0] - kg[-1]) <= FAREST_TARE_KG:
            time += [first - 1, first]
            kg += [kg[-1], tare[0]]
        time += at
        kg += tare
    spread = max(track.spread_kg for _, _, track in parts)
    start = np.concatenate([occupancy.start for _, occupancy, _ in parts])
    state = np.concatenate([occupancy.state for _, occupancy, _ in parts])
    width_us = parts[0][1].width_us
    return Occupancy(start, width_us, state), ZeroTrack(np.array(time, np.int64), np.array(kg), spread)


def hides_below_zero(level: Blocks, occupancy: Occupancy) -> bool:
    """Whether the empty bed shows exactly 0 kg for `HIDDEN_SHARE` of its time, and nothing is ever below.

    How far below zero such a bed lies cannot be known.
    """
    empty = level.low[(occupancy.state == OUT) & (level.count > 0)]
    if len(empty) == 0 or not np.count_nonzero(empty == 0) > HIDDEN_SHARE * len(empty):
        return False
    return bool(np.nanmin(level.low) >= 0)
