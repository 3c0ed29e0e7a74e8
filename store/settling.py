"""Quality of devices from kept days, each brought up to date where its hours have been touched since."""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from store.batch import Batch, DeviceQuality, Int64
from store.day_delays import DAY_HOURS, DAY_US, HOUR_US, HourDelays, KeptDay, cells_of
from store.delays import BINS, IMPORTED_US, LIVE_US, bins_of, percentile_s
from store.device_times import keys
from store.streams import Stream

REMEMBERED = 8
"""Sums over whole days, of 2 MB each for 200 devices."""

REMEMBERED_DAYS = 16
"""Days by hour, of half a megabyte each for 200 devices."""

NOTHING = HourDelays.read([])

SETTLE_READINGS = 500_000
"""Readings of a stream after which the delays of their days are kept; at the latest when a day has passed.
What quality has to read itself stays under it."""

WORTH_KEEPING = 250_000
"""Readings that a question has read, from which on it keeps what it made of them."""

WORTH_KEEPING_DAYS = 400
"""The same, in days of devices: a day costs more than its readings where these are few."""

PORTION = 1_000_000
"""Readings that are looked at together, unless a single day has more."""


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """Of each device (its place among those asked for) and UTC day (n,) the sum of its hours' revisions, and
    how many readings it has."""

    device: Int64
    day: Int64
    fingerprint: Int64
    readings: Int64


@dataclass(frozen=True, slots=True)
class KeptTotals:
    """What is kept of whole days (n,), the fields as in `KeptDay`."""

    device: Int64
    day: Int64
    fingerprint: Int64
    first: Int64
    last: Int64
    cells: Sequence[bytes]


DeviceDay = tuple[int, int]
"""A device, its place among those asked for, and a UTC day."""


@dataclass(frozen=True, slots=True)
class Revisions:
    """Of each device (its place) and hour since 1970 (n,) its revision, ascending by device and hour."""

    device: Int64
    hour: Int64
    revision: Int64


@dataclass(frozen=True, slots=True)
class Delays:
    """Readings (n,) of some devices: each one's device (its place), its time and its delay, µs."""

    device: Int64
    time: Int64
    delay: Int64


class KeptDays(Protocol):
    """One stream of an engine, as this module asks for it. Days are [first, past), times [start, end)."""

    def fingerprints(self, devices: Sequence[str], first: int, past: int) -> Fingerprints:
        """Of the days that hold readings; hours without any do not count."""

    def totals(self, devices: Sequence[str], first: int, past: int, *, with_cells: bool) -> KeptTotals:
        """The days that are kept; without their cells, which are nearly all of it, each has none."""

    def hours(self, devices: Sequence[str], first: int, past: int) -> Mapping[DeviceDay, bytes]:
        """`KeptDay.hours` of the days that are kept."""

    def revisions(self, devices: Sequence[str], first: int, past: int) -> Revisions:
        """The hours of these days that hold readings."""

    def delays(self, devices: Sequence[str], start: int, end: int) -> Delays:
        """All readings in [start, end), each key once, in any order."""

    def keep(self, devices: Sequence[str], days: Sequence[KeptDay]) -> None:
        """In place of what is kept of them."""


@dataclass(slots=True)
class Unsettled:
    """What has been committed of a stream since its days were last kept: how many readings, of which days
    [first, past); `received` is the last day on which some came, `settled` that on which days were kept."""

    settled: int = 0
    received: int = 0
    readings: int = 0
    first: int = 0
    past: int = 0

    def add(self, time: Int64, received: Int64) -> None:
        """Readings (n,), n > 0: their times and when they came, µs UTC."""
        first, past = int(time.min()) // DAY_US, int(time.max()) // DAY_US + 1
        self.first, self.past = (
            (min(self.first, first), max(self.past, past)) if self.readings else (first, past)
        )
        self.readings += len(time)
        self.received = max(self.received, int(received.max()) // DAY_US)

    @property
    def is_due(self) -> bool:
        """Quality would have to read many of them itself, or a day is over."""
        return self.readings >= SETTLE_READINGS or self.received > self.settled


def due(unsettled: dict[str, Unsettled], batches: Iterable[Batch]) -> Iterator[tuple[Stream, Unsettled]]:
    """Count these batches in by the names of their streams; the streams whose days are to be kept now, and
    which these are. They count as kept from then on."""
    for batch in batches:
        if not len(batch):
            continue
        waiting = unsettled[batch.stream.name]
        waiting.add(batch.time, batch.received)
        if waiting.is_due:
            unsettled[batch.stream.name] = Unsettled(settled=waiting.received)
            yield batch.stream, waiting


def settle(stream: KeptDays, devices: Sequence[str], first: int, past: int) -> None:
    """Bring what is kept of the days [first, past) up to date."""
    asked = stream.fingerprints(devices, first, past)
    known, _ = _matched(asked, stream.totals(devices, first, past, with_cells=False))
    for portion in _portions(asked, ~known):
        made, _ = _up_to_date(stream, devices, portion, NOTHING)
        stream.keep(devices, list(made.kept()))


class Remembered:
    """The newest sums over whole days, and the hours of first and last days: from one question to the next
    only the first and the last hour are others."""

    def __init__(self) -> None:
        self._sums: OrderedDict[Hashable, Int64] = OrderedDict()
        self._days: OrderedDict[Hashable, HourDelays] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Int64 | None:
        with self._lock:
            if key in self._sums:
                self._sums.move_to_end(key)
            return self._sums.get(key)

    def put(self, key: Hashable, counts: Int64) -> None:
        with self._lock:
            self._sums[key] = counts
            while len(self._sums) > REMEMBERED:
                self._sums.popitem(last=False)

    def hours(self, stream: str, devices: Sequence[str], day: int) -> HourDelays:
        with self._lock:
            return self._days.get((stream, day, *devices), NOTHING)

    def put_hours(self, stream: str, devices: Sequence[str], day: int, hours: HourDelays) -> None:
        with self._lock:
            self._days[stream, day, *devices] = hours
            self._days.move_to_end((stream, day, *devices))
            while len(self._days) > REMEMBERED_DAYS:
                self._days.popitem(last=False)


def qualities(
    stream: KeptDays, name: str, devices: Sequence[str], start: int, end: int, remembered: Remembered
) -> list[DeviceQuality]:
    """Of each device that has readings of the stream (of that name) in [start, end) µs UTC.

    Whole days come from what is kept of them. A day that the interval cuts is added hour by hour, and of an
    hour that it cuts, or that has been touched since the day was kept, the readings are read.
    """
    first, past = start // DAY_US, -(-end // DAY_US)
    asked = stream.fingerprints(devices, first, past)
    if not len(asked.day):
        return []
    question = _Question(name, tuple(devices), start, end)
    done, kept, whole, counts = _whole_days(stream, asked, len(devices), remembered, question)
    found = _Sums(len(devices))
    found.add_days(counts, kept.device[whole], kept.first[whole], kept.last[whole])
    anew: list[HourDelays] = []
    days = read = 0
    for portion in _portions(asked, ~done):
        _, last = portion[-1]
        made, readings = _up_to_date(stream, devices, portion, remembered.hours(name, devices, last))
        found.add_hours(made.chosen(np.flatnonzero((made.first >= start) & (made.last < end))))
        for hour in {start // HOUR_US, end // HOUR_US}:
            cut = made.device[_is_cut(made, hour, start, end)]
            if len(cut):
                names = [devices[device] for device in cut.tolist()]
                part = stream.delays(names, max(hour * HOUR_US, start), min((hour + 1) * HOUR_US, end))
                found.add_readings(cut[part.device], part)
        if readings:
            anew.append(made)
            days, read = days + len(portion), read + readings
        if read >= WORTH_KEEPING or days >= WORTH_KEEPING_DAYS:
            stream.keep(devices, [day for each in anew for day in each.kept()])
            anew.clear()
            days = 0
        of_last = np.flatnonzero(made.hour >= last * DAY_HOURS)
        remembered.put_hours(name, devices, last, made.chosen(of_last))
    return found.qualities(name, devices)


def _whole_days(
    stream: KeptDays, asked: Fingerprints, devices: int, remembered: Remembered, within: "_Question"
) -> tuple[NDArray[np.bool_], KeptTotals, Int64, Int64]:
    """Which of the asked days are kept and in the interval as a whole, or not at all; what is kept, where
    those in the interval stand in it, and their counts (devices * BINS,)."""
    kept = within.totals(stream, with_cells=False)
    done, whole = within.placed(asked, kept)
    counts = remembered.get(within.key(kept, whole))
    if counts is None:
        kept = within.totals(stream, with_cells=True)
        done, whole = within.placed(asked, kept)
        counts = _counts_of(kept, whole, devices)
        remembered.put(within.key(kept, whole), counts)
    return done, kept, whole, counts


@dataclass(frozen=True, slots=True)
class _Question:
    """A stream's devices in [start, end) µs UTC."""

    name: str
    devices: tuple[str, ...]
    start: int
    end: int

    def totals(self, stream: KeptDays, *, with_cells: bool) -> KeptTotals:
        first, past = self.start // DAY_US, -(-self.end // DAY_US)
        return stream.totals(self.devices, first, past, with_cells=with_cells)

    def placed(self, asked: Fingerprints, kept: KeptTotals) -> tuple[NDArray[np.bool_], Int64]:
        """Which of the asked days are kept as they are now and not cut by the interval, and where those
        within it stand in `kept`."""
        known, place = _matched(asked, kept)
        first, last = kept.first[place], kept.last[place]
        within, outside = (first >= self.start) & (last < self.end), (first >= self.end) | (last < self.start)
        done = np.zeros(len(asked.day), bool)
        done[known] = within | outside
        return done, place[within]

    def key(self, kept: KeptTotals, days: Int64) -> Hashable:
        """Names the readings of these of the kept days."""
        listed = (kept.device[days], kept.day[days], kept.fingerprint[days])
        return self.name, self.devices, *(column.tobytes() for column in listed)


def _matched(asked: Fingerprints, kept: KeptTotals) -> tuple[NDArray[np.bool_], Int64]:
    """Which days are kept as they are now, and where in `kept` these stand."""
    key, kept_key = keys(asked.device, asked.day), keys(kept.device, kept.day)
    order = np.argsort(kept_key, kind="stable")
    place = np.searchsorted(kept_key, key, sorter=order)
    known = place < len(order)
    place = order[place[known]]
    same = (kept_key[place] == key[known]) & (kept.fingerprint[place] == asked.fingerprint[known])
    known[known] = same
    return known, place[same]


def _portions(asked: Fingerprints, which: NDArray[np.bool_]) -> Iterator[list[DeviceDay]]:
    """The chosen days, ascending: days on end, as many as hold few enough readings of all that were asked."""
    days, place = np.unique(asked.day, return_inverse=True)
    readings = dict(zip(days.tolist(), np.bincount(place, asked.readings).tolist(), strict=True))
    portion: list[DeviceDay] = []
    together, last = 0.0, 0
    chosen = sorted(zip(asked.day[which].tolist(), asked.device[which].tolist(), strict=True))
    for day, of_it in groupby(chosen, key=lambda each: each[0]):
        if portion and (day != last + 1 or together + readings[day] > PORTION):
            yield portion
            portion, together = [], 0.0
        portion += [(device, day) for _, device in of_it]
        together, last = together + readings[day], day
    if portion:
        yield portion


def _up_to_date(
    stream: KeptDays, devices: Sequence[str], wanted: Sequence[DeviceDay], remembered: HourDelays
) -> tuple[HourDelays, int]:
    """The hours of these days as they are now, and how many readings had to be read for it; a day that is
    not remembered is as it was kept."""
    chosen = sorted({device for device, _ in wanted})
    names = [devices[device] for device in chosen]
    first, past = min(day for _, day in wanted), max(day for _, day in wanted) + 1
    now = _of_days(stream.revisions(names, first, past), chosen, wanted)
    old = remembered
    unknown = set(wanted).difference(zip(old.device.tolist(), (old.hour // DAY_HOURS).tolist(), strict=True))
    if unknown:
        kept = {
            (chosen[place], day): hours for (place, day), hours in stream.hours(names, first, past).items()
        }
        known_days = sorted(unknown & kept.keys())
        old = old.joined(HourDelays.read((*each, kept[each]) for each in known_days))
    known, row = _found_in(keys(now.device, now.hour), keys(old.device, old.hour))
    same = now.revision[row] == old.revision[known]
    old = old.chosen(np.flatnonzero(known)[same])
    again = np.ones(len(now.hour), bool)
    again[row[same]] = False
    if not again.any():
        return old, 0
    anew = _read_again(stream, devices, Revisions(now.device[again], now.hour[again], now.revision[again]))
    return old.joined(anew), int(anew.cells["readings"].sum())


def _of_days(found: Revisions, chosen: Sequence[int], wanted: Sequence[DeviceDay]) -> Revisions:
    """Those of the wanted days, with the place among all devices in that of the place among the chosen."""
    device = np.array(chosen, np.int64)[found.device]
    days = np.sort(keys(*np.array(wanted, np.int64).T))
    within, _ = _found_in(days, keys(device, found.hour // DAY_HOURS))
    return Revisions(device[within], found.hour[within], found.revision[within])


def _found_in(keys: Int64, sought: Int64) -> tuple[NDArray[np.bool_], Int64]:
    """Which of the sought (n,) are among the keys, which ascend, and where these stand."""
    place = np.searchsorted(keys, sought)
    known = place < len(keys)
    known[known] = keys[place[known]] == sought[known]
    return known, place[known]


def _read_again(stream: KeptDays, devices: Sequence[str], touched: Revisions) -> HourDelays:
    """These hours, from their readings."""
    places = np.unique(touched.device)
    first, past = int(touched.hour.min()), int(touched.hour.max()) + 1
    found = stream.delays([devices[place] for place in places.tolist()], first * HOUR_US, past * HOUR_US)
    known, row = _found_in(
        keys(touched.device, touched.hour), keys(places[found.device], found.time // HOUR_US)
    )
    return HourDelays.of(
        touched.device, touched.hour, touched.revision, row, found.time[known], found.delay[known]
    )


def _counts_of(kept: KeptTotals, days: Int64, devices: int) -> Int64:
    """Readings by device and bin (devices * BINS,) on these of the kept days."""
    sizes, cells = cells_of([kept.cells[day] for day in days.tolist()])
    place = np.repeat(kept.device[days] * BINS, sizes) + cells["bin"]
    return _counted(place, cells["readings"], devices * BINS)


def _counted(place: Int64, readings: NDArray[np.uint32], places: int) -> Int64:
    return np.bincount(place, weights=readings, minlength=places).astype(np.int64)


def _is_cut(hours: HourDelays, hour: int, start: int, end: int) -> NDArray[np.bool_]:
    """Of which devices some readings of the hour are in [start, end) and some may be out of it."""
    touched = (hours.hour == hour) & (hours.first < end) & (hours.last >= start)
    return np.asarray(touched & ~((hours.first >= start) & (hours.last < end)))


class _Sums:
    """Counts, ends and delays of some devices, added up."""

    def __init__(self, devices: int) -> None:
        self._counts = np.zeros(devices * BINS, np.int64)
        self._first = np.full(devices, np.iinfo(np.int64).max)
        self._last = np.full(devices, np.iinfo(np.int64).min)

    def add_days(self, counts: Int64, device: Int64, first: Int64, last: Int64) -> None:
        """The counts of whole days, and each one's device and ends."""
        self._counts += counts
        np.minimum.at(self._first, device, first)
        np.maximum.at(self._last, device, last)

    def add_hours(self, hours: HourDelays) -> None:
        place = np.repeat(hours.device * BINS, np.diff(hours.bounds)) + hours.cells["bin"]
        self._counts += _counted(place, hours.cells["readings"], len(self._counts))
        np.minimum.at(self._first, hours.device, hours.first)
        np.maximum.at(self._last, hours.device, hours.last)

    def add_readings(self, device: Int64, readings: Delays) -> None:
        self._counts += np.bincount(device * BINS + bins_of(readings.delay), minlength=len(self._counts))
        np.minimum.at(self._first, device, readings.time)
        np.maximum.at(self._last, device, readings.time)

    def qualities(self, name: str, devices: Sequence[str]) -> list[DeviceQuality]:
        counts = self._counts.reshape(-1, BINS)
        readings = counts.sum(axis=1)
        late, offset = percentile_s(counts, 0.95, IMPORTED_US), percentile_s(counts, 0.5, LIVE_US)
        return [
            DeviceQuality(
                device=devices[each],
                stream=name,
                readings=int(readings[each]),
                first=int(self._first[each]),
                last=int(self._last[each]),
                lateness_p95_s=float(late[each]),
                clock_offset_s=float(offset[each]),
            )
            for each in np.flatnonzero(readings).tolist()
        ]
