"""Instants and lengths of time in integer microseconds, and the wall clock of a place."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE


def wall_clock(day: date, hours: float, zone: ZoneInfo) -> int:
    """When clocks in `zone` show `hours` (whole seconds; 24 and more: the next day), µs UTC.

    On the night of a clock change the elapsed time differs, the wall clock does not.
    """
    days, seconds = divmod(round(hours * 3600), 86_400)
    shown = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=days, seconds=seconds)
    return round(shown.timestamp()) * SECOND


def days_from(start: date, count: int) -> list[date]:
    """`count` consecutive dates from `start`."""
    return [start + timedelta(days=index) for index in range(count)]
