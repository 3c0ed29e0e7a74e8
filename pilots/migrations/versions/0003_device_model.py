"""Which model mapping reads a device, where its format needs one."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("devices", sa.Column("model", sa.String(64)))
