"""How the weight in bed changes from evening to morning, and what was weighed first."""

from dataclasses import dataclass

import numpy as np

from analysis.loadcell import own_windows
from analysis.series import HOUR_US, SECOND_US
from analysis.stillness import StaticWindows
from analysis.tare import ZeroTrack
from analysis.trend import theil_sen

NIGHT_H = 8
"""Changes are told for a night of eight hours, whatever the night's own length."""

EARLY_S = 3600.0
"""Breath and skin take 0.2 to 0.5 kg a night: only the first hour is comparable from night to night."""


@dataclass(frozen=True, slots=True)
class OvernightChange:
    """What a body lost or gained in bed: kg in eight hours with its 95 % interval, and where it began.

    `early_kg` is the median weight of the `early_n` still windows of the first hour; NaN without one. `n`
    counts still windows; the change is NaN with fewer than asked for, its interval also where `method`
    cannot tell it.
    """

    kg_in_8_h: float
    ci_low: float
    ci_high: float
    n: int
    early_kg: float
    early_n: int
    method: str = "Theil-Sen over still windows, interval widened for autocorrelation"


def overnight_change(
    still: StaticWindows,
    track: ZeroTrack,
    *,
    fewest: int = 20,
    at_least: float = 3600.0,
    foreign: float = 1.0,
    early: float = EARLY_S,
) -> OvernightChange:
    """The slope of body weight over one night's still windows, and the weight in the first `early` s.

    Windows `foreign` kg or more from the median are left out as in `nightly_weight`, and as there `fewest`
    windows over `at_least` s are needed. A tare that drifts is taken off as far as it is known: without an
    empty bed after the night its drift is part of the change.
    """
    time, body, _, _ = own_windows(still, track, foreign)
    n, nan = len(body), float("nan")
    if n == 0:
        return OvernightChange(nan, nan, nan, 0, nan, 0)
    first_hour = body[time - time[0] < early * SECOND_US]
    early_kg, early_n = float(np.median(first_hour)), len(first_hour)
    if n < fewest or int(time[-1]) - int(time[0]) + still.width_us < at_least * SECOND_US:
        return OvernightChange(nan, nan, nan, n, early_kg, early_n)
    night_us = NIGHT_H * HOUR_US
    line = theil_sen((time - time[0]) / night_us, body, step=still.width_us / night_us)
    return OvernightChange(line.slope, line.ci_low, line.ci_high, n, early_kg, early_n)
