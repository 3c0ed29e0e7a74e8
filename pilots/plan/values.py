"""Single values of a plan that YAML and pydantic do not know: days and time zones."""

import re
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator

from pilots.plan.nearest import nearest

_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def day(value: object) -> date:
    """The calendar day that is written; raises ValueError with what is wrong."""
    if type(value) is date:
        return value
    if not isinstance(value, str) or not _WRITTEN.fullmatch(value):
        raise ValueError("should be a date such as 2026-03-09")
    try:
        found = date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"is not in the calendar ({error})") from error
    if not 2000 <= found.year < 2100:
        raise ValueError("should be a day from 2000 to 2099")
    return found


Day = Annotated[date, BeforeValidator(day)]
"""A calendar day, written 2026-03-09."""


def known_timezone(name: str) -> str:
    """The name itself when it is an IANA time zone; raises ValueError with the nearest one."""
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, KeyError):
        hint = nearest(name, available_timezones())
        raise ValueError(f"is not a known time zone: {hint or 'write it as Europe/Stockholm'}") from None
