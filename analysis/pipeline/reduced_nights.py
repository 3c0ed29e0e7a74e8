"""What beds' nights are reduced from, and which are to be reduced anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.pipeline.fingerprints import (
    APART,
    METHOD_VERSION,
    Int64,
    Trail,
    Trails,
    UInt64,
    mixed,
    salt,
    signed,
    whole_hours,
)
from analysis.pipeline.months import BED_MARGIN_US
from analysis.series import Times
from pilots.records import Device
from store import EpochBlock, EpochIndex

NO_BLOCKS = EpochIndex(*(np.empty(0, np.int64) for _ in range(2)))


@dataclass(frozen=True, slots=True)
class Blocks:
    """A bed's first morning and nights (w,): what the epochs of each would be made from, and which are
    `stale`, to be reduced anew."""

    wanted: Int64
    stale: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ReducedNights:
    """The first morning and the nights, which start at `start` (w,), of beds by number (b,): what the epochs
    of each would be made from, and which are `stale`, both (b, w), and the same with those lost, purged
    before they were reduced, as `trails` over the places of the nights."""

    start: Times
    wanted: Int64
    stale: NDArray[np.bool_]
    trails: Trails
    index: Mapping[str, EpochIndex]

    @classmethod
    def of(
        cls,
        beds: Sequence[Device],
        start: Times,
        end: Times,
        hours: Trails,
        until: int,
        index: Mapping[str, EpochIndex],
    ) -> "ReducedNights":
        """Of nights [start, end) µs UTC (w,), from the beds' `hours` up to `until`, and the `index` of what
        is stored."""
        names = [bed.device for bed in beds]
        first, past = whole_hours(start - BED_MARGIN_US, np.minimum(end + BED_MARGIN_US, until))
        salts = [[salt(METHOD_VERSION, "epochs", bed.device, bed.interval_s)] for bed in beds]
        rests_on = np.array(salts, np.uint64).reshape(-1, 1)
        prints, purged = hours.between(names, first, past)
        heard = hours.any_between(names, first, past)
        made_from = signed(mixed(mixed(start, end, rests_on) + mixed(prints)))
        wanted = np.where(heard, made_from, 0)
        kept, there = _stored(names, start, index)
        # Of a night whose readings have been purged, what was made before stands.
        wanted = np.where(purged & there, kept, wanted)
        stale = heard & ~purged & ~(there & (kept == wanted))
        places = APART * np.arange(len(names))[:, None] + np.arange(len(start))
        trail = Trail.over(places.ravel(), mixed(wanted.ravel()), (purged & ~there).ravel())
        return cls(
            start, wanted, stale, Trails({name: each for each, name in enumerate(names)}, trail), index
        )

    def between(self, beds: Sequence[str], start: Times, end: Times) -> tuple[UInt64, NDArray[np.bool_]]:
        """Of each bed (d,) the fingerprint of what is reduced with the times from `start` to `end`, (d, w),
        and whether some of it is lost."""
        # What is earlier than the first morning is reduced with it.
        first = np.maximum(np.searchsorted(self.start, start, side="right") - 1, 0)
        return self.trails.between(beds, first, np.searchsorted(self.start, end))

    def blocks(self, bed: str) -> Blocks:
        """Of one bed."""
        number = self.trails.numbers[bed]
        return Blocks(self.wanted[number], self.stale[number])

    def knows(self, bed: str, stored: Sequence[EpochBlock]) -> bool:
        """Whether all of these epochs of the bed are as they were found, or as they would be made now."""
        start = np.array([block.start for block in stored], np.int64)
        made_from = np.array([block.fingerprint for block in stored], np.int64)
        index = self.index.get(bed, NO_BLOCKS)
        found = _stands(start, made_from, index.start, index.fingerprint)
        return bool((found | _stands(start, made_from, self.start, self.blocks(bed).wanted)).all())


def _stands(at: Times, value: Int64, keys: Int64, values: Int64) -> NDArray[np.bool_]:
    """Whether each `value` (n,) is that of its key `at` (n,), among those of ascending keys (k,)."""
    place = np.searchsorted(keys, at)
    within = place < len(keys)
    place = place[within]
    within[within] = (keys[place] == at[within]) & (values[place] == value[within])
    return within


def _stored(
    names: Sequence[str], start: Times, index: Mapping[str, EpochIndex]
) -> tuple[Int64, NDArray[np.bool_]]:
    """Of the beds' nights that start then: the fingerprints stored, 0 where there is none, and which are
    there."""
    kept = np.zeros((len(names), len(start)), np.int64)
    there = np.zeros(kept.shape, np.bool_)
    for number, name in enumerate(names):
        blocks = index.get(name, NO_BLOCKS)
        at = np.searchsorted(blocks.start, start)
        within = at < len(blocks.start)
        within[within] = blocks.start[at[within]] == start[within]
        kept[number, within] = blocks.fingerprint[at[within]]
        there[number] = within
    return kept, there
