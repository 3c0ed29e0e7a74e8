"""The server engine: one InfluxDB 2 bucket, written and read by any number of processes."""

import secrets
import threading
from collections import ChainMap, Counter
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from store.background import InBackground
from store.batch import (
    Batch,
    Commit,
    DeadLetter,
    DeviceQuality,
    HourCounts,
    Int64,
    IntakeCounts,
    Readings,
    StoredDeadLetter,
)
from store.day_delays import DAY_HOURS, DAY_US
from store.epochs import EpochBlock, EpochIndexes
from store.influx_connection import InfluxAddress, InfluxConnection
from store.influx_counts import (
    QOS0_MESSAGES,
    REPEATS,
    SET_ASIDE,
    UNKNOWN_FIELDS,
    total_lines,
    totals_after,
    totals_found,
    totals_statement,
)
from store.influx_delays import DAY_DELAYS, InfluxDays, KeptByStream
from store.influx_epochs import (
    EPOCH_TYPES,
    EPOCHS,
    block_lines,
    blocks_found,
    blocks_statement,
    index_found,
    index_statement,
)
from store.influx_hours import (
    HOUR_TYPES,
    Marks,
    counts_found,
    counts_statement,
    day_lines,
    mark_lines,
    marks_found,
    marks_statement,
    newest_statement,
)
from store.influx_keys import key_statements, key_types, keys_found, keys_of
from store.influx_letters import DEAD_LETTERS, letter_lines, letters_by, stored_letters
from store.influx_lines import reading_lines
from store.influx_numbers import LARGEST, Numbers, time_ns
from store.influx_queries import HOUR_US, between, literal, nanoseconds, of_devices, quoted
from store.influx_remembered import Newest, RememberedHours
from store.influx_tables import no_readings, readings, tables, tags_of, types_of
from store.keys import last_by_key
from store.protocol import StoreError, stream_named
from store.settling import Remembered, Unsettled, due, qualities, settle
from store.stream_hours import StreamHours
from store.streams import STREAMS, Column, Stream

SETTLED_DAYS = 40
"""Days before now whose delays are kept as readings come; those of days before them when somebody asks."""

_NO_READING = np.iinfo(np.int64).min

_ALWAYS = (-(2**62), 2**62)

_STATEMENTS = 1000
"""Statements a request: a server refuses one of more than ten megabytes."""

Watermarks = MutableMapping[tuple[str, str], int]
"""(stream, device) → a time, µs, that nothing committed is newer than: a newer row repeats no known key."""


@dataclass(slots=True)
class _Written:
    """What one commit wrote so far, for the bookkeeping that follows."""

    watermarks: Watermarks
    hours: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    repeats: Counter[str] = field(default_factory=Counter)


class InfluxStore:
    """A `TimeSeriesStore` in a bucket of InfluxDB 2; see the protocol for what each call promises.

    A measurement is a stream; the device and the key's texts are tags, everything else is a field. A commit
    is four requests: readings, marks of the hours touched, marks of their days, and at last revisions, counts
    and dead letters. Where one fails, the readings are there unmarked or unannounced, and the same rows given
    again end in the same points, though they may count as repeats. InfluxDB answers a write after its log is
    on disk.

    Repeats are counted by asking for the keys around rows that are not newer than what this process wrote.
    With several processes, a row that another one wrote a moment ago may pass as new: it is stored once,
    but not counted as repeated.
    """

    def __init__(self, address: InfluxAddress, token: str) -> None:
        self._connection = InfluxConnection(address, token)
        self._writer = secrets.token_hex(6)
        self._writing = threading.RLock()
        self._numbers = Numbers()
        self._watermarks: dict[tuple[str, str], int] = {}
        self._totals: dict[tuple[str, str, str], int] = {}
        self._hours = RememberedHours(self._found)
        self._kept = KeptByStream()
        self._remembered = Remembered()
        self._unsettled = {name: Unsettled() for name in STREAMS}
        self._settler = InBackground("pilotbed-settling")
        # By stream and device the newest reading, if there is one, and what it rests on.
        self._latest: dict[str, dict[str, tuple[Newest, Mapping[str, Any] | None]]] = {
            name: {} for name in STREAMS
        }

    @classmethod
    def open(cls, address: InfluxAddress, token: str) -> "InfluxStore":
        """Check the bucket, or make it. Raises `StoreError` when it cannot serve, `StoreUnavailable` when
        the server cannot be reached or refuses the token."""
        store = cls(address, token)
        try:
            store._connection.prepare()
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        self._settler.close()
        self._connection.close()

    def _found(self, statements: Sequence[str], types: Mapping[str, pa.DataType]) -> list[pa.Table]:
        return [
            table
            for first in range(0, len(statements), _STATEMENTS)
            for table in tables(self._connection.query(statements[first : first + _STATEMENTS]), types)
        ]

    # -- writing ---------------------------------------------------------------------------------------

    def commit(
        self,
        batches: Sequence[Batch],
        dead_letters: Sequence[DeadLetter] = (),
        counts: IntakeCounts | None = None,
    ) -> Commit:
        with self._writing:
            written = _Written(watermarks=ChainMap({}, self._watermarks))
            for each in _one_a_stream([batch for batch in batches if len(batch)]):
                self._write_readings(each, written)
            totals = totals_after(self._totals, written.repeats, counts)
            revision = self._numbers.take()[0]
            lines = [
                line
                for (stream, device), hours in written.hours.items()
                for line in mark_lines(stream, device, sorted(hours), revision)
            ]
            if lines:
                self._connection.write(lines)
            also = [
                *total_lines(totals, self._writer),
                *letter_lines(dead_letters, self._numbers.take(len(dead_letters)), self._writer),
            ]
            touched = ((stream, hours) for (stream, _), hours in written.hours.items())
            self._announce(touched, revision, also)
            self._watermarks.update(written.watermarks)
            self._totals.update(totals)
            for stream, waiting in due(self._unsettled, batches):
                first = max(waiting.first, waiting.received - SETTLED_DAYS)
                self._settler.put(partial(self._settle, stream, first, waiting.past))
        return Commit(rows=sum(len(batch) for batch in batches), repeated=written.repeats.total())

    def _write_readings(self, batches: Iterable[Batch], written: _Written) -> None:
        lines: list[str] = []
        for batch in batches:
            rows = last_by_key(batch)
            repeated = np.ones(len(batch), dtype=bool)
            repeated[rows] = self._known(batch, rows, written.watermarks)
            for number, times in zip(*np.unique(batch.device[repeated], return_counts=True), strict=True):
                written.repeats[batch.devices[number]] += int(times)
            lines += reading_lines(batch, rows)
            for number, hour in _device_hours(batch, rows):
                written.hours.setdefault((batch.stream.name, batch.devices[number]), set()).add(hour)
        self._connection.write(lines)
        for batch in batches:
            newest = np.full(len(batch.devices), _NO_READING)
            np.maximum.at(newest, batch.device, batch.time)
            for device, time in zip(batch.devices, newest.tolist(), strict=True):
                key = (batch.stream.name, device)
                written.watermarks[key] = max(time, written.watermarks.get(key, _NO_READING))

    def _known(self, batch: Batch, rows: Int64, watermarks: Watermarks) -> NDArray[np.bool_]:
        """Which of these rows have a key that the store holds already."""
        self._learn_watermarks(batch, watermarks)
        newest = np.array([watermarks[batch.stream.name, device] for device in batch.devices])
        behind = np.flatnonzero(batch.time[rows] <= newest[batch.device[rows]])
        known = np.zeros(len(rows), dtype=bool)
        if len(behind):
            statements = key_statements(batch, rows[behind])
            held = keys_found(batch.stream, self._found(statements, key_types(batch.stream)))
            known[behind] = [key in held for key in keys_of(batch, rows[behind])]
        return known

    def _learn_watermarks(self, batch: Batch, watermarks: Watermarks) -> None:
        """A device's first batch here: whatever is stored of it lies before the end of its newest hour."""
        stream = batch.stream.name
        unknown = [device for device in batch.devices if (stream, device) not in watermarks]
        for device in unknown:
            watermarks[stream, device] = _NO_READING
        for device, hour in self._newest_hours(stream, unknown).items():
            watermarks[stream, device] = (hour + 1) * HOUR_US - 1

    def _announce(
        self, hours: Iterable[tuple[str, Iterable[int]]], revision: int, also: Iterable[str] = ()
    ) -> None:
        """Mark the days of these streams' hours, and after them the streams: points of a request can be seen
        one by one, and whoever sees a mark is to see all that it tells of. `also` are lines for the last
        request, which are not to be there where a commit is cut short."""
        by_stream: dict[str, set[int]] = {}
        for stream, touched in hours:
            by_stream.setdefault(stream, set()).update(touched)
        days = [
            line for stream, touched in by_stream.items() for line in day_lines(stream, touched, revision)
        ]
        for lines in (days, [*(_revision_line(stream, revision) for stream in by_stream), *also]):
            if lines:
                self._connection.write(lines)

    # -- reading ---------------------------------------------------------------------------------------

    def read(
        self, stream: str, device: str, start: int, end: int, columns: Sequence[str] | None = None
    ) -> Readings:
        definition = stream_named(stream)
        wanted = _wanted(definition, columns)
        statement = f"{_select(definition, wanted)} WHERE {of_devices([device])} AND {between(start, end)}"
        for found in self._found([statement] if start < end else [], _types(definition, wanted)):
            return readings(found, definition, device, wanted)
        return no_readings(definition, device, wanted)

    def read_of(
        self,
        stream: str,
        devices: Iterable[str],
        start: int,
        end: int,
        columns: Sequence[str] | None = None,
    ) -> Mapping[str, Readings]:
        definition = stream_named(stream)
        wanted = _wanted(definition, columns)
        select = _select(definition, wanted, "device")
        statements = [
            f"{select} WHERE {of_devices([device])} AND {between(start, end)}" for device in devices
        ]
        found: dict[str, Readings] = {}
        for table in self._found(statements if start < end else [], _types(definition, wanted)):
            device = table["device"][0].as_py()
            found[device] = readings(table, definition, device, wanted)
        return {device: rows for device, rows in found.items() if len(rows)}

    def latest(self, stream: str, devices: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
        names = list(devices)
        known = self._latest[stream_named(stream).name]
        rests_on = self._hours.newest(stream, names)  # before the readings: what comes between is seen next
        held = {name: known[name] for name in names if name in known}  # another thread may go on meanwhile
        unknown = {name for name in names if name not in held or held[name][0] != rests_on.get(name)}
        read = self._newest(stream, sorted(unknown))
        found = {name: read.get(name) if name in unknown else held[name][1] for name in names}
        known |= {name: (rests_on[name], read.get(name)) for name in unknown if name in rests_on}
        return {name: newest for name, newest in found.items() if newest is not None}

    def _newest(self, stream: str, devices: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        definition = stream_named(stream)
        wanted = definition.columns
        hours = self._newest_hours(stream, devices)
        times = self._newest_times(
            stream, {device: (hour * HOUR_US, (hour + 1) * HOUR_US) for device, hour in hours.items()}
        )
        # A delete that was cut short leaves an hour's mark without its readings.
        times |= self._newest_times(stream, {device: _ALWAYS for device in hours if device not in times})
        select = _select(definition, wanted, "device")
        found = self._found(
            [
                f"{select} WHERE {of_devices([device])} AND {between(time, time + 1)}"
                for device, time in times.items()
            ],
            _types(definition, wanted),
        )
        newest = {}
        for table in found:
            device = table["device"][0].as_py()
            rows = readings(table, definition, device, wanted)
            if not len(rows):  # it is being written: what stands before it is the latest
                rows = self.read(stream, device, times[device] - HOUR_US, times[device])
            if len(rows):
                newest[device] = rows.last()
        return newest

    def _newest_hours(self, stream: str, devices: Sequence[str]) -> dict[str, int]:
        """The newest marked hour of each device that has one."""
        if not devices:
            return {}
        found = self._found([newest_statement(stream, devices)], HOUR_TYPES)
        return {
            tags["device"]: time // (HOUR_US * 1000)
            for table in found
            for tags, time in zip(tags_of(table), table["time"].to_pylist(), strict=True)
        }

    def _newest_times(self, stream: str, within: Mapping[str, tuple[int, int]]) -> dict[str, int]:
        """The newest reading's time of each device that has one in its [start, end)."""
        found = self._found(
            [
                f'SELECT last("columns") FROM "{stream}" '
                f'WHERE {of_devices([device])} AND {between(start, end)} GROUP BY "device"'
                for device, (start, end) in within.items()
            ],
            HOUR_TYPES,
        )
        return {tags_of(table)[0]["device"]: table["time"][0].as_py() // 1000 for table in found}

    def count(self, stream: str, device: str, start: int, end: int) -> int:
        stream_named(stream)
        statement = (
            f'SELECT count("columns") AS "readings" FROM "{stream}" '
            f"WHERE {of_devices([device])} AND {between(start, end)}"
        )
        found = self._found([statement] if start < end else [], HOUR_TYPES)
        return sum(table["readings"][0].as_py() for table in found)

    def hours(self, stream: str, device: str, start: int, end: int) -> HourCounts:
        none = np.empty(0, np.int64)
        return self.hours_of(stream, [device], start, end).get(device, HourCounts(none, none, none))

    def hours_of(self, stream: str, devices: Iterable[str], start: int, end: int) -> Mapping[str, HourCounts]:
        first, past = start // HOUR_US, -(-end // HOUR_US)
        hours = self._hours.of([stream_named(stream).name], first)[stream]
        return hours.counts(self._hours.numbers.names_of(devices), first, past)

    def put_epochs(self, blocks: Sequence[EpochBlock]) -> None:
        if blocks:
            self._connection.write(block_lines(blocks))

    def epochs(self, device: str, start: int, end: int) -> Sequence[EpochBlock]:
        return self.epochs_of([device], start, end).get(device, [])

    def epochs_of(self, devices: Iterable[str], start: int, end: int) -> Mapping[str, Sequence[EpochBlock]]:
        named = list(devices)
        if not named:
            return {}
        return blocks_found(self._found([blocks_statement(named, start, end)], EPOCH_TYPES), start)

    def epoch_index(self, devices: Iterable[str], start: int, end: int) -> EpochIndexes:
        named = list(devices)
        return (
            index_found(self._found([index_statement(named, start, end)], EPOCH_TYPES))
            if named and start < end
            else {}
        )

    def _hour_marks(self, stream: str, device: str, start: int, end: int) -> Marks:
        return marks_found(self._found([marks_statement(stream, device, start, end)], HOUR_TYPES))

    def revision(self, stream: str) -> int:
        return self._revisions().get(stream_named(stream).name, 0)

    def revisions(self) -> tuple[int, ...]:
        found = self._revisions()
        return tuple(found.get(stream, 0) for stream in STREAMS)

    def _revisions(self) -> dict[str, int]:
        found = self._found(['SELECT "revision", "stream" FROM "pilotbed_revisions"'], HOUR_TYPES)
        return {
            stream: revision
            for table in found
            for stream, revision in zip(
                table["stream"].to_pylist(), table["revision"].to_pylist(), strict=True
            )
        }

    def changes_since(self, revision: int) -> None:
        """Not told: several processes commit, and who began first need not be done first."""

    def quality(self, devices: Iterable[str], start: int, end: int) -> Sequence[DeviceQuality]:
        names = list(dict.fromkeys(devices))
        if not names or start >= end:
            return []
        hours = self._hours.of(tuple(STREAMS), start // HOUR_US)
        return [
            found
            for name, stream in STREAMS.items()
            for found in qualities(self._days(stream, hours[name]), name, names, start, end, self._remembered)
        ]

    def _days(self, stream: Stream, hours: StreamHours) -> InfluxDays:
        return InfluxDays(stream, self._hours.numbers, hours, self._kept, self._found, self._connection.write)

    def _settle(self, stream: Stream, first: int, past: int) -> None:
        """The server may be away or this store closed: who asks for quality reads what is not kept."""
        with suppress(StoreError):
            hours = self._hours.of([stream.name], first * DAY_HOURS)[stream.name]
            settle(self._days(stream, hours), self._hours.numbers.all(), first, past)

    # -- counts ----------------------------------------------------------------------------------------

    def duplicates(self, devices: Iterable[str]) -> Mapping[str, int]:
        """As the protocol says. With several writing processes, a repeat right after another process's
        commit may go uncounted."""
        return {device: total for device, _, total in self._counted(REPEATS, devices)}

    def qos0_messages(self, devices: Iterable[str]) -> Mapping[str, int]:
        return {device: total for device, _, total in self._counted(QOS0_MESSAGES, devices)}

    def unknown_fields(self, devices: Iterable[str]) -> Mapping[str, Mapping[str, int]]:
        """As the protocol says; of a field's name the first 200 characters."""
        return self._named_counts(UNKNOWN_FIELDS, devices)

    def set_aside(self, devices: Iterable[str]) -> Mapping[str, Mapping[str, int]]:
        return self._named_counts(SET_ASIDE, devices)

    def _named_counts(self, measurement: str, devices: Iterable[str]) -> dict[str, dict[str, int]]:
        counted: dict[str, dict[str, int]] = {}
        for device, name, total in self._counted(measurement, devices):
            counted.setdefault(device, {})[name] = total
        return counted

    def _counted(self, measurement: str, devices: Iterable[str]) -> list[tuple[str, str, int]]:
        names = list(devices)
        found = self._found([totals_statement(measurement, names)] if names else [], {"total": pa.int64()})
        return [row for table in found for row in totals_found(measurement, table)]

    # -- deleting --------------------------------------------------------------------------------------

    def delete(self, device: str, start: int, end: int, stream: str | None = None) -> int:
        streams = tuple(STREAMS) if stream is None else (stream_named(stream).name,)
        if start >= end:
            return 0
        with self._writing:
            return sum(self._delete(name, device, start, end) for name in streams)

    def _delete(self, stream: str, device: str, start: int, end: int) -> int:
        if stream == "bed":
            for block in self.epochs(device, start, end):
                at = nanoseconds(block.start)
                self._connection.delete(EPOCHS, at, at + 1, device)
        deleted = self.count(stream, device, start, end)
        if deleted:
            first_day, past_day = start // DAY_US, -(-end // DAY_US)
            self._connection.delete(
                DAY_DELAYS, nanoseconds(first_day * DAY_US), nanoseconds(past_day * DAY_US), device
            )
            self._connection.delete(stream, nanoseconds(start), nanoseconds(end), device)
        first, last = start // HOUR_US, (end - 1) // HOUR_US
        marks = self._hour_marks(stream, device, first * HOUR_US, (last + 1) * HOUR_US)
        # Hours that are marked as emptied stand as they are; where nothing was deleted, a delete before this
        # one may have been cut short before it marked them.
        touched = marks.hour[~marks.emptied]
        if len(touched):
            emptied = set(touched.tolist()) - self._held_hours(stream, device, touched)
            self._mark_hours(stream, device, touched.tolist(), emptied)
            # Another process may have filled one meanwhile, and marked it before us.
            filled = emptied & self._held_hours(stream, device, touched)
            if filled:
                self._mark_hours(stream, device, sorted(filled))
        # All of them: the delete before may have marked some and not announced them.
        self._announce([(stream, marks.hour.tolist())] if len(marks.hour) else [], self._numbers.take()[0])
        return deleted

    def _held_hours(self, stream: str, device: str, hours: Int64) -> set[int]:
        """Those that hold readings, among the hours from the first to the last of these."""
        statement = counts_statement(stream, device, int(hours[0]) * HOUR_US, (int(hours[-1]) + 1) * HOUR_US)
        return set(counts_found(self._found([statement], HOUR_TYPES)))

    def _mark_hours(
        self, stream: str, device: str, hours: Iterable[int], emptied: Iterable[int] = ()
    ) -> None:
        self._connection.write(mark_lines(stream, device, hours, self._numbers.take()[0], emptied))

    # -- dead letters ----------------------------------------------------------------------------------

    def dead_letters(
        self, limit: int = 1000, after: int = 0, pilot: str | None = None, code: str | None = None
    ) -> Sequence[StoredDeadLetter]:
        condition = f"time > {time_ns(min(after, LARGEST))}"
        if pilot is not None:
            condition += f' AND "pilot" = {literal(pilot)}'
        if code is not None:
            condition += f' AND "code" = {literal(code)}'
        return self._letters(f"{condition} LIMIT {limit}")

    def dead_letter(self, number: int) -> StoredDeadLetter | None:
        if not 0 < number <= LARGEST:
            return None
        return next(iter(self._letters(f"time = {time_ns(number)}")), None)

    def _letters(self, condition: str) -> list[StoredDeadLetter]:
        return stored_letters(self._connection.query([f'SELECT * FROM "{DEAD_LETTERS}" WHERE {condition}']))

    def dead_letter_counts(self, devices: Iterable[str]) -> Mapping[str, int]:
        counted = letters_by("device", self._connection.query([f'SELECT "device" FROM "{DEAD_LETTERS}"']))
        return {device: counted[device] for device in devices if device in counted}

    def dead_letter_codes(self, pilot: str) -> Mapping[str, int]:
        statement = f'SELECT "code" FROM "{DEAD_LETTERS}" WHERE "pilot" = {literal(pilot)}'
        return letters_by("code", self._connection.query([statement]))

    def drop_dead_letter(self, number: int) -> bool:
        existed = self.dead_letter(number) is not None
        if existed:
            self._connection.delete(DEAD_LETTERS, time_ns(number), time_ns(number) + 1)
        return existed


def _one_a_stream(batches: Iterable[Batch]) -> list[list[Batch]]:
    """Batches in order, parted so that no part has two of a stream: the second may repeat the first."""
    parts: list[dict[str, Batch]] = []
    for batch in batches:
        part = next((part for part in parts if batch.stream.name not in part), None)
        if part is None:
            parts.append(part := {})
        part[batch.stream.name] = batch
    return [list(part.values()) for part in parts]


def _device_hours(batch: Batch, rows: Int64) -> list[tuple[int, int]]:
    """(device, hour) of rows that stand by device and time."""
    device, hour = batch.device[rows], batch.time[rows] // HOUR_US
    starts = np.flatnonzero(np.r_[True, (device[1:] != device[:-1]) | (hour[1:] != hour[:-1])])
    return list(zip(device[starts].tolist(), hour[starts].tolist(), strict=True))


def _revision_line(stream: str, revision: int) -> str:
    return f"pilotbed_revisions,stream={stream} revision={revision}i 0"


def _wanted(stream: Stream, names: Sequence[str] | None) -> list[Column]:
    """The columns of these names, or all."""
    return [stream.column(name) for name in (stream.column_names if names is None else names)]


def _select(stream: Stream, wanted: Iterable[Column], *also: str) -> str:
    names = dict.fromkeys(
        ("columns", "delay_us", "time_source", *also, *(column.name for column in wanted), *stream.key)
    )
    return f'SELECT {quoted(names)} FROM "{stream.name}"'


def _types(stream: Stream, wanted: Iterable[Column]) -> dict[str, pa.DataType]:
    return types_of(stream, (*(column.name for column in wanted), *stream.key))
