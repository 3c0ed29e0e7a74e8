"""How late readings come, and how far a device's clock is off."""

import numpy as np
from numpy.typing import NDArray

LIVE_S = 3600.0
"""A reading received within the hour tells of the device's clock; a later one tells of the network."""

IMPORTED_S = 7 * 86_400.0
"""What comes later than a week after it was measured was brought in afterwards: no network is so slow."""


def lateness_s(
    delay_us: NDArray[np.int64],
    *,
    percent: float = 95.0,
    live_s: float = LIVE_S,
    imported_s: float = IMPORTED_S,
) -> tuple[float, float]:
    """Lateness and clock offset in seconds, from received - time (n,) in µs.

    The `percent`-th percentile of the delays under `imported_s`, and the median of those within `live_s`: a
    live message's own delay is small, so what remains is the clock. Values that occurred; NaN where there
    are none.
    """
    ordered = np.sort(delay_us[delay_us < imported_s * 1e6])
    if len(ordered) == 0:
        return float("nan"), float("nan")
    live = ordered[ordered < live_s * 1e6]
    late = float(ordered[max(-(-len(ordered) * round(percent) // 100) - 1, 0)])
    return late / 1e6, float(live[(len(live) - 1) // 2]) / 1e6 if len(live) else float("nan")
