"""The registry's tables as they are at the newest migration.

Times are BIGINT microseconds UTC, days are DATE. Only SQL that SQLite and PostgreSQL share.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

pilots = Table(
    "pilots",
    metadata,
    Column("pilot", String(63), primary_key=True),
    Column("plan_text", Text, nullable=False),
    # The plan as read then: a later version may read the text more strictly, and must still open the pilot.
    Column("plan_json", Text, nullable=False),
    Column("plan_hash", String(64), nullable=False),
    Column("stage", String(32), nullable=False),
    Column("added_us", BigInteger, nullable=False),
    Column("locked_us", BigInteger),
    Column("locked_hash", String(64)),
    Column("round", Integer, nullable=False, server_default="1"),
)

stage_changes = Table(
    "stage_changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("pilot", String(63), ForeignKey("pilots.pilot"), nullable=False, index=True),
    Column("at_us", BigInteger, nullable=False),
    Column("stage", String(32), nullable=False),
    Column("round", Integer, nullable=False),
    Column("warnings", JSON, nullable=False),
)

departures = Table(
    "departures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("pilot", String(63), ForeignKey("pilots.pilot"), nullable=False, index=True),
    Column("at_us", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("plan_hash", String(64), nullable=False),
    Column("changes", JSON, nullable=False),
)

reports = Table(
    "reports",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("pilot", String(63), ForeignKey("pilots.pilot"), nullable=False, index=True),
    Column("made_us", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("data_fingerprint", String(64), nullable=False),
    Column("round", Integer, nullable=False),
)

recruitment = Table(
    "recruitment",
    metadata,
    Column("pilot", String(63), ForeignKey("pilots.pilot"), primary_key=True),
    Column("group_name", String(32), primary_key=True),
    Column("invited", Integer, nullable=False),
    Column("declined", Integer, nullable=False),
    Column("not_eligible", Integer, nullable=False),
)

texts = Table(
    "texts",
    metadata,
    # The leader's own words, for the report.
    Column("pilot", String(63), ForeignKey("pilots.pilot"), primary_key=True),
    Column("section", String(32), primary_key=True),
    Column("text", Text, nullable=False),
)

participants = Table(
    "participants",
    metadata,
    Column("pilot", String(63), ForeignKey("pilots.pilot"), primary_key=True),
    Column("participant", String(7), primary_key=True),
    Column("group_name", String(32), nullable=False),
    Column("joined_us", BigInteger, nullable=False),
    Column("left_us", BigInteger),
    Column("unit", String(500)),
    Column("left_because", String(16)),
)

consents = Table(
    "consents",
    metadata,
    Column("pilot", String(63), primary_key=True),
    Column("participant", String(7), primary_key=True),
    Column("scope", String(32), primary_key=True),
    Column("given_us", BigInteger, primary_key=True),
    Column("withdrawn_us", BigInteger),
    ForeignKeyConstraint(["pilot", "participant"], ["participants.pilot", "participants.participant"]),
)

homes = Table(
    "homes",
    metadata,
    Column("pilot", String(63), primary_key=True),
    Column("participant", String(7), primary_key=True),
    Column("lat", Double, nullable=False),
    Column("lon", Double, nullable=False),
    Column("radius_m", Double, nullable=False),
    ForeignKeyConstraint(["pilot", "participant"], ["participants.pilot", "participants.participant"]),
)

devices = Table(
    "devices",
    metadata,
    Column("device", String(64), primary_key=True),
    Column("pilot", String(63), ForeignKey("pilots.pilot"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("adapter", String(64), nullable=False),
    Column("address", String(256)),
    Column("interval_s", Double),
    Column("model", String(64)),
    Column("product", String(500)),
    # A foreign message names its device by adapter and address, so two devices may not share them.
    Index("ux_devices_adapter_address", "adapter", "address", unique=True),
)

assignments = Table(
    "assignments",
    metadata,
    Column("device", String(64), ForeignKey("devices.device"), primary_key=True),
    Column("start_us", BigInteger, primary_key=True),
    Column("end_us", BigInteger),
    Column("pilot", String(63), nullable=False),
    Column("participant", String(7), nullable=False),
    ForeignKeyConstraint(["pilot", "participant"], ["participants.pilot", "participants.participant"]),
    CheckConstraint("end_us IS NULL OR end_us > start_us", name="ends_after_start"),
    Index("ix_assignments_participant", "pilot", "participant"),
)

# A participant's daily values of a calendar month, as `pilots.daily_columns` packs them, and a hash of that,
# by which a change of any of them is seen without reading them.
month_values = Table(
    "month_values",
    metadata,
    Column("pilot", String(63), primary_key=True),
    Column("participant", String(7), primary_key=True),
    Column("month", Date, primary_key=True),
    Column("values_hash", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
    ForeignKeyConstraint(["pilot", "participant"], ["participants.pilot", "participants.participant"]),
)

# What a month's daily values were made from, for deciding whether they are up to date.
month_inputs = Table(
    "month_inputs",
    metadata,
    Column("pilot", String(63), primary_key=True),
    Column("participant", String(7), primary_key=True),
    Column("month", Date, primary_key=True),
    Column("fingerprints", JSON, nullable=False),
    ForeignKeyConstraint(["pilot", "participant"], ["participants.pilot", "participants.participant"]),
)

scores = Table(
    "scores",
    metadata,
    Column("pilot", String(63), primary_key=True),
    Column("participant", String(7), primary_key=True),
    Column("instrument", String(32), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("value", Double, nullable=False),
    ForeignKeyConstraint(["pilot", "participant"], ["participants.pilot", "participants.participant"]),
)

weighings = Table(
    "weighings",
    metadata,
    Column("pilot", String(63), primary_key=True),
    Column("participant", String(7), primary_key=True),
    Column("time_us", BigInteger, primary_key=True),
    Column("kg", Double, nullable=False),
    ForeignKeyConstraint(["pilot", "participant"], ["participants.pilot", "participants.participant"]),
)

logged_events = Table(
    "logged_events",
    metadata,
    Column("pilot", String(63), primary_key=True),
    Column("participant", String(7), primary_key=True),
    Column("time_us", BigInteger, primary_key=True),
    Column("kind", String(16), primary_key=True),
    ForeignKeyConstraint(["pilot", "participant"], ["participants.pilot", "participants.participant"]),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("purpose", String(16), nullable=False),
    Column("secret_sha256", String(64), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("pilot", String(63), ForeignKey("pilots.pilot")),
    Column("note", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
    Column("revoked", Boolean, nullable=False),
    # Never hand a number out again: a revoked id in somebody's notes must not come to mean a new token.
    sqlite_autoincrement=True,
)

accounts = Table(
    "accounts",
    metadata,
    # What a client calls itself at the broker: a device's name, or a bridge's, which has topic filters.
    Column("name", String(64), primary_key=True),
    Column("pilot", String(63), ForeignKey("pilots.pilot")),
    Column("device", String(64), ForeignKey("devices.device")),
    Column("topic_filters", JSON, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
)

proposals = Table(
    "proposals",
    metadata,
    # The hash of the topic that proposes: a topic may hold words that somebody's home was named by.
    Column("topic_sha256", String(64), primary_key=True),
    Column("adapter", String(64), primary_key=True),
    Column("address", String(256), primary_key=True),
    Column("streams", JSON, nullable=False),
    Column("proposed_us", BigInteger, nullable=False),
)

revisions = Table(
    "revisions",
    metadata,
    # A row for each thing that counts its changes (see pilots.registry.revisions).
    Column("what", String(32), primary_key=True),
    Column("revision", BigInteger, nullable=False),
)
