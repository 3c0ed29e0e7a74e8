"""Reading plain values of a model's YAML: what is not as it should be is said, with its line, and read on."""

from collections.abc import Collection, Mapping
from typing import Any

from ingest.decoders.models.fields import Path, word
from pilots.errors import PlanProblem
from pilots.plan.lines import Document, shown
from pilots.plan.lines import Path as Place
from pilots.plan.nearest import nearest


class Checker:
    """The parts of a document by their kinds; what stands in for a part that is wrong is never used.

    A part that is missing altogether is said once, by `mapping`, and passed on as `None`.
    """

    def __init__(self, document: Document) -> None:
        self._document = document

    def say(self, place: Place, message: str) -> None:
        """One more problem, of what stands at that place."""
        self._document.problems.append(PlanProblem(self.line(place), message))

    def line(self, place: Place) -> int:
        """The line of that place."""
        return self._document.line(place)

    def mapping(
        self, place: Place, item: Any, known: Collection[str] | None, needed: Collection[str] = ()
    ) -> dict[str, Any]:
        """A mapping with `needed` keys and no others than `known`, where they are given."""
        if not isinstance(item, dict):
            self.say(
                place,
                f"{name(place)} {shown(item)} should be a mapping: {{key: value}}, or indented lines of "
                "key: value",
            )
            return {}
        for key in item.keys() - set(known) if known is not None else ():
            hint = nearest(key, known or ()) or f"known keys are {', '.join(known or ())}"
            self.say((*place, key), f'unknown key "{key}": {hint}')
        for key in needed:
            if key not in item:
                self.say(place, f'"{key}" is missing')
        return item

    def text(self, place: Place, values: Mapping[str, Any], key: str) -> str:
        """A text under `key`."""
        value = values.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if key in values:
            self.say((*place, key), f"{key} {shown(value)} should be text: write it in quotes")
        return ""

    def path(self, place: Place, values: Mapping[str, Any], key: str = "field") -> Path:
        """The way to a field of the device, written with dots."""
        written = self.text(place, values, key)
        parts = tuple(written.split("."))
        if written and not all(parts):
            self.say((*place, key), f'{key} "{written}" should be a field, with dots between levels: gps.lat')
        return parts

    def one_of(
        self, place: Place, values: Mapping[str, Any], key: str, known: Collection[str], what: str
    ) -> str:
        """One of the known words, under `key`."""
        value = values.get(key)
        if isinstance(value, str) and value in known:
            return value
        if key in values:
            self.unknown((*place, key), value, known, what)
        return ""

    def words(self, place: Place, values: Mapping[str, Any], key: str) -> frozenset[str]:
        """A word or number under `key`, or a list of them, as they are compared."""
        listed = values[key] if isinstance(values[key], list) else [values[key]]
        found = [word(each) for each in listed]
        if not listed or None in found:
            self.say((*place, key), f"{key} should be a word or number, or a list of them: [a, b]")
        return frozenset(each for each in found if each is not None)

    def unknown(self, place: Place, value: Any, known: Collection[str], what: str) -> None:
        """Says that a word is none of those there are, and which is most like it."""
        close = nearest(value, known) if isinstance(value, str) else None
        self.say(
            place,
            f"{what} {shown(value)} is not one of {', '.join(known)}" + (f": {close}" if close else ""),
        )


def name(place: Place) -> str:
    """What a place is called in a sentence."""
    return str(place[-1]) if place and isinstance(place[-1], str) else "an item"
