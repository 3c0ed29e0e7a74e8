"""The delays of devices' readings of one stream, hour by hour, and as they are kept by UTC day.

They are made from the readings and from nothing else, and say which revision of each hour they were made
from: where an hour has another by now, that hour is read again.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from store.batch import Int64
from store.delays import bins_of

HOUR_US = 3_600_000_000
DAY_HOURS = 24
DAY_US = DAY_HOURS * HOUR_US

CELL = np.dtype([("bin", "<i2"), ("readings", "<u4")])
"""How many readings had a delay of that bin."""

Cells = NDArray[np.void]

_HOUR = np.dtype([("hour", "<u1"), ("cells", "<u2"), ("first", "<u4"), ("last", "<u4"), ("revision", "<i8")])
"""`hour` of the day, how many cells are its own, and its first and last reading, µs after its start."""


class KeptDay(NamedTuple):
    """As a day is kept: what a sum over many days needs, and apart from it the hours.

    `device` is its place among those asked for. `fingerprint` is the sum of its hours' revisions. `first` and
    `last` are µs UTC, `cells` `CELL`s, `hours` what `HourDelays.read` reads.
    """

    device: int
    day: int
    fingerprint: int
    first: int
    last: int
    cells: bytes
    hours: bytes


@dataclass(frozen=True, slots=True)
class HourDelays:
    """Hours (n,) of devices, ascending by the device's place among those asked for and the hour since 1970:
    their revisions, their first and last readings, µs UTC, and their cells: those of row k are
    `cells[bounds[k]:bounds[k + 1]]`."""

    device: Int64
    hour: Int64
    revision: Int64
    first: Int64
    last: Int64
    bounds: Int64
    cells: Cells

    def __len__(self) -> int:
        return len(self.hour)

    @classmethod
    def of(
        cls, device: Int64, hour: Int64, revision: Int64, row: Int64, time: Int64, delay: Int64
    ) -> "HourDelays":
        """From the readings (m,) of these hours, in any order: the row of each one's hour, its time and its
        delay, µs."""
        found, readings = np.unique(row << 16 | bins_of(delay), return_counts=True)
        cells = np.empty(len(found), CELL)
        cells["bin"], cells["readings"] = found & 0xFFFF, readings
        first = (hour + 1) * HOUR_US - 1
        last = hour * HOUR_US
        np.minimum.at(first, row, time)
        np.maximum.at(last, row, time)
        bounds = np.searchsorted(found >> 16, np.arange(len(hour) + 1))
        return cls(device, hour, revision, first, last, bounds, cells)

    @classmethod
    def read(cls, days: Iterable[tuple[int, int, bytes]]) -> "HourDelays":
        """From each device's days, ascending, what `kept` has made of them."""
        places, opens, sizes, listed, cells = [], [], [], [], []
        for device, day, hours in days:
            plain = zlib.decompress(hours)
            places.append(device)
            opens.append(day * DAY_HOURS)
            sizes.append(plain[0])
            past = 1 + plain[0] * _HOUR.itemsize
            listed.append(plain[1:past])
            cells.append(plain[past:])
        rows = np.frombuffer(b"".join(listed), _HOUR)
        hour = np.repeat(np.array(opens, np.int64), sizes) + rows["hour"]
        return cls(
            np.repeat(np.array(places, np.int64), sizes),
            hour,
            rows["revision"].astype(np.int64),
            hour * HOUR_US + rows["first"],
            hour * HOUR_US + rows["last"],
            _bounds(rows["cells"].astype(np.int64)),
            np.frombuffer(b"".join(cells), CELL),
        )

    def kept(self) -> Iterator[KeptDay]:
        """Day by day; of each all its hours must be here."""
        day = self.hour // DAY_HOURS
        starts = np.flatnonzero(
            (np.diff(self.device, prepend=-1) != 0) | (np.diff(day, prepend=day[:1] - 1) != 0)
        )
        for start, past in zip(starts.tolist(), [*starts[1:].tolist(), len(self)], strict=True):
            yield self._kept_day(slice(start, past), int(day[start]))

    def _kept_day(self, of_it: slice, day: int) -> KeptDay:
        hour, revision = self.hour[of_it], self.revision[of_it]
        bounds = self.bounds[of_it.start : of_it.stop + 1]
        cells = self.cells[bounds[0] : bounds[-1]]
        listed = np.empty(len(hour), _HOUR)
        listed["hour"] = hour - day * DAY_HOURS
        listed["cells"] = np.diff(bounds)
        listed["first"] = self.first[of_it] - hour * HOUR_US
        listed["last"] = self.last[of_it] - hour * HOUR_US
        listed["revision"] = revision
        hours = zlib.compress(bytes([len(listed)]) + listed.tobytes() + cells.tobytes(), 1)
        bins, place = np.unique(cells["bin"], return_inverse=True)
        whole = np.empty(len(bins), CELL)
        whole["bin"] = bins
        whole["readings"] = np.bincount(place, weights=cells["readings"], minlength=len(bins))
        return KeptDay(
            int(self.device[of_it.start]),
            day,
            int(revision.sum()),
            int(self.first[of_it].min()),
            int(self.last[of_it].max()),
            whole.tobytes(),
            hours,
        )

    def joined(self, other: "HourDelays") -> "HourDelays":
        """Both, which have no hour in common."""
        both = HourDelays(
            np.concatenate([self.device, other.device]),
            np.concatenate([self.hour, other.hour]),
            np.concatenate([self.revision, other.revision]),
            np.concatenate([self.first, other.first]),
            np.concatenate([self.last, other.last]),
            _bounds(np.concatenate([np.diff(self.bounds), np.diff(other.bounds)])),
            np.concatenate([self.cells, other.cells]),
        )
        return both.chosen(np.lexsort((both.hour, both.device)))

    def chosen(self, rows: Int64) -> "HourDelays":
        """Only these rows (k,), in this order."""
        sizes = np.diff(self.bounds)[rows]
        bounds = _bounds(sizes)
        cells = np.repeat(self.bounds[rows] - bounds[:-1], sizes) + np.arange(bounds[-1])
        return HourDelays(
            self.device[rows],
            self.hour[rows],
            self.revision[rows],
            self.first[rows],
            self.last[rows],
            bounds,
            self.cells[cells],
        )


def _bounds(sizes: Int64) -> Int64:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])


def cells_of(days: Sequence[bytes]) -> tuple[Int64, Cells]:
    """The cells of all days one after the other, and how many each has."""
    sizes = np.fromiter(map(len, days), np.int64, len(days)) // CELL.itemsize
    return sizes, np.frombuffer(b"".join(days), CELL)
