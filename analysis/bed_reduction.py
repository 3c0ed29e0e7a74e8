"""From a bed's readings to its epochs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.epochs import MOVED, NOT_KNOWN, STILL, BedEpochs, Float32, Int8, Reduction
from analysis.lateness import lateness_s
from analysis.loadcell import (
    LEGS,
    ZeroTrack,
    block_width_us,
    detect_occupancy,
    occupancy_as_reported,
    occupancy_from_load,
    static_windows,
    total_load,
    with_objects_placed,
)
from analysis.movement import bed_exits, exits_within, moved_minutes, moved_minutes_from_load
from analysis.occupancy import IN_BED, OUT, UNKNOWN, Occupancy
from analysis.repositioning import position_changes
from analysis.series import (
    MINUTE_US,
    SECOND_US,
    Blocks,
    Floats,
    Times,
    blocks,
    covered_stretches,
    run_lengths,
)
from analysis.stuck import without_stuck

BED_INTERVAL_S = 10.0
"""Taken where a bed was registered without an interval: what is assumed of any bed."""

ALREADY_NET = ZeroTrack(np.zeros(1, np.int64), np.zeros(1), 0.0)
"""The tare of a weight that the device has tared itself."""

LEG_X_CM = np.array([0.0, 90.0, 0.0, 90.0])
LEG_Y_CM = np.array([0.0, 0.0, 200.0, 200.0])
"""Where legs 1 to 4 of a care bed stand, across and along: head left, head right, foot left, foot right."""


LEGS_AT_LEAST = 0.70
"""A bed whose legs were silent for more of the time in it would seem to have nobody turning."""


def bed_epochs(
    time: Times,
    columns: Mapping[str, NDArray[Any]],
    *,
    interval_s: float | None,
    start: int,
    end: int,
    received: Times | None = None,
) -> BedEpochs:
    """Reduce one bed's readings to [start, end) µs UTC, whole minutes from `start`.

    `time` (n,) ascending and `columns` of the `bed` stream, each (n,), as far around the interval as a bed
    occupied at its edge needs to have been seen empty. Who is in bed is told by the load, since its errors
    are known; then by what the device itself says; then by its own net weight. `interval_s` is the
    expected time between readings, `received` (n,) µs UTC when each reached us, where that is known.
    """
    expected_s = BED_INTERVAL_S if interval_s is None else interval_s
    bed = _Bed.of(time, columns, _sampled_s(time, expected_s))
    signal, occupancy, track = _in_and_out(bed, start)
    heard = time[np.isfinite(signal)]
    minutes = (end - start) // MINUTE_US
    inside = heard[np.searchsorted(heard, start) : np.searchsorted(heard, end)]
    still_us, still_at, still_kg = _still(bed, occupancy, track, start, end)
    since, state = _stretches(occupancy, start, end)
    turns_known, turned_at = _turned(bed, occupancy, start, end)
    here = slice(*np.searchsorted(time, (start, end)).tolist())
    late_s, clock_s = lateness_s(np.empty(0, np.int64) if received is None else (received - time)[here])
    return BedEpochs(
        start=start,
        end=end,
        seen=covered_stretches(heard, start, end, expected_s),
        since=since,
        state=state,
        away=_away(since, state, start, end),
        samples=np.bincount((inside - start) // MINUTE_US, minlength=minutes)[:minutes].astype(np.uint16),
        moving=_moving(bed, occupancy, start, end)[:minutes],
        in_bed=_in_bed_share(since, state, start, end),
        still_at=still_at,
        still_kg=still_kg,
        turned_at=turned_at,
        reductions=(Reduction(start, end, still_us, turns_known, late_s, clock_s),),
    )


@dataclass(frozen=True, slots=True)
class _Bed:
    """What a bed sent, each (n,); None what it never sends. `interval_s` is what it was seen to keep."""

    time: Times
    interval_s: float
    load: Floats | None
    legs: Float32 | None
    net: NDArray[Any] | None
    occupied: NDArray[Any] | None
    movement: NDArray[Any] | None

    @classmethod
    def of(cls, time: Times, columns: Mapping[str, NDArray[Any]], interval_s: float) -> "_Bed":
        sent = {name: values for name, values in columns.items() if not np.isnan(values).all()}
        legs = [sent[leg] for leg in LEGS if leg in sent]
        return cls(
            time=time,
            interval_s=interval_s,
            load=without_stuck(time, total_load(sent)) if legs or "load_kg" in sent else None,
            legs=np.stack(legs) if len(legs) == len(LEGS) else None,
            net=sent.get("weight_kg"),
            occupied=sent.get("occupied"),
            movement=sent.get("movement"),
        )


def _sampled_s(time: Times, expected_s: float) -> float:
    """The interval to size windows by: a bed may send more seldom than it was registered to."""
    pauses = np.diff(time)
    expected = expected_s * SECOND_US
    if len(pauses) == 0 or int(time[-1]) - int(time[0]) < 1.5 * expected * len(pauses):
        return expected_s
    return max(expected_s, float(np.median(pauses)) / SECOND_US)


def _in_and_out(bed: _Bed, start: int) -> tuple[NDArray[Any], Occupancy, ZeroTrack]:
    """The signal that the bed is heard by, which also tells who is in it, (n,); what it tells; and the tare
    where the signal is a load."""

    def level(signal: NDArray[Any]) -> Blocks:
        width = block_width_us(bed.interval_s)
        # On one grid, whichever the first sample is.
        opens = start - -(-(start - int(bed.time[0])) // width) * width
        return blocks(bed.time, signal, opens, int(bed.time[-1]) + 1, width)

    if len(bed.time) == 0:
        nobody = Occupancy(np.empty(0, np.int64), MINUTE_US, np.empty(0, np.int8))
        return np.empty(0), nobody, ALREADY_NET
    if bed.load is not None:
        occupancy, track = occupancy_from_load(level(bed.load), interval_s=bed.interval_s)
        if bed.occupied is None or (occupancy.state == IN_BED).any():
            return bed.load, occupancy, track
    if bed.occupied is not None:
        occupancy = occupancy_as_reported(level(bed.occupied), interval_s=bed.interval_s)
        return bed.occupied, occupancy, ALREADY_NET
    told = np.full(len(bed.time), np.nan) if bed.net is None else bed.net
    occupancy = detect_occupancy(level(told), 0.0, interval_s=bed.interval_s)
    # Movement alone does not tell who is in bed, but it is what such a bed is heard by.
    heard = bed.movement if bed.net is None and bed.load is None else bed.net
    return told if heard is None else heard, occupancy, ALREADY_NET


def _stretches(occupancy: Occupancy, start: int, end: int) -> tuple[Times, Int8]:
    """Stretches of one state that fill [start, end), `UNKNOWN` where there is no block."""
    runs = run_lengths(occupancy.state)
    since = np.concatenate(([start], occupancy.start[runs.first], [max(occupancy.end, start)]))
    state = np.concatenate(([UNKNOWN], runs.value, [UNKNOWN])).astype(np.int8)
    since = np.clip(since, start, end)
    lasts = np.diff(since, append=end) > 0
    since, state = since[lasts], state[lasts]
    runs = run_lengths(state)
    return since[runs.first].astype(np.int64), runs.value


def _away(since: Times, state: Int8, start: int, end: int) -> Times:
    exits = exits_within(bed_exits(since, state, end=end), start, end)
    return np.stack([exits.left, exits.back], axis=1)


def _in_bed_share(since: Times, state: Int8, start: int, end: int) -> Float32:
    """The share of each minute (m,) in bed, NaN where some of it is not known."""
    lasts = np.diff(since, append=end)
    edges = np.arange(start, end + 1, MINUTE_US)

    def held(of: NDArray[np.bool_]) -> Floats:
        sums = np.concatenate(([0], np.cumsum(np.where(of, lasts, 0))))
        return np.diff(np.interp(edges, np.append(since, end), sums))

    known, lying = held(state != UNKNOWN), held(state == IN_BED)
    return np.where(known == MINUTE_US, lying / MINUTE_US, np.nan).astype(np.float32)


def _still(
    bed: _Bed, occupancy: Occupancy, track: ZeroTrack, start: int, end: int
) -> tuple[int, Times, Float32]:
    load = bed.load
    if load is None or track is ALREADY_NET:
        load, track = None if bed.net is None else bed.net.astype(np.float64), ALREADY_NET
    if load is None:
        return 0, np.empty(0, np.int64), np.empty(0, np.float32)
    noise = None if track is ALREADY_NET else track.spread_kg
    still = static_windows(bed.time, load, occupancy, interval_s=bed.interval_s, noise=noise)
    track = with_objects_placed(track, still)
    still = still.within(start, end)
    return still.width_us, still.time, (still.kg - track.at(still.time)).astype(np.float32)


def _moving(bed: _Bed, occupancy: Occupancy, start: int, end: int) -> Int8:
    load = bed.net if bed.load is None else bed.load
    if bed.movement is not None:
        found = moved_minutes(bed.time, bed.movement, occupancy, start, end)
    elif load is not None:
        found = moved_minutes_from_load(bed.time, load, occupancy, start, end, interval_s=bed.interval_s)
    else:
        return np.full((end - start) // MINUTE_US, NOT_KNOWN, np.int8)
    return np.where(found.observed, np.where(found.moved, MOVED, STILL), NOT_KNOWN).astype(np.int8)


def _turned(bed: _Bed, occupancy: Occupancy, start: int, end: int) -> tuple[bool, Times]:
    """Whether turns can be seen at all, and when there were some: only the load of each leg tells."""
    nothing = np.empty(0, np.int64)
    if bed.legs is None or len(occupancy.start) == 0:
        return False, nothing
    block = np.clip((bed.time - occupancy.start[0]) // occupancy.width_us, 0, len(occupancy.state) - 1)
    state = occupancy.state[block]
    weighed = np.isfinite(bed.legs).all(axis=0)
    empty = (state == OUT) & weighed
    lying = (state == IN_BED) & (bed.time >= start) & (bed.time < end)
    enough = np.count_nonzero(lying & weighed) >= LEGS_AT_LEAST * np.count_nonzero(lying)
    if not empty.any() or not enough:
        return False, nothing
    own = bed.legs - np.median(bed.legs[:, empty], axis=1)[:, np.newaxis]
    turns = position_changes(bed.time, own, state == IN_BED, LEG_X_CM, LEG_Y_CM).time
    return True, turns[(turns >= start) & (turns < end)]
