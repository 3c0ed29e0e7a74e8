"""The columns of one reading, from a model's YAML."""

import re
from collections.abc import Mapping
from string import Formatter
from typing import Any

from ingest.decoders.models.checking import Checker
from ingest.decoders.models.column import DAY, TIME, ColumnRule, Text, Value
from ingest.decoders.models.fields import Path
from ingest.decoders.models.units import FACTORS, FOREIGN, UNITLESS, kind_of
from pilots.plan.lines import Path as Place
from pilots.plan.lines import shown
from pilots.plan.nearest import nearest
from store import Column, Stream

_KEYS = ("field", "unit", "line", "values", "unknown", "value", "text")
_UNITS = tuple(dict.fromkeys((*(unit for factors in FACTORS.values() for unit in factors), *FOREIGN)))


def read_columns(check: Checker, place: Place, stream: Stream, item: Any) -> tuple[ColumnRule, ...]:
    """The columns at `place`; those that a field fills come first, as one of them may be missing."""
    rules: list[ColumnRule] = []
    named = check.mapping(place, item, None)
    for name, spec in named.items():
        if name not in stream.column_names:
            hint = nearest(name, stream.column_names) or f"it has {', '.join(stream.column_names)}"
            check.say((*place, name), f'stream {stream.name} has no column "{name}": {hint}')
            continue
        needed = name in stream.required or (stream.name == "gps" and name in ("lat", "lon"))
        rules.append(_column(check, (*place, name), stream.column(name), needed, spec))
    if isinstance(item, dict) and not named:
        check.say(place, "columns is empty: name at least one")
    for name in stream.required:
        if named and name not in named:
            check.say(place, f"{name} is missing: a reading of stream {stream.name} needs it")
    if stream.name == "gps" and ("lat" in named) != ("lon" in named):
        check.say(place, "lat and lon come together: one of them is missing")
    return tuple(sorted(rules, key=lambda rule: rule.path is None))


def _column(check: Checker, place: Place, column: Column, needed: bool, spec: Any) -> ColumnRule:
    values = check.mapping(place, spec, _KEYS)
    sources = [key for key in ("field", "value", "text") if key in values]
    if isinstance(spec, dict) and len(sources) != 1:
        check.say(place, f"{column.name} comes from one of field, value and text")
    if sources != ["field"]:
        for key in ("unit", "line", "values", "unknown"):
            if key in values and sources:
                check.say((*place, key), f"{key} belongs to a field, and {column.name} has none")
        if sources == ["value"]:
            constant = _value(check, (*place, "value"), column, values["value"])
            return ColumnRule(column, needed, constant=constant)
        made = _text(check, place, column, values) if sources == ["text"] else None
        return ColumnRule(column, needed, made=made)
    path = check.path(place, values)
    unknown = check.words(place, values, "unknown") if "unknown" in values else frozenset()
    if "values" in values:
        for key in ("unit", "line"):
            if key in values:
                check.say((*place, key), f"{key} converts numbers, and {column.name} is looked up in values")
        words = _lookup(check, (*place, "values"), column, values["values"])
        return ColumnRule(column, needed, path=path, words=words, unknown=unknown)
    factor, offset = _conversion(check, place, column, values)
    limits = (0.0, 100.0) if column.unit == "%" and "line" in values else None
    return ColumnRule(column, needed, path=path, unknown=unknown, factor=factor, offset=offset, limits=limits)


# -- numbers -----------------------------------------------------------------------------------------------


def _conversion(
    check: Checker, place: Place, column: Column, values: Mapping[str, Any]
) -> tuple[float, float]:
    """What a number is multiplied by, and what is added then."""
    unit = values.get("unit")
    if "line" in values:
        if column.kind not in ("float32", "float64"):
            check.say((*place, "line"), f"{column.name} is no measured number: take the line away")
        if "unit" in values and unit not in _UNITS:
            check.unknown((*place, "unit"), unit, _UNITS, "unit")
        return _line(check, (*place, "line"), values["line"])
    if column.kind not in ("float32", "float64") or column.unit in UNITLESS:
        if "unit" in values:
            check.say((*place, "unit"), f"{column.name} has no unit: take unit {shown(unit)} away")
        return 1.0, 0.0
    factors = FACTORS[column.unit]
    written = str(unit)
    if "unit" not in values:
        check.say(place, f"{column.name} needs the unit of its field, one of {', '.join(factors)}")
    elif written in factors:
        return factors[written], 0.0
    elif written in FOREIGN or kind_of(written) is not None:
        check.say(
            (*place, "unit"),
            f"unit {shown(unit)} is of another kind than {column.name} ({column.unit}): use one of "
            f"{', '.join(factors)}, or say by line what two values are worth, such as {{3000: 0, 4200: 100}}",
        )
    else:
        check.unknown((*place, "unit"), unit, tuple(factors), "unit")
    return 1.0, 0.0


def _line(check: Checker, place: Place, item: Any) -> tuple[float, float]:
    try:
        (low, worth_low), (high, worth_high) = (
            (float(sent), float(worth)) for sent, worth in dict(item).items()
        )
        factor = (worth_high - worth_low) / (high - low)
    except (TypeError, ValueError, ZeroDivisionError):
        check.say(
            place,
            "line should be two points, what the field holds and what it is worth: {3000: 0, 4200: 100}",
        )
        return 1.0, 0.0
    return factor, worth_low - factor * low


# -- words -------------------------------------------------------------------------------------------------


def _lookup(check: Checker, place: Place, column: Column, item: Any) -> dict[str, Value]:
    words = check.mapping(place, item, None)
    if isinstance(item, dict) and not words:
        check.say(place, "values is empty: say what each word of the field means")
    found: dict[str, Value] = {}
    for written, meant in words.items():
        value = _value(check, (*place, written), column, meant)
        if value is not None:
            found[written.strip().casefold()] = value
    return found


def _value(check: Checker, place: Place, column: Column, value: Any) -> Value | None:
    """A value that stands in the model itself, checked as one that a device sent."""
    match column.kind:
        case "bool":
            if isinstance(value, bool):
                return value
            check.say(place, f"{column.name} {shown(value)} should be true or false")
        case "text" if column.choices:
            if isinstance(value, str) and value in column.choices:
                return value
            check.unknown(place, value, column.choices, column.name)
        case "text":
            if isinstance(value, str) and re.fullmatch(column.pattern, value):
                return value
            check.say(place, f"{column.name} {shown(value)} is not allowed: it must match {column.pattern}")
        case _:
            low, high = column.low or 0.0, column.high or 0.0
            if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
                return value
            check.say(place, f"{column.name} {shown(value)} should be a number from {low:g} to {high:g}")
    return None


def _text(check: Checker, place: Place, column: Column, values: Mapping[str, Any]) -> Text | None:
    written = check.text(place, values, "text")
    place = (*place, "text")
    if column.kind != "text" or column.choices:
        check.say(place, f"{column.name} takes no text of its own making: use field or value")
        return None
    parts: list[str | Path] = []
    try:
        for literal, field, spec, conversion in Formatter().parse(written):
            if literal:
                parts.append(literal)
            if field is not None:
                if spec or conversion or not all(field.split(".")):
                    raise ValueError
                parts.append(tuple(field.split(".")))
    except ValueError:
        check.say(place, f"text {shown(written)} should have fields in braces, such as fall-{{alarm_id}}")
        return None
    if written and all(isinstance(part, str) for part in parts):
        check.say(
            place,
            f"text {shown(written)} has no field in braces: use value, or {{{TIME}}} or {{{DAY}}} in it",
        )
    elif not re.fullmatch(column.pattern, "".join(p if isinstance(p, str) else "1" for p in parts)):
        check.say(place, f"{column.name} {shown(written)} is not allowed: it must match {column.pattern}")
    return Text(tuple(parts))
