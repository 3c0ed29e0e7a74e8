"""What daily values were made from, a row for each participant's month instead of a column of each value."""

import hashlib
from collections import defaultdict
from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

FIRST_OF_FAMILY = {
    "weight_kg": "bed",
    "time_out_of_home_h": "gps",
    "physical_visits_per_night": "visits",
    "alarms_per_device_day": "alarms",
    "weight_trend_kg_per_30d": "weights",
}
TAKEN_BACK = hashlib.sha256(b"no device stood here").hexdigest()
ANOTHER = 0
"""No input has this fingerprint: everything is computed anew, but for what has been purged."""


def upgrade() -> None:
    op.create_table(
        "month_inputs",
        sa.Column("pilot", sa.String(63), primary_key=True),
        sa.Column("participant", sa.String(7), primary_key=True),
        sa.Column("month", sa.Date, primary_key=True),
        sa.Column("fingerprints", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(["pilot", "participant"], ["participants.pilot", "participants.participant"]),
    )
    if not op.get_context().as_sql:
        _move(op.get_bind())
    op.drop_column("daily_values", "fingerprint")


def _move(connection: sa.Connection) -> None:
    values = sa.table(
        "daily_values",
        sa.column("pilot", sa.String),
        sa.column("participant", sa.String),
        sa.column("metric", sa.String),
        sa.column("day", sa.Date),
        sa.column("fingerprint", sa.String),
    )
    connection.execute(sa.delete(values).where(values.c.fingerprint == TAKEN_BACK))
    months: dict[tuple[str, str, date], dict[str, list[int | None]]] = defaultdict(dict)
    found = sa.select(values.c.pilot, values.c.participant, values.c.metric, values.c.day)
    for pilot, participant, metric, day in connection.execute(
        found.where(values.c.metric.in_(FIRST_OF_FAMILY))
    ):
        month = months[pilot, participant, day.replace(day=1)]
        month.setdefault(FIRST_OF_FAMILY[metric], [None] * 31)[day.day - 1] = ANOTHER
    inputs = sa.table(
        "month_inputs",
        sa.column("pilot", sa.String),
        sa.column("participant", sa.String),
        sa.column("month", sa.Date),
        sa.column("fingerprints", sa.JSON),
    )
    rows = [
        {"pilot": pilot, "participant": participant, "month": month, "fingerprints": prints}
        for (pilot, participant, month), prints in months.items()
    ]
    if rows:
        connection.execute(sa.insert(inputs), rows)
