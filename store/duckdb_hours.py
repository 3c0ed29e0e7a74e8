"""The hours of a DuckDB store, remembered from one question to the next."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import duckdb
import numpy as np
from numpy.typing import NDArray

from store.batch import HourCounts, Int64
from store.day_delays import DAY_HOURS

MOST_HOURS = 5_000_000
"""Hours of a stream that are remembered, 20 bytes each; of more, those asked for are read each time."""

_LEAST, _MOST = -(2**31), 2**31 - 1
"""The hours that a key has room for, as the table has."""


class Cursor(Protocol):
    """What asks a query."""

    def execute(self, query: str, parameters: object = None, /) -> duckdb.DuckDBPyConnection: ...


@dataclass(frozen=True, slots=True)
class Counted:
    """Hours, or days, of devices (n,): `key` is of the device's number and the hour or day since 1970, and
    ascends. A day's revision is the sum over its hours that hold readings.

    Nothing is written into the arrays: whoever asked has parts of them.
    """

    key: Int64
    readings: NDArray[Any]
    revision: Int64

    @classmethod
    def of(cls, device: Int64, when: Int64, readings: NDArray[Any], revision: Int64) -> "Counted":
        """In any order."""
        key = _keys(device, when)
        order = slice(None) if (key[1:] > key[:-1]).all() else np.argsort(key, kind="stable")
        return cls(key[order], readings[order], revision[order])

    def device_and_time(self) -> tuple[Int64, Int64]:
        """The number of each one's device, and its hour or day."""
        device = (self.key - _LEAST) >> 32
        return device, self.key - (device << 32)

    def places(self, device: Int64, first: Int64 | int, past: Int64 | int) -> tuple[Int64, Int64]:
        """Where the rows of each of these devices in [first, past) begin and end."""
        return (
            np.searchsorted(self.key, _keys(device, np.clip(first, _LEAST, _MOST))),
            np.searchsorted(self.key, _keys(device, np.clip(past, _LEAST, _MOST))),
        )

    def within(self, device: Int64, first: Int64 | int, past: Int64 | int) -> tuple[Int64, Int64]:
        """The rows of each of these devices in [first, past), one after the other: the place among them of
        each one's device, and where it stands here."""
        begins, ends = self.places(device, first, past)
        sizes = ends - begins
        which = np.repeat(ends - np.cumsum(sizes), sizes) + np.arange(sizes.sum())
        return np.repeat(np.arange(len(device)), sizes), which

    def chosen(self, which: Int64) -> "Counted":
        return Counted(self.key[which], self.readings[which], self.revision[which])

    def by_day(self) -> "Counted":
        """Of hours."""
        device, hour = self.device_and_time()
        key = _keys(device, hour // DAY_HOURS)
        starts = np.flatnonzero(np.diff(key, prepend=key[:1] - 1))
        if not len(starts):
            return self
        return Counted(
            key[starts],
            np.add.reduceat(self.readings, starts, dtype=np.int64),
            np.add.reduceat(np.where(self.readings > 0, self.revision, 0), starts),
        )

    def replaced(self, anew: "Counted") -> "Counted":
        """With these in the place of those that have their keys."""
        place = np.searchsorted(self.key, anew.key)
        known = self.key[np.minimum(place, len(self.key) - 1)] == anew.key if len(self.key) else place < 0
        readings, revision = self.readings.copy(), self.revision.copy()
        readings[place[known]], revision[place[known]] = anew.readings[known], anew.revision[known]
        new = ~known
        if not new.any():
            return Counted(self.key, readings, revision)
        return Counted(
            np.insert(self.key, place[new], anew.key[new]),
            np.insert(readings, place[new], anew.readings[new]),
            np.insert(revision, place[new], anew.revision[new]),
        )


@dataclass(frozen=True, slots=True)
class StreamHours:
    """A stream's hours from `first` on and their days, with all that the commits up to `as_of` have done."""

    first: int
    as_of: int
    hours: Counted
    days: Counted

    @classmethod
    def read(cls, cursor: Cursor, stream: str, first: int, as_of: int) -> "StreamHours":
        hours = _found(cursor, stream, first, after=0)
        return cls(first, as_of, hours, hours.by_day())

    def up_to_date(self, cursor: Cursor, stream: str, as_of: int) -> "StreamHours":
        """A commit and a delete give every hour that they touch a revision above all before."""
        touched = _found(cursor, stream, self.first, after=self.as_of)
        hours = self.hours.replaced(touched)
        days = touched.by_day()
        device, day = days.device_and_time()
        _, again = hours.within(device, day * DAY_HOURS, (day + 1) * DAY_HOURS)
        return StreamHours(self.first, as_of, hours, self.days.replaced(hours.chosen(again).by_day()))

    def counts(self, names: Mapping[int, str], first: int, past: int) -> dict[str, HourCounts]:
        """The hours [first, past) of each of these devices, called by name, that has any."""
        numbers = np.fromiter(names, np.int64, len(names))
        begins, ends = self.hours.places(numbers, first, past)
        return {
            name: HourCounts(
                hour=self.hours.key[begin:end] - (number << 32),
                readings=self.hours.readings[begin:end].astype(np.int64),
                revision=self.hours.revision[begin:end],
            )
            for (number, name), begin, end in zip(names.items(), begins.tolist(), ends.tolist(), strict=True)
            if end > begin
        }


class RememberedHours:
    """By stream the hours from the earliest on that has been asked for."""

    def __init__(self) -> None:
        self._streams: dict[str, StreamHours] = {}
        self._lock = threading.Lock()

    def of(self, cursor: Cursor, stream: str, first: int, as_of: int) -> StreamHours:
        """The stream's hours from `first` on; `as_of` is the last commit or delete that has touched it."""
        with self._lock:
            known = self._streams.get(stream)
            if known is None or first < known.first:
                known = StreamHours.read(cursor, stream, first, as_of)
            elif as_of > known.as_of:
                known = known.up_to_date(cursor, stream, as_of)
            if len(known.hours.key) <= MOST_HOURS:
                self._streams[stream] = known
            else:
                self._streams.pop(stream, None)
            return known


def _keys(device: Int64, when: Any) -> Int64:
    return np.asarray((device << 32) + when, np.int64)


def _found(cursor: Cursor, stream: str, first: int, *, after: int) -> Counted:
    """The hours from `first` on that commits and deletes after that one have touched."""
    found = cursor.execute(
        "SELECT device, hour, readings, revision FROM hours WHERE stream = ? AND hour >= ? AND revision > ?",
        [stream, max(first, _LEAST), after],
    ).fetchnumpy()
    device, hour, revision = (np.asarray(found[name], np.int64) for name in ("device", "hour", "revision"))
    return Counted.of(device, hour, np.asarray(found["readings"], np.uint32), revision)
