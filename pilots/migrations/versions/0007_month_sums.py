"""A sum over each month's daily values, by which a change of any of them is seen without reading them."""

from collections import defaultdict
from datetime import date
from hashlib import blake2b

import sqlalchemy as sa
from alembic import op
from msgspec.msgpack import encode

revision = "0007"
down_revision = "0006"

AT_ONCE = 10_000


def upgrade() -> None:
    op.add_column("month_inputs", sa.Column("values_sum", sa.BigInteger, nullable=False, server_default="0"))
    if not op.get_context().as_sql:
        _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
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
    sums: dict[tuple[str, str, date], int] = defaultdict(int)
    found = connection.execute(sa.select(*values.c).execution_options(yield_per=AT_ONCE))
    for pilot, *value in found:
        code, day = value[0], value[1]
        sums[pilot, code, day.replace(day=1)] += int.from_bytes(
            blake2b(encode(value), digest_size=8).digest()
        )
    inputs = sa.table(
        "month_inputs",
        sa.column("pilot", sa.String),
        sa.column("participant", sa.String),
        sa.column("month", sa.Date),
        sa.column("fingerprints", sa.JSON),
        sa.column("values_sum", sa.BigInteger),
    )
    key = inputs.c.pilot, inputs.c.participant, inputs.c.month
    known = {tuple(row) for row in connection.execute(sa.select(*key))}
    for (pilot, participant, month), total in sums.items():
        stored = (total + 2**63) % 2**64 - 2**63
        if (pilot, participant, month) in known:
            here = sa.and_(key[0] == pilot, key[1] == participant, key[2] == month)
            connection.execute(sa.update(inputs).where(here).values(values_sum=stored))
        else:
            row = {"pilot": pilot, "participant": participant, "month": month}
            connection.execute(sa.insert(inputs).values(**row, fingerprints={}, values_sum=stored))
