"""How goals and metrics fit together."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pilots.plan.relations.plain import Finding, hint, mappings, titled


def goal_findings(
    values: Mapping[str, Any], metrics: Collection[str] | None, not_decisive: Mapping[str, str]
) -> Iterator[Finding]:
    """What is wrong with goals, each and together."""
    goals = mappings(values.get("goals"))
    if metrics is not None:
        yield from _unknown_metrics(goals, metrics)
    yield from _primary_that_cannot_decide(goals, not_decisive)
    yield from _goals_that_clash(goals)


def _unknown_metrics(goals: list[tuple[int, dict[str, Any]]], metrics: Collection[str]) -> Iterator[Finding]:
    for position, goal in goals:
        metric = goal.get("metric")
        if isinstance(metric, str) and metric not in metrics:
            yield (
                ("goals", position, "metric"),
                f'{_title(goal, position)}: unknown metric "{metric}": {hint(metric, metrics, "metrics")}',
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
    return titled(goal, "goal", "goal", "goals", position)
