"""What the fields of one model of device tell: the mapping that a YAML file says, at work."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from ingest.decoders.models.clock import Clock
from ingest.decoders.models.column import ColumnRule, Value
from ingest.decoders.models.fields import Fields, Path, at, shown, word
from ingest.decoders.told import Heard, Quality, SetAside, SetAsideReason, Told, nothing
from ingest.refusal import Refused
from store import STREAMS


@dataclass(frozen=True, slots=True)
class Condition:
    """What must stand in a field: one of `words`, or, with `negated`, anything else; without words, anything
    at all, or with `negated` nothing."""

    path: Path
    words: frozenset[str] | None = None
    negated: bool = False

    def holds(self, fields: Fields) -> bool:
        value = at(fields, self.path)
        if self.words is None:
            return (value is None) == self.negated
        return value is not None and (word(value) in self.words) != self.negated


Conditions = tuple[Condition, ...]
"""All of them must hold."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of reading: it is told where all of `when` hold, and set aside for the first reason of `aside`
    whose conditions hold.

    With `each`, every object of the list in that field is a reading of its own; an object there whose texts
    are lists, parted by `separator`, is taken for such a list.
    """

    stream: str
    columns: tuple[ColumnRule, ...]
    when: Conditions = ()
    aside: tuple[tuple[SetAsideReason, Conditions], ...] = ()
    each: Path | None = None
    separator: str | None = None
    clock: Clock | None = None

    def items(self, fields: Fields) -> Iterator[Fields]:
        """The objects whose fields this rule reads. Raises `Refused`."""
        if self.each is None:
            yield fields
            return
        listed = at(fields, self.each)
        if isinstance(listed, list):
            yield from (each for each in listed if isinstance(each, dict))
        elif isinstance(listed, dict):
            yield from self._parted(listed, self.each) if self.separator else (listed,)

    def _parted(self, listed: dict[str, Any], path: Path) -> Iterator[Fields]:
        parts = {
            name: [part.strip() for part in value.split(self.separator)]
            if isinstance(value, str)
            else [value]
            for name, value in listed.items()
        }
        lengths = set(map(len, parts.values())) - {1}
        if len(lengths) > 1:
            raise Refused("unequal_columns", f"the lists in field {shown(path)} have unequal lengths")
        for number in range(max(lengths, default=1)):
            yield {name: values[number if len(values) > 1 else 0] for name, values in parts.items()}

    def time(self, item: Fields, message: Fields, network_time: int | None) -> int | None:
        """The item's own time, or else that of the message around it. Raises `Refused`."""
        if self.clock is None:
            return network_time
        return self.clock.of(item if self.clock.stands_in(item) else message, network_time)

    def told(
        self, item: Fields, message: Fields, network_time: int | None
    ) -> tuple[int | None, dict[str, Value]]:
        """The item's time and values. Raises `Refused`, but not an alarm for a time that cannot be read."""
        try:
            time = self.time(item, message, network_time)
        except Refused:
            if self.stream == "alarm":
                with suppress(Refused):
                    if values := self.values(item, network_time):
                        return network_time, values
            raise
        return time, self.values(item, time)

    def values(self, fields: Fields, time: int | None) -> dict[str, Value]:
        """The columns that are there; empty where there is no reading. Raises `Refused`."""
        found: dict[str, Value] = {}
        measured = not any(rule.path for rule in self.columns)
        for rule in self.columns:
            value = rule.of(fields, time)
            if value is not None:
                found[rule.column.name] = value
                measured = measured or rule.path is not None
            elif rule.needed:
                return {}
        return found if measured else {}


@dataclass(frozen=True, slots=True)
class Model:
    """A model of device: `formats` are the adapters it is for, `source` the document it follows."""

    name: str
    title: str
    formats: tuple[str, ...]
    quality: Quality
    source: str
    rules: tuple[Rule, ...]

    def readings(self, address: str, fields: Fields, network_time: int | None) -> Told:
        """What decoded `fields` of the device tell; `Told.key` is left to the format.

        `network_time` (µs UTC) is when the network heard the device: the time of a reading of a model
        whose fields hold none, and of an alarm whose own cannot be read. Raises `Refused` where a field has
        not the type the model says; beside an alarm, what would be refused is set aside instead.
        """
        heard: list[Heard] = []
        aside: list[SetAside] = []
        failed: list[tuple[Rule, Refused]] = []
        for rule in self.rules:
            try:
                items = list(rule.items(fields))
            except Refused as refused:
                failed.append((rule, refused))
                continue
            for item in items:
                if not all(condition.holds(item) for condition in rule.when):
                    continue
                reason = _reason(rule, item)
                if reason is not None:
                    aside.append(SetAside(address, reason))
                    continue
                try:
                    time, values = rule.told(item, fields, network_time)
                except Refused as refused:
                    failed.append((rule, refused))
                    continue
                if values:
                    heard.append(Heard(address, rule.stream, time, values))
        if failed and not any(each.stream == "alarm" for each in heard):
            raise failed[0][1]
        aside += (
            SetAside(address, "no_fix" if rule.stream == "gps" else "not_a_reading") for rule, _ in failed
        )
        if not heard and not aside:
            return nothing(address, "not_a_reading")
        return Told(_joined(heard), tuple(dict.fromkeys(aside)))


def _joined(heard: Sequence[Heard]) -> list[Heard]:
    """Readings of one time and key as one: the store would keep only the last of them."""
    found: dict[tuple[Any, ...], Heard] = {}
    for each in heard:
        key = (each.stream, each.time, *(each.values.get(name) for name in STREAMS[each.stream].key))
        same = found.get(key)
        found[key] = replace(each, values=same.values | each.values) if same else each
    return list(found.values())


def _reason(rule: Rule, item: Fields) -> SetAsideReason | None:
    return next(
        (reason for reason, conditions in rule.aside if all(each.holds(item) for each in conditions)), None
    )
