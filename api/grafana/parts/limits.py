"""Where a figure changes its colour: the plan's limits, or those that hold for every pilot."""

from collections.abc import Mapping
from typing import Literal

from analysis.pipeline.attention import CLOCK_OFF_S, ENOUGH, LOW_BATTERY_PCT
from api.grafana.parts.panels import Steps
from pilots.plan import Plan

_GOOD_COVERAGE = 0.9

_TARGETS: Mapping[str, Literal["acknowledge_s", "arrive_s"]] = {
    "time_to_acknowledge_s": "acknowledge_s",
    "time_to_arrive_s": "arrive_s",
}

BATTERY_STEPS: Steps = (("red", None), ("transparent", LOW_BATTERY_PCT))
LATE_STEPS: Steps = (("transparent", None), ("orange", 1))
"""Of what counts how far past a limit something is; below one it is not."""

CLOCK_STEPS: Steps = (("red", None), ("transparent", -CLOCK_OFF_S), ("red", CLOCK_OFF_S))


def coverage_steps(plan: Plan | None) -> Steps:
    """Red below what an evaluation asks for, green where little is missing."""
    least = plan.evaluation.least_coverage if plan is not None else None
    if least is None:
        least = ENOUGH
    return (("red", None), ("yellow", least), ("green", max(least, _GOOD_COVERAGE)))


def target_of(plan: Plan | None, metric: str) -> float | None:
    """What the plan wants of a metric: an alarm's target, or that of a benefit measured by it; else None.

    Whose an alarm's target is, `whose_target` tells.
    """
    if plan is None:
        return None
    if metric in _TARGETS:
        return float(getattr(plan.targets, _TARGETS[metric]))
    return next((each.target for each in plan.benefits.outcomes if each.metric == metric), None)


def names_target(plan: Plan, name: Literal["acknowledge_s", "arrive_s"]) -> bool:
    """Whether the plan itself says within what time; where it does not, a default holds.

    So `plan` is to be read from its text: the registry's has a target in any case.
    """
    return "targets" in plan.model_fields_set and name in plan.targets.model_fields_set


def whose_target(plan: Plan | None, *metrics: str) -> Literal["plan", "default", "either"]:
    """Whose the targets of these metrics are; "either" where they are of both, or no plan is given."""
    if plan is None:
        return "either"
    whose = {metric not in _TARGETS or names_target(plan, _TARGETS[metric]) for metric in metrics}
    return "either" if len(whose) > 1 else "plan" if whose.pop() else "default"


def target_steps(target_s: float | None) -> Steps:
    """Red from the target on; no colours where no plan is given."""
    return (("text", None),) if target_s is None else (("green", None), ("red", target_s))
