"""A night's supervision: what the camera replaced, and what that spared the resident and the staff."""

from collections.abc import Sequence
from math import isfinite, isnan, nan

import numpy as np
from numpy.typing import NDArray

from analysis.catalogue import METRICS
from analysis.epochs import MOVED, STILL, BedEpochs
from analysis.occupancy import IN_BED, OUT
from analysis.pipeline.measured import LOW_COVERAGE, NO_LOG, Measured, absent, covered
from analysis.pipeline.stays import StayReadings, in_time_order
from analysis.series import MINUTE_US, run_lengths
from analysis.supervision import AWAKENED_WITHIN_S, FAILED, disturbance_avoided, supervision_balance
from analysis.visits import PHYSICAL, SHIFT_CLOSED
from pilots.plan import Costs

SUPERVISION_COLUMNS = ("visit", "mode", "planned", "outcome")

SUPERVISION_METRICS = (
    "planned_visits_per_night",
    "replaced_visits_per_night",
    "escalated_camera_visits_percent",
    "failed_camera_visits_percent",
    "disturbances_avoided_per_night",
    "awakenings_after_visits_percent",
    "supervision_balance_min_per_night",
)

RESTING_MIN = 10
"""Who has lain still for most of ten minutes is at rest."""

AWAKENED_WITHIN_MIN = round(AWAKENED_WITHIN_S / 60)

RISEN_MIN = 10
"""Out of bed for so long, and it was no stumble of the scale."""

AWAKE_MIN = 3
"""Movement for three minutes on end is more than a turn."""


def supervision_night(
    logs: Sequence[StayReadings], beds: Sequence[BedEpochs], costs: Costs, start: int, end: int
) -> list[Measured]:
    """What visits of the night [start, end) µs UTC were, from logs that were closed; absent, `no_log`.

    Minutes need the pilot's own `costs`, and shares of visits some visits: without they are left out. What is
    spared the resident needs a bed; its coverage is the share of visits for which that could tell, and
    `low_coverage` where it could for none.
    """
    closed = [(log, visits) for log in logs if (visits := _closed(log, start, end)) is not None]
    if not closed:
        without = set() if costs.visit_min is not None else {"supervision_balance_min_per_night"}
        without |= set() if beds else {"disturbances_avoided_per_night", "awakenings_after_visits_percent"}
        return [
            absent(metric, NO_LOG, coverage=0.0) for metric in SUPERVISION_METRICS if metric not in without
        ]
    found = [visits for _, visits in closed]
    stood = sum(min(log.end, end) - max(log.start, start) for log, _ in closed) / (end - start)
    time, mode, planned, outcome = (np.concatenate(parts) for parts in zip(*found, strict=True))
    balance = supervision_balance(
        mode, planned, outcome, visit_min=costs.visit_min or 0.0, travel_min=costs.travel_min or 0.0
    )
    figures: list[tuple[str, float, int, float]] = [
        ("planned_visits_per_night", balance.planned, balance.n, 1.0),
        ("replaced_visits_per_night", balance.replaced, balance.n, 1.0),
        (
            "escalated_camera_visits_percent",
            100 * balance.escalated_share.value,
            balance.done_camera,
            1.0,
        ),
        (
            "failed_camera_visits_percent",
            100 * balance.failed_share.value,
            balance.done_camera + balance.failed,
            1.0,
        ),
    ]
    if costs.visit_min is not None:
        figures.append(("supervision_balance_min_per_night", balance.balance_min, balance.n, 1.0))
    if beds:
        figures += _for_the_resident(beds, time, mode, planned, outcome)
    return [
        covered(metric, value, n=n, coverage=min(stood, 1.0, told), floor=METRICS[metric].coverage_floor)
        if told > 0
        else absent(metric, LOW_COVERAGE, coverage=0.0)
        for metric, value, n, told in figures
        if isfinite(value)
    ]


def _for_the_resident(
    beds: Sequence[BedEpochs],
    time: NDArray[np.int64],
    mode: NDArray[np.object_],
    planned: NDArray[np.bool_],
    outcome: NDArray[np.object_],
) -> list[tuple[str, float, int, float]]:
    """What visits spared and cost who lay in `beds`: metric, value, n, and the share of visits that told."""
    resting = np.array([_resting(beds, at) for at in time.tolist()])
    followed = np.array([_told_after(beds, at) for at in time.tolist()], np.bool_)
    visited = (mode == PHYSICAL) & (outcome != FAILED)
    asleep = visited & (resting == 1) & followed
    calls, disturbing = int(np.count_nonzero(visited)), int(np.count_nonzero(asleep))
    of = ~visited | asleep
    woken = _awakenings(beds) if disturbing else time[:0]
    spared = disturbance_avoided(time[of], mode[of], planned[of], outcome[of], resting[of], woken)
    replaced = spared.judged + spared.unknown
    share = spared.judged / replaced if replaced else 1.0
    figures = [("disturbances_avoided_per_night", float(spared.avoided), spared.judged, share)]
    known = disturbing + int(np.count_nonzero(visited & (resting == 0)))
    if disturbing or (calls and not known):
        percent = 100 * spared.awakened.value if disturbing else 0.0
        figures.append(("awakenings_after_visits_percent", percent, disturbing, known / calls))
    return figures


_Visits = tuple[NDArray[np.int64], NDArray[np.object_], NDArray[np.bool_], NDArray[np.object_]]
"""Times, modes, whether planned, outcomes, each (n,)."""


def _closed(log: StayReadings, start: int, end: int) -> _Visits | None:
    """The visits of one log, each once as it was logged last; None where the log was not closed."""
    time, columns = in_time_order([log], SUPERVISION_COLUMNS)
    night = slice(*time.searchsorted((start, end)).tolist())
    mode = columns["mode"][night]
    modes = mode.tolist()
    if SHIFT_CLOSED not in modes:
        return None
    named = zip(columns["visit"][night].tolist(), modes, strict=True)
    last = {visit: place for place, (visit, how) in enumerate(named) if how != SHIFT_CLOSED}
    rows = sorted(last.values())
    not_planned = columns["planned"][night][rows].astype(np.float64) <= 0
    return time[night][rows], mode[rows], ~not_planned, columns["outcome"][night][rows]


def _resting(beds: Sequence[BedEpochs], at: int) -> float:
    """Whether the resident lay at rest as a visit came: 1, 0, or NaN where no bed tells."""
    told = [_rested(bed, at) for bed in beds]
    # Of two beds the one that somebody lies in tells.
    return max((each for each in told if not isnan(each)), default=nan)


def _rested(bed: BedEpochs, at: int) -> float:
    before = _minutes(bed, at, -RESTING_MIN, 0)
    moving = bed.moving[before].tolist()
    still, moved = moving.count(STILL), moving.count(MOVED)
    if 2 * (still + moved) >= RESTING_MIN:
        return float(2 * still >= RESTING_MIN)
    return 0.0 if 0.0 in bed.in_bed[before].tolist() else nan


def _told_after(beds: Sequence[BedEpochs], at: int) -> bool:
    """Whether a bed told who was in it for most of the time in which a visit could wake somebody."""
    shares = (bed.in_bed[_minutes(bed, at, 0, AWAKENED_WITHIN_MIN)] for bed in beds)
    return any(2 * np.count_nonzero(~np.isnan(share)) >= AWAKENED_WITHIN_MIN for share in shares)


def _minutes(bed: BedEpochs, at: int, first: int, past: int) -> slice:
    """The minutes of the bed from `first` to `past` after the one of an instant; fewer where it has fewer."""
    minute = (at - bed.first_minute) // MINUTE_US
    return slice(max(minute + first, 0), max(minute + past, 0))


def _awakenings(beds: Sequence[BedEpochs]) -> NDArray[np.int64]:
    """When the resident left the bed for a while, or moved for minutes on end, µs UTC."""
    found = [np.empty(0, np.int64)]
    for bed in beds:
        found.append(bed.away[:, 0])
        # Who rises for the day leaves the bed without an exit: those are only the ones with a way back.
        rises = (bed.state[:-1] == IN_BED) & (bed.state[1:] == OUT)
        risen = bed.until[1:] - bed.since[1:] >= RISEN_MIN * MINUTE_US
        found.append(bed.since[1:][rises & risen])
        runs = run_lengths(bed.moving == MOVED)
        long = runs.value & (runs.length >= AWAKE_MIN)
        # Within its first minute: who is woken moves at once, and the minute began before the visit.
        found.append(bed.first_minute + MINUTE_US * (runs.first[long] + 1))
    return np.concatenate(found)
