"""One number for a device's number and an hour or day since 1970."""

import numpy as np
from numpy.typing import NDArray

from store.batch import Int64

LEAST_TIME, MOST_TIME = -(2**31), 2**31 - 1
"""The hours and days that a key has room for."""


def keys(device: Int64, when: Int64 | int) -> Int64:
    """Of devices' numbers and hours or days: in this order they ascend."""
    return (device << 32) + when  # not `|`, which takes the device from a time before 1970


def device_and_time(key: Int64) -> tuple[Int64, Int64]:
    """What `keys` was given."""
    device = (key - LEAST_TIME) >> 32
    return device, key - (device << 32)


def stands_in(held: Int64, told: Int64, key: Int64, tells: Int64) -> NDArray[np.bool_]:
    """Which of these keys (n,) are among the held ones, which ascend, with the same revision or fingerprint
    told of them."""
    if not len(held):
        return np.zeros(len(key), bool)
    place = np.minimum(np.searchsorted(held, key), len(held) - 1)
    return np.asarray((held[place] == key) & (told[place] == tells))
