"""Instants, and the local days and nights they fall in.

An instant is integer microseconds UTC. Local time serves only to draw the bounds of days and nights, so
that the night of 2026-03-28 in Stockholm has 23 hours and that of 2026-10-24 has 25.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from pilots.errors import UnreadableTime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_RFC3339 = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})"
    r"(?:[Tt ](?P<clock>\d{2}:\d{2}(?::\d{2})?)(?:[.,](?P<fraction>\d{1,18}))?"
    r"(?P<offset>[Zz]|[+-]\d{2}:\d{2})?)?",
    re.ASCII,
)


def now() -> int:
    """This instant, µs UTC."""
    return _instant(datetime.now(UTC))


def midnight(day: date, zone: ZoneInfo) -> int:
    """The first instant of that local date, µs UTC (01:00 where a clock change removes midnight)."""
    return _instant(datetime.combine(day, time(0), zone))


def noon(day: date, zone: ZoneInfo) -> int:
    """Local noon of that date, µs UTC. The night of `day` is [noon(day), noon(the next day))."""
    return _instant(datetime.combine(day, time(12), zone))


def local_date(time_us: int, zone: ZoneInfo) -> date:
    """The local date that holds the instant."""
    return _local(time_us, zone).date()


def night_date(time_us: int, zone: ZoneInfo) -> date:
    """The date that labels the night holding the instant: nights run from noon to noon."""
    local = _local(time_us, zone)
    return local.date() if local.hour >= 12 else local.date() - timedelta(days=1)


def local_hour(time_us: int, zone: ZoneInfo) -> int:
    """The hour on the wall clock at the instant, 0 to 23."""
    return _local(time_us, zone).hour


def to_rfc3339(time_us: int, zone: tzinfo = UTC) -> str:
    """The instant as RFC 3339 with offset, `Z` for UTC; a fraction only where there is one."""
    text = _local(time_us, zone).isoformat()
    return text.removesuffix("+00:00") + "Z" if zone is UTC else text


def parse_time(text: str, default_zone: ZoneInfo | None = None) -> int:
    """An RFC 3339 instant as µs UTC; digits beyond the microsecond are dropped.

    With a `default_zone`, a time without offset is local there, and a date alone is its midnight.
    Raises `UnreadableTime`: not a time, no offset and no zone, or a local time that a clock change
    removes or repeats.
    """
    match = _RFC3339.fullmatch(text.strip())
    if match is None:
        raise UnreadableTime(f'"{text}" is not a time: write it as 2026-03-09T21:00:00+01:00')
    clock, offset = match["clock"], match["offset"]
    try:
        naive = datetime.fromisoformat(f"{match['date']}T{clock or '00:00'}")
        if offset is not None:
            aware = datetime.fromisoformat(f"{naive.isoformat()}{offset.upper()}")
            return _instant(aware) + _fraction_us(match["fraction"])
    except (ValueError, OverflowError) as error:
        raise UnreadableTime(f'"{text}" is not a time: {error}') from error
    if default_zone is None:
        raise UnreadableTime(
            f'"{text}" has no offset: write it as {match["date"]}T{_with_seconds(clock)}+01:00'
        )
    if clock is None:
        return midnight(naive.date(), default_zone)
    return _unambiguous(naive, default_zone) + _fraction_us(match["fraction"])


def _unambiguous(naive: datetime, zone: ZoneInfo) -> int:
    first = naive.replace(tzinfo=zone, fold=0)
    second = naive.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return _instant(first)
    existing = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == naive
    what = "is there twice" if existing else "does not exist"
    raise UnreadableTime(
        f"{naive.isoformat()} {what} in {zone.key} (clock change): "
        f"write {first.isoformat()} or {second.isoformat()}"
    )


def _fraction_us(digits: str | None) -> int:
    return int(digits[:6].ljust(6, "0")) if digits else 0


def _local(time_us: int, zone: tzinfo) -> datetime:
    return (_EPOCH + timedelta(microseconds=time_us)).astimezone(zone)


def _instant(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _with_seconds(clock: str | None) -> str:
    """As RFC 3339 wants it: hours, minutes and seconds."""
    shown = clock or "00:00"
    return shown if shown.count(":") == 2 else f"{shown}:00"
