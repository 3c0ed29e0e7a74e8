"""Positions against a fence: distances, in or out, and crossings."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.positions import (
    AT_A_TIME,
    EARTH_RADIUS_M,
    distance_from,
    haversine,
    local_xy,
    point_in_polygon,
)

__all__ = [
    "AT_A_TIME",
    "BRIEF_S",
    "EARTH_RADIUS_M",
    "INSIDE",
    "OUTSIDE",
    "UNKNOWN",
    "GeofenceEvents",
    "distance_from",
    "geofence_alarm_latency",
    "geofence_events",
    "geofence_states",
    "haversine",
    "local_xy",
    "longest_gap_s",
    "point_in_polygon",
]

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
Int8 = NDArray[np.int8]

WORST_ACCURACY_M = 100.0
"""A fix less certain than this may be in another street: it is dropped."""

HYSTERESIS_M = 50.0
"""How much farther out than in the fence stands, so that a fix that jitters is not a walk."""

LONGEST_GAP_S = 600.0
"""Nothing is assumed about a longer silence of a tracker that reports often."""

GAP_INTERVALS = 2.5
"""A tracker that reports seldom may miss one fix before its silence is a gap."""

BRIEF_S = 120.0
"""Who is back inside within two minutes has most likely not left: the fix was wrong."""

UNKNOWN, INSIDE, OUTSIDE = -1, 0, 1


@dataclass(frozen=True, slots=True)
class GeofenceEvents:
    """Crossings of a fence: `left` (k,) and `entered` (m,), µs UTC of the first fix that is surely across.

    `left_at`, `entered_at` are their places in the arrays given. `outside_s` is the time outside with gaps
    left out, `false_exits` how many exits were back inside in under two minutes, `n` fixes used.
    """

    left: Int64
    entered: Int64
    left_at: Int64
    entered_at: Int64
    outside_s: float
    false_exits: int
    n: int


def longest_gap_s(interval_s: float | None) -> float:
    """The longest silence bridged, in seconds, for a tracker that reports every `interval_s`."""
    return max(LONGEST_GAP_S, GAP_INTERVALS * (interval_s or 0.0))


def geofence_states(
    distance_m: Float64,
    accuracy_m: Float64,
    r_in: float,
    r_out: float | None = None,
    k: float = 1.0,
    *,
    anew: NDArray[np.bool_] | None = None,
) -> Int8:
    """In or out at each fix (n,), int8: `INSIDE`, `OUTSIDE`, or `UNKNOWN` before the first certain fix.

    A fix is inside when distance + k·accuracy <= r_in, outside when distance - k·accuracy >= r_out
    (default r_in + 50 m); between them the state before it stands. Accuracy NaN counts as 0 m. On a fix that
    begins `anew` (n,) nothing before it bears.
    """
    r_out = r_in + HYSTERESIS_M if r_out is None else r_out
    state = np.empty(len(distance_m), np.int8)
    before = UNKNOWN
    for first in range(0, len(state), AT_A_TIME):
        distance = distance_m[first : first + AT_A_TIME]
        slack = k * accuracy_m[first : first + AT_A_TIME]
        slack[np.isnan(slack)] = 0.0
        inside, outside = distance + slack <= r_in, distance - slack >= r_out
        surely = inside | outside
        telling = surely if anew is None else surely | anew[first : first + AT_A_TIME]
        certain = np.flatnonzero(telling)
        told = np.where(inside[certain], np.int8(INSIDE), np.int8(OUTSIDE))
        if anew is not None:
            told[~surely[certain]] = UNKNOWN
        # A certain fix says it for those up to the next one that says otherwise.
        turns = np.flatnonzero(np.diff(told, prepend=np.int8(before)))
        lasting = np.diff(certain[turns], prepend=0, append=len(distance))
        state[first : first + AT_A_TIME] = np.repeat(np.append(np.int8(before), told[turns]), lasting)
        if len(told):
            before = int(told[-1])
    return state


def geofence_events(
    time: Int64,
    distance_m: Float64,
    accuracy_m: Float64,
    r_in: float,
    r_out: float | None = None,
    *,
    k: float = 1.0,
    dwell_s: float = 0.0,
    interval_s: float | None = 600.0,
    worst_accuracy_m: float = WORST_ACCURACY_M,
    brief_s: float = BRIEF_S,
) -> GeofenceEvents:
    """When a fence was left and entered, by the states of `geofence_states`.

    `time` (n,) µs UTC ascending, `distance_m` and `accuracy_m` (n,); fixes without a distance or less
    certain than `worst_accuracy_m` are dropped. A state that lasts shorter than `dwell_s` before the next
    one is none. The first known state is no event. Time outside holds from fix to fix, unless the next is
    more than `longest_gap_s(interval_s)` away; a return is brief when under `brief_s` after the exit.
    """
    time, distance, accuracy = np.asarray(time, np.int64), np.asarray(distance_m), np.asarray(accuracy_m)
    usable = np.isfinite(distance) & ~(accuracy > worst_accuracy_m)
    kept = np.flatnonzero(usable)
    if len(kept) < len(usable):
        time, distance, accuracy = time[kept], distance[kept], accuracy[kept]
    held = geofence_states(distance, accuracy, r_in, r_out, k)
    place = _changes(held)
    if dwell_s > 0 and len(place):
        long = np.diff(time[place], append=time[-1]) >= dwell_s * 1e6
        long[0] = True
        place = place[long]
        lasting = np.diff(place, prepend=0, append=len(held))
        held = np.repeat(np.append(np.int8(UNKNOWN), held[place]), lasting)
        place = _changes(held)
    leaving, entering = place[1:][held[place[1:]] == OUTSIDE], place[1:][held[place[1:]] == INSIDE]
    left, entered = time[leaving], time[entering]
    back = np.searchsorted(entered, left)
    returned = back < len(entered)
    brief = entered[back[returned]] - left[returned] < brief_s * 1e6
    pause = np.diff(time)
    outside = (held[:-1] == OUTSIDE) & (pause <= round(longest_gap_s(interval_s) * 1e6))
    return GeofenceEvents(
        left,
        entered,
        kept[leaving],
        kept[entering],
        int(pause[outside].sum()) / 1e6,
        int(brief.sum()),
        len(kept),
    )


def _changes(state: Int8) -> Int64:
    """Where the first known state stands (k,), and every one that differs from the one before it."""
    changed = np.flatnonzero(np.diff(state)) + 1
    return np.concatenate(([0], changed)) if len(state) and state[0] != UNKNOWN else changed


def geofence_alarm_latency(events: GeofenceEvents, alarmed: Int64) -> Float64:
    """Seconds from each exit (k,) to the first alarm (ascending, µs UTC) before the return; NaN: no alarm."""
    alarm = np.r_[alarmed, np.iinfo(np.int64).max]
    first = alarm[np.searchsorted(alarm, events.left)]
    back = np.r_[events.entered, np.iinfo(np.int64).max][np.searchsorted(events.entered, events.left)]
    in_time = first < back
    return np.where(in_time, (np.where(in_time, first, events.left) - events.left) / 1e6, np.nan)
