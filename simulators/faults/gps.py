"""A day's fixes as they come with faults."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from simulators.draws import fault_draws
from simulators.faults.names import Fault, Faults
from simulators.timing import HOUR, MINUTE
from simulators.trackers import EARTH_RADIUS_M, Fixes, Walk

Float64 = NDArray[np.float64]
Mask = NDArray[np.bool_]

MULTIPATH_SHARE = 0.03
COARSE_FIXES = 3
"""After a start the first fixes are taken from few satellites."""

Spoil = Callable[[np.random.Generator, Fixes, tuple[Walk, ...]], Fixes]


def fixes_with(
    faults: Faults, seed: int, resident: int, day: date, fixes: Fixes, walks: tuple[Walk, ...]
) -> Fixes:
    """The fixes of one local day with faults; there may be fewer, or none."""
    for fault, spoil in SPOIL.items():
        if fault in faults:
            fixes = spoil(fault_draws(seed, fault, resident, day), fixes, walks)
    return fixes


def _multipath(rng: np.random.Generator, fixes: Fixes, walks: tuple[Walk, ...]) -> Fixes:
    n = len(fixes.time)
    return _moved(fixes, rng, np.where(rng.random(n) < MULTIPATH_SHARE, rng.uniform(30.0, 300.0, n), 0.0))


def _cold_start(rng: np.random.Generator, fixes: Fixes, walks: tuple[Walk, ...]) -> Fixes:
    if not len(fixes.time):
        return fixes
    morning = int(fixes.time[0]) + round(rng.uniform(6.0, 9.0) * HOUR)
    kept = np.ones(len(fixes.time), dtype=np.bool_)
    off_m = np.zeros(len(fixes.time))
    for start in (morning, *(walk.start for walk in walks)):
        found = start + round(rng.uniform(1.0, 4.0) * MINUTE)
        kept &= (fixes.time < start) | (fixes.time >= found)
        first = int(np.searchsorted(fixes.time, found))
        coarse = rng.uniform(50.0, 400.0, COARSE_FIXES) / np.arange(1, COARSE_FIXES + 1)
        off_m[first : first + COARSE_FIXES] = coarse[: len(off_m) - first]
    # A tracker knows that such a fix is poor, though not how poor.
    accuracy = np.maximum(fixes.accuracy_m, 0.7 * off_m)
    return _only(kept, _moved(replace(fixes, accuracy_m=accuracy), rng, off_m))


def _indoor_loss(rng: np.random.Generator, fixes: Fixes, walks: tuple[Walk, ...]) -> Fixes:
    out = _any_within(fixes, [(walk.start, walk.end) for walk in walks])
    return _only(out | ~_any_within(fixes, _stretches(rng, fixes, 1 * HOUR, 6 * HOUR)), fixes)


def _repeated(rng: np.random.Generator, fixes: Fixes, walks: tuple[Walk, ...]) -> Fixes:
    stretches = _stretches(rng, fixes, 20 * MINUTE, 120 * MINUTE)
    for walk in walks:
        happens, lasts = rng.random(2)
        if happens < 1 / 3:
            stretches.append((walk.start, walk.start + round((20.0 + 20.0 * lasts) * MINUTE)))
    source = np.arange(len(fixes.time))
    for start, end in sorted(stretches):
        first, past = np.searchsorted(fixes.time, (start, end))
        source[first:past] = source[max(int(first) - 1, 0)]
    return Fixes(fixes.time, fixes.lat[source], fixes.lon[source], fixes.accuracy_m[source])


SPOIL: Mapping[Fault, Spoil] = {
    Fault.MULTIPATH: _multipath,
    Fault.COLD_START: _cold_start,
    Fault.INDOOR_LOSS: _indoor_loss,
    Fault.REPEATED_LAST_FIX: _repeated,
}
"""In this order: what is lost or repeated has been received with its errors."""


def _stretches(rng: np.random.Generator, fixes: Fixes, shortest: int, longest: int) -> list[tuple[int, int]]:
    if not len(fixes.time):
        return []
    begins = int(fixes.time[0]) + rng.integers(0, 24 * HOUR, 3)
    return [
        (int(at), int(at + lasts))
        for at, lasts in zip(begins, rng.integers(shortest, longest, 3), strict=True)
    ]


def _any_within(fixes: Fixes, stretches: list[tuple[int, int]]) -> Mask:
    inside = np.zeros(len(fixes.time), dtype=np.bool_)
    for start, end in stretches:
        inside |= (fixes.time >= start) & (fixes.time < end)
    return inside


def _only(kept: Mask, fixes: Fixes) -> Fixes:
    return Fixes(fixes.time[kept], fixes.lat[kept], fixes.lon[kept], fixes.accuracy_m[kept])


def _moved(fixes: Fixes, rng: np.random.Generator, off_m: Float64) -> Fixes:
    bearing = rng.uniform(0.0, 2.0 * np.pi, len(off_m))
    degrees = off_m / (EARTH_RADIUS_M * np.pi / 180.0)
    return replace(
        fixes,
        lat=fixes.lat + degrees * np.cos(bearing),
        lon=fixes.lon + degrees * np.sin(bearing) / np.cos(np.radians(fixes.lat)),
    )
