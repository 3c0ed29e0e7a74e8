"""Times as they cross the door: RFC 3339 with an offset outside, integer microseconds UTC inside."""

from dataclasses import dataclass
from datetime import UTC
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Query
from pydantic import BeforeValidator, Field, WithJsonSchema

from api.problems import Problem
from pilots.civil_time import parse_time, to_rfc3339

Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-03-08T23:00:00Z"])]
"""A time in an answer."""

FOREVER = 253_402_214_400_000_000
"""9999-12-31: later than any reading, and every zone can still write it."""


def instant(time_us: int) -> str:
    """RFC 3339 in UTC."""
    return to_rfc3339(time_us, UTC)


def maybe_instant(time_us: int | None) -> str | None:
    return None if time_us is None else instant(time_us)


def local_instant(time_us: int, zone: ZoneInfo) -> str:
    """RFC 3339 with the pilot's own offset."""
    return to_rfc3339(time_us, zone)


def _parsed(value: object) -> object:
    if not isinstance(value, str):
        return value
    # An unescaped + in a query is a space: "…T00:00:00 01:00" can only have been an offset.
    head, space, offset = value.rpartition(" ")
    if space and len(offset) == 5 and "T" in head.upper():
        value = f"{head}+{offset}"
    time_us = parse_time(value)
    if not 0 <= time_us < FOREVER:
        raise ValueError(f'"{value}" is not between 1970 and 9999')
    return time_us


Moment = Annotated[
    int,
    BeforeValidator(_parsed),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-03-09T00:00:00+01:00"]}),
]
"""A time in a question: RFC 3339, with an offset."""

Start = Annotated[Moment | None, Query(description="From this instant on, inclusive.")]
End = Annotated[Moment | None, Query(description="Up to this instant, exclusive.")]


@dataclass(frozen=True, slots=True)
class Interval:
    """[start, end) in microseconds UTC; None is open."""

    start: int | None
    end: int | None


def _interval(start: Start = None, end: End = None) -> Interval:
    if start is not None and end is not None and start >= end:
        fault = {"parameter": "start", "in": "query", "message": "is not before end"}
        raise Problem(
            422, f"start {instant(start)} is not before end {instant(end)}; end is exclusive.", errors=[fault]
        )
    return Interval(start, end)


InInterval = Annotated[Interval, Depends(_interval)]
