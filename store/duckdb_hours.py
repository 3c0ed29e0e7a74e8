"""The hours of a DuckDB store, remembered from one question to the next."""

import threading
from typing import Protocol

import duckdb
import numpy as np

from store.device_times import LEAST_TIME
from store.stream_hours import MOST_HOURS, Counted, StreamHours


class Cursor(Protocol):
    """What asks a query."""

    def execute(self, query: str, parameters: object = None, /) -> duckdb.DuckDBPyConnection: ...


class RememberedHours:
    """By stream the hours from the earliest on that has been asked for."""

    def __init__(self) -> None:
        # With the last commit or delete whose work is in them.
        self._streams: dict[str, tuple[int, StreamHours]] = {}
        self._lock = threading.Lock()

    def of(self, cursor: Cursor, stream: str, first: int, as_of: int) -> StreamHours:
        """The stream's hours from `first` on; `as_of` is the last commit or delete that has touched it."""
        with self._lock:
            known_of, known = self._streams.get(stream, (0, None))
            if known is None or first < known.first:
                known_of, known = as_of, StreamHours.of(first, _found(cursor, stream, first, after=0))
            elif as_of > known_of:
                # A commit and a delete give every hour that they touch a revision above all before.
                touched = _found(cursor, stream, known.first, after=known_of)
                known_of, known = as_of, known.replaced(touched)
            if len(known.hours.key) <= MOST_HOURS:
                self._streams[stream] = known_of, known
            else:
                self._streams.pop(stream, None)
            return known


def _found(cursor: Cursor, stream: str, first: int, *, after: int) -> Counted:
    """The hours from `first` on that commits and deletes after that one have touched."""
    found = cursor.execute(
        "SELECT device, hour, readings, revision FROM hours WHERE stream = ? AND hour >= ? AND revision > ?",
        [stream, max(first, LEAST_TIME), after],
    ).fetchnumpy()
    device, hour, revision = (np.asarray(found[name], np.int64) for name in ("device", "hour", "revision"))
    return Counted.of(device, hour, np.asarray(found["readings"], np.uint32), revision)
