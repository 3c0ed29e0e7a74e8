"""One column of a reading, and how its value is made from the fields of a message."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from re import fullmatch
from typing import Any

from ingest.decoders.models.fields import Fields, Path, at, number, shown, text, word
from ingest.refusal import Refused
from store.streams import Column

Value = float | bool | str

TIME, DAY = "time", "day"
"""Words in a text that stand for the reading's own time and day (UTC), not for a field."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Text:
    """A text made of parts: words as they stand, and fields put between them, `fall-{alarm_id}`."""

    parts: tuple[str | Path, ...]

    def of(self, fields: Fields, time: int | None) -> str:
        """Raises `Refused` where a part is absent."""
        return "".join(
            part if isinstance(part, str) else self._part(part, fields, time) for part in self.parts
        )

    def _part(self, path: Path, fields: Fields, time: int | None) -> str:
        if path in ((TIME,), (DAY,)):
            if time is None:
                raise Refused("missing", "an alarm is named by its time, and the message has none")
            try:
                moment = _EPOCH + timedelta(microseconds=time)
            except OverflowError:
                raise Refused("time", "an alarm is named by its time, which no calendar has") from None
            return f"{moment:%Y-%m-%d}" if path == (DAY,) else f"{moment:%Y-%m-%dT%H:%M:%S}Z"
        found = text(at(fields, path))
        if found is None:
            raise Refused("missing", f"field {shown(path)} is missing: it is part of an identifier")
        return found


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """`column` takes `constant`, or `made`, or what stands in the field at `path`.

    What stands there is looked up in `words`, or is a number times `factor` plus `offset`, held within
    `limits` where there are some, or is taken as it is. `unknown` are words for a value that is not known.
    `needed`: without it there is no reading.
    """

    column: Column
    needed: bool
    constant: Value | None = None
    made: Text | None = None
    path: Path | None = None
    words: Mapping[str, Value] | None = None
    unknown: frozenset[str] = frozenset()
    factor: float = 1.0
    offset: float = 0.0
    limits: tuple[float, float] | None = None

    def of(self, fields: Fields, time: int | None) -> Value | None:
        """The column's value; None where the field is absent or its value unknown. Raises `Refused`."""
        if self.constant is not None:
            return self.constant
        if self.made is not None:
            return self._fitting(self.made.of(fields, time))
        assert self.path is not None
        value = at(fields, self.path)
        if value is None or word(value) in self.unknown:
            return None
        if self.words is not None:
            return self._worded(value, self.words, self.path)
        match self.column.kind:
            case "bool":
                if not isinstance(value, bool):
                    raise Refused("wrong_type", f"field {shown(self.path)} is neither true nor false")
                return value
            case "text":
                found = text(value)
                return None if found is None else self._fitting(found)
        return self._converted(number(value, self.path), self.path)

    def _worded(self, value: Any, words: Mapping[str, Value], path: Path) -> Value | None:
        found = words.get(word(value) or "")
        if found is None and self.needed:
            raise Refused(
                "out_of_range",
                f"field {shown(path)} holds a word that its model does not know: {', '.join(words)}",
            )
        return found

    def _converted(self, value: float, path: Path) -> float | int:
        found = value * self.factor + self.offset
        if self.limits is not None:
            found = min(max(found, self.limits[0]), self.limits[1])
        if self.column.kind != "integer":
            return found + 0.0  # no -0.0
        if not found.is_integer():
            raise Refused("wrong_type", f"field {shown(path)} {value:g} is no whole number")
        return int(found)

    def _fitting(self, found: str) -> str | None:
        allowed = (
            found in self.column.choices if self.column.choices else fullmatch(self.column.pattern, found)
        )
        if allowed:
            return found
        if self.needed:
            raise Refused("out_of_range", f"{self.column.name} is made of a text that is no identifier")
        return None
