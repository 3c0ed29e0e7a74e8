"""Daily values as a row for each participant's month instead of a row for each value."""

import struct
from collections.abc import Sequence
from hashlib import blake2b
from itertools import groupby
from math import nan
from typing import Any

import sqlalchemy as sa
from alembic import op
from msgspec.msgpack import encode

revision = "0008"
down_revision = "0007"

AT_ONCE = 10_000
PLACES = 31
ABSENT = 255


def upgrade() -> None:
    op.create_table(
        "month_values",
        sa.Column("pilot", sa.String(63), primary_key=True),
        sa.Column("participant", sa.String(7), primary_key=True),
        sa.Column("month", sa.Date, primary_key=True),
        sa.Column("values_hash", sa.BigInteger, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["pilot", "participant"], ["participants.pilot", "participants.participant"]),
    )
    if not op.get_context().as_sql:
        _move(op.get_bind())
    op.drop_table("daily_values")
    op.drop_column("month_inputs", "values_sum")


def _move(connection: sa.Connection) -> None:
    values = sa.table(
        "daily_values",
        sa.column("pilot", sa.String),
        sa.column("participant", sa.String),
        sa.column("day", sa.Date),
        sa.column("metric", sa.String),
        sa.column("value", sa.Double),
        sa.column("ci_low", sa.Double),
        sa.column("ci_high", sa.Double),
        sa.column("n", sa.Integer),
        sa.column("coverage", sa.Double),
        sa.column("reason", sa.String),
    )
    months = sa.table(
        "month_values",
        sa.column("pilot", sa.String),
        sa.column("participant", sa.String),
        sa.column("month", sa.Date),
        sa.column("values_hash", sa.BigInteger),
        sa.column("content", sa.LargeBinary),
    )
    ordered = sa.select(*values.c).order_by(values.c.pilot, values.c.participant, values.c.day)
    found = connection.execute(ordered.execution_options(yield_per=AT_ONCE))
    for (pilot, participant, month), rows in groupby(
        found, lambda row: (row.pilot, row.participant, row.day.replace(day=1))
    ):
        content = _packed([row[2:] for row in rows])
        hashed = int.from_bytes(blake2b(content, digest_size=8).digest(), signed=True)
        key = {"pilot": pilot, "participant": participant, "month": month}
        connection.execute(sa.insert(months).values(**key, values_hash=hashed, content=content))


def _packed(values: Sequence[Sequence[Any]]) -> bytes:
    """One participant's month as this version keeps it."""
    metrics = sorted({metric for _, metric, *_ in values})
    limited = sorted({metric for _, metric, _, low, high, *_ in values if (low, high) != (None, None)})
    reasons = sorted({reason for *_, reason in values if reason is not None})
    size, of_limits = PLACES * len(metrics), PLACES * len(limited)
    value, coverage, n = [nan] * size, [nan] * size, [0] * size
    low, high = [nan] * of_limits, [nan] * of_limits
    said = bytearray([ABSENT]) * size
    for day, metric, of_it, of_low, of_high, count, seen, reason in values:
        place = PLACES * metrics.index(metric) + day.day - 1
        value[place] = nan if of_it is None else of_it
        coverage[place] = nan if seen is None else seen
        n[place] = count
        said[place] = 0 if reason is None else reasons.index(reason) + 1
        if metric in limited:
            place = PLACES * limited.index(metric) + day.day - 1
            low[place] = nan if of_low is None else of_low
            high[place] = nan if of_high is None else of_high
    floats = [struct.pack(f"<{len(column)}d", *column) for column in (value, coverage, low, high)]
    columns = floats[0], floats[1], struct.pack(f"<{size}i", *n), bytes(said), floats[2], floats[3]
    return encode((metrics, limited, reasons, *columns))
