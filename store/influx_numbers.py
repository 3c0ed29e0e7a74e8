"""Numbers for revisions and dead letters: growing, and unique over all processes of an installation."""

import secrets
import threading
import time

_EPOCH_US = 1_577_836_800_000_000
"""2020-01-01: counted from here in eighths of a microsecond, a number fits into 2**53 (JSON) until 2055."""

_PER_US = 8

_NS_EACH = 1000 // _PER_US

LARGEST = 2**53 - 1


class Numbers:
    """A number is the moment it was taken, in eighths of a microsecond since 2020.

    Two processes that take one in the same microsecond get the same number once in eight times.
    """

    def __init__(self) -> None:
        self._last = 0
        self._taking = threading.Lock()

    def take(self, count: int = 1) -> range:
        """The next `count` numbers, each larger than any that was taken here before."""
        with self._taking:
            now = (time.time_ns() // 1000 - _EPOCH_US) * _PER_US + secrets.randbelow(_PER_US)
            first = max(self._last + 1, now)
            self._last = first + count - 1
            return range(first, first + count)


def time_ns(number: int) -> int:
    """The number's moment in nanoseconds UTC, different for every number."""
    return _EPOCH_US * 1000 + number * _NS_EACH


def number_at(time_ns: int) -> int:
    """The number whose moment that is."""
    return (time_ns - _EPOCH_US * 1000) // _NS_EACH
