"""What can be read of a plan's plain values, whatever else is wrong with them."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from pilots.plan.lines import Path
from pilots.plan.nearest import nearest
from pilots.plan.values import day

Finding = tuple[Path, str]
"""The place to mend, and what is wrong there."""


def mapping(value: object) -> dict[str, Any]:
    """The value where it is a mapping, an empty one elsewhere."""
    return value if isinstance(value, dict) else {}


def mappings(items: object) -> list[tuple[int, dict[str, Any]]]:
    """The items of a list that are mappings, each with its place."""
    found = enumerate(items) if isinstance(items, list) else ()
    return [(position, item) for position, item in found if isinstance(item, dict)]


def words(items: object) -> list[tuple[int, str]]:
    """The items of a list that are text, each with its place."""
    found = enumerate(items) if isinstance(items, list) else ()
    return [(position, item) for position, item in found if isinstance(item, str)]


def day_or_none(value: object) -> date | None:
    """The day that is written; None where none is."""
    try:
        return day(value)
    except ValueError:
        return None


def number_or_none(value: object) -> float | None:
    """The number that is written; None where none is."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def hint(word: str, known: Collection[str], called: str) -> str:
    """The known word most like this one, or all that are known."""
    return nearest(word, known) or f"known {called} are {', '.join(sorted(known))}"


def titled(item: Mapping[str, Any], label: str, name: str, section: str, position: int) -> str:
    """An item by its label, such as `goal "Natt"`; by its place where it has none."""
    text = item.get(label)
    return f'{name} "{text}"' if isinstance(text, str) else f"{section} item {position + 1}"
