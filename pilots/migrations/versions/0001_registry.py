"""The first registry: pilots, participants, consents, homes, devices, assignments, daily values, tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "pilots",
        sa.Column("pilot", sa.String(63), primary_key=True),
        sa.Column("plan_text", sa.Text, nullable=False),
        sa.Column("plan_json", sa.Text, nullable=False),
        sa.Column("plan_hash", sa.String(64), nullable=False),
        sa.Column("stage", sa.String(32), nullable=False),
        sa.Column("added_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "participants",
        sa.Column("pilot", sa.String(63), sa.ForeignKey("pilots.pilot"), primary_key=True),
        sa.Column("participant", sa.String(7), primary_key=True),
        sa.Column("group_name", sa.String(32), nullable=False),
        sa.Column("joined_us", sa.BigInteger, nullable=False),
        sa.Column("left_us", sa.BigInteger),
    )
    op.create_table(
        "consents",
        sa.Column("pilot", sa.String(63), primary_key=True),
        sa.Column("participant", sa.String(7), primary_key=True),
        sa.Column("scope", sa.String(32), primary_key=True),
        sa.Column("given_us", sa.BigInteger, primary_key=True),
        sa.Column("withdrawn_us", sa.BigInteger),
        sa.ForeignKeyConstraint(["pilot", "participant"], ["participants.pilot", "participants.participant"]),
    )
    op.create_table(
        "homes",
        sa.Column("pilot", sa.String(63), primary_key=True),
        sa.Column("participant", sa.String(7), primary_key=True),
        sa.Column("lat", sa.Double, nullable=False),
        sa.Column("lon", sa.Double, nullable=False),
        sa.Column("radius_m", sa.Double, nullable=False),
        sa.ForeignKeyConstraint(["pilot", "participant"], ["participants.pilot", "participants.participant"]),
    )
    op.create_table(
        "devices",
        sa.Column("device", sa.String(64), primary_key=True),
        sa.Column("pilot", sa.String(63), sa.ForeignKey("pilots.pilot"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("adapter", sa.String(64), nullable=False),
        sa.Column("address", sa.String(256)),
        sa.Column("interval_s", sa.Double),
    )
    op.create_index("ix_devices_pilot", "devices", ["pilot"])
    op.create_index("ux_devices_adapter_address", "devices", ["adapter", "address"], unique=True)
    op.create_table(
        "assignments",
        sa.Column("device", sa.String(64), sa.ForeignKey("devices.device"), primary_key=True),
        sa.Column("start_us", sa.BigInteger, primary_key=True),
        sa.Column("end_us", sa.BigInteger),
        sa.Column("pilot", sa.String(63), nullable=False),
        sa.Column("participant", sa.String(7), nullable=False),
        sa.ForeignKeyConstraint(["pilot", "participant"], ["participants.pilot", "participants.participant"]),
        sa.CheckConstraint("end_us IS NULL OR end_us > start_us", name="ends_after_start"),
    )
    op.create_index("ix_assignments_participant", "assignments", ["pilot", "participant"])
    op.create_table(
        "daily_values",
        sa.Column("pilot", sa.String(63), primary_key=True),
        sa.Column("metric", sa.String(64), primary_key=True),
        sa.Column("participant", sa.String(7), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("value", sa.Double),
        sa.Column("ci_low", sa.Double),
        sa.Column("ci_high", sa.Double),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("coverage", sa.Double),
        sa.Column("reason", sa.String(64)),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["pilot", "participant"], ["participants.pilot", "participants.participant"]),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("secret_sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("pilot", sa.String(63), sa.ForeignKey("pilots.pilot")),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("expires_us", sa.BigInteger, nullable=False),
        sa.Column("revoked", sa.Boolean, nullable=False),
        sqlite_autoincrement=True,
    )
    revisions = op.create_table(
        "revisions",
        sa.Column("what", sa.String(32), primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(revisions, [{"what": "devices", "revision": 0}])
