"""From a file's rows to fields of the kinds that can be imported, every problem told with its line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from pilots.civil_time import local_date, now, parse_time
from pilots.errors import ImportFileError, PilotError, PlanProblem, UnreadableTime
from pilots.imports.import_map import ImportMap, Source
from pilots.imports.table import Line
from pilots.plan.nearest import nearest
from pilots.plan.values import day
from pilots.pseudonyms import parse_code

When = TypeVar("When", int, date)

CLOCKS_APART_US = 300_000_000
"""Another system's clock may be some minutes ahead, as a device's may."""

Value = str | bool | float | int | date
"""Text, a truth, a number, an instant (µs UTC) or a day."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be imported: the fields every row needs, and those it may have, with what they hold."""

    required: Mapping[str, str]
    optional: Mapping[str, str]

    def holds(self, field: str) -> str | None:
        return self.required.get(field) or self.optional.get(field)


KINDS: Mapping[str, Kind] = {
    "visits": Kind(
        {"time": "instant", "mode": "text"},
        {
            **{"device": "text", "participant": "code", "visit": "text"},
            **{"planned": "truth", "outcome": "text", "role": "text"},
        },
    ),
    "scores": Kind({"participant": "code", "instrument": "text", "day": "day", "value": "number"}, {}),
    "weighings": Kind({"participant": "code", "time": "instant", "kg": "number"}, {}),
    "events": Kind({"participant": "code", "time": "instant", "kind": "text"}, {}),
}


@dataclass(frozen=True, slots=True)
class Cells:
    """One row's fields, and the line they stand on. A field without a value is not there."""

    number: int
    fields: Mapping[str, Value]


def read_rows(
    kind: str, lines: Sequence[Line], layout: ImportMap, zone: ZoneInfo, source: str
) -> list[Cells]:
    """The rows as fields of `kind`; times without an offset are local to `zone`.

    Raises `ImportFileError` with every problem: nothing of a file is taken when some of it cannot be.
    """
    definition = KINDS[kind]
    problems = list(_unfit(kind, definition, layout))
    if problems:
        raise ImportFileError("map", problems)
    rows = []
    for line in lines:
        fields: dict[str, Value] = {}
        for field, where in layout.fields.items():
            try:
                value = _value(str(definition.holds(field)), where, line, zone)
            except (PilotError, ValueError) as error:
                told = f'"{where.column}"' if where.column else field
                problems.append(PlanProblem(line.number, f"{told}: {error}"))
                continue
            if value is not None:
                fields[field] = value
            elif field in definition.required:
                problems.append(PlanProblem(line.number, f'"{where.column}" is empty: {field} is needed'))
        rows.append(Cells(line.number, fields))
    if problems:
        raise ImportFileError(source, problems)
    return rows


def _unfit(kind: str, definition: Kind, layout: ImportMap) -> list[PlanProblem]:
    known = (*definition.required, *definition.optional)
    problems = [
        PlanProblem(
            1, f'{kind} have no field "{field}": {nearest(field, known) or "there are " + ", ".join(known)}'
        )
        for field in layout.fields
        if field not in known
    ]
    problems += [
        PlanProblem(1, f"fields: {field} is missing: say which column holds it")
        for field in definition.required
        if field not in layout.fields
    ]
    if kind == "visits" and not {"device", "participant"} & set(layout.fields):
        problems.append(PlanProblem(1, "fields: visits need device (the room's log) or participant"))
    if kind != "visits" and layout.complete is not None:
        problems.append(PlanProblem(1, "complete: is for visits only"))
    return problems


def _value(holds: str, where: Source, line: Line, zone: ZoneInfo) -> Value | None:
    told: str | bool | float
    if where.column is None:
        told = where.always if where.always is not None else ""
    else:
        told = line.cells[where.column]
        if where.words is not None and told:
            told = _translated(told, where.words)
    if told == "":
        return None
    return _typed(holds, told, where.format, zone)


def _translated(told: str, words: Mapping[str, str | bool]) -> str | bool:
    by_case = {word.casefold(): meaning for word, meaning in words.items()}
    try:
        return by_case[told.casefold()]
    except KeyError:
        raise ValueError(f'"{told}" is not among the words of the map: {", ".join(words)}') from None


def _typed(holds: str, told: str | bool | float, form: str | None, zone: ZoneInfo) -> Value:
    match holds:
        case "truth":
            return _truth(told)
        case "number":
            return _number(told)
        case "code":
            return parse_code(str(told))
        case "instant":
            return _past(told, _instant(str(told), form, zone), now() + CLOCKS_APART_US)
        case "day":
            return _past(told, _day(str(told), form), local_date(now(), zone))
        case _:
            return str(told)


def _past(told: str | bool | float, when: When, latest: When) -> When:
    if when > latest:
        raise ValueError(f'"{told}" is still to come')
    return when


def _truth(told: str | bool | float) -> bool:
    if isinstance(told, bool):
        return told
    word = str(told).casefold()
    if word in ("true", "1"):
        return True
    if word in ("false", "0"):
        return False
    raise ValueError(f'"{told}" is neither true nor false: give its words: in the map, such as {{Ja: true}}')


def _number(told: str | bool | float) -> float:
    text = str(told).replace("\N{NO-BREAK SPACE}", "").replace(" ", "")
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    try:
        return float(text)
    except ValueError:
        raise ValueError(f'"{told}" is not a number') from None


def _instant(told: str, form: str | None, zone: ZoneInfo) -> int:
    if form is None:
        return parse_time(told, zone)
    try:
        written = datetime.strptime(told, form)  # noqa: DTZ007 - the zone is given below
    except ValueError:
        raise UnreadableTime(f'"{told}" is not a time written {form}') from None
    return parse_time(written.isoformat(), zone)


def _day(told: str, form: str | None) -> date:
    if form is None:
        return day(told)
    try:
        return datetime.strptime(told, form).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise ValueError(f'"{told}" is not a day written {form}') from None
