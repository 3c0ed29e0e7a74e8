"""Tables of a DuckDB store, made from the streams.

Each stream has three tables. `fresh` has no key and takes readings newer than anything its device has
committed, which is nearly all of them: an unkeyed append is several times faster than a keyed one. `hot` is
keyed and small, and takes late and repeated readings. Both are folded into `cold`, device by device and in
order of time: there a block of times takes a byte or two a row, and one device's rows lie together.
"""

from store.streams import ABSENT_SEQUENCE, Column, Stream

SCHEMA_VERSION = 5
"""2 added the fresh tables, 3 the counts of what was set aside, 4 the epochs, 5 the delays of days."""

_SQL_TYPES = {
    "float32": "FLOAT",
    "float64": "DOUBLE",
    "bool": "BOOLEAN",
    "integer": "BIGINT",
    "text": "VARCHAR",
}

ROW = ("device", "time", "received", "time_source")
"""What every reading has beside its stream's columns."""


def cold(stream: Stream) -> str:
    return f"{stream.name}_cold"


def fresh(stream: Stream) -> str:
    return f"{stream.name}_fresh"


def hot(stream: Stream) -> str:
    return f"{stream.name}_hot"


def _definition(column: Column, stream: Stream) -> str:
    definition = f"{column.name} {_SQL_TYPES[column.kind]}"
    if column.name in stream.key:
        # A key cannot be null, so absence has a value of its own.
        absent = str(ABSENT_SEQUENCE) if column.kind == "integer" else "''"
        definition += f" NOT NULL DEFAULT {absent}"
    return definition


def create_readings(table: str, stream: Stream, keyed: bool) -> str:
    """The statement that creates a stream's table, with the key or without."""
    parts = [
        "device INTEGER NOT NULL",
        "time BIGINT NOT NULL",
        "received BIGINT NOT NULL",
        "time_source TINYINT NOT NULL",
        *(_definition(column, stream) for column in stream.columns),
    ]
    if keyed:
        parts.append(f"PRIMARY KEY ({', '.join(('device', 'time', *stream.key))})")
    return f"CREATE TABLE IF NOT EXISTS {table} ({', '.join(parts)})"


BOOKKEEPING = (
    "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS devices (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL UNIQUE)",
    # `readings` counts distinct keys; `revision` says when the hour last changed.
    """CREATE TABLE IF NOT EXISTS hours (
        stream VARCHAR NOT NULL, device INTEGER NOT NULL, hour INTEGER NOT NULL,
        readings BIGINT NOT NULL, revision BIGINT NOT NULL, PRIMARY KEY (stream, device, hour))""",
    "CREATE TABLE IF NOT EXISTS repeats (device INTEGER PRIMARY KEY, readings BIGINT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS unknown_fields (
        device VARCHAR NOT NULL, field VARCHAR NOT NULL, times BIGINT NOT NULL,
        PRIMARY KEY (device, field))""",
    """CREATE TABLE IF NOT EXISTS set_aside (
        device VARCHAR NOT NULL, reason VARCHAR NOT NULL, times BIGINT NOT NULL,
        PRIMARY KEY (device, reason))""",
    "CREATE TABLE IF NOT EXISTS qos0_messages (device VARCHAR PRIMARY KEY, messages BIGINT NOT NULL)",
    "CREATE SEQUENCE IF NOT EXISTS dead_letter_ids",
    """CREATE TABLE IF NOT EXISTS dead_letters (
        id BIGINT PRIMARY KEY DEFAULT nextval('dead_letter_ids'),
        received BIGINT NOT NULL, topic VARCHAR NOT NULL, reason VARCHAR NOT NULL,
        code VARCHAR NOT NULL, size BIGINT NOT NULL, sha256 VARCHAR NOT NULL,
        payload BLOB, fields VARCHAR[] NOT NULL, pilot VARCHAR, device VARCHAR, qos TINYINT NOT NULL)""",
    # Without a key: blocks come in order of time, some hundred a day, and are replaced by a delete before.
    """CREATE TABLE IF NOT EXISTS bed_epochs (
        device INTEGER NOT NULL, "start" BIGINT NOT NULL, "end" BIGINT NOT NULL,
        fingerprint BIGINT NOT NULL, content BLOB NOT NULL)""",
    # Without a key, too: a day is written some times while it lasts, and replaced by a delete before.
    """CREATE TABLE IF NOT EXISTS day_delays (
        stream VARCHAR NOT NULL, device INTEGER NOT NULL, day INTEGER NOT NULL, fingerprint BIGINT NOT NULL,
        first BIGINT NOT NULL, last BIGINT NOT NULL, cells BLOB NOT NULL, hours BLOB NOT NULL)""",
)

KEYED = ("devices", "hours", "repeats", "unknown_fields", "set_aside", "qos0_messages", "dead_letters")
"""Tables of `BOOKKEEPING` that have a key."""
