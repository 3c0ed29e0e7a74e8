"""From a YAML text to the mapping of one model of device, or to everything that is wrong with it."""

import re
from collections.abc import Sequence
from typing import Any, cast, get_args
from zoneinfo import ZoneInfo

from ingest.decoders.models.checking import Checker
from ingest.decoders.models.clock import Clock, TimeUnit
from ingest.decoders.models.columns_reading import read_columns
from ingest.decoders.models.model import Condition, Conditions, Model, Rule
from ingest.decoders.told import Quality, SetAsideReason
from pilots.errors import PlanProblem
from pilots.plan.lines import Path as Place
from pilots.plan.lines import read_yaml, shown
from pilots.plan.values import known_timezone
from store import STREAMS

MODEL_FORMATS = ("chirpstack", "tts", "emfit", "esphome", "tasmota", "mqtt-bed", "zigbee2mqtt")
"""The adapters that read devices by a model."""

NETWORKS = ("chirpstack", "tts")
"""Those of them whose messages say when the device was heard."""

REASONS: tuple[SetAsideReason, ...] = ("no_fix", "network_position", "stale", "not_a_reading")
"""Why a model may set a reading aside; other reasons are the formats' to know."""

_KEYS = ("name", "title", "formats", "quality", "source", "readings")
_RULE_KEYS = ("stream", "columns", "when", "set_aside", "each", "separator", "time")

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_LONGEST = 64 * 1024
"""Characters: a model is a page or two."""


class ModelError(Exception):
    """A model that does not hold. `problems` lists all of them by line; `str()` is one line for each."""

    def __init__(self, source: str, problems: Sequence[PlanProblem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{source} line {each.line}: {each.message}" for each in self.problems))


def read_model(text: str, source: str) -> Model:
    """The model that the YAML text holds; `source` names the text in errors.

    Raises `ModelError` with every problem and its line.
    """
    if len(text) > _LONGEST:
        raise ModelError(source, [PlanProblem(1, f"longer than {_LONGEST:,} characters: not a model")])
    document = read_yaml(text, "model", _KEYS)
    if document.values:
        model = _model(Checker(document), document.values)
        if not document.problems:
            return model
    problems = {PlanProblem(each.line, " ".join(each.message.split())) for each in document.problems}
    raise ModelError(source, sorted(problems, key=lambda each: (each.line, each.message)))


def _model(check: Checker, values: dict[str, Any]) -> Model:
    check.mapping((), values, (*_KEYS, "time"), _KEYS)
    name = check.text((), values, "name")
    if name and not _NAME.fullmatch(name):
        check.say(("name",), f'name "{name}" is not allowed: lower-case a-z, digits and hyphens, at most 63')
    formats = values["formats"] if isinstance(values.get("formats"), list) else []
    if "formats" in values and not formats:
        check.say(("formats",), "formats should be a list with at least one: [chirpstack, tts]")
    for position, each in enumerate(formats):
        if each not in MODEL_FORMATS:
            check.unknown(("formats", position), each, MODEL_FORMATS, "adapter")
    clock = _time(check, ("time",), values["time"]) if "time" in values else None
    readings = values.get("readings")
    if "readings" in values and (not isinstance(readings, list) or not readings):
        check.say(("readings",), "readings should be a list with at least one: lines that start with -")
    rules = tuple(
        _rule(check, ("readings", position), item, clock)
        for position, item in enumerate(readings if isinstance(readings, list) else ())
    )
    _check_clashes(check, rules)
    deaf = [each for each in formats if each in MODEL_FORMATS and each not in NETWORKS]
    if deaf and any(rule.clock and rule.clock.unit == "s_ago" for rule in rules):
        check.say(("formats",), f"s_ago counts from when a network heard the device: {deaf[0]} has none")
    return Model(
        name,
        check.text((), values, "title"),
        tuple(map(str, formats)),
        cast("Quality", check.one_of((), values, "quality", get_args(Quality), "quality")),
        check.text((), values, "source"),
        rules,
    )


def _rule(check: Checker, place: Place, item: Any, clock: Clock | None) -> Rule:
    values = check.mapping(place, item, _RULE_KEYS, ("stream", "columns"))
    stream = check.one_of(place, values, "stream", STREAMS, "stream")
    rule = Rule(
        stream,
        read_columns(check, (*place, "columns"), STREAMS[stream], values["columns"])
        if stream and "columns" in values
        else (),
        _conditions(check, (*place, "when"), values["when"]) if "when" in values else (),
        _aside(check, (*place, "set_aside"), values["set_aside"]) if "set_aside" in values else (),
        check.path(place, values, "each") if "each" in values else None,
        check.text(place, values, "separator") if "separator" in values else None,
        _time(check, (*place, "time"), values["time"]) if "time" in values else clock,
    )
    if rule.separator is not None and rule.each is None:
        check.say((*place, "separator"), "separator parts the lists of each: say each, too")
    if rule.columns and not any(each.path for each in rule.columns) and not rule.when and rule.each is None:
        check.say(
            (*place, "columns"),
            f"the reading of {stream} takes nothing from the device: give a column a field, or say when",
        )
    return rule


def _aside(check: Checker, place: Place, item: Any) -> tuple[tuple[SetAsideReason, Conditions], ...]:
    conditions = check.mapping(place, item, REASONS)
    return tuple(
        (reason, _conditions(check, (*place, reason), conditions[reason]))
        for reason in REASONS
        if reason in conditions
    )


def _conditions(check: Checker, place: Place, item: Any) -> Conditions:
    if not isinstance(item, list):
        return (_condition(check, place, item),)
    return tuple(_condition(check, (*place, position), each) for position, each in enumerate(item))


def _condition(check: Checker, place: Place, item: Any) -> Condition:
    values = check.mapping(place, item, ("field", "is", "is_not", "present"), ("field",))
    path = check.path(place, values)
    asked = [key for key in ("is", "is_not", "present") if key in values]
    if isinstance(item, dict) and len(asked) != 1:
        check.say(place, "a condition has a field and one of is, is_not and present")
    if asked == ["present"]:
        if not isinstance(values["present"], bool):
            check.say((*place, "present"), f"present {shown(values['present'])} should be true or false")
        return Condition(path, negated=values["present"] is False)
    return Condition(
        path, check.words(place, values, asked[0]) if len(asked) == 1 else None, asked == ["is_not"]
    )


def _time(check: Checker, place: Place, item: Any) -> Clock:
    values = check.mapping(place, item, ("field", "unit", "zone"), ("field", "unit"))
    unit = cast("TimeUnit", check.one_of(place, values, "unit", get_args(TimeUnit), "unit of time"))
    fields = values["field"] if isinstance(values.get("field"), list) else [values.get("field")]
    if len(fields) > 1 and unit not in ("rfc3339", "local"):
        check.say((*place, "field"), "several fields make a time only with unit rfc3339 or local")
    if not fields:
        check.say((*place, "field"), "field is empty: name the field that holds the time")
    paths = tuple(check.path(place, {"field": each}) for each in fields if "field" in values)
    zone = None
    if "zone" in values:
        if unit != "local":
            check.say((*place, "zone"), "zone belongs to unit local: a time in any other unit is an instant")
        try:
            zone = ZoneInfo(known_timezone(check.text(place, values, "zone") or "UTC"))
        except ValueError as error:
            check.say((*place, "zone"), f"zone {shown(values['zone'])} {error}")
    return Clock(paths, unit, zone)


def _check_clashes(check: Checker, rules: Sequence[Rule]) -> None:
    """Two readings of one stream that are both told, whatever the device says, cannot share a column."""
    seen: dict[tuple[str, str], int] = {}
    for position, rule in enumerate(rules):
        if rule.when or rule.each is not None:
            continue
        for column in (each.column.name for each in rule.columns):
            first = seen.setdefault((rule.stream, column), position)
            if first != position:
                check.say(
                    ("readings", position, "columns", column),
                    f"{column} of stream {rule.stream} is read on line "
                    f"{check.line(('readings', first, 'columns', column))} already: keep one, or say when",
                )
