"""A bed's day reduced: what is needed of it for every figure, at a hundredth of its readings.

The reduction is made once for each night, noon to noon, and for the morning before the first
(`analysis.bed_reduction`), and kept; figures are then made from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.occupancy import UNKNOWN
from analysis.series import MINUTE_US, Times, run_lengths

Int8 = NDArray[np.int8]
Float32 = NDArray[np.float32]

MOVED, STILL, NOT_KNOWN = 1, 0, -1


@dataclass(frozen=True, slots=True)
class Reduction:
    """What holds for a stretch [start, end) µs UTC as a whole, since it was reduced at once.

    `still_us` is the length of its still windows; `turns_known` says that the bed could tell turns in it;
    `late_s` and `clock_s` are the lateness of its readings and the offset of its clock
    (`analysis.lateness`), NaN where there is nothing to tell from.
    """

    start: int
    end: int
    still_us: int
    turns_known: bool
    late_s: float
    clock_s: float


@dataclass(frozen=True, slots=True)
class BedEpochs:
    """One bed over [start, end) µs UTC.

    `seen` (g, 2) µs UTC are the stretches that samples cover. `since` (k,) µs UTC opens each stretch of
    one `state` (k,) int8: `IN_BED`, `OUT` or `UNKNOWN`; the last one holds until `end`. `away` (e, 2) µs UTC
    are the absences of half a minute and more, from leaving the bed until back in it.

    `samples` (m,) counts samples a minute; `moving` (m,) int8 is `MOVED` or `STILL` in minutes wholly in
    bed, else `NOT_KNOWN`; `in_bed` (m,) is the share of each minute in bed, NaN where some of it is not
    known.

    `still_at` (s,) µs UTC and `still_kg` (s,) are still windows in bed and the net weight in them, NaN where
    the empty bed was never seen. `turned_at` (t,) µs UTC are turns in bed. `reductions` say what holds for
    the stretches that it was made of, also of one that it has only a part of.
    """

    start: int
    end: int
    seen: Times
    since: Times
    state: Int8
    away: Times
    samples: NDArray[np.uint16]
    moving: Int8
    in_bed: Float32
    still_at: Times
    still_kg: Float32
    turned_at: Times
    reductions: tuple[Reduction, ...]

    @property
    def still_us(self) -> int:
        """The length of still windows, where they differ the longest."""
        return max((each.still_us for each in self.reductions), default=0)

    @property
    def turns_known(self) -> bool:
        """Whether turns could be told all the time."""
        return bool(self.reductions) and all(each.turns_known for each in self.reductions)

    @property
    def late_s(self) -> float:
        """The lateness of readings, of several stretches the largest."""
        return max((each.late_s for each in self.reductions if not np.isnan(each.late_s)), default=np.nan)

    @property
    def clock_s(self) -> float:
        """The offset of the clock, of several stretches the one farthest off."""
        known = [each.clock_s for each in self.reductions if not np.isnan(each.clock_s)]
        return max(known, key=abs, default=np.nan)

    @property
    def first_minute(self) -> int:
        """The start of the first minute, µs UTC: a whole minute of the clock."""
        return _next_minute(self.start)

    @property
    def minute(self) -> Times:
        """The start of each minute (m,), µs UTC."""
        return self.first_minute + MINUTE_US * np.arange(len(self.moving), dtype=np.int64)

    @property
    def until(self) -> Times:
        """The end of each stretch (k,), µs UTC."""
        return np.concatenate((self.since[1:], (self.end,)))[: len(self.since)]

    def within(self, start: int, end: int) -> "BedEpochs":
        """The part in [start, end): minutes wholly in it, stretches cut to it."""
        start, end = max(start, self.start), min(end, self.end)
        if end <= start:
            return nothing_of(start)
        if (start, end) == (self.start, self.end):
            return self
        opened = _next_minute(self.start)
        first, past = (_next_minute(start) - opened) // MINUTE_US, (end - opened) // MINUTE_US
        seen = np.minimum(np.maximum(self.seen, start), end)
        opens = max(int(self.since.searchsorted(start, side="right")) - 1, 0)
        here = slice(opens, int(self.since.searchsorted(end)))
        still = slice(*self.still_at.searchsorted((start, end)).tolist())
        return BedEpochs(
            start,
            end,
            seen[seen[:, 1] > seen[:, 0]],
            np.maximum(self.since[here], start),
            self.state[here],
            self.away[(self.away[:, 0] >= start) & (self.away[:, 1] < end)],
            self.samples[first : max(past, first)],
            self.moving[first : max(past, first)],
            self.in_bed[first : max(past, first)],
            self.still_at[still],
            self.still_kg[still],
            self.turned_at[slice(*self.turned_at.searchsorted((start, end)).tolist())],
            tuple(each for each in self.reductions if each.start < end and each.end > start),
        )


def nothing_of(start: int) -> BedEpochs:
    """The epochs of no time at all."""
    none, flags = np.empty(0, np.int64), np.empty(0, np.int8)
    return BedEpochs(
        start=start,
        end=start,
        seen=np.empty((0, 2), np.int64),
        since=none,
        state=flags,
        away=np.empty((0, 2), np.int64),
        samples=np.empty(0, np.uint16),
        moving=flags,
        in_bed=np.empty(0, np.float32),
        still_at=none,
        still_kg=np.empty(0, np.float32),
        turned_at=none,
        reductions=(),
    )


def _next_minute(time_us: int) -> int:
    return -(-time_us // MINUTE_US) * MINUTE_US


def joined(parts: Sequence[BedEpochs], start: int, end: int) -> BedEpochs:
    """Epochs of one bed over [start, end) µs UTC, from ascending parts of it; what none holds is unknown.

    An absence that reaches over the edge of a part is in no part, and so not in the whole.
    """
    inside = [part for each in parts if len((part := each.within(start, end)).moving)]
    minutes = max((end - _next_minute(start)) // MINUTE_US, 0)  # a stay may be over within a minute
    samples, moving = np.zeros(minutes, np.uint16), np.full(minutes, NOT_KNOWN, np.int8)
    in_bed = np.full(minutes, np.nan, np.float32)
    since, state = [np.array([start])], [np.array([UNKNOWN])]
    for part in inside:
        first = (_next_minute(part.start) - _next_minute(start)) // MINUTE_US
        samples[first : first + len(part.samples)] = part.samples
        moving[first : first + len(part.moving)] = part.moving
        in_bed[first : first + len(part.in_bed)] = part.in_bed
        since += [part.since, np.array([part.end])]
        state += [part.state, np.array([UNKNOWN])]
    opens, states = np.concatenate(since).astype(np.int64), np.concatenate(state).astype(np.int8)
    lasts = np.diff(opens, append=end) > 0
    opens, states = opens[lasts], states[lasts]
    runs = run_lengths(states)
    none = nothing_of(start)
    return BedEpochs(
        start=start,
        end=end,
        seen=_merged(np.concatenate([none.seen, *(part.seen for part in inside)])),
        since=opens[runs.first],
        state=runs.value,
        away=np.concatenate([none.away, *(part.away for part in inside)]),
        samples=samples,
        moving=moving,
        in_bed=in_bed,
        still_at=np.concatenate([none.still_at, *(part.still_at for part in inside)]),
        still_kg=np.concatenate([none.still_kg, *(part.still_kg for part in inside)]),
        turned_at=np.concatenate([none.turned_at, *(part.turned_at for part in inside)]),
        reductions=tuple({each.start: each for part in inside for each in part.reductions}.values()),
    )


def _merged(stretches: Times) -> Times:
    """Stretches (g, 2), ascending, with those that touch made one."""
    apart = stretches[1:, 0] > stretches[:-1, 1]
    opens, closes = np.append(True, apart), np.append(apart, True)
    return np.stack([stretches[opens[: len(stretches)], 0], stretches[closes[: len(stretches)], 1]], axis=1)
