"""What a night's visits really spared the resident and the staff."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pilots.plan import Costs
from simulators.residents import Night
from simulators.staff import Visit
from simulators.timing import MINUTE

BEFORE, AFTER = 10 * MINUTE, 10 * MINUTE
AWAKE_MIN = 3
LOOK_MIN = 0.5
"""A look by camera, with or without a picture."""


@dataclass(frozen=True, slots=True)
class Supervised:
    """One night: visits that a camera spared a resident at rest, visits in person to one, those that were
    followed by waking, and the minutes of staff that were freed (None where nobody knows what a visit takes).
    """

    disturbances_avoided: int
    visits_at_rest: int
    followed_by_waking: int
    freed_min: float | None


def supervised(night: Night, visits: Sequence[Visit], costs: Costs) -> Supervised:
    """What the visits of one night did, by what the resident really did before and after each."""
    person = [visit for visit in visits if visit.mode == "physical" and visit.outcome != "failed"]
    spared = [visit for visit in visits if visit.mode == "camera" and visit.planned]
    at_rest = [visit for visit in person if _at_rest(night, visit.time)]
    return Supervised(
        sum(visit.outcome == "calm" and _at_rest(night, visit.time) for visit in spared),
        len(at_rest),
        sum(_wakes(night, visit.time) for visit in at_rest),
        None
        if costs.visit_min is None
        else sum(_freed_min(visit, costs.visit_min + (costs.travel_min or 0.0)) for visit in visits),
    )


def _at_rest(night: Night, time: int) -> bool:
    """Whether the resident lay still for half of the ten minutes before."""
    lain = np.clip(
        np.minimum(night.in_bed[:, 1], time) - np.maximum(night.in_bed[:, 0], time - BEFORE), 0, None
    )
    begins = night.restless_minutes * MINUTE
    moved = np.clip(np.minimum(begins + MINUTE, time) - np.maximum(begins, time - BEFORE), 0, None)
    return bool(2 * (lain.sum() - moved.sum()) >= BEFORE)


def _wakes(night: Night, time: int) -> bool:
    """Whether within ten minutes the bed was left, in the morning too, or three restless minutes began."""
    moved = set(night.restless_minutes.tolist())
    begins = [
        minute * MINUTE
        for minute in moved
        if minute - 1 not in moved and all(minute + more in moved for more in range(AWAKE_MIN))
    ]
    return any(time < at <= time + AFTER for at in (*night.in_bed[:, 1].tolist(), *begins))


def _freed_min(visit: Visit, a_visit_min: float) -> float:
    if visit.mode != "camera":
        return 0.0
    replaced = bool(visit.planned) and visit.outcome != "failed"
    return a_visit_min * (replaced - (visit.outcome == "escalated")) - LOOK_MIN
