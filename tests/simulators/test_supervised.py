from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from pilots.plan import Costs
from simulators.residents import Night
from simulators.staff import Visit
from simulators.supervised import Supervised, supervised
from simulators.timing import HOUR, MINUTE

COSTS = Costs(visit_min=12, travel_min=9)
NIGHT = Night(date(2025, 3, 24), np.array([[22 * HOUR, 30 * HOUR]]), np.array([], np.int64), 70.0)


def visit(hour: float, mode: str = "physical", outcome: str = "calm") -> Visit:
    return Visit(round(hour * HOUR), f"{hour}", mode, True, outcome)  # type: ignore[arg-type]


def restless(*minutes: int) -> Night:
    """Restless so many minutes after two o'clock."""
    return replace(NIGHT, restless_minutes=np.array(minutes) + 26 * 60)


def test_a_calm_look_by_camera_at_who_lies_still_spares_a_disturbance_and_a_visit() -> None:
    assert supervised(NIGHT, (visit(26, "camera"),), COSTS) == Supervised(1, 0, 0, 20.5)


@pytest.mark.parametrize("outcome", ["escalated", "failed"])
def test_a_look_that_brought_a_person_or_nothing_spares_none(outcome: str) -> None:
    assert supervised(NIGHT, (visit(26, "camera", outcome),), COSTS) == Supervised(0, 0, 0, -0.5)


def test_who_is_up_or_restless_cannot_be_disturbed() -> None:
    assert supervised(NIGHT, (visit(21, "camera"),), COSTS).disturbances_avoided == 0
    awake = restless(*range(-6, 0))
    assert supervised(awake, (visit(26, "camera"), visit(26)), COSTS) == Supervised(0, 0, 0, 20.5)


@pytest.mark.parametrize(
    ("night", "woken"),
    [
        (NIGHT, 0),
        (restless(2, 3, 4), 1),
        (restless(2, 3), 0),
        (restless(-1, 0, 1), 0),
        (restless(12, 13, 14), 0),
        (replace(NIGHT, in_bed=np.array([[22 * HOUR, 26 * HOUR + 5 * MINUTE], [27 * HOUR, 30 * HOUR]])), 1),
        (replace(NIGHT, in_bed=np.array([[22 * HOUR, 26 * HOUR + 5 * MINUTE]])), 1),
    ],
    ids=["slept on", "moved for three minutes", "stirred", "moved already", "moved later", "left", "rose"],
)
def test_waking_is_leaving_the_bed_or_beginning_to_move_for_three_minutes(night: Night, woken: int) -> None:
    found = supervised(night, (visit(26),), COSTS)
    assert (found.visits_at_rest, found.followed_by_waking) == (1, woken)


def test_without_the_pilots_minutes_none_are_freed() -> None:
    assert supervised(NIGHT, (visit(26, "camera"),), Costs()).freed_min is None
