"""The map from a file's columns to our fields, as YAML. Words of the file's own are told there."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from pilots.errors import ImportFileError, PlanProblem
from pilots.plan.lines import Document, read_yaml
from pilots.plan.part import Part
from pilots.plan.values import Day


class Source(Part):
    """Where a field comes from: a `column` of the file, or the same value, `always`, for every row.

    `words` translates what the column says, whatever its case; `format` is how its times are written, with
    the letters of strptime (`%Y-%m-%d %H:%M`).
    """

    column: str | None = None
    always: str | bool | float | None = None
    words: dict[str, str | bool] | None = None
    format: str | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "Source":
        if (self.column is None) == (self.always is None):
            raise ValueError("needs either column: or always:")
        return self


def _source(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


class Complete(Part):
    """The nights, by the day they start, for which the file holds every visit there was."""

    first: Day
    last: Day

    @model_validator(mode="after")
    def _in_order(self) -> "Complete":
        if self.last < self.first:
            raise ValueError(f"ends before it starts ({self.last} < {self.first})")
        return self


class ImportMap(Part):
    """How to read a file: what separates its cells, its encoding, and the source of each field.

    Excel in Swedish separates by semicolon and often writes cp1252.
    """

    separator: Literal[",", ";", "\t", "|"] | None = None
    encoding: Literal["utf-8", "cp1252", "utf-16"] = "utf-8"
    fields: dict[str, Annotated[Source, BeforeValidator(_source)]] = Field(min_length=1)
    complete: Complete | None = None


def read_map(text: str, source: str = "map.yaml") -> ImportMap:
    """The map that the YAML text holds. Raises `ImportFileError` with every problem and its line."""
    document = read_yaml(text, "map", ("fields",))
    if document.problems:
        raise ImportFileError(source, document.problems)
    try:
        return ImportMap.model_validate_json(json.dumps(document.values))
    except ValidationError as invalid:
        problems = [_problem(document, dict(error)) for error in invalid.errors(include_url=False)]
        raise ImportFileError(source, sorted(problems, key=lambda each: each.line)) from None


def _problem(document: Document, error: Mapping[str, Any]) -> PlanProblem:
    place = ".".join(str(part) for part in error["loc"])
    match error["type"]:
        case "extra_forbidden":
            said = "unknown key: remove it"
        case "missing":
            said = "is missing"
        case "value_error":
            said = str(error["ctx"]["error"])
        case _:
            said = error["msg"][0].lower() + error["msg"][1:]
    return PlanProblem(document.line(error["loc"]), f"{place}: {said}")
