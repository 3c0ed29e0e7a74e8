"""Rows in and out of a DuckDB connection: arrays registered as tables, nulls as NaN or None."""

from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from store.batch import DeadLetter, IntakeCounts, StoredDeadLetter
from store.streams import ABSENT_SEQUENCE, Stream

HOUR_US = 3_600_000_000

Rows = dict[str, NDArray[Any]]
"""Equally long arrays by column name."""


def storable(values: NDArray[Any], in_key: bool) -> NDArray[Any]:
    """Key text holds '' for absent, since a key cannot be null."""
    if in_key and values.dtype == object:
        return np.array(["" if value is None else value for value in values], dtype=object)
    return values


def filled(values: NDArray[Any], in_key: bool) -> NDArray[Any]:
    """Nulls come as a masked array: NaN for numbers, None for text."""
    if values.dtype != object:
        return values.filled(np.nan) if isinstance(values, np.ma.MaskedArray) else values
    text = np.asarray(values.data, dtype=object).copy()
    text[np.ma.getmaskarray(values)] = None
    if in_key:
        text[text == ""] = None
    return text


def absent_literal(stream: Stream, name: str) -> str:
    return str(ABSENT_SEQUENCE) if stream.column(name).kind == "integer" else "''"


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Rows) -> None:
    names = ", ".join(f'"{name}"' for name in rows)
    connection.register("incoming", rows)
    connection.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM incoming")
    connection.unregister("incoming")


def replace(connection: duckdb.DuckDBPyConnection, table: str, stream: Stream, rows: Rows) -> None:
    """Insert into a keyed table; a row takes the whole place of one with its key."""
    # REPLACE keeps the old value of every column that is not named.
    absent = [name for name in stream.column_names if name not in rows and name not in stream.key]
    connection.register("incoming", rows)
    connection.execute(
        f"INSERT OR REPLACE INTO {table} ({', '.join((*rows, *absent))}) "
        f"SELECT {', '.join((*rows, *['NULL'] * len(absent)))} FROM incoming"
    )
    connection.unregister("incoming")


def count_hours(
    connection: duckdb.DuckDBPyConnection,
    stream: Stream,
    rows: Rows,
    distinct: NDArray[np.bool_],
    revision: int,
) -> None:
    """Every hour touched gets the new revision; only rows with a new key add to its count."""
    # Rows stand by device and time, so every (device, hour) is one run.
    device, hour = rows["device"], rows["time"] // HOUR_US
    starts = np.flatnonzero(np.r_[True, (device[1:] != device[:-1]) | (hour[1:] != hour[:-1])])
    touched = {
        "device": device[starts],
        "hour": hour[starts],
        "readings": np.add.reduceat(distinct.astype(np.int64), starts),
    }
    connection.register("touched", touched)
    connection.execute(
        f"INSERT INTO hours SELECT '{stream.name}', device, hour, readings, {revision} FROM touched "
        "ON CONFLICT DO UPDATE SET readings = hours.readings + excluded.readings, "
        "revision = excluded.revision"
    )
    connection.unregister("touched")


def count_repeats(connection: duckdb.DuckDBPyConnection, devices: NDArray[np.int32]) -> None:
    numbers, times = np.unique(devices, return_counts=True)
    for number, repeated in zip(numbers.tolist(), times.tolist(), strict=True):
        connection.execute(
            "INSERT INTO repeats VALUES (?, ?) "
            "ON CONFLICT DO UPDATE SET readings = repeats.readings + excluded.readings",
            [number, repeated],
        )


def write_counts(connection: duckdb.DuckDBPyConnection, counts: IntakeCounts) -> None:
    for table, counted in (("unknown_fields", counts.unknown_fields), ("set_aside", counts.set_aside)):
        for (device, name), times in counted.items():
            connection.execute(
                f"INSERT INTO {table} VALUES (?, ?, ?) "
                f"ON CONFLICT DO UPDATE SET times = {table}.times + excluded.times",
                [device, name, times],
            )
    for device, messages in counts.qos0_messages.items():
        connection.execute(
            "INSERT INTO qos0_messages VALUES (?, ?) "
            "ON CONFLICT DO UPDATE SET messages = qos0_messages.messages + excluded.messages",
            [device, messages],
        )


def write_dead_letters(connection: duckdb.DuckDBPyConnection, letters: Sequence[DeadLetter]) -> None:
    if letters:
        # Bound as lists: a statement for each letter takes fifty times as long.
        connection.execute(
            "INSERT INTO dead_letters (received, topic, reason, code, size, sha256, payload, fields, pilot, "
            f"device, qos) SELECT {', '.join(['unnest(?)'] * 11)}",
            [
                [letter.received for letter in letters],
                [letter.topic for letter in letters],
                [letter.reason for letter in letters],
                [letter.code for letter in letters],
                [letter.size for letter in letters],
                [letter.sha256 for letter in letters],
                [letter.payload for letter in letters],
                [list(letter.fields) for letter in letters],
                [letter.pilot for letter in letters],
                [letter.device for letter in letters],
                [letter.qos for letter in letters],
            ],
        )


def stored_letter(row: tuple[Any, ...]) -> StoredDeadLetter:
    number, received, topic, reason, code, size, sha256, payload, fields, pilot, device, qos = row
    return StoredDeadLetter(
        id=number,
        letter=DeadLetter(
            received=received,
            topic=topic,
            reason=reason,
            code=code,
            size=size,
            sha256=sha256,
            payload=payload,
            fields=tuple(fields),
            pilot=pilot,
            device=device,
            qos=qos,
        ),
    )
