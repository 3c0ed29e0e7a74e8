"""Decoded messages gathered into columns for one commit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.decoders.native import Block, Decoded, Row, as_array
from store import TIME_FROM_DEVICE, Batch, IntakeCounts, Stream
from store.streams import ABSENT_SEQUENCE


class Gathering:
    """What is to be committed: readings by stream, in order of arrival, and what to count.

    `waiting` counts the readings that were not taken yet, `readings` all.
    """

    def __init__(self) -> None:
        self._streams: dict[str, _StreamRows] = {}
        self.counts = IntakeCounts()
        self.readings = 0
        self.waiting = 0

    def add(self, stream: Stream, device: str, received: int, decoded: Decoded, qos: int) -> None:
        rows = self._rows(stream)
        if decoded.block is not None:
            rows.add_block(device, received, decoded.block)
            added = len(decoded.block.time)
        else:
            rows.add_rows(device, received, decoded.rows)
            added = len(decoded.rows)
        self.readings += added
        self.waiting += added
        for name in decoded.unknown_fields:
            key = (device, name)
            self.counts.unknown_fields[key] = self.counts.unknown_fields.get(key, 0) + 1
        if qos == 0:
            self.count_qos0(device)

    def add_row(self, stream: Stream, device: str, received: int, row: Row) -> None:
        """One reading of a foreign format."""
        self._rows(stream).add_rows(device, received, (row,))
        self.readings += 1
        self.waiting += 1

    def count_qos0(self, device: str) -> None:
        self.counts.qos0_messages[device] = self.counts.qos0_messages.get(device, 0) + 1

    def set_aside(self, device: str, reason: str) -> None:
        """Count what is no reading and no mistake."""
        key = (device, reason)
        self.counts.set_aside[key] = self.counts.set_aside.get(key, 0) + 1

    def _rows(self, stream: Stream) -> "_StreamRows":
        rows = self._streams.get(stream.name)
        if rows is None:
            rows = self._streams[stream.name] = _StreamRows(stream)
        return rows

    def take_batches(self) -> list[Batch]:
        """The readings that wait, which are then let go; the counts stay."""
        batches = [rows.batch() for rows in self._streams.values()]
        self._streams, self.waiting = {}, 0
        return batches


class _StreamRows:
    """Rows and blocks of one stream. Single rows wait in lists and become arrays only once."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._devices: dict[str, int] = {}
        self._segments: list[_Segment] = []
        self._waiting = _Waiting()

    def _number(self, device: str) -> int:
        return self._devices.setdefault(device, len(self._devices))

    def add_rows(self, device: str, received: int, rows: Sequence[Row]) -> None:
        number = self._number(device)
        waiting = self._waiting
        for row in rows:
            waiting.device.append(number)
            waiting.time.append(row.time)
            waiting.received.append(received)
            waiting.time_source.append(row.time_source)
            waiting.values.append(row.values)

    def add_block(self, device: str, received: int, block: Block) -> None:
        self._seal()
        self._segments.append(
            _Segment(
                rows=len(block.time),
                device=self._number(device),
                time=block.time,
                received=received,
                time_source=TIME_FROM_DEVICE,
                columns=block.columns,
            )
        )

    def _seal(self) -> None:
        waiting = self._waiting
        if not waiting.time:
            return
        columns = {}
        for column in self._stream.columns:
            values = [getattr(each, column.name) for each in waiting.values]
            if any(value is not None for value in values):
                columns[column.name] = as_array(column, values)
        self._segments.append(
            _Segment(
                rows=len(waiting.time),
                device=np.array(waiting.device, dtype=np.int32),
                time=np.array(waiting.time, dtype=np.int64),
                received=np.array(waiting.received, dtype=np.int64),
                time_source=np.array(waiting.time_source, dtype=np.int8),
                columns=columns,
            )
        )
        self._waiting = _Waiting()

    def batch(self) -> Batch:
        self._seal()
        segments = self._segments
        carried = set().union(*(segment.columns for segment in segments))
        return Batch(
            stream=self._stream,
            devices=tuple(self._devices),
            device=_joined([segment.device for segment in segments], segments, np.int32),
            time=np.concatenate([segment.time for segment in segments]),
            received=_joined([segment.received for segment in segments], segments, np.int64),
            time_source=_joined([segment.time_source for segment in segments], segments, np.int8),
            columns={
                name: np.concatenate([segment.column(self._stream, name) for segment in segments])
                for name in self._stream.column_names
                if name in carried
            },
        )


@dataclass(slots=True)
class _Waiting:
    """Single rows, one list a column: a tuple a row would cost more to turn into arrays."""

    device: list[int] = field(default_factory=list)
    time: list[int] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    time_source: list[int] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class _Segment:
    """Consecutive rows of a stream. A block says one device and one time of receipt for all its rows."""

    rows: int
    device: NDArray[np.int32] | int
    time: NDArray[np.int64]
    received: NDArray[np.int64] | int
    time_source: NDArray[np.int8] | int
    columns: dict[str, NDArray[Any]]

    def column(self, stream: Stream, name: str) -> NDArray[Any]:
        """The column's values, or as many absent ones."""
        if name in self.columns:
            return self.columns[name]
        kind = stream.column(name).kind
        if kind == "text":
            return np.full(self.rows, None, dtype=object)
        if kind == "integer":
            return np.full(self.rows, ABSENT_SEQUENCE, dtype=np.int64)
        return np.full(self.rows, np.nan, dtype=np.float64 if kind == "float64" else np.float32)


def _joined(
    parts: Sequence[NDArray[Any] | int], segments: Sequence[_Segment], dtype: type[np.integer[Any]]
) -> NDArray[Any]:
    """One value a row, from arrays and from single values that stand for a whole segment."""
    whole = np.empty(sum(segment.rows for segment in segments), dtype=dtype)
    first = 0
    for part, segment in zip(parts, segments, strict=True):
        whole[first : first + segment.rows] = part
        first += segment.rows
    return whole
