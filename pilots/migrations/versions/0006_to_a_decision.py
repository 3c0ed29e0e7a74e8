"""What a pilot needs from its metrics to a decision: lock, rounds, recruitment, departures, texts, reports,
and what staff measure and write down themselves."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("pilots", sa.Column("locked_us", sa.BigInteger))
    op.add_column("pilots", sa.Column("locked_hash", sa.String(64)))
    op.add_column("pilots", sa.Column("round", sa.Integer, nullable=False, server_default="1"))
    op.add_column("participants", sa.Column("unit", sa.String(500)))
    op.add_column("participants", sa.Column("left_because", sa.String(16)))
    op.add_column("devices", sa.Column("product", sa.String(500)))
    _lock_what_has_left_planning()
    op.create_table(
        "stage_changes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("pilot", sa.String(63), sa.ForeignKey("pilots.pilot"), nullable=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("stage", sa.String(32), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("warnings", sa.JSON, nullable=False),
    )
    op.create_index("ix_stage_changes_pilot", "stage_changes", ["pilot"])
    op.create_table(
        "departures",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("pilot", sa.String(63), sa.ForeignKey("pilots.pilot"), nullable=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("plan_hash", sa.String(64), nullable=False),
        sa.Column("changes", sa.JSON, nullable=False),
    )
    op.create_index("ix_departures_pilot", "departures", ["pilot"])
    op.create_table(
        "reports",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("pilot", sa.String(63), sa.ForeignKey("pilots.pilot"), nullable=False),
        sa.Column("made_us", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("data_fingerprint", sa.String(64), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
    )
    op.create_index("ix_reports_pilot", "reports", ["pilot"])
    op.create_table(
        "recruitment",
        sa.Column("pilot", sa.String(63), sa.ForeignKey("pilots.pilot"), primary_key=True),
        sa.Column("group_name", sa.String(32), primary_key=True),
        sa.Column("invited", sa.Integer, nullable=False),
        sa.Column("declined", sa.Integer, nullable=False),
        sa.Column("not_eligible", sa.Integer, nullable=False),
    )
    op.create_table(
        "texts",
        sa.Column("pilot", sa.String(63), sa.ForeignKey("pilots.pilot"), primary_key=True),
        sa.Column("section", sa.String(32), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )
    of_participant = ["pilot", "participant"], ["participants.pilot", "participants.participant"]
    op.create_table(
        "scores",
        sa.Column("pilot", sa.String(63), primary_key=True),
        sa.Column("participant", sa.String(7), primary_key=True),
        sa.Column("instrument", sa.String(32), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("value", sa.Double, nullable=False),
        sa.ForeignKeyConstraint(*of_participant),
    )
    op.create_table(
        "weighings",
        sa.Column("pilot", sa.String(63), primary_key=True),
        sa.Column("participant", sa.String(7), primary_key=True),
        sa.Column("time_us", sa.BigInteger, primary_key=True),
        sa.Column("kg", sa.Double, nullable=False),
        sa.ForeignKeyConstraint(*of_participant),
    )
    op.create_table(
        "logged_events",
        sa.Column("pilot", sa.String(63), primary_key=True),
        sa.Column("participant", sa.String(7), primary_key=True),
        sa.Column("time_us", sa.BigInteger, primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.ForeignKeyConstraint(*of_participant),
    )


def _lock_what_has_left_planning() -> None:
    # Nobody wrote down when: from this update on the plan is known not to have changed.
    pilots = sa.table(
        "pilots",
        sa.column("stage", sa.String),
        sa.column("plan_hash", sa.String),
        sa.column("locked_us", sa.BigInteger),
        sa.column("locked_hash", sa.String),
    )
    op.execute(
        sa.update(pilots)
        .where(pilots.c.stage != "planning")
        .values(locked_us=time.time_ns() // 1_000, locked_hash=pilots.c.plan_hash)
    )
