"""How the parts of a plan must fit together, checked as far as each part can be read by itself.

Works on plain values, not on models: a phase with a misspelt key should still be seen to overlap another.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from pilots.plan.lines import Path
from pilots.plan.nearest import nearest
from pilots.plan.values import day

Finding = tuple[Path, str]


@dataclass(frozen=True, slots=True)
class _Phase:
    """What can be read of a phase; None where it cannot."""

    position: int
    name: str
    start: date | None
    end: date | None
    wash_in_days: int

    def at(self, key: str) -> Path:
        return ("phases", self.position, key)


def findings(
    values: Mapping[str, Any], metrics: Collection[str] | None, not_decisive: Mapping[str, str]
) -> Iterator[Finding]:
    """Every relation that does not hold, with the place to mend."""
    phases = [_phase(position, item) for position, item in _mappings(values.get("phases"))]
    yield from _phases_by_themselves(phases)
    for before, after in pairwise(phases):
        yield from _order(before, after)
    yield from _baseline_first(phases)
    goals = _mappings(values.get("goals"))
    if metrics is not None:
        yield from _unknown_metrics(goals, metrics)
    yield from _primary_that_cannot_decide(goals, not_decisive)
    yield from _goals_that_clash(goals)
    yield from _repeated_units(values.get("units"))


def _mappings(items: object) -> list[tuple[int, dict[str, Any]]]:
    found = enumerate(items) if isinstance(items, list) else ()
    return [(position, item) for position, item in found if isinstance(item, dict)]


def _phase(position: int, item: Mapping[str, Any]) -> _Phase:
    wash_in = item.get("wash_in_days")
    return _Phase(
        position=position,
        name=str(item.get("name", position + 1)),
        start=_day_or_none(item.get("start")),
        end=_day_or_none(item.get("end")),
        wash_in_days=wash_in if isinstance(wash_in, int) else 0,
    )


def _day_or_none(value: object) -> date | None:
    try:
        return day(value)
    except ValueError:
        return None


def _phases_by_themselves(phases: list[_Phase]) -> Iterator[Finding]:
    seen: set[str] = set()
    for phase in phases:
        if phase.name in seen:
            yield phase.at("name"), f'phase "{phase.name}" is there twice: give each its own name'
        seen.add(phase.name)
        if phase.start is None or phase.end is None:
            continue
        days = (phase.end - phase.start).days + 1
        if days < 1:
            yield phase.at("end"), f'phase "{phase.name}" ends before it starts ({phase.end} < {phase.start})'
        elif phase.wash_in_days >= days:
            yield (
                phase.at("wash_in_days"),
                f'phase "{phase.name}": wash_in_days {phase.wash_in_days} leaves none of its {days} days '
                "to evaluate",
            )


def _order(before: _Phase, after: _Phase) -> Iterator[Finding]:
    if before.end is None or after.start is None:
        return
    if after.start == before.end:
        yield (
            after.at("start"),
            f'phase "{after.name}" starts on the last day of "{before.name}" ({after.start}): '
            "end is inclusive, so start on the day after",
        )
    elif before.start is not None and after.end is not None and after.end < before.start:
        yield (
            after.at("start"),
            f'phase "{after.name}" is listed after "{before.name}" but comes before it '
            f"({after.end} < {before.start}): list phases in order of time",
        )
    elif after.start < before.end:
        yield (
            after.at("start"),
            f'phase "{after.name}" starts before "{before.name}" ends ({after.start} < {before.end})',
        )


def _baseline_first(phases: list[_Phase]) -> Iterator[Finding]:
    by_name = {phase.name: phase for phase in phases}
    baseline, pilot = by_name.get("baseline"), by_name.get("pilot")
    if baseline is None or pilot is None or baseline.start is None or pilot.start is None:
        return
    if pilot.start < baseline.start:
        yield (
            pilot.at("start"),
            f'phase "pilot" starts before "baseline" does ({pilot.start} < {baseline.start}): '
            "there is nothing to compare it with",
        )


def _unknown_metrics(goals: list[tuple[int, dict[str, Any]]], metrics: Collection[str]) -> Iterator[Finding]:
    for position, goal in goals:
        metric = goal.get("metric")
        if isinstance(metric, str) and metric not in metrics:
            hint = nearest(metric, metrics) or f"known metrics are {', '.join(sorted(metrics))}"
            yield (
                ("goals", position, "metric"),
                f'{_title(goal, position)}: unknown metric "{metric}": {hint}',
            )


def _primary_that_cannot_decide(
    goals: list[tuple[int, dict[str, Any]]], not_decisive: Mapping[str, str]
) -> Iterator[Finding]:
    for position, goal in goals:
        metric = goal.get("metric")
        if goal.get("primary") is True and isinstance(metric, str) and metric in not_decisive:
            yield (
                ("goals", position, "metric"),
                f'{_title(goal, position)} is primary, and "{metric}" is {not_decisive[metric]}, which '
                "cannot carry a decision: keep it as a goal without primary, and make one of another metric "
                "primary",
            )


def _goals_that_clash(goals: list[tuple[int, dict[str, Any]]]) -> Iterator[Finding]:
    primary: str | None = None
    title_by_metric: dict[object, str] = {}
    for position, goal in goals:
        title, metric = _title(goal, position), goal.get("metric")
        if isinstance(metric, str) and metric in title_by_metric:
            yield (
                ("goals", position, "metric"),
                f'{title}: "{metric}" is the metric of {title_by_metric[metric]} already: keep one',
            )
        elif isinstance(metric, str):
            title_by_metric[metric] = title
        if goal.get("primary") is not True:
            continue
        if primary is not None:
            yield ("goals", position, "primary"), f"{title} is primary, and so is {primary}: keep one primary"
        else:
            primary = title


def _title(goal: Mapping[str, Any], position: int) -> str:
    title = goal.get("goal")
    return f'goal "{title}"' if isinstance(title, str) else f"goals item {position + 1}"


def _repeated_units(units: object) -> Iterator[Finding]:
    seen: set[object] = set()
    for position, unit in enumerate(units if isinstance(units, list) else ()):
        if isinstance(unit, str) and unit in seen:
            yield ("units", position), f'unit "{unit}" is there twice: keep one'
        if isinstance(unit, str):
            seen.add(unit)
