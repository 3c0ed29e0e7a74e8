"""Hours of a stream's devices as arrays, remembered from one question to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.batch import HourCounts, Int64
from store.day_delays import DAY_HOURS
from store.device_times import LEAST_TIME, MOST_TIME, device_and_time, keys
from store.settling import Fingerprints, Revisions

MOST_HOURS = 5_000_000
"""Hours of a stream that are remembered, 20 bytes each; of more, those asked for are read each time."""


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
        key = keys(device, when)
        order = slice(None) if (key[1:] > key[:-1]).all() else np.argsort(key, kind="stable")
        return cls(key[order], readings[order], revision[order])

    def device_and_time(self) -> tuple[Int64, Int64]:
        """The number of each one's device, and its hour or day."""
        return device_and_time(self.key)

    def places(self, device: Int64, first: Int64 | int, past: Int64 | int) -> tuple[Int64, Int64]:
        """Where the rows of each of these devices in [first, past) begin and end."""
        return (
            np.searchsorted(self.key, keys(device, np.clip(first, LEAST_TIME, MOST_TIME))),
            np.searchsorted(self.key, keys(device, np.clip(past, LEAST_TIME, MOST_TIME))),
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
        key = keys(device, hour // DAY_HOURS)
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
    """A stream's hours from `first` on, and their days."""

    first: int
    hours: Counted
    days: Counted

    @classmethod
    def of(cls, first: int, hours: Counted) -> "StreamHours":
        return cls(first, hours, hours.by_day())

    def replaced(self, touched: Counted) -> "StreamHours":
        """With these hours in the place of what was known of them."""
        hours = self.hours.replaced(touched)
        days = touched.by_day()
        device, day = days.device_and_time()
        _, again = hours.within(device, day * DAY_HOURS, (day + 1) * DAY_HOURS)
        return StreamHours(self.first, hours, self.days.replaced(hours.chosen(again).by_day()))

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

    def newest(self, names: Mapping[int, str]) -> dict[str, tuple[int, int]]:
        """The last hour that holds readings, and its revision, of each of these devices that has one."""
        numbers = np.fromiter(names, np.int64, len(names))
        place, which = self.hours.within(numbers, self.first, MOST_TIME)
        held = self.hours.readings[which] > 0
        place, which = place[held], which[held]
        last = np.flatnonzero(np.diff(place, append=len(names)))
        _, hour = self.hours.chosen(which[last]).device_and_time()
        listed = zip(hour.tolist(), self.hours.revision[which[last]].tolist(), strict=True)
        return {names[int(numbers[each])]: of_it for each, of_it in zip(place[last], listed, strict=True)}

    def fingerprints(self, numbers: Int64, first: int, past: int) -> Fingerprints:
        """Of the days [first, past) of these devices, by their place, that hold readings."""
        number, day = self.days.device_and_time()
        which = np.flatnonzero((day >= first) & (day < past) & (self.days.readings > 0))
        device, known = places_among(numbers, number[which])
        which = which[known]
        return Fingerprints(device, day[which], self.days.revision[which], self.days.readings[which])

    def revisions(self, numbers: Int64, first: int, past: int) -> Revisions:
        """Of the hours of the days [first, past) of these devices, by their place, that hold readings."""
        place, which = self.hours.within(numbers, first * DAY_HOURS, past * DAY_HOURS)
        held = self.hours.readings[which] > 0
        place, which = place[held], which[held]
        _, hour = self.hours.chosen(which).device_and_time()
        return Revisions(place, hour, self.hours.revision[which])


def places_among(asked: Int64, numbers: Int64) -> tuple[Int64, NDArray[np.bool_]]:
    """Of rows with these devices' numbers, the place of each among the asked; and which rows have one."""
    place_of = np.full(max(np.max(asked, initial=0), np.max(numbers, initial=0)) + 1, -1)
    place_of[asked] = np.arange(len(asked))
    found = place_of[numbers]
    known = found >= 0
    return found[known], known
