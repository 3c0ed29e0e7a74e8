"""The rounds of a rollout: it may adjust and go round again, each round compared with the one before."""

from pilots.errors import UnknownPhase
from pilots.plan import Phase, Plan


def phase_of_round(round_: int) -> str:
    """The name of the phase that a round (from 1) is tried in: `pilot`, then `round_2`, `round_3` …"""
    return "pilot" if round_ == 1 else f"round_{round_}"


def compared_phases(plan: Plan, round_: int) -> tuple[Phase, Phase]:
    """The two phases that a round is evaluated on: the one before, and its own.

    Baseline and pilot in the first round, pilot and round_2 in the second. Raises `UnknownPhase`.
    """
    before = "baseline" if round_ == 1 else phase_of_round(round_ - 1)
    return plan.phase(before), plan.phase(phase_of_round(round_))


def next_round(plan: Plan, round_: int) -> Phase | None:
    """The phase that the plan has for the round after this one; None where it has none."""
    try:
        return plan.phase(phase_of_round(round_ + 1))
    except UnknownPhase:
        return None
