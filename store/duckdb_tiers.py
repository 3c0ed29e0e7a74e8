"""Where the rows of a DuckDB store stand, and how they move: fresh and late rows wait, then join the cold.

A batch's rows newer than their device's *watermark* (the newest committed time) cannot hold a known key: they
are appended without looking. The others go to the keyed table.
"""

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from store.batch import Batch
from store.duckdb_rows import Rows, absent_literal, count_hours, count_repeats, insert, replace, storable
from store.duckdb_schema import ROW, cold, create_readings, fresh, hot
from store.keys import last_by_key
from store.streams import STREAMS, Stream

LONG_RUN = 4_096
"""Rows of one device in a batch from which on they fill whole blocks, so that they need not wait."""

SORTED_ROWS = 100_000
"""Rows that a fold sorts at once: with all that wait it could need more memory than DuckDB is given, and what
cannot be folded grows until nothing can be committed."""

_NO_READING = np.iinfo(np.int64).min


@dataclass(slots=True)
class Tiers:
    """What is known of the tables without asking them. A transaction works on a copy, kept when it commits.

    `watermarks` holds by stream an array (devices + 1,) of µs UTC by the device's number; `fresh` and
    `late` hold by stream how many rows wait at most: 0 means that a reader need not look there.
    """

    watermarks: dict[str, NDArray[np.int64]]
    fresh: dict[str, int]
    late: dict[str, int]

    @classmethod
    def load(cls, connection: duckdb.DuckDBPyConnection, devices: int) -> "Tiers":
        """From the tables as they are."""
        return cls(
            watermarks={
                name: _rebuilt_watermarks(connection, stream, devices) for name, stream in STREAMS.items()
            },
            fresh={name: _rows(connection, fresh(stream)) for name, stream in STREAMS.items()},
            late={name: _rows(connection, hot(stream)) for name, stream in STREAMS.items()},
        )

    def copy(self) -> "Tiers":
        return Tiers(
            {name: marks.copy() for name, marks in self.watermarks.items()},
            self.fresh.copy(),
            self.late.copy(),
        )

    def with_watermarks_of(self, other: "Tiers") -> "Tiers":
        """These counts of waiting rows, those watermarks."""
        return Tiers(other.watermarks, self.fresh, self.late)

    def merged(self, stream: Stream, listed: str, within: str) -> str:
        """The query of all rows, each key once: a late row stands where another tier has its key too."""
        waits = " UNION ALL " + _select("*", fresh(stream), within) if self.fresh[stream.name] else ""
        settled = _select("*", cold(stream), within) + waits
        if not self.late[stream.name]:
            return f"SELECT {listed} FROM ({settled})"
        keys = ", ".join(_keys(stream))
        return (
            f"SELECT {listed} FROM ({settled}) "
            f"ANTI JOIN ({_select('*', hot(stream), within)}) USING ({keys}) "
            f"UNION ALL {_select(listed, hot(stream), within)}"
        )

    def write(
        self,
        connection: duckdb.DuckDBPyConnection,
        batch: Batch,
        device: NDArray[np.int32],
        revision: int,
    ) -> int:
        """Append what is new, key what may be known; returns how many rows repeated a key."""
        stream = batch.stream
        marks = self._marks(stream, int(device.max()))
        keep = last_by_key(batch)
        rows: Rows = {
            "device": device[keep],
            "time": batch.time[keep],
            "received": batch.received[keep],
            "time_source": batch.time_source[keep],
        }
        for name, values in batch.columns.items():
            rows[name] = storable(values[keep], name in stream.key)
        is_new = rows["time"] > marks[rows["device"]]
        repeated_rows = len(batch) - len(keep)
        repeated_in_table = np.zeros(len(keep), dtype=bool)
        if is_new.all():
            self._append(connection, stream, rows)
        else:
            if is_new.any():
                self._append(connection, stream, {name: values[is_new] for name, values in rows.items()})
            behind = {name: values[~is_new] for name, values in rows.items()}
            known = _known_keys(connection, stream, behind)
            replace(connection, hot(stream), stream, behind)
            self.late[stream.name] += len(known)
            repeated_in_table[np.flatnonzero(~is_new)[known]] = True
        count_hours(connection, stream, rows, ~repeated_in_table, revision)
        np.maximum.at(marks, rows["device"], rows["time"])
        repeated = repeated_rows + int(repeated_in_table.sum())
        if repeated:
            dropped = np.ones(len(batch), dtype=bool)
            dropped[keep[~repeated_in_table]] = False
            count_repeats(connection, device[dropped])
        return repeated

    def _marks(self, stream: Stream, highest: int) -> NDArray[np.int64]:
        marks = self.watermarks[stream.name]
        if len(marks) <= highest:
            more = np.full(highest + 1 - len(marks), _NO_READING, dtype=np.int64)
            marks = self.watermarks[stream.name] = np.concatenate([marks, more])
        return marks

    def _append(self, connection: duckdb.DuckDBPyConnection, stream: Stream, rows: Rows) -> None:
        # Rows stand by device and time.
        runs = 1 + np.count_nonzero(np.diff(rows["device"]))
        if len(rows["time"]) >= LONG_RUN * runs:
            insert(connection, cold(stream), rows)
        else:
            insert(connection, fresh(stream), rows)
            self.fresh[stream.name] += len(rows["time"])

    def fold(self, connection: duckdb.DuckDBPyConnection, stream: Stream) -> None:
        """Move what waits into the cold table, each late row replacing the row of its key."""
        keys = ", ".join(_keys(stream))
        names = ", ".join((*ROW, *stream.column_names))
        waiting = f"SELECT {names} FROM {fresh(stream)}"
        if self.late[stream.name]:
            same = " AND ".join(f"{cold(stream)}.{key} = {hot(stream)}.{key}" for key in _keys(stream))
            connection.execute(f"DELETE FROM {cold(stream)} USING {hot(stream)} WHERE {same}")
            waiting += f" ANTI JOIN {hot(stream)} USING ({keys}) UNION ALL SELECT {names} FROM {hot(stream)}"
        for first, last in _portions(connection, stream):
            connection.execute(
                f"INSERT INTO {cold(stream)} ({names}) SELECT {names} FROM ({waiting}) "
                f"WHERE device BETWEEN {first} AND {last} ORDER BY device, time"
            )
        # Dropping a table is many times faster than deleting its rows.
        for table, keyed in ((fresh(stream), False), (hot(stream), True)):
            connection.execute(f"DROP TABLE {table}")
            connection.execute(create_readings(table, stream, keyed=keyed))
        self.fresh[stream.name] = self.late[stream.name] = 0


def delete_rows(
    connection: duckdb.DuckDBPyConnection, stream: Stream, within: str, bounds: dict[str, Any]
) -> None:
    """Remove rows from every tier."""
    for table in (cold(stream), fresh(stream), hot(stream)):
        connection.execute(f"DELETE FROM {table} WHERE {within}", bounds)


def _select(listed: str, table: str, within: str) -> str:
    return f"SELECT {listed} FROM {table} WHERE {within}"


def _keys(stream: Stream) -> tuple[str, ...]:
    return ("device", "time", *stream.key)


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row is not None else 0


def _rebuilt_watermarks(
    connection: duckdb.DuckDBPyConnection, stream: Stream, devices: int
) -> NDArray[np.int64]:
    watermarks = np.full(devices + 1, _NO_READING, dtype=np.int64)
    tiers = " UNION ALL ".join(
        f"SELECT device, time FROM {table}" for table in (cold(stream), fresh(stream), hot(stream))
    )
    for device, time in connection.execute(
        f"SELECT device, max(time) FROM ({tiers}) GROUP BY device"
    ).fetchall():
        watermarks[device] = time
    return watermarks


def _portions(connection: duckdb.DuckDBPyConnection, stream: Stream) -> list[tuple[int, int]]:
    """Ranges of devices, in order, each with few enough waiting rows to sort in little memory."""
    waiting = f"SELECT device FROM {fresh(stream)} UNION ALL SELECT device FROM {hot(stream)}"
    portions: list[tuple[int, int]] = []
    room = 0
    for device, rows in connection.execute(
        f"SELECT device, count(*) FROM ({waiting}) GROUP BY device ORDER BY device"
    ).fetchall():
        if rows > room:
            portions.append((device, device))
            room = SORTED_ROWS
        portions[-1] = (portions[-1][0], device)
        room -= rows
    return portions


def _known_keys(connection: duckdb.DuckDBPyConnection, stream: Stream, rows: Rows) -> NDArray[np.bool_]:
    """Which of these rows have a key that the store holds already."""
    names = ["device", "time", *(name for name in stream.key if name in rows)]
    connection.register(
        "late_rows", {"row": np.arange(len(rows["time"])), **{name: rows[name] for name in names}}
    )
    absent = [name for name in stream.key if name not in rows]
    same = " AND ".join(
        [f"held.{name} = late_rows.{name}" for name in names]
        + [f"held.{name} = {absent_literal(stream, name)}" for name in absent]
    )
    first, last = int(rows["time"].min()), int(rows["time"].max())
    within = f"held.time BETWEEN {first} AND {last}"  # lets DuckDB skip blocks of other times
    found = connection.execute(
        " UNION ".join(
            f"SELECT late_rows.row FROM late_rows SEMI JOIN {table} held ON {same} AND {within}"
            for table in (hot(stream), fresh(stream), cold(stream))
        )
    ).fetchnumpy()["row"]
    connection.unregister("late_rows")
    known = np.zeros(len(rows["time"]), dtype=bool)
    known[np.asarray(found, dtype=np.int64)] = True
    return known
