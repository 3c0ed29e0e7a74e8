"""A bed's day reduced: what is needed of it for every figure, at a hundredth of its readings.

The reduction is made once for each night, noon to noon (`analysis.bed_reduction`), and kept; figures are
then made from it.
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
class BedEpochs:
    """One bed over [start, end) µs UTC.

    `seen` (g, 2) µs UTC are the stretches that samples cover. `since` (k,) µs UTC opens each stretch of
    one `state` (k,) int8: `IN_BED`, `OUT` or `UNKNOWN`; the last one holds until `end`. `away` (e, 2) µs UTC
    are the absences of half a minute and more, from leaving the bed until back in it.

    `samples` (m,) counts samples a minute; `moving` (m,) int8 is `MOVED` or `STILL` in minutes wholly in
    bed, else `NOT_KNOWN`; `in_bed` (m,) is the share of each minute in bed, NaN where some of it is not
    known.

    `still_at` (s,) µs UTC and `still_kg` (s,) are still windows in bed of `still_us` and the net weight in
    them, NaN where the empty bed was never seen. `turned_at` (t,) µs UTC are turns in bed, where
    `turns_known` says that the bed can tell. `late_s` and `clock_s` are those of the whole block
    (`analysis.lateness`), of several blocks the ones farthest off; NaN where there is nothing to tell from.
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
    still_us: int
    still_at: Times
    still_kg: Float32
    turns_known: bool
    turned_at: Times
    late_s: float
    clock_s: float

    @property
    def minute(self) -> Times:
        """The start of each minute (m,), µs UTC: whole minutes of the clock."""
        return _next_minute(self.start) + MINUTE_US * np.arange(len(self.moving), dtype=np.int64)

    @property
    def until(self) -> Times:
        """The end of each stretch (k,), µs UTC."""
        return np.append(self.since[1:], self.end)[: len(self.since)].astype(np.int64)

    def within(self, start: int, end: int) -> "BedEpochs":
        """The part in [start, end): minutes wholly in it, stretches cut to it."""
        start, end = max(start, self.start), min(end, self.end)
        if end <= start:
            return nothing_of(start)
        if (start, end) == (self.start, self.end):
            return self
        opened = _next_minute(self.start)
        first, past = (_next_minute(start) - opened) // MINUTE_US, (end - opened) // MINUTE_US
        seen = np.clip(self.seen, start, end)
        opens = max(int(np.searchsorted(self.since, start, side="right")) - 1, 0)
        here = slice(opens, int(np.searchsorted(self.since, end)))
        still = slice(*np.searchsorted(self.still_at, (start, end)).tolist())
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
            self.still_us,
            self.still_at[still],
            self.still_kg[still],
            self.turns_known,
            self.turned_at[slice(*np.searchsorted(self.turned_at, (start, end)).tolist())],
            self.late_s,
            self.clock_s,
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
        still_us=0,
        still_at=none,
        still_kg=np.empty(0, np.float32),
        turns_known=False,
        turned_at=none,
        late_s=float("nan"),
        clock_s=float("nan"),
    )


def _next_minute(time_us: int) -> int:
    return -(-time_us // MINUTE_US) * MINUTE_US


def joined(parts: Sequence[BedEpochs], start: int, end: int) -> BedEpochs:
    """Epochs of one bed over [start, end) µs UTC, from ascending parts of it; what none holds is unknown."""
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
        seen=np.concatenate([none.seen, *(part.seen for part in inside)]),
        since=opens[runs.first],
        state=runs.value,
        away=np.concatenate([none.away, *(part.away for part in inside)]),
        samples=samples,
        moving=moving,
        in_bed=in_bed,
        still_us=max((part.still_us for part in inside), default=0),
        still_at=np.concatenate([none.still_at, *(part.still_at for part in inside)]),
        still_kg=np.concatenate([none.still_kg, *(part.still_kg for part in inside)]),
        turns_known=any(part.turns_known for part in inside),
        turned_at=np.concatenate([none.turned_at, *(part.turned_at for part in inside)]),
        late_s=_farthest([part.late_s for part in inside]),
        clock_s=_farthest([part.clock_s for part in inside]),
    )


def _farthest(seconds: Sequence[float]) -> float:
    return max((each for each in seconds if not np.isnan(each)), key=abs, default=float("nan"))
