"""Each round of a rollout is compared with the one before."""

import pytest

from pilots.errors import UnknownPhase
from pilots.plan import read_plan
from pilots.rounds import compared_phases
from tests.pilots.plans import MINIMAL

TWO_ROUNDS = "kind: rollout\n" + MINIMAL.replace(
    "groups:", "  - {name: round_2, start: 2026-07-06, end: 2026-09-27}\ngroups:"
)


def test_the_first_round_is_compared_with_the_baseline_and_each_later_one_with_the_one_before() -> None:
    plan = read_plan(TWO_ROUNDS)
    assert [phase.name for phase in compared_phases(plan, 1)] == ["baseline", "pilot"]
    assert [phase.name for phase in compared_phases(plan, 2)] == ["pilot", "round_2"]
    with pytest.raises(UnknownPhase, match='has no phase "round_3": it has baseline, pilot, round_2'):
        compared_phases(plan, 3)
