"""A number for each participant's month that changes when, and only when, one of its daily values does.

The sum of a hash of every value, so that it is kept up to date from what a write takes away and puts there.
"""

from collections.abc import Iterable
from hashlib import blake2b

from msgspec.msgpack import encode

from pilots.records import DailyValue

_BITS = 64


def sum_of(values: Iterable[DailyValue]) -> int:
    """Of values with Python's own numbers, each once, in any order; 0 of none."""
    return sum(int.from_bytes(blake2b(encode(value), digest_size=_BITS // 8).digest()) for value in values)


def as_stored(total: int) -> int:
    """As a BIGINT holds it: the sum modulo 2^64, signed."""
    return (total + (1 << _BITS - 1)) % (1 << _BITS) - (1 << _BITS - 1)
