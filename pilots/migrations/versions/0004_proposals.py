"""Devices that announced themselves, until somebody registers them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "proposals",
        sa.Column("topic_sha256", sa.String(64), primary_key=True),
        sa.Column("adapter", sa.String(64), primary_key=True),
        sa.Column("address", sa.String(256), primary_key=True),
        sa.Column("streams", sa.JSON, nullable=False),
        sa.Column("proposed_us", sa.BigInteger, nullable=False),
    )
