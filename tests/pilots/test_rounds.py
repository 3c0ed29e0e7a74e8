"""Each round of a rollout is compared with the one before."""

from pilots.plan import read_plan
from pilots.rounds import phase_before, phase_named, phase_of_round
from tests.pilots.plans import MINIMAL

TWO_ROUNDS = "kind: rollout\n" + MINIMAL.replace(
    "groups:", "  - {name: round_2, start: 2026-07-06, end: 2026-09-27}\ngroups:"
)


def test_the_first_round_is_compared_with_the_baseline_and_each_later_one_with_the_one_before() -> None:
    assert (phase_before(1), phase_of_round(1)) == ("baseline", "pilot")
    assert (phase_before(2), phase_of_round(2)) == ("pilot", "round_2")
    assert (phase_before(3), phase_of_round(3)) == ("round_2", "round_3")


def test_a_phase_is_found_by_its_name_or_is_not_there() -> None:
    plan = read_plan(TWO_ROUNDS)
    found = phase_named(plan, phase_of_round(2))
    assert found is not None
    assert found.start.isoformat() == "2026-07-06"
    assert phase_named(plan, phase_of_round(3)) is None
