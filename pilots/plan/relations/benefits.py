"""How the boxes of the benefit diagram lead to each other.

A box that nothing leads to is no error: a diagram is written from right to left, and shows it as it stands.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pilots.plan.benefits import Benefits
from pilots.plan.lines import Path
from pilots.plan.nearest import nearest
from pilots.plan.relations.plain import Finding, hint, mapping, mappings, words

COLUMNS = tuple(Benefits.model_fields)
"""Left to right."""


def benefit_findings(values: Mapping[str, Any], metrics: Collection[str] | None) -> Iterator[Finding]:
    """What is wrong with `benefits`."""
    columns = {name: mappings(mapping(values.get("benefits")).get(name)) for name in COLUMNS}
    yield from _repeated_ids(columns)
    yield from _ways(columns)
    for position, outcome in columns["outcomes"]:
        metric = outcome.get("metric")
        if metrics is not None and isinstance(metric, str) and metric not in metrics:
            yield (
                ("benefits", "outcomes", position, "metric"),
                f'{_named("outcomes", position, outcome)}: unknown metric "{metric}": '
                f"{hint(metric, metrics, 'metrics')}",
            )


def _repeated_ids(columns: Mapping[str, list[tuple[int, dict[str, Any]]]]) -> Iterator[Finding]:
    place_of: dict[str, str] = {}
    for column, boxes in columns.items():
        for position, box in boxes:
            name = box.get("id")
            if not isinstance(name, str):
                continue
            if name in place_of:
                place: Path = ("benefits", column, position, "id")
                yield (
                    place,
                    f'benefits.{column} item {position + 1}: id "{name}" is one of {place_of[name]} already',
                )
            else:
                place_of[name] = f"benefits.{column}"


def _ways(columns: Mapping[str, list[tuple[int, dict[str, Any]]]]) -> Iterator[Finding]:
    everywhere = {name for boxes in columns.values() for name in _ids(boxes)}
    earlier: set[str] = set()
    for column, boxes in columns.items():
        for position, box in boxes:
            for number, origin in words(box.get("leads_from")):
                if origin in earlier:
                    continue
                reason = (
                    "stands in no earlier column: ways lead from left to right"
                    if origin in everywhere
                    else f"is no box: {nearest(origin, earlier) or 'name one of an earlier column by its id'}"
                )
                yield (
                    ("benefits", column, position, "leads_from", number),
                    f'{_named(column, position, box)}: leads_from "{origin}" {reason}',
                )
        earlier |= set(_ids(boxes))


def _ids(boxes: list[tuple[int, dict[str, Any]]]) -> list[str]:
    return [box["id"] for _, box in boxes if isinstance(box.get("id"), str)]


def _named(column: str, position: int, box: Mapping[str, Any]) -> str:
    name = box.get("id")
    return (
        f'benefits.{column} "{name}"' if isinstance(name, str) else f"benefits.{column} item {position + 1}"
    )
