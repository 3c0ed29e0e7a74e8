"""The embedded engine: one DuckDB file, owned by one process, any number of reading threads."""

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import duckdb
import numpy as np
import structlog
from numpy.typing import NDArray

from store.batch import (
    Batch,
    Changes,
    Commit,
    DeadLetter,
    DeviceQuality,
    HourCounts,
    IntakeCounts,
    Readings,
    StoredDeadLetter,
)
from store.duckdb_delays import DuckDBDays, delete_days
from store.duckdb_epochs import blocks_of, delete_blocks, device_parts, index_of, put_blocks
from store.duckdb_hours import RememberedHours
from store.duckdb_rows import HOUR_US, Rows, filled, stored_letter, write_counts, write_dead_letters
from store.duckdb_schema import BOOKKEEPING, KEYED, ROW, SCHEMA_VERSION, cold, create_readings, fresh, hot
from store.duckdb_tiers import Tiers, delete_rows
from store.epochs import EpochBlock, EpochIndexes
from store.protocol import StoreBusy, StoreError, StoreUnavailable, stream_named
from store.settling import Remembered, Unsettled, due, qualities, settle
from store.stream_hours import StreamHours
from store.streams import STREAMS, Column, Stream

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")

FOLD_ROWS = 250_000
"""Late rows of a stream that wait in the keyed table: a fold of that many takes a fraction of a second,
and a merged read over them stays fast."""

FRESH_ROWS = 2
"""New rows may wait this many times as long as late ones: a device's share of 500,000 rows fills whole
blocks, which is what makes them small, and they take 40 MB of memory until then."""

MEMORY_MIB, MOST_MEMORY_MIB = 128, 1024
"""DuckDB's own default, 80 % of the machine, would starve the analysis processes beside it. Where this is not
enough it is given twice as much. One thread of its own: each takes memory, and readers bring theirs."""

CLOSES_WITHIN_MS = 1000
"""A reader makes its cursor in microseconds."""

TRIES = 5
"""How often a transaction begins again after what was in its way has been put right."""

KEPT_MIB = 4
"""It keeps what it has read and written until its memory is full; after a fold it lets go of all but this."""

CHECKPOINT_THRESHOLD = "48MB"
"""Every checkpoint rewrites the last, half-filled block of each column: at DuckDB's 16 MB that is half of
ingest's time. Until then what was committed is also kept in memory. The log is replayed in about a second
after a crash."""

_OF_ONE_DEVICE = "device = $device AND time >= $start AND time < $end"

_REFUSED = (duckdb.DataError, duckdb.IntegrityError, duckdb.InvalidInputException)
"""Errors that say these rows cannot be written. Any other says that the engine cannot work now: a full disk
and spent memory come under several names, a failed commit among them."""


log = structlog.get_logger(__name__)


def _close(connection: duckdb.DuckDBPyConnection) -> None:
    """DuckDB refuses in the moment in which a reader makes its cursor."""
    for _ in range(CLOSES_WITHIN_MS):
        with suppress(duckdb.OperationalError):
            connection.close()
            return
        time.sleep(0.001)
    connection.close()


def _asked_again(
    question: Callable[Concatenate["DuckDBStore", _Given], _Result],
) -> Callable[Concatenate["DuckDBStore", _Given], _Result]:
    """Where a commit has failed fatally under a question, the file has been opened anew and can answer it."""

    @wraps(question)
    def asking(store: "DuckDBStore", /, *given: _Given.args, **named: _Given.kwargs) -> _Result:
        # What can be gone through once only would be empty the second time.
        again = [list(each) if isinstance(each, Iterator) else each for each in given]
        for _ in range(TRIES - 1):
            connection = store._connection
            try:
                return question(store, *again, **named)  # type: ignore[arg-type] # lists for iterators
            except StoreUnavailable:
                with store._writing:  # whoever opens it anew has this
                    with suppress(StoreError):
                        store._reopen_if_lost()
                    if store._connection is None or store._connection is connection:
                        raise
        return question(store, *again, **named)  # type: ignore[arg-type] # lists for iterators

    return asking


class DuckDBStore:
    """A `TimeSeriesStore` in one file; see the protocol for what each call promises.

    What the engine knows of its tables without asking lives in memory, changes only after a commit, and is
    rebuilt when the file is opened.
    """

    def __init__(self, path: Path, *, fold_rows: int = FOLD_ROWS, memory_mib: int = MEMORY_MIB) -> None:
        self._path = path
        self._fold_rows = fold_rows
        self._memory_mib = memory_mib
        self._writing = threading.RLock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._closed = False
        self._open()

    @classmethod
    def open(cls, path: str | Path) -> "DuckDBStore":
        """Open or create the file. Raises `StoreBusy` when another process owns it, `StoreError` when it is
        from a newer version, and `StoreUnavailable` when it cannot be opened at all."""
        return cls(Path(path))

    # -- opening and closing ---------------------------------------------------------------------------

    def _open(self) -> None:
        try:
            connection = duckdb.connect(
                str(self._path),
                config={
                    "memory_limit": f"{self._memory_mib}MiB",
                    "checkpoint_threshold": CHECKPOINT_THRESHOLD,
                    "autoload_known_extensions": False,
                    "threads": 1,
                },
            )
        except duckdb.Error as error:
            if "lock" in str(error):
                owner = re.search(r"PID \d+", str(error))
                raise StoreBusy(
                    f"{self._path} is owned by {owner[0] if owner else 'another process'}: "
                    "a DuckDB file has one owner. "
                    "Reach the running service over HTTP, or stop it first."
                ) from error
            raise StoreUnavailable(f"{self._path} cannot be opened: {error}") from error
        try:
            self._create_tables(connection)
            found = connection.execute("SELECT version FROM schema_version").fetchone()
            if found is None:
                connection.execute("INSERT INTO schema_version VALUES (?)", [SCHEMA_VERSION])
            elif found[0] > SCHEMA_VERSION:
                raise StoreError(
                    f"{self._path} has schema {found[0]}, this version knows {SCHEMA_VERSION}: "
                    "install the newer pilotbed that wrote it"
                )
            self._load(connection)
            self._connection = connection
            connection.execute("UPDATE schema_version SET version = ?", [SCHEMA_VERSION])
        except duckdb.Error as error:
            self._connection = None
            connection.close()
            raise StoreUnavailable(f"{self._path} cannot be opened: {error}") from error
        except BaseException:
            self._connection = None
            connection.close()
            raise

    def _load(self, connection: duckdb.DuckDBPyConnection) -> None:
        """What is held in memory, from the tables as they are."""
        self._device_ids = {
            name: number for number, name in connection.execute("SELECT id, name FROM devices").fetchall()
        }
        touched = connection.execute("SELECT stream, max(revision) FROM hours GROUP BY stream").fetchall()
        self._revisions = dict.fromkeys(STREAMS, 0) | dict(touched)
        self._tiers = Tiers.load(connection, len(self._device_ids))
        self._hours = RememberedHours()
        # By stream and device the newest reading, with its hour and that hour's revision.
        self._latest: dict[str, dict[str, tuple[tuple[int, int], Mapping[str, Any]]]] = {
            name: {} for name in STREAMS
        }
        self._remembered = Remembered()
        self._unsettled = {name: Unsettled() for name in STREAMS}

    @property
    def _next_revision(self) -> int:
        return max(self._revisions.values()) + 1

    def close(self) -> None:
        with self._writing:
            self._closed = True
            if self._connection is not None:
                connection, self._connection = self._connection, None
                _close(connection)

    @property
    def _writer(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            raise StoreUnavailable(f"{self._path} is closed" if self._closed else f"{self._path} was lost")
        return self._connection

    def _reopen_if_lost(self) -> None:
        """After a fatal error: the file anew, and from it what is held in memory."""
        if self._connection is None and not self._closed:
            self._open()

    @contextmanager
    def _reader(self) -> Iterator["_Reader"]:
        """A cursor of its own for each read: a shared connection cannot serve two threads."""
        try:
            cursor = self._writer.cursor()
            try:
                yield _Reader(cursor, self._give_more_memory)
            finally:
                cursor.close()
        except duckdb.Error as error:
            # As when a commit of the writer fails fatally: the file is then opened anew under the readers.
            raise StoreUnavailable(f"{self._path} cannot be read: {error}") from error

    def _transaction(self, work: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
        """Run `work` in one durable transaction, or leave no trace of it."""
        connection = self._writer
        try:
            connection.begin()
            work(connection)
            connection.commit()
        except _REFUSED as error:
            self._abandon(connection, reopen=False)
            if "violates primary key constraint" in str(error):
                # Every keyed row replaces its like, so no row can be the cause: a transaction that ran out of
                # memory has left its keys in the index when it was rolled back.
                self._rebuild_keys()
                raise _TryAgain from error
            raise StoreError(f"{self._path} refused the rows: {error}") from error
        except duckdb.Error as error:
            more = self._give_more_memory(error)
            self._abandon(connection, reopen=isinstance(error, duckdb.FatalException))
            if more:
                raise _TryAgain from error
            raise StoreUnavailable(f"{self._path} cannot be written: {error}") from error
        except BaseException:
            self._abandon(connection, reopen=False)
            raise

    def _give_more_memory(self, error: duckdb.Error) -> bool:
        """Where that was what was missing; whoever failed may then try again."""
        # It comes under several types of error, and the way out in all of them.
        if "memory_limit" not in str(error) or self._memory_mib >= MOST_MEMORY_MIB:
            return False
        self._memory_mib *= 2
        log.info("DuckDB needs more memory", mib=self._memory_mib)
        with suppress(duckdb.Error, StoreUnavailable):
            self._writer.cursor().execute(f"SET memory_limit = '{self._memory_mib}MiB'")
        return True

    def _rebuild_keys(self) -> None:
        """Make every keyed table anew from its rows, in one transaction each."""
        log.warning("making the keys of the tables anew", file=str(self._path))
        connection = self._writer
        try:
            for table in (*(hot(stream) for stream in STREAMS.values()), *KEYED):
                connection.begin()
                connection.execute(f"CREATE TEMP TABLE rows_of_it AS SELECT * FROM {table}")
                connection.execute(f"DROP TABLE {table}")
                self._create_tables(connection)
                connection.execute(f"INSERT INTO {table} SELECT * FROM rows_of_it")
                connection.execute("DROP TABLE rows_of_it")
                connection.commit()
        except duckdb.Error as error:
            self._abandon(connection, reopen=True)
            raise StoreUnavailable(f"{self._path} cannot be written: {error}") from error

    @staticmethod
    def _create_tables(connection: duckdb.DuckDBPyConnection) -> None:
        for statement in BOOKKEEPING:
            connection.execute(statement)
        for stream in STREAMS.values():
            connection.execute(create_readings(cold(stream), stream, keyed=False))
            connection.execute(create_readings(fresh(stream), stream, keyed=False))
            connection.execute(create_readings(hot(stream), stream, keyed=True))

    def _let_go(self) -> None:
        """Return memory of what was read and written; what is in use stays."""
        for mib in (KEPT_MIB, self._memory_mib):
            with suppress(duckdb.Error):
                self._writer.execute(f"SET memory_limit = '{mib}MiB'")

    def _abandon(self, connection: duckdb.DuckDBPyConnection, *, reopen: bool) -> None:
        try:
            connection.rollback()
        except duckdb.Error:
            reopen = True
        if reopen:
            # After a fatal error DuckDB refuses everything until the file is opened anew. Reads go on then;
            # where it cannot be opened, the next commit tries again.
            self._connection = None  # before it is closed, so that nobody asks it any more
            with suppress(duckdb.Error):
                _close(connection)
            with suppress(StoreError):
                self._open()

    # -- writing ---------------------------------------------------------------------------------------

    def commit(
        self,
        batches: Sequence[Batch],
        dead_letters: Sequence[DeadLetter] = (),
        counts: IntakeCounts | None = None,
    ) -> Commit:
        return self._trying(lambda: self._commit(batches, dead_letters, counts))

    @staticmethod
    def _trying(once: Callable[[], _Result]) -> _Result:
        """Do it again where what was in its way has been put right."""
        for _ in range(TRIES - 1):
            try:
                return once()
            except _TryAgain:
                continue
        return once()

    def _commit(
        self, batches: Sequence[Batch], dead_letters: Sequence[DeadLetter], counts: IntakeCounts | None
    ) -> Commit:
        with self._writing:
            self._reopen_if_lost()
            connection = self._connection
            known_devices = dict(self._device_ids)
            tiers = self._tiers.copy()
            revision = self._next_revision
            repeated = 0

            def work(connection: duckdb.DuckDBPyConnection) -> None:
                nonlocal repeated
                for batch in batches:
                    if len(batch):
                        numbers = self._device_numbers(connection, batch.devices)
                        repeated += tiers.write(connection, batch, numbers[batch.device], revision)
                write_dead_letters(connection, dead_letters)
                if counts is not None:
                    write_counts(connection, counts)
                # Before the commit: a reader that sees its hours must also look for its rows.
                self._tiers = tiers.with_watermarks_of(self._tiers)

            try:
                self._transaction(work)
            except BaseException:
                if self._connection is connection:
                    self._device_ids = known_devices
                raise
            touched = (batch.stream.name for batch in batches if len(batch))
            self._revisions = self._revisions | dict.fromkeys(touched, revision)
            self._tiers = tiers
            self._fold_where_due()
            self._settle_where_due(batches)
            return Commit(rows=sum(len(batch) for batch in batches), repeated=repeated)

    def put_epochs(self, blocks: Sequence[EpochBlock]) -> None:
        if blocks:
            self._trying(lambda: self._put_epochs(blocks))

    def _put_epochs(self, blocks: Sequence[EpochBlock]) -> None:
        with self._writing:
            self._reopen_if_lost()
            connection = self._connection
            known_devices = dict(self._device_ids)

            def work(connection: duckdb.DuckDBPyConnection) -> None:
                put_blocks(
                    connection, self._device_numbers(connection, [each.device for each in blocks]), blocks
                )

            try:
                self._transaction(work)
            except BaseException:
                if self._connection is connection:
                    self._device_ids = known_devices
                raise

    def _device_numbers(
        self, connection: duckdb.DuckDBPyConnection, devices: Sequence[str]
    ) -> NDArray[np.int32]:
        for name in devices:
            if name not in self._device_ids:
                number = len(self._device_ids) + 1
                connection.execute("INSERT INTO devices VALUES (?, ?)", [number, name])
                self._device_ids[name] = number
        return np.array([self._device_ids[name] for name in devices], dtype=np.int32)

    def _fold_where_due(self) -> None:
        for name in STREAMS:
            fresh_rows, late_rows = self._tiers.fresh[name], self._tiers.late[name]
            if late_rows >= self._fold_rows or fresh_rows >= FRESH_ROWS * self._fold_rows:
                try:
                    self.fold(name)
                except StoreError as error:
                    # What was committed is committed; the fold is tried again after a later commit.
                    log.warning("waiting rows could not be folded", stream=name, error=str(error))
                    return

    def fold(self, stream_name: str) -> None:
        """Move a stream's waiting rows into the table where they lie in order and take little space."""
        with self._writing:
            tiers = self._tiers.copy()
            self._transaction(lambda connection: tiers.fold(connection, STREAMS[stream_name]))
            self._tiers = tiers
            self._let_go()

    def _settle_where_due(self, batches: Sequence[Batch]) -> None:
        for stream, waiting in due(self._unsettled, batches):
            try:
                with self._reader() as cursor:
                    days = self._days(cursor, stream)
                    settle(days, list(self._device_ids), waiting.first, waiting.past)
            except StoreError as error:
                # What was committed is committed; quality reads what is not kept.
                log.warning("delays could not be read to be kept", stream=stream.name, error=str(error))

    def _days(self, cursor: "_Reader", stream: Stream) -> DuckDBDays:
        remembered = self._remembered

        def keep(work: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
            try:
                with self._writing:
                    # What was read before a delete could pass for what stands at some later sum of revisions.
                    if self._remembered is remembered:
                        self._trying(lambda: self._transaction(work))
            except StoreError as error:
                # A question is answered all the same, and what is not kept is read again.
                log.warning("delays could not be kept", stream=stream.name, error=str(error))

        return DuckDBDays(
            cursor,
            stream,
            self._device_ids,
            lambda first: self._hours_from(cursor, stream, first),
            lambda listed, within: self._merged(stream, listed, within),
            keep,
        )

    # -- reading ---------------------------------------------------------------------------------------

    @_asked_again
    def read(
        self, stream: str, device: str, start: int, end: int, columns: Sequence[str] | None = None
    ) -> Readings:
        definition = stream_named(stream)
        selected = _selected(definition, columns)
        found = self._found(definition, selected, [self._device_ids.get(device, 0)], start, end)
        return _readings(definition, selected, device, found, slice(None))

    @_asked_again
    def read_of(
        self,
        stream: str,
        devices: Iterable[str],
        start: int,
        end: int,
        columns: Sequence[str] | None = None,
    ) -> Mapping[str, Readings]:
        definition = stream_named(stream)
        names = self._numbered(devices)
        if not names:
            return {}
        selected = _selected(definition, columns)
        found = self._found(definition, selected, list(names), start, end)
        return {
            name: _readings(definition, selected, name, found, part)
            for name, part in device_parts(found["device"], names)
        }

    def _found(
        self, stream: Stream, selected: Sequence[Column], numbers: Sequence[int], start: int, end: int
    ) -> Rows:
        """The readings of these devices in [start, end), by device, time and key, with nulls filled."""
        shown = [
            f"CAST({column.name} AS FLOAT) AS {column.name}" if column.kind == "bool" else column.name
            for column in selected
        ]
        listed = ", ".join((*ROW, *shown))
        chosen = ", ".join(str(number) for number in numbers)
        within = f"device IN ({chosen}) AND time >= {start} AND time < {end}"
        with self._reader() as cursor:
            found = cursor.execute(self._merged(stream, listed, within)).fetchnumpy()
            if not _ascending(found):
                order = np.lexsort((found["time"], found["device"]))
                found = {name: values[order] for name, values in found.items()}
            if not _ascending(found):
                # What stands at one time has an order of its own, for which the whole key is needed.
                ordered = ", ".join(("device", "time", *stream.key))
                rows = self._merged(stream, "*", within)
                found = cursor.execute(f"SELECT {listed} FROM ({rows}) ORDER BY {ordered}").fetchnumpy()
        # All devices' at once: a part of a masked array takes as long as some thousand of its numbers.
        return {name: filled(values, name in stream.key) for name, values in found.items()}

    def _merged(self, stream: Stream, listed: str, within: str = _OF_ONE_DEVICE) -> str:
        return self._tiers.merged(stream, listed, within)

    @_asked_again
    def latest(self, stream: str, devices: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
        known = self._latest[stream_named(stream).name]
        names = self._numbered(devices)
        with self._reader() as cursor:
            newest_hours = cursor.execute(
                "SELECT device, max(hour), arg_max(revision, hour) FROM hours "
                "WHERE stream = ? AND readings > 0 GROUP BY device",
                [stream],
            ).fetchall()
        found: dict[str, Mapping[str, Any]] = {}
        touched: dict[int, dict[str, tuple[int, int]]] = {}
        for number, hour, revision in newest_hours:
            name = names.get(number)
            if name is None:
                continue
            if name in known and known[name][0] == (hour, revision):
                found[name] = known[name][1]
            else:
                touched.setdefault(hour, {})[name] = hour, revision
        for hour, those in touched.items():
            for name, readings in self.read_of(stream, those, hour * HOUR_US, (hour + 1) * HOUR_US).items():
                found[name] = readings.last()
                known[name] = those[name], found[name]
        return found

    @_asked_again
    def count(self, stream: str, device: str, start: int, end: int) -> int:
        query = f"SELECT count(*) FROM ({self._merged(stream_named(stream), 'time')})"
        with self._reader() as cursor:
            row = cursor.execute(
                query, {"device": self._device_ids.get(device, 0), "start": start, "end": end}
            ).fetchone()
        return int(row[0]) if row is not None else 0

    @_asked_again
    def hours(self, stream: str, device: str, start: int, end: int) -> HourCounts:
        with self._reader() as cursor:
            found = cursor.execute(
                "SELECT hour, readings, revision FROM hours "
                "WHERE stream = ? AND device = ? AND hour >= ? AND hour < ? ORDER BY hour",
                [
                    stream_named(stream).name,
                    self._device_ids.get(device, 0),
                    start // HOUR_US,
                    -(-end // HOUR_US),
                ],
            ).fetchnumpy()
        return HourCounts(
            hour=np.asarray(found["hour"], dtype=np.int64),
            readings=np.asarray(found["readings"], dtype=np.int64),
            revision=np.asarray(found["revision"], dtype=np.int64),
        )

    @_asked_again
    def hours_of(self, stream: str, devices: Iterable[str], start: int, end: int) -> Mapping[str, HourCounts]:
        first, past = start // HOUR_US, -(-end // HOUR_US)
        with self._reader() as cursor:
            hours = self._hours_from(cursor, stream_named(stream), first)
        return hours.counts(self._numbered(devices), first, past)

    def _hours_from(self, cursor: "_Reader", stream: Stream, first: int) -> StreamHours:
        return self._hours.of(cursor, stream.name, first, self._revisions[stream.name])

    def epochs(self, device: str, start: int, end: int) -> Sequence[EpochBlock]:
        return self.epochs_of([device], start, end).get(device, [])

    @_asked_again
    def epochs_of(self, devices: Iterable[str], start: int, end: int) -> Mapping[str, Sequence[EpochBlock]]:
        names = self._numbered(devices)
        if not names:
            return {}
        with self._reader() as cursor:
            return blocks_of(cursor, names, start, end)

    @_asked_again
    def epoch_index(self, devices: Iterable[str], start: int, end: int) -> EpochIndexes:
        with self._reader() as cursor:
            return index_of(cursor, self._numbered(devices), start, end)

    def _numbered(self, devices: Iterable[str]) -> dict[int, str]:
        """Those of the devices that are known here, by number."""
        return {self._device_ids[name]: name for name in devices if name in self._device_ids}

    @_asked_again
    def revision(self, stream: str) -> int:
        name = stream_named(stream).name
        with self._reader():  # a closed store says so
            return self._revisions[name]

    def revisions(self) -> tuple[int, ...]:
        return tuple(self.revision(stream) for stream in STREAMS)

    @_asked_again
    def changes_since(self, revision: int) -> Changes:
        # Not the newest of the file: what is remembered of the hours knows of a commit only a moment later.
        newest = max(self._revisions.values())
        with self._reader() as cursor:
            row = cursor.execute("SELECT min(hour) FROM hours WHERE revision > ?", [revision]).fetchone()
        assert row is not None
        return Changes(newest, row[0])

    @_asked_again
    def quality(self, devices: Iterable[str], start: int, end: int) -> Sequence[DeviceQuality]:
        names = list(self._numbered(devices).values())
        if not names or start >= end:
            return []
        with self._reader() as cursor:
            return [
                found
                for stream in STREAMS.values()
                for found in qualities(
                    self._days(cursor, stream), stream.name, names, start, end, self._remembered
                )
            ]

    def duplicates(self, devices: Iterable[str]) -> Mapping[str, int]:
        return self._counted(
            "SELECT name, readings FROM repeats JOIN devices ON devices.id = repeats.device", devices
        )

    def dead_letter_counts(self, devices: Iterable[str]) -> Mapping[str, int]:
        return self._counted("SELECT device, count(*) FROM dead_letters GROUP BY device", devices)

    @_asked_again
    def dead_letter_codes(self, pilot: str) -> Mapping[str, int]:
        with self._reader() as cursor:
            return dict(
                cursor.execute(
                    "SELECT code, count(*) FROM dead_letters WHERE pilot = ? GROUP BY code", [pilot]
                ).fetchall()
            )

    def qos0_messages(self, devices: Iterable[str]) -> Mapping[str, int]:
        return self._counted("SELECT device, messages FROM qos0_messages", devices)

    @_asked_again
    def _counted(self, query: str, devices: Iterable[str]) -> dict[str, int]:
        with self._reader() as cursor:
            counted = dict(cursor.execute(query).fetchall())
        return {device: counted[device] for device in devices if device in counted}

    def unknown_fields(self, devices: Iterable[str]) -> Mapping[str, Mapping[str, int]]:
        return self._named_counts("SELECT device, field, times FROM unknown_fields ORDER BY 1, 2", devices)

    def set_aside(self, devices: Iterable[str]) -> Mapping[str, Mapping[str, int]]:
        return self._named_counts("SELECT device, reason, times FROM set_aside ORDER BY 1, 2", devices)

    @_asked_again
    def _named_counts(self, query: str, devices: Iterable[str]) -> dict[str, dict[str, int]]:
        wanted = set(devices)
        counted: dict[str, dict[str, int]] = {}
        with self._reader() as cursor:
            rows = cursor.execute(query).fetchall()
        for device, name, times in rows:
            if device in wanted:
                counted.setdefault(device, {})[name] = times
        return counted

    # -- deleting --------------------------------------------------------------------------------------

    def delete(self, device: str, start: int, end: int, stream: str | None = None) -> int:
        deleted = 0
        touched: set[str] = set()

        def work(connection: duckdb.DuckDBPyConnection) -> None:
            nonlocal deleted
            for definition in STREAMS.values() if stream is None else (stream_named(stream),):
                row = connection.execute(
                    f"SELECT count(*) FROM ({self._merged(definition, 'time')})", bounds
                ).fetchone()
                deleted += row[0] if row is not None else 0
                delete_rows(connection, definition, _OF_ONE_DEVICE, bounds)
                delete_days(connection, definition, bounds)
                if self._recount_hours(connection, definition, number, start, end, revision):
                    touched.add(definition.name)
                if definition.name == "bed":
                    delete_blocks(connection, bounds)

        with self._writing:
            self._reopen_if_lost()
            number = self._device_ids.get(device, 0)
            revision = self._next_revision
            bounds = {"device": number, "start": start, "end": end}
            self._transaction(work)
            self._revisions = self._revisions | dict.fromkeys(touched, revision)
            # With hours gone, later revisions of the others can come to the same sum.
            self._remembered = Remembered()
        return deleted

    def _recount_hours(
        self,
        connection: duckdb.DuckDBPyConnection,
        stream: Stream,
        device: int,
        start: int,
        end: int,
        revision: int,
    ) -> int:
        """Whole hours hold nothing now; of the hours cut at either end, what is left is counted. Returns how
        many hours were touched."""
        first, last = start // HOUR_US, (end - 1) // HOUR_US
        touched = connection.execute(
            "UPDATE hours SET readings = 0, revision = ? "
            "WHERE stream = ? AND device = ? AND hour BETWEEN ? AND ?",
            [revision, stream.name, device, first, last],
        ).fetchone()
        for hour in {first, last}:
            bounds = {"device": device, "start": hour * HOUR_US, "end": (hour + 1) * HOUR_US}
            row = connection.execute(
                f"SELECT count(*) FROM ({self._merged(stream, 'time')})", bounds
            ).fetchone()
            connection.execute(
                "UPDATE hours SET readings = ? WHERE stream = ? AND device = ? AND hour = ?",
                [row[0] if row is not None else 0, stream.name, device, hour],
            )
        return int(touched[0]) if touched is not None else 0

    # -- dead letters ----------------------------------------------------------------------------------

    _LETTER = "id, received, topic, reason, code, size, sha256, payload, fields, pilot, device, qos"

    @_asked_again
    def dead_letters(
        self, limit: int = 1000, after: int = 0, pilot: str | None = None, code: str | None = None
    ) -> Sequence[StoredDeadLetter]:
        with self._reader() as cursor:
            rows = cursor.execute(
                f"SELECT {self._LETTER} FROM dead_letters WHERE id > $after "
                "AND ($pilot IS NULL OR pilot = $pilot) AND ($code IS NULL OR code = $code) "
                "ORDER BY id LIMIT $limit",
                {"after": after, "pilot": pilot, "code": code, "limit": limit},
            ).fetchall()
        return [stored_letter(row) for row in rows]

    @_asked_again
    def dead_letter(self, number: int) -> StoredDeadLetter | None:
        with self._reader() as cursor:
            row = cursor.execute(f"SELECT {self._LETTER} FROM dead_letters WHERE id = ?", [number]).fetchone()
        return None if row is None else stored_letter(row)

    def drop_dead_letter(self, number: int) -> bool:
        with self._writing:
            existed = self.dead_letter(number) is not None

            def work(connection: duckdb.DuckDBPyConnection) -> None:
                connection.execute("DELETE FROM dead_letters WHERE id = ?", [number])

            self._transaction(work)
        return existed


def _selected(stream: Stream, columns: Sequence[str] | None) -> list[Column]:
    return [stream.column(name) for name in (stream.column_names if columns is None else columns)]


def _ascending(rows: Rows) -> bool:
    """Whether each row comes after the one before it, by device and time."""
    device, time = np.asarray(rows["device"]), np.asarray(rows["time"])
    later = (device[1:] > device[:-1]) | ((device[1:] == device[:-1]) & (time[1:] > time[:-1]))
    return bool(later.all())


def _readings(stream: Stream, selected: Sequence[Column], device: str, found: Rows, part: slice) -> Readings:
    """The rows of one device."""
    return Readings(
        stream=stream,
        device=device,
        time=np.asarray(found["time"][part], dtype=np.int64),
        received=np.asarray(found["received"][part], dtype=np.int64),
        time_source=np.asarray(found["time_source"][part], dtype=np.int8),
        columns={column.name: found[column.name][part] for column in selected},
    )


class _TryAgain(StoreUnavailable):
    """What was in the way of the transaction has been put right."""


class _Reader:
    """A cursor whose query is asked again where it needed more memory and was given it."""

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, more_memory: Callable[[duckdb.Error], bool]
    ) -> None:
        self._cursor = cursor
        self._more_memory = more_memory

    def execute(self, query: str, parameters: object = None) -> duckdb.DuckDBPyConnection:
        while True:
            try:
                return self._cursor.execute(query, parameters)
            except duckdb.Error as error:
                if not self._more_memory(error):
                    raise
