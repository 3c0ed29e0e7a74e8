"""What pydantic found, in the plan's own words."""

from collections.abc import Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from pilots.plan.benefits import Benefits
from pilots.plan.lines import Path, shown
from pilots.plan.model import Plan
from pilots.plan.nearest import nearest

_ITEM = {"phases": "phase", "goals": "goal", "products": "product", "requirements": "requirement"} | {
    f"benefits.{column}": f"benefits.{column}" for column in Benefits.model_fields
}
_LABEL = {"phases": "name", "goals": "goal", "products": "name", "requirements": "requirement"} | {
    f"benefits.{column}": "id" for column in Benefits.model_fields
}

_PATTERN_HINT = {
    "pilot": "use lower-case a-z, digits and hyphens, at most 63, such as natt-2026",
    "name": "use lower-case a-z, digits, - and _, at most 32, such as baseline",
    "follow_up": "write months as 6m or 12m",
    "id": "use lower-case a-z, digits, - and _, at most 32, such as calmer_nights",
    "leads_from": "name boxes by their id, such as calmer_nights",
}


def message(error: ErrorDetails, values: Mapping[str, Any]) -> tuple[Path, str]:
    """The place of the error and the sentence for it."""
    path: Path = tuple(error["loc"])
    kind, context, given = error["type"], error.get("ctx", {}), error["input"]
    if path and path[-1] == "[key]":
        word = str(path[-2])
        known = ("intervention", "comparison")
        return path[:-1], f'{path[0]}: unknown group "{word}": {nearest(word, known) or _one_of(known)}'
    name = place(path, values)
    if kind == "missing":
        return path[:-1], f"{place(path[:-1], values, colon=True)}{_quoted(path[-1])} is missing"
    if kind == "extra_forbidden":
        known_keys = _known_keys(path[:-1])
        hint = nearest(str(path[-1]), known_keys) or f"known keys are {', '.join(known_keys)}"
        return path, f"{place(path[:-1], values, colon=True)}unknown key {_quoted(path[-1])}: {hint}"
    if given is None:
        return path, f"{name} is empty: fill it in or remove the line"
    match kind:
        case "literal_error":
            choices = tuple(part.strip(" '") for part in context["expected"].replace(" or ", ",").split(","))
            close = nearest(given, choices) if isinstance(given, str) else None
            reason = f"is not one of {', '.join(choices)}" + (f": {close}" if close else "")
        case "string_type":
            reason = "should be text: write it in quotes"
        case "string_too_short":
            return path, f"{name} is empty: fill it in or remove the line"
        case "string_too_long":
            reason = f"is longer than {context['max_length']} characters"
        case "string_pattern_mismatch":
            field = next(part for part in reversed(path) if isinstance(part, str))
            reason = f"is not allowed: {_PATTERN_HINT[field]}"
        case "int_type" | "int_from_float":
            reason = "should be a whole number"
        case "float_type":
            reason = "should be a number" + (" (with a point: 0.5)" if _decimal_comma(given) else "")
        case "bool_type":
            reason = "should be true or false"
        case "tuple_type":
            reason = "should be a list: [a, b], or lines that start with -"
        case "model_type" | "model_attributes_type" | "dict_type":
            reason = "should be a mapping: {key: value}, or indented lines of key: value"
        case "greater_than":
            reason = f"should be more than {context['gt']:g}"
        case "greater_than_equal":
            reason = f"should be at least {context['ge']:g}"
        case "less_than_equal":
            reason = f"should be at most {context['le']:g}"
        case "too_short":
            return path, f"{name} is empty: at least one is needed"
        case "value_error":
            reason = str(context["error"])
        case _:
            reason = error["msg"]
    return path, f"{name} {shown(given)} {reason}"


def place(path: Path, values: Mapping[str, Any], *, colon: bool = False) -> str:
    """A path in words: `phase "pilot": end`, `legal.dpia`, `evaluation.safety item 1: metric`; with `colon`,
    as the opening of a sentence."""
    parts: list[str] = []
    section: list[str] = []
    value: Any = values
    for part in path:
        value = _inside(value, part)
        if isinstance(part, str):
            section.append(part)
            continue
        parts.append(_item(section, part, value))
        section = []
    if section:
        parts.append(".".join(section))
    words = ": ".join(parts)
    return f"{words}: " if colon and words else words


def _inside(value: Any, part: str | int) -> Any:
    try:
        return value[part]
    except (KeyError, IndexError, TypeError):
        return None


def _item(section: list[str], position: int, item: Any) -> str:
    name = ".".join(section)
    label = item.get(_LABEL.get(name)) if isinstance(item, dict) else None
    return f'{_ITEM[name]} "{label}"' if isinstance(label, str) else f"{name} item {position + 1}"


def _quoted(key: object) -> str:
    return f'"{key}"'


def _one_of(words: tuple[str, ...]) -> str:
    return f"it is one of {', '.join(words)}"


def _decimal_comma(value: object) -> bool:
    return isinstance(value, str) and value.replace(",", "", 1).isdecimal()


def _known_keys(path: Path) -> tuple[str, ...]:
    model: type[BaseModel] = Plan
    for part in path:
        # The keys of a mapping of parts (`ranges: {device_sek: …}`) are no fields.
        if isinstance(part, str) and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation) or model
    return tuple(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (tuple, dict, Union, UnionType):
        return next((found for each in get_args(annotation) if (found := _model_in(each))), None)
    return None
