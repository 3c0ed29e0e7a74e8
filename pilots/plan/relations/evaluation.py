"""How the rules of the evaluation fit the goals, groups and phases."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pilots.plan.lines import Path
from pilots.plan.relations.phases import phases_in
from pilots.plan.relations.plain import Finding, hint, mapping, mappings, number_or_none, words

FEWEST_SERIES_DAYS = 56
"""An interrupted series needs eight weekly points on each side (methods: segmented regression)."""


def evaluation_findings(values: Mapping[str, Any], metrics: Collection[str] | None) -> Iterator[Finding]:
    """What is wrong with `evaluation`, seen beside the rest of the plan."""
    rules = mapping(values.get("evaluation"))
    yield from _safety(rules, metrics)
    yield from _family(rules, values)
    yield from _use(rules, metrics)
    yield from _design(rules.get("design"), values)
    yield from _reachable(rules, values)


def _safety(rules: Mapping[str, Any], metrics: Collection[str] | None) -> Iterator[Finding]:
    seen: set[str] = set()
    for position, margin in mappings(rules.get("safety")):
        metric = margin.get("metric")
        if not isinstance(metric, str):
            continue
        place: Path = ("evaluation", "safety", position, "metric")
        name = f"evaluation.safety item {position + 1}: metric"
        if metrics is not None and metric not in metrics:
            yield place, f'{name} "{metric}" is unknown: {hint(metric, metrics, "metrics")}'
        elif metric in seen:
            yield place, f'{name} "{metric}" is there twice: keep one margin for it'
        seen.add(metric)


def _family(rules: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[Finding]:
    goals = {
        goal["metric"] for _, goal in mappings(values.get("goals")) if isinstance(goal.get("metric"), str)
    }
    seen: set[str] = set()
    for position, metric in words(rules.get("family")):
        place: Path = ("evaluation", "family", position)
        if metric not in goals:
            known = f"goals have {', '.join(sorted(goals))}" if goals else "there are no goals"
            yield place, f'evaluation.family item {position + 1} "{metric}" is the metric of no goal: {known}'
        elif metric in seen:
            yield place, f'evaluation.family item {position + 1} "{metric}" is there twice: keep one'
        seen.add(metric)


def _use(rules: Mapping[str, Any], metrics: Collection[str] | None) -> Iterator[Finding]:
    metric = mapping(rules.get("use")).get("metric")
    if not isinstance(metric, str):
        return
    place: Path = ("evaluation", "use", "metric")
    if metrics is not None and metric not in metrics:
        yield place, f'evaluation.use.metric "{metric}" is unknown: {hint(metric, metrics, "metrics")}'
    elif "percent" not in metric.split("_"):
        yield (
            place,
            f'evaluation.use.metric "{metric}" is not in percent: name one that is, such as '
            "device_uptime_percent, or leave it out",
        )


def _design(design: object, values: Mapping[str, Any]) -> Iterator[Finding]:
    place: Path = ("evaluation", "design")
    if design == "comparison_group" and "comparison" not in mapping(values.get("groups")):
        yield (
            place,
            'evaluation.design "comparison_group" needs a comparison group: add comparison under groups, or '
            "choose another design",
        )
    if design != "interrupted_series":
        return
    for phase in phases_in(values):
        days = phase.days_to_evaluate
        if phase.name in ("baseline", "pilot") and days is not None and days < FEWEST_SERIES_DAYS:
            yield (
                place,
                f'evaluation.design "interrupted_series" needs 8 weeks on each side: phase '
                f'"{phase.name}" has {days} days to evaluate, not {FEWEST_SERIES_DAYS}',
            )


def _reachable(rules: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[Finding]:
    asked = number_or_none(rules.get("baseline_days"))
    for phase in phases_in(values):
        days = phase.days_to_evaluate
        if phase.name == "baseline" and days is not None and asked is not None and asked > days > 0:
            yield (
                ("evaluation", "baseline_days"),
                f'evaluation.baseline_days {asked:g} is more than the {days} days of phase "baseline"',
            )
    fewest, groups = number_or_none(rules.get("participants")), mapping(values.get("groups"))
    first = next(iter(groups), None)
    planned = number_or_none(groups.get(first)) if first else None
    if fewest is not None and planned is not None and fewest > planned > 0:
        yield (
            ("evaluation", "participants"),
            f"evaluation.participants {fewest:g} is more than the {planned:g} planned in {first}",
        )
