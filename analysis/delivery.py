"""What a device delivered of what was expected of it, hour by hour."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UP_SHARE = 0.5
"""An hour with less than half of its readings is one that nobody could rely on."""

HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """`hours` looked at, `up` of them with at least half of their readings; of these hours the readings
    `expected` and those `missing`."""

    hours: int
    up: int
    expected: float
    missing: float


def delivery(readings: NDArray[np.int64], interval_s: float) -> Delivery:
    """From the distinct readings (n,) of whole hours in which the device was to send every `interval_s`.

    Of an hour no more counts than it asks for and one to spare, for a clock that drifts over its edge.
    ValueError: an interval that is not positive, or over an hour.
    """
    if not 0 < interval_s <= HOUR_S:
        raise ValueError(f"interval_s is {interval_s}: hours tell of devices that send every hour or oftener")
    expected = HOUR_S / interval_s
    up = readings[readings >= UP_SHARE * expected]
    due = expected * len(up)
    return Delivery(len(readings), len(up), due, max(0.0, due - float(np.minimum(up, expected + 1).sum())))
