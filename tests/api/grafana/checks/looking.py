"""Looking through a dashboard: every text, every key, and how a panel is called when something is wrong."""

from collections.abc import Iterator, Mapping
from typing import Any


def strings(value: Any) -> Iterator[str]:
    """Every text within a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def pairs(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key and what stands under it, at any depth, but for tables whose keys are fields."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield key, inner
            if not key.endswith("ByName"):
                yield from pairs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from pairs(inner)


def paths(value: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value that is no object and no list, under the keys that lead to it."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from paths(inner, (*above, key))
    elif isinstance(value, list):
        for inner in value:
            yield from paths(inner, above)
    else:
        yield above, value


def where(panel: Mapping[str, Any]) -> str:
    return f"panel {panel.get('id')} {panel.get('title')!r}"
