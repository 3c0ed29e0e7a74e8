"""How daily values lie in the registry: a participant's month in a row."""

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from hashlib import blake2b

from msgspec.msgpack import Decoder, encode
from sqlalchemy import Connection, select

from pilots import tables
from pilots.daily_columns import DailyColumns

_values = tables.month_values
_decoder = Decoder(DailyColumns)


def stored(values: DailyColumns) -> dict[str, object]:
    """The columns of a row that hold these values."""
    content = encode(values)
    hashed = int.from_bytes(blake2b(content, digest_size=8).digest(), signed=True)
    return {"values_hash": hashed, "content": content}


def read_months(
    connection: Connection,
    pilot: str,
    *,
    codes: Collection[str] | None = None,
    months: Collection[date] | None = None,
    start: date | None = None,
    end: date | None = None,
) -> Iterator[tuple[str, date, DailyColumns]]:
    """Participant, first day and values of each month, by participant and month: of those participants and
    those months alone, and where `start` <= day < `end` takes in some of it."""
    query = select(_values.c.participant, _values.c.month, _values.c.content)
    query = query.where(_values.c.pilot == pilot)
    if codes is not None:
        query = query.where(_values.c.participant.in_(codes))
    if months is not None:
        query = query.where(_values.c.month.in_(months))
    if start is not None:
        query = query.where(_values.c.month >= start.replace(day=1))
    if end is not None:
        query = query.where(_values.c.month < end)
    for code, month, content in connection.execute(query.order_by(_values.c.participant, _values.c.month)):
        yield code, month, _decoder.decode(content)


def read_summed_months(
    connection: Connection, pilot: str
) -> Iterator[tuple[int, tuple[str, date, DailyColumns]]]:
    """Every month as `read_months`, each with the hash of its values, by one query: of one moment."""
    query = select(_values.c.participant, _values.c.month, _values.c.values_hash, _values.c.content)
    ordered = query.where(_values.c.pilot == pilot).order_by(_values.c.participant, _values.c.month)
    for code, month, hashed, content in connection.execute(ordered):
        yield hashed, (code, month, _decoder.decode(content))


def last_value(connection: Connection, pilot: str, first: date, last: date) -> date | None:
    """The last day between the two, both included, on which any metric of anybody has a value."""
    months = read_months(connection, pilot, start=first, end=last + timedelta(days=1))
    days = (month.replace(day=day) for _, month, values in months for day in values.days_with_values())
    return max((day for day in days if first <= day <= last), default=None)
