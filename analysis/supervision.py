"""Night supervision by camera in place of visits: what was done, and what it spared residents and staff."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray

from analysis.pooled import Share, pooled_share
from analysis.series import SECOND_US, Times
from analysis.visits import CAMERA, PHYSICAL

ESCALATED, FAILED = "escalated", "failed"

LOOK_MIN = 0.5
"""Thirty looks took about a quarter of an hour of the night, noting included (Kramfors)."""

AWAKENED_WITHIN_S = 600.0


@dataclass(frozen=True, slots=True)
class SupervisionBalance:
    """Visits by camera and in person, and the minutes of staff that the camera freed (or cost, below 0).

    `planned` visits of either mode stood in the plan. `done_camera` and `done_physical` came about; `failed`
    camera checks found no connection, `failed_physical` visits were not made. `escalations` are camera checks
    that ended in somebody going there. `replaced` planned visits were done by camera. `balance_min` is
    `replaced` x (`visit_min` + `travel_min`) - camera checks, failed ones too, x (`look_min` + `log_min`) -
    `escalations` x (`visit_min` + `travel_min`); `gross_min` is its first term.
    """

    planned: int
    done_camera: int
    done_physical: int
    escalations: int
    failed: int
    failed_physical: int
    replaced: int
    escalated_share: Share
    failed_share: Share
    gross_min: float
    balance_min: float
    n: int
    visit_min: float
    travel_min: float
    look_min: float
    log_min: float
    assumptions: str = "each planned camera check replaces a visit; each escalation costs a whole one"


@dataclass(frozen=True, slots=True)
class DisturbanceAvoided:
    """What the camera spared sleepers, and what visits cost them.

    `avoided` planned visits, replaced by a camera check that was not escalated, would have been to a resting
    person, of `judged` whose rest was known; `unknown` were not. `awakened` is the share of visits in person
    that were followed by an awakening within `within_s`; nothing says that the visit caused it.
    """

    avoided: int
    judged: int
    unknown: int
    awakened: Share
    within_s: float


def supervision_balance(
    mode: NDArray[np.object_],
    planned: NDArray[np.bool_],
    outcome: NDArray[np.object_],
    *,
    visit_min: float,
    travel_min: float,
    look_min: float = LOOK_MIN,
    log_min: float = 0.0,
    confidence: float = 0.95,
) -> SupervisionBalance:
    """The balance of visits (n,): `mode` camera or physical, `planned`, `outcome` as in the `visit` stream.

    One place a visit, each once. A visit in person that followed a camera check stands as a visit of its
    own, and the check as escalated. A planned check replaces a visit unless it failed; one nobody planned
    costs its look and replaces nothing. Minutes are the site's own. ValueError: another mode, shapes that do
    not fit, minutes below 0.
    """
    _check_modes(mode, planned, outcome)
    for name, minutes in (
        ("visit_min", visit_min),
        ("travel_min", travel_min),
        ("look_min", look_min),
        ("log_min", log_min),
    ):
        if not minutes >= 0:
            raise ValueError(f"{name} is {minutes}: give minutes from 0 up")
    # One by one: of the few visits of a night, arrays would take several times as long.
    looks: list[tuple[bool, str | None]] = []
    calls: list[tuple[bool, str | None]] = []
    for how, in_plan, came_to in zip(mode.tolist(), planned.tolist(), outcome.tolist(), strict=True):
        (looks if how == CAMERA else calls).append((in_plan, came_to))
    ends = [came_to for _, came_to in looks]
    checks, failed_checks, escalations = len(looks), ends.count(FAILED), ends.count(ESCALATED)
    failed_physical = sum(came_to == FAILED for _, came_to in calls)
    replaced = sum(in_plan and came_to != FAILED for in_plan, came_to in looks)
    a_visit = visit_min + travel_min
    done_camera = checks - failed_checks
    return SupervisionBalance(
        int(np.count_nonzero(planned)),
        done_camera,
        len(calls) - failed_physical,
        escalations,
        failed_checks,
        failed_physical,
        replaced,
        pooled_share(escalations, done_camera, confidence=confidence),
        pooled_share(failed_checks, checks, confidence=confidence),
        replaced * a_visit,
        replaced * a_visit - checks * (look_min + log_min) - escalations * a_visit,
        len(mode),
        visit_min,
        travel_min,
        look_min,
        log_min,
    )


def disturbance_avoided(
    time: Times,
    mode: NDArray[np.object_],
    planned: NDArray[np.bool_],
    outcome: NDArray[np.object_],
    resting: NDArray[np.float64],
    awakenings: Times,
    *,
    within_s: float = AWAKENED_WITHIN_S,
    confidence: float = 0.95,
) -> DisturbanceAvoided:
    """What one resident's visits (n,) at `time` µs UTC spared and cost them.

    `mode`, `planned`, `outcome` (n,) as in `supervision_balance`; `resting` (n,) 1 where the bed sensor was
    still as the visit came, 0 where not, NaN where nobody knows. `awakenings` (m,) µs UTC in any order.
    """
    _check_modes(mode, planned, outcome)
    if not len(time) == len(resting) == len(mode):
        raise ValueError(f"{len(time)} times and {len(resting)} of resting do not fit {len(mode)} visits")
    spared: list[float] = []
    visited: list[int] = []
    for at, how, in_plan, came_to, rested in zip(
        time.tolist(), mode.tolist(), planned.tolist(), outcome.tolist(), resting.tolist(), strict=True
    ):
        if how == PHYSICAL and came_to != FAILED:
            visited.append(at)
        elif how == CAMERA and in_plan and came_to not in (FAILED, ESCALATED):
            spared.append(rested)
    judged = [rested for rested in spared if not isnan(rested)]
    woke, within = sorted(awakenings.tolist()), round(within_s * SECOND_US)
    followed = sum(bisect_right(woke, at + within) > bisect_left(woke, at) for at in visited)
    return DisturbanceAvoided(
        sum(rested > 0 for rested in judged),
        len(judged),
        len(spared) - len(judged),
        pooled_share(followed, len(visited), confidence=confidence),
        within_s,
    )


def _check_modes(mode: NDArray[np.object_], planned: NDArray[np.bool_], outcome: NDArray[np.object_]) -> None:
    if not len(mode) == len(planned) == len(outcome):
        raise ValueError(
            f"{len(mode)} modes, {len(planned)} of planned and {len(outcome)} outcomes do not fit"
        )
    wrong = [word for word in mode.tolist() if word not in (CAMERA, PHYSICAL)]
    if wrong:
        raise ValueError(f"mode {wrong[0]!r} is no visit: take {CAMERA} or {PHYSICAL}")
