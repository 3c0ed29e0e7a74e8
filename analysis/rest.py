"""Rest in bed from minutes: when it began, how whole it was, how often it broke off.

*Rest*, not sleep: load cells see that somebody lies still, not that they sleep. Every function takes
minutes that follow each other, each in bed or not and with movement or not; what is not known is NaN.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.series import MINUTE_US, Times, run_lengths

IN_BED_FROM = 0.5
"""A minute is in bed when the person lay there for half of it."""

LONGEST_GAP_MIN = 60.0
"""Under an hour out of bed is an interruption of the night; from an hour on the person was up."""

ONSET_MIN = 10
ONSET_MOVING = 1
"""Ten minutes with at most one that moved: the rule of wrist actigraphs for when rest begins."""

FEWEST_IN_BED_H = 4.0
"""A shorter stay is a rest in the daytime, or a night of which most took place elsewhere."""

FEWEST_COVERAGE = 0.70
"""Under this share of minutes with data a figure speaks of the gaps."""

SHORT_BOUT_MIN = 1
"""Stillness of a minute is a pause between movements (Actiwatch fragmentation index)."""

_STILL, _MOVING, _UNMEASURED, _OUT, _UNKNOWN = range(5)
"""In bed still, in bed moving, in bed with movement not known, out of bed, not known: in bed up to 2."""


@dataclass(frozen=True, slots=True)
class RestSummary:
    """One night in bed, in minutes. NaN with the `reason` why.

    `entered` and `left` (µs UTC) bound it; 0 when nobody was in bed. `entry_seen`, `exit_seen` are False
    where the minute beyond is in bed too, or not known. `time_in_bed_min` counts minutes in bed and
    interruptions under `longest_gap_min`, not minutes that are not known. `unrest_min` are minutes moving
    or out of bed from onset to the last exit (the actigraph's wake after sleep onset), `efficiency_percent`
    the still share of time in bed whose movement is known. `n` counts minutes in bed, `coverage` is the
    known share of the minutes asked about.

    Reasons: "no_data", "low_coverage", "not_in_bed", "too_short"; with "movement_not_known" the time in bed
    stands. `onset_latency_min` and `unrest_min` are NaN without a reason where rest never set in, the
    latency also where the entry was not seen or the minutes not known before the onset could hold another.
    """

    entered: int
    left: int
    entry_seen: bool
    exit_seen: bool
    time_in_bed_min: float
    onset_latency_min: float
    unrest_min: float
    still_min: float
    efficiency_percent: float
    n: int
    coverage: float
    reason: str | None = None
    method: str = "rest by stillness, not validated against sleep"


@dataclass(frozen=True, slots=True)
class FragmentationIndex:
    """How broken up the rest is: `mobile_percent` + `short_bouts_percent`, 0 to 200.

    `mobile_percent` of the `n` minutes in bed with known movement moved; `short_bouts_percent` of the
    `bouts` of stillness were no longer than a minute. NaN without such minutes or bouts.
    """

    index: float
    mobile_percent: float
    short_bouts_percent: float
    n: int
    bouts: int


@dataclass(frozen=True, slots=True)
class TransitionProbabilities:
    """The chance that a still minute is followed by an active one, `rest_to_active`, and the other way.

    kRA and kAR of Lim (2011): `rests_ended` of `still_min`, `activity_ended` of `moving_min`. NaN where a
    state does not occur.
    """

    rest_to_active: float
    active_to_rest: float
    rests_ended: int
    activity_ended: int
    still_min: int
    moving_min: int


@dataclass(frozen=True, slots=True)
class RestByHour:
    """Rest in each of h stretches of a night, (h,): `percent` in bed and still of the minutes that are known,
    NaN without any, and how many minutes are `known`."""

    percent: NDArray[np.float64]
    known: NDArray[np.int64]


def rest_summary(
    minute: Times,
    in_bed: NDArray[Any],
    moving: NDArray[Any],
    *,
    earliest: int,
    latest: int,
    in_bed_from: float = IN_BED_FROM,
    longest_gap_min: float = LONGEST_GAP_MIN,
    onset_min: int = ONSET_MIN,
    onset_moving: int = ONSET_MOVING,
    fewest_in_bed_h: float = FEWEST_IN_BED_H,
    fewest_coverage: float = FEWEST_COVERAGE,
) -> RestSummary:
    """The night between the first entry from `earliest` on and the last exit before `latest`, µs UTC.

    `minute` (n,) µs UTC are consecutive minutes; `in_bed` (n,) is the share of each in bed, 0 to 1; `moving`
    (n,) is above 0 for movement, 0 for none and counts in bed only; both NaN where not known. Take 18:00 and
    noon of local time. An absence of `longest_gap_min` or more is not time in bed: neither are the minutes
    not known beside it. Rest sets in with the first `onset_min` minutes in a row in bed of which at most
    `onset_moving` moved. ValueError for arrays that do not fit or minutes that do not follow each other.
    """
    state = _states(in_bed, moving, in_bed_from)
    if len(minute) != len(state) or (minute[1:] - minute[:-1] != MINUTE_US).any():
        raise ValueError(
            f"{len(minute)} minutes for {len(state)} states: give consecutive minutes, NaN where not known"
        )
    opens, closes = minute.searchsorted((earliest, latest)).tolist()
    asked = state[opens:closes]
    known = int(np.count_nonzero(asked != _UNKNOWN))
    coverage = known * MINUTE_US / (latest - earliest) if latest > earliest else 0.0
    lying = (asked <= _UNMEASURED).nonzero()[0]
    n, nan = len(lying), float("nan")
    if n == 0:
        reason = "no_data" if known == 0 else "low_coverage" if coverage < fewest_coverage else "not_in_bed"
        return RestSummary(0, 0, False, False, nan, nan, nan, nan, nan, 0, coverage, reason)
    first, past = opens + int(lying[0]), opens + int(lying[-1]) + 1
    entered, left = int(minute[first]), int(minute[past - 1]) + MINUTE_US
    entry_seen = first > 0 and state[first - 1] == _OUT
    exit_seen = past < len(state) and state[past] == _OUT
    bounds = entered, left, bool(entry_seen), bool(exit_seen)
    if coverage < fewest_coverage or n < fewest_in_bed_h * 60:
        reason = "low_coverage" if coverage < fewest_coverage else "too_short"
        return RestSummary(*bounds, nan, nan, nan, nan, nan, n, coverage, reason)
    night = state[first:past]
    belongs = _without_long_gaps(night, lying - lying[0], longest_gap_min)
    time_in_bed = float(np.count_nonzero(belongs & (night != _UNKNOWN)))
    measured = int(np.count_nonzero(night <= _MOVING))
    if measured < fewest_coverage * n:
        return RestSummary(*bounds, time_in_bed, nan, nan, nan, nan, n, coverage, "movement_not_known")
    interrupted = belongs & (night == _OUT)
    still = float(np.count_nonzero(night == _STILL))
    efficiency = 100 * still / (measured + int(np.count_nonzero(interrupted)))
    latency = unrest = nan
    onset = _onset(night, onset_min, onset_moving)
    if onset is not None:
        unrest = float(np.count_nonzero(interrupted[onset:] | (night[onset:] == _MOVING)))
        before = night[:onset][belongs[:onset]]
        hidden = np.count_nonzero((before == _UNKNOWN) | (before == _UNMEASURED))
        if entry_seen and hidden < onset_min:
            latency = float(len(before))
    return RestSummary(*bounds, time_in_bed, latency, unrest, still, efficiency, n, coverage)


def rest_by_hour(
    in_bed: NDArray[Any],
    moving: NDArray[Any],
    hour: NDArray[np.integer[Any]],
    *,
    hours: int,
    in_bed_from: float = IN_BED_FROM,
) -> RestByHour:
    """The still share of each of `hours` stretches; `hour` (n,) says in which one each minute lies, from 0.

    Arrays (n,) as in `rest_summary`. A minute out of bed is known and no rest; one in bed with movement not
    known is not known. ValueError for arrays that do not fit.
    """
    state = _states(in_bed, moving, in_bed_from)
    if len(hour) != len(state):
        raise ValueError(f"{len(hour)} hours for {len(state)} minutes: give the hour of each minute")
    kinds = _UNKNOWN + 1
    counts = np.bincount(hour * kinds + state, minlength=hours * kinds).reshape(hours, kinds)
    still = counts[:, _STILL]
    known = still + counts[:, _MOVING] + counts[:, _OUT]
    return RestByHour(np.where(known, 100.0 * still / np.maximum(known, 1), np.nan), known)


def fragmentation_index(
    in_bed: NDArray[Any],
    moving: NDArray[Any],
    *,
    in_bed_from: float = IN_BED_FROM,
    short_min: int = SHORT_BOUT_MIN,
) -> FragmentationIndex:
    """How broken up the rest of one night is, from the minutes in bed.

    Arrays (n,) as in `rest_summary`, of the night alone. A bout of stillness ends with movement, with
    leaving the bed or with the array. One of at most `short_min` minutes beside a minute that is not known
    may have been longer and is left out. ValueError for arrays that do not fit.
    """
    state = _states(in_bed, moving, in_bed_from)
    n, mobile = int(np.count_nonzero(state <= _MOVING)), int(np.count_nonzero(state == _MOVING))
    runs = run_lengths(state)
    cut_off = np.zeros(len(runs.value), np.bool_)
    not_known = (runs.value == _UNKNOWN) | (runs.value == _UNMEASURED)
    cut_off[1:] |= not_known[:-1]
    cut_off[:-1] |= not_known[1:]
    short = runs.length <= short_min
    bout = (runs.value == _STILL) & ~(short & cut_off)
    bouts = int(np.count_nonzero(bout))
    mobile_percent = 100 * mobile / n if n else float("nan")
    short_percent = 100 * int(np.count_nonzero(bout & short)) / bouts if bouts else float("nan")
    return FragmentationIndex(mobile_percent + short_percent, mobile_percent, short_percent, n, bouts)


def transition_probabilities(
    in_bed: NDArray[Any], moving: NDArray[Any], *, in_bed_from: float = IN_BED_FROM
) -> TransitionProbabilities:
    """How readily rest breaks off and comes back: transitions over the minutes spent in the state.

    Arrays (n,) as in `rest_summary`. Leaving the bed ends a rest; minutes out of it are in neither state. A
    minute before one that is not known counts nowhere, since what followed was not seen. ValueError for
    arrays that do not fit.
    """
    state = _states(in_bed, moving, in_bed_from)
    # What follows the last minute is the end of the night, which is no transition.
    following = np.append(state[1:], state[-1:])
    seen = (following != _UNKNOWN) & (following != _UNMEASURED)
    still, active = seen & (state == _STILL), seen & (state == _MOVING)
    rests_ended = int(np.count_nonzero(still & (following != _STILL)))
    activity_ended = int(np.count_nonzero(active & (following == _STILL)))
    still_min, moving_min = int(np.count_nonzero(still)), int(np.count_nonzero(active))
    nan = float("nan")
    return TransitionProbabilities(
        rests_ended / still_min if still_min else nan,
        activity_ended / moving_min if moving_min else nan,
        rests_ended,
        activity_ended,
        still_min,
        moving_min,
    )


def _states(in_bed: NDArray[Any], moving: NDArray[Any], in_bed_from: float) -> NDArray[np.int8]:
    lies, moves = np.asarray(in_bed, np.float64), np.asarray(moving, np.float64)
    if lies.ndim != 1 or lies.shape != moves.shape:
        raise ValueError(
            f"in_bed {lies.shape} and moving {moves.shape} do not fit: give one value a minute in each"
        )
    state = np.where(moves > 0, _MOVING, _STILL).astype(np.int8)
    state[np.isnan(moves)] = _UNMEASURED
    state[lies < in_bed_from] = _OUT
    state[np.isnan(lies)] = _UNKNOWN
    return state


def _without_long_gaps(
    night: NDArray[np.int8], lying: NDArray[np.int64], longest_gap_min: float
) -> NDArray[np.bool_]:
    belongs = np.ones(len(night), np.bool_)
    for k in (lying[1:] - lying[:-1] > longest_gap_min).nonzero()[0].tolist():
        between = slice(int(lying[k]) + 1, int(lying[k + 1]))
        out = np.flatnonzero(night[between] == _OUT)
        if len(out) and out[-1] - out[0] + 1 >= longest_gap_min:
            belongs[between] = False
    return belongs


def _onset(night: NDArray[np.int8], onset_min: int, onset_moving: int) -> int | None:
    """The first minute of the first window of rest."""
    if len(night) < onset_min:
        return None
    # A minute out of bed or not known weighs as much as one moving minute too many.
    unrest = np.concatenate(((0,), ((night == _MOVING) + (onset_moving + 1) * (night > _MOVING)).cumsum()))
    rests = unrest[onset_min:] - unrest[:-onset_min] <= onset_moving
    first = int(rests.argmax())
    return first if rests[first] else None
