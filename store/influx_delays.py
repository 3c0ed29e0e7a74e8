"""Kept days of an InfluxDB store: a point for each stream, device and UTC day."""

import struct
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
import pyarrow as pa
import structlog
from numpy.typing import NDArray

from store.batch import Int64
from store.day_delays import DAY_US, KeptDay
from store.device_times import device_and_time, keys, stands_in
from store.influx_lines import field_text, tag_value
from store.influx_queries import between, literal, of_devices
from store.influx_remembered import DEVICE, Ask, DeviceNumbers, runs
from store.protocol import StoreError
from store.settling import Delays, DeviceDay, Fingerprints, KeptTotals, Revisions
from store.stream_hours import StreamHours, places_among
from store.streams import Stream

log = structlog.get_logger(__name__)

DAY_DELAYS = "pilotbed_day_delays"

KEPT_TYPES = {"time": pa.int64(), "device": DEVICE}
DELAY_TYPES = {"time": pa.int64(), "delay_us": pa.int64(), "device": DEVICE}

_ENDS = struct.Struct("<qqq")
"""The fingerprint, the first and the last reading of a day; its cells follow in the same text, so that nobody
sees the one without the other."""

_LONGEST = 60_000
"""A string field holds at most 64 KB."""

LOOK_AGAIN_S = 300
"""Today is never kept as it is now; that another process has kept it is worth knowing now and then."""

_LINES = 5_000
"""Lines a request."""


@dataclass(frozen=True, slots=True)
class KeptHere:
    """What this process knows of a stream's kept days (n,): `key` is of the device's number and the day, and
    ascends."""

    key: Int64
    fingerprint: Int64
    first: Int64
    last: Int64
    cells: NDArray[np.object_]

    @classmethod
    def of(cls, key: Int64, totals: Sequence[bytes]) -> "KeptHere":
        """From what `_total` has made of each, in any order."""
        ends = np.array([_ENDS.unpack_from(total) for total in totals], np.int64).reshape(-1, 3)
        cells = np.empty(len(totals), object)
        cells[:] = [total[_ENDS.size :] for total in totals]
        order = np.argsort(key, kind="stable")
        fingerprint, first, last = ends[order].T
        return cls(key[order], fingerprint, first, last, cells[order])

    def replaced(self, anew: "KeptHere") -> "KeptHere":
        """With these in the place of those that have their keys."""
        stays = ~np.isin(self.key, anew.key)
        key = np.concatenate([self.key[stays], anew.key])
        order = np.argsort(key, kind="stable")
        return KeptHere(
            key[order],
            *(
                np.concatenate([old[stays], new])[order]
                for old, new in (
                    (self.fingerprint, anew.fingerprint),
                    (self.first, anew.first),
                    (self.last, anew.last),
                    (self.cells, anew.cells),
                )
            ),
        )


class KeptByStream:
    """What this process knows of kept days, for all that ask."""

    def __init__(self) -> None:
        self._streams: dict[str, KeptHere] = {}
        self._looked: dict[tuple[str, int], float] = {}

    def of(self, stream: str) -> KeptHere:
        return self._streams.get(stream) or KeptHere.of(np.empty(0, np.int64), [])

    def not_looked_for(self, stream: str, days: Iterable[int]) -> list[int]:
        """Those that nobody has looked for of late: another process may have kept them."""
        now = time.monotonic()
        return [day for day in days if now - self._looked.get((stream, day), -inf) > LOOK_AGAIN_S]

    def looked_for(self, stream: str, days: Iterable[int]) -> None:
        self._looked |= dict.fromkeys(((stream, day) for day in days), time.monotonic())

    def add(self, stream: str, anew: KeptHere) -> KeptHere:
        """Where two add at once one may be lost: it is asked for again."""
        self._streams[stream] = self.of(stream).replaced(anew)
        return self._streams[stream]


class InfluxDays:
    """`store.settling.KeptDays` of one stream, for one question.

    `hours` are the stream's, as far back as is asked for; `ask` and `write` are the connection's.
    """

    def __init__(
        self,
        stream: Stream,
        numbers: DeviceNumbers,
        hours: StreamHours,
        kept: KeptByStream,
        ask: Ask,
        write: Callable[[list[str]], None],
    ) -> None:
        self._stream = stream.name
        self._numbers = numbers
        self._hours = hours
        self._kept = kept
        self._ask = ask
        self._write = write

    def fingerprints(self, devices: Sequence[str], first: int, past: int) -> Fingerprints:
        return self._hours.fingerprints(self._numbers.of(devices), first, past)

    def revisions(self, devices: Sequence[str], first: int, past: int) -> Revisions:
        return self._hours.revisions(self._numbers.of(devices), first, past)

    def totals(self, devices: Sequence[str], first: int, past: int, *, with_cells: bool) -> KeptTotals:
        asked = self._numbers.of(devices)
        kept = self._kept.of(self._stream)
        now = self.fingerprints(devices, first, past)
        key = keys(asked[now.device], now.day)
        unknown = ~stands_in(kept.key, kept.fingerprint, key, now.fingerprint)
        wanted = self._kept.not_looked_for(self._stream, np.unique(now.day[unknown]).tolist())
        for opens, closes in runs(wanted, past - first):
            kept = self._kept.add(self._stream, self._found_totals(opens, closes))
        self._kept.looked_for(self._stream, wanted)
        number, day = device_and_time(kept.key)
        which = np.flatnonzero((day >= first) & (day < past))
        device, known = places_among(asked, number[which])
        which = which[known]
        cells = kept.cells[which].tolist() if with_cells else [b""] * len(which)
        return KeptTotals(
            device, day[which], kept.fingerprint[which], kept.first[which], kept.last[which], cells
        )

    def _found_totals(self, first: int, past: int) -> KeptHere:
        key, texts = self._fields("total", "", first, past)
        return KeptHere.of(key, [b64decode(text) for text in texts])

    def hours(self, devices: Sequence[str], first: int, past: int) -> Mapping[DeviceDay, bytes]:
        key, texts = self._fields("hours", f"{of_devices(devices)} AND ", first, past)
        number, day = device_and_time(key)
        place, _ = places_among(self._numbers.of(devices), number)
        listed = zip(place.tolist(), day.tolist(), strict=True)
        return {each: b64decode(text) for each, text in zip(listed, texts, strict=True)}

    def _fields(self, field: str, chosen: str, first: int, past: int) -> tuple[Int64, list[str]]:
        """A field of the days [first, past), and of which device's number and day each is."""
        statement = (
            f'SELECT "{field}", "device" FROM "{DAY_DELAYS}" WHERE "stream" = {literal(self._stream)} '
            f"AND {chosen}{between(first * DAY_US, past * DAY_US)}"
        )
        for table in self._ask([statement], KEPT_TYPES):
            day = table["time"].to_numpy() // (DAY_US * 1000)
            return keys(self._numbers.of_column(table["device"]), day), table[field].to_pylist()
        return np.empty(0, np.int64), []

    def delays(self, devices: Sequence[str], start: int, end: int) -> Delays:
        statement = (
            f'SELECT "delay_us", "device" FROM "{self._stream}" '
            f"WHERE {of_devices(devices)} AND {between(start, end)}"
        )
        for table in self._ask([statement], DELAY_TYPES):
            place, _ = places_among(self._numbers.of(devices), self._numbers.of_column(table["device"]))
            return Delays(place, table["time"].to_numpy() // 1000, table["delay_us"].to_numpy())
        none = np.empty(0, np.int64)
        return Delays(none, none, none)

    def keep(self, devices: Sequence[str], days: Sequence[KeptDay]) -> None:
        try:
            self._keep(devices, days)
        except StoreError as error:
            # A question is answered all the same, and what is not kept is read again.
            log.debug("delays could not be kept", stream=self._stream, error=str(error))

    def _keep(self, devices: Sequence[str], days: Sequence[KeptDay]) -> None:
        told = [(each, _total(each), b64encode(each.hours).decode()) for each in days]
        told = [(each, total, hours) for each, total, hours in told if len(hours) <= _LONGEST]
        for start in range(0, len(told), _LINES):
            self._write(
                [
                    f"{DAY_DELAYS},device={tag_value(devices[each.device])},stream={self._stream} "
                    f"hours={field_text(hours)},total={field_text(b64encode(total).decode())} "
                    f"{each.day * DAY_US * 1000}"
                    for each, total, hours in told[start : start + _LINES]
                ]
            )
        place, day = np.array([(each.device, each.day) for each, _, _ in told], np.int64).reshape(-1, 2).T
        key = keys(self._numbers.of(devices)[place], day)
        self._kept.add(self._stream, KeptHere.of(key, [total for _, total, _ in told]))


def _total(day: KeptDay) -> bytes:
    return _ENDS.pack(day.fingerprint, day.first, day.last) + day.cells
