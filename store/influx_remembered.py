"""The hours of an InfluxDB store, remembered from one question to the next."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
import pyarrow as pa

from store.batch import Int64
from store.day_delays import DAY_HOURS, DAY_US
from store.device_times import keys, stands_in
from store.influx_connection import LATEST_NS
from store.influx_hours import HOUR_TYPES
from store.influx_queries import HOUR_US, between, literal, of_devices
from store.stream_hours import MOST_HOURS, Counted, StreamHours
from store.streams import STREAMS

Ask = Callable[[Sequence[str], Mapping[str, pa.DataType]], list[pa.Table]]
"""Statements and the types of their columns; a table for each that found something."""

Newest = tuple[int | None, int]
"""An hour and its revision; None and what names all earlier hours."""

PORTION_DAYS = 31
"""Days whose readings are counted in one request."""

FEW_DEVICES = 50
"""As many are named in a statement; of more, all of the stream are asked for."""

DEVICE = pa.dictionary(pa.int32(), pa.string())

MARK_TYPES = {**HOUR_TYPES, "device": DEVICE}
COUNT_TYPES = {**HOUR_TYPES, "tags": DEVICE}


class DeviceNumbers:
    """Numbers for the names of devices, given as they are met; they mean nothing outside this process."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._giving = threading.Lock()

    def __len__(self) -> int:
        return len(self._names)

    def of(self, devices: Iterable[str]) -> Int64:
        with self._giving:
            return np.array([self._number(device) for device in devices], np.int64)

    def _number(self, device: str) -> int:
        if device not in self._numbers:
            self._numbers[device] = len(self._names)
            self._names.append(device)
        return self._numbers[device]

    def of_column(self, column: pa.ChunkedArray, prefix: str = "") -> Int64:
        """Of each row of a column of names (n,), `DEVICE`s that all begin with the prefix."""
        names = column.combine_chunks()
        numbers = self.of(name.removeprefix(prefix) for name in names.dictionary.to_pylist())
        return np.asarray(numbers[names.indices.to_numpy()], np.int64)

    def names_of(self, devices: Iterable[str]) -> dict[int, str]:
        """The devices by their numbers."""
        names = list(devices)
        return dict(zip(self.of(names).tolist(), names, strict=True))

    def all(self) -> list[str]:
        """Every device that was met."""
        return list(self._names)

    def names(self, numbers: Int64) -> list[str]:
        return [self._names[number] for number in numbers.tolist()]


@dataclass(frozen=True, slots=True)
class _Known:
    """A stream's hours, by day the revisions of which all is in them, and which look has found these."""

    hours: StreamHours
    days: Mapping[int, int]
    look: int


class RememberedHours:
    """By stream the hours from the earliest on that has been asked for. Of what other processes have written
    meanwhile the marks of days tell: only days with another revision are read again."""

    def __init__(self, ask: Ask) -> None:
        self.numbers = DeviceNumbers()
        self._ask = ask
        self._known: dict[str, _Known] = {}
        self._looks = count()
        self._reading = {stream: threading.Lock() for stream in STREAMS}

    def of(self, streams: Sequence[str], first: int) -> dict[str, StreamHours]:
        """The hours of these streams from `first` or a little before it on, as they are now."""
        # Whole days, so that questions of one time, by hour and by day, do not each read it all.
        opens = first // DAY_HOURS * DAY_HOURS
        look, days = self._days(streams)
        return {stream: self._up_to_date(stream, opens, look, days[stream]).hours for stream in streams}

    def newest(self, stream: str, devices: Iterable[str]) -> dict[str, Newest]:
        """Of each device what its newest reading rests on, where that is known: equal means unchanged."""
        known = self._known.get(stream)
        if known is None:
            return {}
        look, days = self._days([stream])
        known = self._up_to_date(stream, known.hours.first, look, days[stream])
        names = self.numbers.names_of(devices)
        # Of a device without any hour here the newest reading is an earlier one, or there is none.
        earlier = sum(revision for day, revision in known.days.items() if day * DAY_HOURS < known.hours.first)
        return {**dict.fromkeys(names.values(), (None, earlier)), **known.hours.newest(names)}

    def _days(self, streams: Sequence[str]) -> tuple[int, dict[str, dict[int, int]]]:
        """The number of this look, and by stream every day that was written to with its revision. Hours are
        read after it: what comes between is seen at the next look."""
        look = next(self._looks)
        chosen = "" if len(streams) > 1 else f' WHERE "stream" = {literal(streams[0])}'
        days: dict[str, dict[int, int]] = {stream: {} for stream in STREAMS}
        for table in self._ask([f'SELECT "revision", "stream" FROM "pilotbed_days"{chosen}'], HOUR_TYPES):
            day = table["time"].to_numpy() // (DAY_US * 1000)
            columns = table["stream"].to_pylist(), day.tolist(), table["revision"].to_pylist()
            for stream, each, revision in zip(*columns, strict=True):
                days[stream][each] = revision
        return look, days

    def _up_to_date(self, stream: str, first: int, look: int, days: Mapping[int, int]) -> _Known:
        with self._reading[stream]:
            known = self._known.get(stream)
            if known is not None and first < known.hours.first:
                known = None
            if known is not None and known.look > look:  # somebody else's, meanwhile
                return known
            hours = None
            if known is not None and known.days.keys() <= days.keys():
                changed = [day for day, revision in days.items() if known.days.get(day) != revision]
                hours = self._changed(stream, known.hours, changed)
            if hours is None:
                # Nothing is known, an earlier time is asked for, or the bucket was made anew.
                marked = self._marks(stream, first * HOUR_US, LATEST_NS // 1000)
                hours = StreamHours.of(first, self._counted(stream, marked))
            now = _Known(hours, days, look)
            if len(hours.hours.key) <= MOST_HOURS:
                self._known[stream] = now
            else:
                self._known.pop(stream, None)
            return now

    def _changed(self, stream: str, hours: StreamHours, days: Sequence[int]) -> StreamHours | None:
        """With these days as they are now; None where hours have gone, as of a bucket that was made anew."""
        within = [day for day in days if (day + 1) * DAY_HOURS > hours.first]
        for opens, closes in runs(within, PORTION_DAYS):
            marks = self._marks(stream, opens * DAY_US, closes * DAY_US)
            devices = np.arange(len(self.numbers))
            _, rows = hours.hours.within(devices, opens * DAY_HOURS, closes * DAY_HOURS)
            held = hours.hours.chosen(rows)
            if not np.isin(held.key, marks.key, assume_unique=True).all():
                return None
            known = stands_in(held.key, held.revision, marks.key, marks.revision)
            touched = marks.chosen(np.flatnonzero(~known))
            if len(touched.key):
                hours = hours.replaced(self._counted(stream, touched))
        return hours

    def _marks(self, stream: str, start: int, end: int) -> Counted:
        """The marked hours of all devices in [start, end) µs, without their readings."""
        statement = (
            'SELECT "revision", "emptied", "device" FROM "pilotbed_hours" '
            f'WHERE "stream" = {literal(stream)} AND {between(start, end)}'
        )
        for found in self._ask([statement], MARK_TYPES):
            # A mark may be half written.
            table = found.select(["time", "revision", "emptied", "device"]).drop_null()
            return Counted.of(
                self.numbers.of_column(table["device"]),
                table["time"].to_numpy() // (HOUR_US * 1000),
                np.zeros(len(table), np.uint32),
                table["revision"].to_numpy(),
            )
        none = np.empty(0, np.int64)
        return Counted.of(none, none, none.astype(np.uint32), none)

    def _counted(self, stream: str, marked: Counted) -> Counted:
        """The same hours with how many readings each holds."""
        device, hour = marked.device_and_time()
        readings = np.zeros(len(hour), np.uint32)
        portion = hour // (PORTION_DAYS * DAY_HOURS)
        for each in np.unique(portion).tolist():
            within = portion == each
            start, past = int(hour[within].min()), int(hour[within].max()) + 1
            key, counted = self._counts(stream, np.unique(device[within]), start, past)
            place = np.searchsorted(marked.key, key)
            place[place == len(marked.key)] = 0
            known = marked.key[place] == key
            readings[place[known]] = counted[known]
        return Counted(marked.key, readings, marked.revision)

    def _counts(self, stream: str, devices: Int64, start: int, past: int) -> tuple[Int64, Int64]:
        """Readings of the hours [start, past) that hold some, by their keys; of these devices or of all."""
        chosen = ""
        if len(devices) <= FEW_DEVICES:
            chosen = f"{of_devices(self.numbers.names(devices))} AND "
        statement = (
            f'SELECT count("columns") AS "readings" FROM "{stream}" '
            f"WHERE {chosen}{between(start * HOUR_US, past * HOUR_US)} "
            'GROUP BY "device", time(1h) fill(none)'
        )
        for table in self._ask([statement], COUNT_TYPES):
            device = self.numbers.of_column(table["tags"], "device=")
            hour = table["time"].to_numpy() // (HOUR_US * 1000)
            return keys(device, hour), table["readings"].to_numpy()
        return np.empty(0, np.int64), np.empty(0, np.int64)


def runs(days: Iterable[int], longest: int) -> Iterator[tuple[int, int]]:
    """[first, past) of days on end among these, none of more than `longest` days."""
    listed = sorted(days)
    start = 0
    for place in range(1, len(listed) + 1):
        if (
            place == len(listed)
            or listed[place] != listed[place - 1] + 1
            or listed[place] - listed[start] >= longest
        ):
            yield listed[start], listed[place - 1] + 1
            start = place
