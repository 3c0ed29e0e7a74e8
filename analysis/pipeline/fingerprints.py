"""What figures were made from, as 64-bit fingerprints: equal ones need no new computation.

Whole series of windows are fingerprinted at once: what is inside a window is a difference of running sums.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.series import HOUR_US, Times
from store import HourCounts

METHOD_VERSION = 11
"""Raised whenever a method changes its figures: every daily value is then made anew."""

UInt64 = NDArray[np.uint64]
Int64 = NDArray[np.int64]

_ODD = np.uint64(0x9E3779B97F4A7C15)
_SHIFTS = ((np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)), (np.uint64(27), np.uint64(0x94D049BB133111EB)))
_LAST_SHIFT = np.uint64(31)

APART = 2**25
"""More than there are hours since 1970, and than a plan has nights."""


def salt(*parts: object) -> np.uint64:
    """A number for anything that prints the same way every time."""
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


def mixed(*numbers: NDArray[np.integer] | np.uint64) -> UInt64:
    """One number (n,) of several, each (n,) or one for all, in which every bit bears on every bit.

    The finaliser of SplitMix64 (Steele 2014) after each.
    """
    result = np.zeros(1, np.uint64)
    for number in numbers:
        result = result * _ODD + np.asarray(number).astype(np.uint64)
        for shift, factor in _SHIFTS:
            result = (result ^ (result >> shift)) * factor
        result = result ^ (result >> _LAST_SHIFT)
    return result


def signed(numbers: UInt64) -> Int64:
    """As the databases hold them."""
    return numbers.view(np.int64)


@dataclass(frozen=True, slots=True)
class Trail:
    """Fingerprints of what lies one after the other, ready for windows: `at` (n,) ascending; `sums` and
    `purged` (n + 1,) run over them: sums of fingerprints, and how many hold nothing any more."""

    at: Int64
    sums: UInt64
    purged: Int64

    @classmethod
    def over(cls, at: Int64, prints: UInt64, purged: NDArray[np.bool_]) -> "Trail":
        return cls(
            np.asarray(at, np.int64),
            np.concatenate((np.zeros(1, np.uint64), np.cumsum(prints, dtype=np.uint64))),
            np.concatenate((np.zeros(1, np.int64), np.cumsum(purged, dtype=np.int64))),
        )

    def between(self, first: Int64, past: Int64) -> tuple[UInt64, NDArray[np.bool_]]:
        """Of what lies in [first, past), arrays of any shape: its fingerprint, and whether some is purged."""
        low, high = np.searchsorted(self.at, first), np.searchsorted(self.at, past)
        return self.sums[high] - self.sums[low], self.purged[high] > self.purged[low]


@dataclass(frozen=True, slots=True)
class Trails:
    """The trails of several devices in one, that of each `APART` behind that of the one before."""

    numbers: Mapping[str, int]
    joined: Trail

    @classmethod
    def of_hours(cls, hours: Mapping[str, HourCounts]) -> "Trails":
        """By device and hour, of what each hour holds."""
        none = np.empty(0, np.int64)
        hour, revision, readings = (
            np.concatenate([none, *(getattr(each, name) for each in hours.values())])
            for name in ("hour", "revision", "readings")
        )
        opens = APART * np.repeat(np.arange(len(hours)), [len(each.hour) for each in hours.values()])
        numbers = {device: number for number, device in enumerate(hours)}
        return cls(numbers, Trail.over(opens + hour, mixed(hour, revision), readings == 0))

    def opens(self, devices: Sequence[str]) -> Int64:
        """Where the trail of each begins (d, 1); of one that has none, behind all others."""
        none = len(self.numbers)
        return APART * np.array([[self.numbers.get(device, none)] for device in devices], np.int64)

    def between(self, devices: Sequence[str], first: Int64, past: Int64) -> tuple[UInt64, NDArray[np.bool_]]:
        """Of what lies in [first, past), (d, w) or the same for all, of each of the devices (d,): its
        fingerprint, and whether some of it is purged."""
        opens = self.opens(devices)
        return self.joined.between(opens + first, opens + past)

    def any_between(self, devices: Sequence[str], first: Int64, past: Int64) -> NDArray[np.bool_]:
        """Whether anything lies there."""
        at, opens = self.joined.at, self.opens(devices)
        return np.searchsorted(at, opens + past) > np.searchsorted(at, opens + first)


def whole_hours(start: Times, end: Times) -> tuple[Int64, Int64]:
    """The hours [first, past) that [start, end) µs UTC touches, each (w,)."""
    return start // HOUR_US, -(-end // HOUR_US)


def trailing_prints(at: Int64, values: NDArray[np.float64], until: Int64, reach: int) -> Int64:
    """The fingerprints (w,) of the values (n,) `at` ascending days that lie in (until - reach, until]."""
    prints = mixed(at, np.ascontiguousarray(values).view(np.uint64))
    trail = Trail.over(at, prints, np.zeros(len(at), np.bool_))
    whole = mixed(until, until + 1, salt(METHOD_VERSION, "trailing", reach))
    within, _ = trail.between(until - reach + 1, until + 1)
    return signed(mixed(whole + mixed(within)))
