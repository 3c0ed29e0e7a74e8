"""Accounts at the broker: of devices, and of bridges that publish for many."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("pilot", sa.String(63), sa.ForeignKey("pilots.pilot")),
        sa.Column("device", sa.String(64), sa.ForeignKey("devices.device")),
        sa.Column("topic_filters", sa.JSON, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
    )
