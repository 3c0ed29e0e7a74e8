"""The analysis core on a quarter of a year of a bed at 1 Hz."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.activity import activity_index
from analysis.loadcell import ZeroTrack, nightly_weight, static_windows, total_load
from analysis.occupancy import IN_BED, OUT, Occupancy
from analysis.reduction import epoch_reduce, rolling_std
from analysis.rhythm import interdaily_stability, intradaily_variability, l5_m10, relative_amplitude
from analysis.series import HOUR_US, SECOND_US
from pilotbed.bench.contest import Ceiling, Contest, Peer, installed

DAYS, QUICK_DAYS = 90, 8
DAY_S = 86_400
IN_BED_FROM_S, IN_BED_UNTIL_S = 10 * 3600, 19 * 3600
BLOCK_S = 10


def contests(*, quick: bool) -> Iterator[Contest]:
    """Tasks on the seconds of a bed, then the rhythm of its minutes."""
    days = QUICK_DAYS if quick else DAYS
    rng = np.random.default_rng(1)
    time = SECOND_US * np.arange(days * DAY_S, dtype=np.int64)
    load = 42.0 + rng.normal(0.0, 0.05, len(time))
    for day in range(days):
        load[day * DAY_S + IN_BED_FROM_S : day * DAY_S + IN_BED_UNTIL_S] += 70.0
    single = load.astype(np.float32)
    legs = {
        f"load{leg}_kg": (single / 4 + rng.normal(0, 0.01, len(time))).astype(np.float32)
        for leg in range(1, 5)
    }
    pandas = installed("pandas")
    clocked = None if pandas is None else pandas.Series(load, pandas.to_datetime(time, unit="us"))
    pass_double = Ceiling("one pass in float64", load.sum)
    pass_single = Ceiling("one pass in float32", single.sum)

    yield Contest(
        "total_of_legs",
        f"load of four legs, {days} days at 1 Hz",
        lambda: total_load(legs),
        (Ceiling("one pass over the legs", lambda: [leg.sum() for leg in legs.values()], 2.0),),
    )
    yield Contest(
        "minute_means",
        "means of minutes",
        lambda: epoch_reduce(load, 60, "mean"),
        (
            Ceiling(pass_double.name, pass_double.work, 2.5),
            None if clocked is None else Peer("pandas", lambda: clocked.resample("min").mean(), 12.0),
        ),
    )
    yield Contest(
        "minute_spreads",
        "standard deviations of minutes",
        lambda: epoch_reduce(load, 60, "std"),
        (
            Ceiling(pass_double.name, pass_double.work, 5.0),
            None if clocked is None else Peer("pandas", lambda: clocked.resample("min").std(), 7.0),
        ),
    )
    epochs = single.reshape(-1, BLOCK_S)
    yield Contest(
        "block_ranges",
        "ranges of blocks of 10 s, for stillness",
        lambda: epoch_reduce(single, BLOCK_S, "range"),
        (
            Ceiling(pass_single.name, pass_single.work, 6.0),
            Peer("NumPy along rows", lambda: epochs.max(axis=1) - epochs.min(axis=1), 8.0),
        ),
    )
    lies = np.ones(len(time), np.bool_)
    yield Contest(
        "activity_index",
        "activity index of minutes",
        lambda: activity_index(single, lies, interval_s=1.0),
        (Ceiling(pass_single.name, pass_single.work, 4.0),),
    )
    yield Contest(
        "rolling_spread",
        "standard deviation of the last minute, every second",
        lambda: rolling_std(load, 60),
        (None if clocked is None else Peer("pandas", lambda: clocked.rolling(60).std()),),
    )
    yield _nightly_weights(time, single, days, pass_single, pandas)
    yield Contest(
        "rhythm_of_seconds",
        "IS, IV, L5, M10 and RA from seconds",
        lambda: _rhythm(epoch_reduce(load, 60, "mean")),
        (Ceiling(pass_double.name, pass_double.work, 2.0),),
    )
    minutes = epoch_reduce(load, 60, "mean")
    yield Contest(
        "rhythm_of_minutes",
        f"IS, IV, L5, M10 and RA from {len(minutes):,} minutes",
        lambda: _rhythm(minutes),
        limit_ms=0.325,  # a two-hundredth of pyActigraphy's 65 ms, which cannot be installed beside us
    )


def _rhythm(minutes: NDArray[np.float64]) -> object:
    hours = epoch_reduce(minutes, 60, "mean")
    windows = l5_m10(minutes)
    return interdaily_stability(hours), intradaily_variability(hours), relative_amplitude(windows)


def _nightly_weights(
    time: NDArray[np.int64], load: NDArray[np.float32], days: int, pass_single: Ceiling, pandas: Any
) -> Contest:
    """Still windows and median weight of every night, where occupancy and tare are known already."""
    states = np.full(days * DAY_S // BLOCK_S, OUT, np.int8).reshape(days, -1)
    states[:, IN_BED_FROM_S // BLOCK_S : IN_BED_UNTIL_S // BLOCK_S] = IN_BED
    starts = BLOCK_S * SECOND_US * np.arange(states.size, dtype=np.int64)
    occupancy = Occupancy(starts, BLOCK_S * SECOND_US, states.ravel())
    tare = ZeroTrack(np.zeros(1, np.int64), np.full(1, 42.0), 0.05)

    def weigh() -> list[float]:
        still = static_windows(time, load, occupancy, interval_s=1.0, noise=0.05)
        return [
            nightly_weight(still.within(24 * HOUR_US * day, 24 * HOUR_US * (day + 1)), tare).kg
            for day in range(days)
        ]

    peer = None
    if pandas is not None:
        clocked = pandas.Series(load, pandas.to_datetime(time, unit="us"))
        peer = Peer("pandas", lambda: clocked.resample("D").median(), 10.0)
    return Contest(
        "nightly_weights",
        f"weight of {days} nights by still windows; pandas takes their medians alone",
        weigh,
        (Ceiling(pass_single.name, pass_single.work, 12.0), peer),
    )
