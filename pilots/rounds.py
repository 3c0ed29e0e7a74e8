"""The rounds of a rollout: it may adjust and go round again, each round compared with the one before."""

from pilots.plan import Phase, Plan


def phase_of_round(round_: int) -> str:
    """The name of the phase that a round (from 1) is tried in: `pilot`, then `round_2`, `round_3` …"""
    return "pilot" if round_ == 1 else f"round_{round_}"


def phase_before(round_: int) -> str:
    """The name of the phase that a round is compared with: the baseline, or the phase of the round before."""
    return "baseline" if round_ == 1 else phase_of_round(round_ - 1)


def phase_named(plan: Plan, name: str) -> Phase | None:
    """The phase of that name; None where the plan has none."""
    return next((phase for phase in plan.phases if phase.name == name), None)
