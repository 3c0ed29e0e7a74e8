"""What analysis keeps beside the readings: a device's day reduced to minutes, so that raw is read once."""

from collections.abc import Mapping
from dataclasses import dataclass

from store.batch import Int64


@dataclass(frozen=True, slots=True)
class EpochBlock:
    """One device's `bed` readings of [start, end) µs UTC, reduced.

    `content` is what analysis makes of them, kept as given. `fingerprint` (64 bits, signed) identifies the
    readings and the method it was made from.
    """

    device: str
    start: int
    end: int
    fingerprint: int
    content: bytes


@dataclass(frozen=True, slots=True)
class EpochIndex:
    """The blocks that a device has, ascending: where they start (n,), and their fingerprints (n,)."""

    start: Int64
    fingerprint: Int64


EpochIndexes = Mapping[str, EpochIndex]
"""By device; only those that have blocks."""
