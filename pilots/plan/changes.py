"""What differs between two plans, by what they say and not by where it stands in their text."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pilots.plan.model import Plan

_LABELS = {
    "phases": ("name",),
    "goals": ("metric",),
    "products": ("name",),
    "requirements": ("requirement", "product"),
    "evaluation.safety": ("metric",),
    "benefits.deliverables": ("id",),
    "benefits.competences": ("id",),
    "benefits.behaviours": ("id",),
    "benefits.outcomes": ("id",),
    "benefits.goals": ("id",),
}
"""Which keys tell the items of a list apart; a plan that holds has no two alike."""


@dataclass(frozen=True, slots=True)
class PlanChange:
    """One value that changed: `phases[pilot].end`; None where it was not there, or is there no longer."""

    path: str
    before: str | None
    after: str | None


def plan_changes(before: Plan, after: Plan) -> tuple[PlanChange, ...]:
    """Every value that differs, in the order of the plan. A value at its default is as one written out."""
    return tuple(_changes("", "", before.model_dump(mode="json"), after.model_dump(mode="json")))


def _changes(path: str, kind: str, before: Any, after: Any) -> Iterator[PlanChange]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            inner = f"{path}.{key}" if path else key
            yield from _changes(inner, f"{kind}.{key}" if kind else key, before.get(key), after.get(key))
    elif kind in _LABELS:
        old, new = (_by_label(items, _LABELS[kind]) for items in (before, after))
        for name in dict.fromkeys([*old, *new]):
            yield from _changes(f"{path}[{name}]", f"{kind}[]", old.get(name), new.get(name))
        if set(old) == set(new) and list(old) != list(new):
            yield PlanChange(f"{path} (order)", "; ".join(old), "; ".join(new))
    else:
        yield PlanChange(path, _shown(before), _shown(after))


def _by_label(items: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    return {", ".join(item[label] for label in labels if item[label]): item for item in items}


def _shown(value: Any) -> str | None:
    """As somebody would write it: without what is left out, and 12 for 12.0."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:.15g}"
        case dict():
            told = {key: each for key, each in value.items() if each not in (None, [], {})}
            return ", ".join(f"{key}: {_shown(each)}" for key, each in told.items())
        case list():
            return ", ".join(str(_shown(each)) for each in value)
        case _:
            return str(value)
