"""What a plan can be expected to show, before it starts: by its goals, its numbers and the spread known."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from analysis.catalogue import METRICS, Metric
from analysis.pipeline.evaluation_design import FEWEST_PAIRS
from analysis.pipeline.joined_months import JoinedMonths
from analysis.pipeline.metric_days import Days
from analysis.pipeline.participant_values import participant_value
from analysis.pipeline.periods import Period, phase_period
from analysis.planning import Chances, chances, participants_needed
from pilots.plan import Goal, Plan
from pilots.registry import Registry

ASSUMED = (1.0, 1.5, 2.0, 3.0)
"""Multiples of the smallest change worth having: what the spread of changes is held against when unknown."""

FEWEST_FOR_SPREAD = 6
"""A standard deviation of fewer changes is off by half in one case of ten."""

Source = Literal["given", "phases", "baseline", "assumed"]


@dataclass(frozen=True, slots=True)
class Spread:
    """The SD between participants of their changes in a metric, of `n` of them: between two `phases`, or the
    two halves of a `baseline`, or as `given`, or `assumed`."""

    value: float
    n: int | None
    source: Source


@dataclass(frozen=True, slots=True)
class PowerRow:
    """One goal under one spread: what the planned numbers, less the dropout allowed, can be expected to say,
    and how many it would take to show the smallest change worth having with 80 % power."""

    metric: str
    goal: str
    primary: bool
    unit: str
    minimum_change: float
    spread: Spread
    chances: Chances
    needed: int
    needed_comparison: int | None
    enough: bool


def planned_power(plan: Plan, known: Mapping[str, Spread]) -> list[PowerRow]:
    """Each goal of the plan, the primary first, under its `known` spread or else several assumed ones.

    With a comparison group the changes of both are held against each other; else each participant's change
    stands alone.
    """
    rows = []
    for goal in sorted(plan.goals, key=lambda goal: not goal.primary):
        spreads = (
            [known[goal.metric]]
            if goal.metric in known
            else [Spread(goal.minimum_change * times, None, "assumed") for times in ASSUMED]
        )
        rows += [_row(plan, goal, spread) for spread in spreads]
    return rows


def spreads_of(registry: Registry, pilot: str) -> dict[str, Spread]:
    """What a pilot's daily values say of spread, for each metric that is a mean or last of them.

    From the changes between `baseline` and `pilot` phase where enough have both, else from those between the
    halves of the baseline, which holds what varies by itself and not that residents respond unequally.
    Raises `UnknownPilot`.
    """
    plan, groups = registry.pilot(pilot).plan, defaultdict[str, list[str]](list)
    for person in registry.participants(pilot):
        groups[person.group].append(person.code)
    phases = {phase.name: phase_period(plan, phase, after_wash_in=True) for phase in plan.phases}
    tried: list[tuple[Source, Sequence[Period]]] = []
    if "baseline" in phases and "pilot" in phases:
        tried.append(("phases", (phases["baseline"], phases["pilot"])))
    if "baseline" in phases:
        tried.append(("baseline", _halves(phases["baseline"])))
    found: dict[str, Spread] = {}
    months = JoinedMonths(registry.daily_columns(pilot))
    for name, metric in METRICS.items():
        if metric.summary not in ("mean", "last"):
            continue
        days = months.days(name)
        for source, periods in tried:
            changes = [_changes(days, metric, periods, codes) for codes in groups.values()]
            n, free = sum(map(len, changes)), sum(max(len(group) - 1, 0) for group in changes)
            if name in found or n < FEWEST_FOR_SPREAD:
                continue
            # Within groups: that one of them got the technology is no spread.
            squares = sum(float(np.var(group) * len(group)) for group in changes if group)
            if squares > 0:
                found[name] = Spread((squares / free) ** 0.5, n, source)
    return found


def _row(plan: Plan, goal: Goal, spread: Spread) -> PowerRow:
    groups = list(plan.groups.values())
    stays = 1 - plan.evaluation.largest_dropout_percent / 100
    compared = [int(round(planned * stays, 9)) for planned in groups]
    held_against = len(groups) > 1 and plan.evaluation.design in (None, "comparison_group")
    beside = compared[1] if held_against else None
    expected = chances(goal.minimum_change, spread.value, compared[0], beside)
    if compared[0] < FEWEST_PAIRS:
        # The evaluation gives so few no interval, and can say no more than that nothing was shown.
        expected = replace(expected, shown=0.0, introduced=0.0, refused=0.0, detectable=math.nan)
    needed, needed_beside = participants_needed(
        goal.minimum_change, spread.value, ratio=groups[1] / groups[0] if held_against else None
    )
    needed = max(needed, FEWEST_PAIRS)
    needed_beside = None if needed_beside is None else max(needed_beside, FEWEST_PAIRS)
    return PowerRow(
        goal.metric,
        goal.goal,
        goal.primary,
        METRICS[goal.metric].unit if goal.metric in METRICS else "",
        goal.minimum_change,
        spread,
        expected,
        needed,
        needed_beside,
        compared[0] >= needed and (needed_beside is None or (beside or 0) >= needed_beside),
    )


def _halves(period: Period) -> tuple[Period, Period]:
    middle = period.first + (period.end - period.first) // 2
    return replace(period, end=middle), replace(period, first=middle)


def _changes(days: Days, metric: Metric, periods: Sequence[Period], codes: Sequence[str]) -> list[float]:
    changes = []
    for code in codes:
        before, after = (
            participant_value(metric, days.own(code, each), metric.coverage_floor) for each in periods
        )
        if before.value is not None and after.value is not None:
            changes.append(after.value - before.value)
    return changes
