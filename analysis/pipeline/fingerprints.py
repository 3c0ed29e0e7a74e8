"""What figures were made from, as 64-bit fingerprints: equal ones need no new computation.

Whole series of windows are fingerprinted at once: what is inside a window is a difference of running sums.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.series import HOUR_US, Times
from store import HourCounts

METHOD_VERSION = 9
"""Raised whenever a method changes its figures: every daily value is then made anew."""

UInt64 = NDArray[np.uint64]
Int64 = NDArray[np.int64]

_ODD = np.uint64(0x9E3779B97F4A7C15)
_SHIFTS = ((np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)), (np.uint64(27), np.uint64(0x94D049BB133111EB)))
_LAST_SHIFT = np.uint64(31)


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
    """Fingerprints of a device's hours or blocks, ready for windows: `at` (n,) ascending; `sums` and
    `purged` (n + 1,) run over them: sums of fingerprints, and how many hold nothing any more."""

    at: Int64
    sums: UInt64
    purged: Int64

    @classmethod
    def of_hours(cls, hours: HourCounts) -> "Trail":
        """By hour, of what each hour holds."""
        return cls.over(hours.hour, mixed(hours.hour, hours.revision), hours.readings == 0)

    @classmethod
    def over(cls, at: Int64, prints: UInt64, purged: NDArray[np.bool_]) -> "Trail":
        return cls(
            np.asarray(at, np.int64),
            np.concatenate((np.zeros(1, np.uint64), np.cumsum(prints, dtype=np.uint64))),
            np.concatenate((np.zeros(1, np.int64), np.cumsum(purged, dtype=np.int64))),
        )

    def between(self, first: Int64, past: Int64) -> tuple[UInt64, NDArray[np.bool_]]:
        """Of what lies in [first, past), each (w,): its fingerprint, and whether some of it is purged."""
        low, high = np.searchsorted(self.at, first), np.searchsorted(self.at, past)
        return self.sums[high] - self.sums[low], self.purged[high] > self.purged[low]


def whole_hours(start: Times, end: Times) -> tuple[Int64, Int64]:
    """The hours [first, past) that [start, end) µs UTC touches, each (w,)."""
    return start // HOUR_US, -(-end // HOUR_US)


@dataclass(slots=True)
class Prints:
    """The fingerprints of windows (w,) as their parts are added, in any order."""

    sums: UInt64
    purged: NDArray[np.bool_]

    @classmethod
    def of(cls, starts: Times, ends: Times, *parts: object) -> "Prints":
        """Of the windows themselves, and of what holds for all of them."""
        return cls(mixed(starts, ends, salt(METHOD_VERSION, *parts)), np.zeros(len(starts), np.bool_))

    def add(
        self, trail: Trail, first: Int64, past: Int64, active: NDArray[np.bool_], *parts: UInt64 | np.uint64
    ) -> None:
        """Add what `trail` holds in [first, past) to the windows where it is `active` (w,)."""
        prints, purged = trail.between(first, past)
        self.sums = self.sums + np.where(active, mixed(prints, *parts), np.uint64(0))
        self.purged = self.purged | (active & purged)

    @property
    def values(self) -> Int64:
        return signed(mixed(self.sums))


def trailing_prints(at: Int64, values: NDArray[np.float64], until: Int64, reach: int) -> Int64:
    """The fingerprints (w,) of the values (n,) `at` ascending days that lie in (until - reach, until]."""
    prints = mixed(at, np.ascontiguousarray(values).view(np.uint64))
    trail = Trail.over(at, prints, np.zeros(len(at), np.bool_))
    found = Prints.of(until, until + 1, "trailing", reach)
    found.add(trail, until - reach + 1, until + 1, np.ones(len(until), np.bool_))
    return found.values
