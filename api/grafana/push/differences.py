"""Where what stands in Grafana is not what we would write."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_IDENTITIES: Final = ("uid", "refId", "id", "name", "key", "selector")
"""What tells the elements of a list apart, in the order in which it is looked for."""

_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Difference:
    """One place: `theirs` in Grafana, `ours` as generated; None where a side has nothing."""

    place: str
    theirs: Any
    ours: Any

    def __str__(self) -> str:
        return f"{self.place}: {_short(self.theirs)} → {_short(self.ours)}"


def differences(theirs: Any, ours: Any, place: str = "") -> Iterator[Difference]:
    """Every place that we write and that is otherwise there; elements of lists that only Grafana has too.

    Keys that only Grafana has are its own: ids, versions, defaults of a newer schema.
    """
    if isinstance(theirs, Mapping) and isinstance(ours, Mapping):
        for key, value in ours.items():
            yield from differences(theirs.get(key), value, f"{place}.{key}" if place else str(key))
    elif _is_list(theirs) and _is_list(ours):
        yield from _of_lists(theirs, ours, place)
    elif theirs != ours:
        yield Difference(place, theirs, ours)


def _of_lists(theirs: Sequence[Any], ours: Sequence[Any], place: str) -> Iterator[Difference]:
    key = _identity(theirs, ours)
    there, here = _by(key, theirs), _by(key, ours)
    for name in [*here, *(name for name in there if name not in here)]:
        shown = _title(here.get(name)) or _title(there.get(name)) or name
        yield from differences(there.get(name), here.get(name), f"{place}[{shown}]")


def _identity(*lists: Sequence[Any]) -> str | None:
    for key in _IDENTITIES:
        if all(_tells_apart(key, elements) for elements in lists):
            return key
    return None


def _tells_apart(key: str, elements: Sequence[Any]) -> bool:
    names = {str(each[key]) for each in elements if isinstance(each, Mapping) and key in each}
    return len(names) == len(elements)


def _by(key: str | None, elements: Sequence[Any]) -> dict[str, Any]:
    return {str(number if key is None else each[key]): each for number, each in enumerate(elements)}


def _title(element: Any) -> str | None:
    return element.get("title") if isinstance(element, Mapping) else None


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _short(value: Any) -> str:
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
