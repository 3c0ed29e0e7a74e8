"""From the load on a bed's legs to who is in it and what they weigh.

Model, in kg: load = frame and bedding + things on the bed + person × in bed + drift + noise. What is not
the person is the *tare*; it is measured whenever the bed is empty and interpolated while it is not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.false_zero import hides_below_zero, joined, jumps_in_silence, parts_of, seen_empty
from analysis.occupancy import IN_BED, OUT, UNKNOWN, Occupancy, in_gap, take_back
from analysis.reduction import IN_CACHE, median
from analysis.series import SECOND_US, Blocks, Floats, Times
from analysis.stillness import StaticWindows, noise_kg, static_windows, window_width_us
from analysis.tare import (
    AddedObjects,
    TareDrift,
    ZeroTrack,
    detect_added_objects,
    empty_level,
    tare_drift,
    with_objects_placed,
    zero_track,
)

__all__ = [
    "BLOCK_S",
    "LEGS",
    "AddedObjects",
    "CentreOfPressure",
    "NightlyWeight",
    "StaticWindows",
    "TareDrift",
    "ZeroTrack",
    "block_width_us",
    "centre_of_pressure",
    "detect_added_objects",
    "detect_occupancy",
    "empty_level",
    "nightly_weight",
    "noise_kg",
    "occupancy_as_reported",
    "occupancy_from_load",
    "own_windows",
    "static_windows",
    "tare_drift",
    "total_load",
    "window_width_us",
    "with_objects_placed",
    "zero_track",
]

LEGS = ("load1_kg", "load2_kg", "load3_kg", "load4_kg")

BLOCK_S = 10.0
"""Long enough that a turn in bed does not look like a step out, short enough for exits of half a minute."""


@dataclass(frozen=True, slots=True)
class CentreOfPressure:
    """Where the load bears on the bed at each sample, (n,) cm across and along, on the axes of its legs."""

    across_cm: Floats
    along_cm: Floats


@dataclass(frozen=True, slots=True)
class NightlyWeight:
    """A night's body weight: median over still windows, 95 % interval, and what it rests on.

    NaN where fewer windows than required were still, or too many of them were not the person's own. `n`
    counts windows used, `masked` those left out because something else lay on the bed.
    """

    kg: float
    ci_low: float
    ci_high: float
    n: int
    masked: int


def total_load(columns: Mapping[str, NDArray[Any]]) -> Floats:
    """Gross load in kg (n,): `load_kg`, and where that is absent the sum of the legs that the bed has.

    A leg that never reports is not there; a leg that misses a sample makes that sum NaN. Legs in float32 are
    added by twos before they become float64: that rounds no more than a whole bed's load stored as float32.
    """
    legs = [columns[leg] for leg in LEGS if leg in columns and _reports(columns[leg])]
    if "load_kg" not in columns and not legs:
        raise KeyError(
            f"no load among {', '.join(columns) or 'no columns'}: give load_kg or {', '.join(LEGS)}"
        )
    if not legs:
        return np.asarray(columns["load_kg"], np.float64)
    total = np.empty(len(legs[0]))
    for at in range(0, len(total), IN_CACHE):
        part = slice(at, at + IN_CACHE)
        into = total[part]
        into[:] = _pair(legs[:2], part)
        if len(legs) > 2:
            into += _pair(legs[2:], part)
    if "load_kg" not in columns:
        return total
    gross = np.asarray(columns["load_kg"], np.float64)
    return np.where(np.isnan(gross), total, gross)


def _pair(legs: Sequence[NDArray[Any]], part: slice) -> NDArray[Any]:
    # Turning a leg into float64 takes longer than reading it, so sums are turned and not legs.
    added: NDArray[Any] = legs[0][part] + legs[1][part] if len(legs) > 1 else legs[0][part]
    return added


def _reports(leg: NDArray[Any]) -> bool:
    return any(not np.isnan(leg[at : at + IN_CACHE]).all() for at in range(0, len(leg), IN_CACHE))


def centre_of_pressure(
    cells: NDArray[Any], leg_x_cm: NDArray[Any], leg_y_cm: NDArray[Any]
) -> CentreOfPressure:
    """The mean place of the legs, weighted by the load on each: sum(c·x) / sum(c).

    `cells` (legs, n) kg net of the bed itself, which otherwise draws the centre to the middle; `leg_x_cm`
    across and `leg_y_cm` along the bed, (legs,). NaN where a leg is, or where nothing bears on the bed.
    Legs that read below 0 may put it outside the bed. ValueError for shapes that do not fit.
    """
    c = np.asarray(cells, np.float64)
    x, y = np.asarray(leg_x_cm, np.float64), np.asarray(leg_y_cm, np.float64)
    if c.ndim != 2 or not len(x) == len(y) == c.shape[0]:
        raise ValueError(f"cells {c.shape} and legs {x.shape}, {y.shape} do not fit: cells are (legs, n)")
    total = c.sum(axis=0)
    bearing = np.where(total > 0, total, np.nan)
    return CentreOfPressure(x @ c / bearing, y @ c / bearing)


def block_width_us(interval_s: float) -> int:
    """Width of an occupancy block: the larger of 10 s and one sample, in µs."""
    return round(max(BLOCK_S, interval_s) * SECOND_US)


def detect_occupancy(
    level: Blocks,
    tare: Floats | float,
    *,
    interval_s: float,
    known_weight: float | None = None,
    on: float = 20.0,
    off: float = 8.0,
    min_in: float = 60.0,
    min_out: float = 30.0,
) -> Occupancy:
    """In bed or out of it on the blocks of `level`, given the tare in kg (a number, or (n,) a block each).

    A Schmitt trigger: in at `on` kg above the tare, out at `off` kg, unchanged between. With a
    `known_weight` the thresholds are at least 35 % and 15 % of it, so that a person sitting on the edge
    neither enters nor leaves. Absences under `min_out` s and stays under `min_in` s are taken back, in
    that order. Blocks in a gap (`gap_limit_us`) are `UNKNOWN`; a shorter pause keeps the state before it.
    Adults of 30 kg and more are assumed.
    """
    if known_weight is not None and np.isfinite(known_weight):
        on, off = max(on, 0.35 * known_weight), max(off, 0.15 * known_weight)
    net = level.mean - tare
    index = np.arange(len(net), dtype=np.int64)
    with np.errstate(invalid="ignore"):
        above, below = net >= on, net <= off
    decided = np.maximum.accumulate(np.where(above | below, index, -1))
    # Before the first decision the person is where the first decision finds them.
    first = int(np.argmax(decided >= 0)) if len(decided) else 0
    state = above[np.where(decided < 0, first, decided)].astype(np.int8)
    if len(decided) == 0 or decided[-1] < 0:
        state = np.full(len(net), UNKNOWN, np.int8)
    state[in_gap(level, interval_s)] = UNKNOWN
    state = take_back(state, OUT, shorter_than=min_out * SECOND_US / level.width_us)
    state = take_back(state, IN_BED, shorter_than=min_in * SECOND_US / level.width_us)
    return Occupancy(level.start, level.width_us, state)


def occupancy_as_reported(
    level: Blocks, *, interval_s: float, min_in: float = 60.0, min_out: float = 30.0
) -> Occupancy:
    """In bed or out of it as the device says: blocks of `occupied` (0 or 1), in bed from half of them on."""
    return detect_occupancy(
        level, 0.0, interval_s=interval_s, on=0.5, off=np.nextafter(0.5, 0), min_in=min_in, min_out=min_out
    )


def nightly_weight(
    still: StaticWindows,
    track: ZeroTrack,
    *,
    fewest: int = 20,
    at_least: float = 3600.0,
    foreign: float = 1.0,
    most_foreign: float = 0.25,
) -> NightlyWeight:
    """Body weight of a night in kg: the median of still windows less the tare at their middle.

    Windows `foreign` kg or more from the median are left out and it is taken again: nobody gains a
    kilogram in bed, so something else lay there or part of the person did not. Where that is more than the
    share `most_foreign` of all, nobody knows which of them are the person's, and there is no weight. The
    interval is ± 1.96 · 1.2533 · s / sqrt(n_eff), s = 1.4826 · MAD, n_eff = n(1 - r1)/(1 + r1). Needs
    `fewest` windows that stretch over `at_least` s.
    """
    nan = float("nan")
    time, body, kg, masked = own_windows(still, track, foreign)
    n = len(body)
    if masked > most_foreign * (n + masked):
        return NightlyWeight(nan, nan, nan, n, masked)
    if n < max(fewest, 1) or int(time[-1]) - int(time[0]) + still.width_us < at_least * SECOND_US:
        return NightlyWeight(nan, nan, nan, n, masked)
    e = body - kg
    spread = 1.4826 * median(np.abs(e))
    power = float((e * e).sum())
    r1 = min(max(float((e[:-1] * e[1:]).sum()) / power, 0.0), 0.95) if power > 0 else 0.0
    n_eff = min(max(n * (1 - r1) / (1 + r1), 1.0), float(n))
    reach = 1.96 * 1.2533 * spread / sqrt(n_eff)
    return NightlyWeight(kg, kg - reach, kg + reach, n, masked)


def own_windows(still: StaticWindows, track: ZeroTrack, foreign: float) -> tuple[Times, Floats, float, int]:
    """Time (k,) and body weight in kg (k,) of the still windows of one night, their median, and how many
    were left out.

    Left out are windows `foreign` kg or more from the median of all: something else lay on the bed, or part
    of the person did not. None, and NaN, where the tare is not known.
    """
    body = still.kg - track.at(still.time)
    if len(body) == 0 or np.isnan(body).any():
        return still.time[:0], body[:0], float("nan"), 0
    of_all = median(body)
    own = np.abs(body - of_all) < foreign
    if own.all():
        return still.time, body, of_all, 0
    masked = int(np.count_nonzero(~own))
    kg = median(body[own]) if masked < len(own) else float("nan")
    return still.time[own], body[own], kg, masked


def occupancy_from_load(level: Blocks, *, interval_s: float) -> tuple[Occupancy, ZeroTrack]:
    """Occupancy and tare from the load alone: the tare by its lowest level first, then as it was tracked.

    A bed that is loaded evenly all the time is empty, or never left: when somebody moves in it for five
    minutes or more it is the latter, and as its tare was never seen, everything is `UNKNOWN`. Where the load
    is another after a silence the scale may have been zeroed anew (`jumps_in_silence`): the tare is then
    tracked apart on each side, and a side on which no empty bed was seen is `UNKNOWN`. A bed that hides what
    is below zero tells who is in it, and its tare is not known (`hides_below_zero`).
    """
    jumps = jumps_in_silence(level, interval_s)
    if len(jumps) == 0:
        return _with_one_zero(level, interval_s)
    told = [(part, *_with_one_zero(part, interval_s)) for part in parts_of(level, jumps)]
    return joined([(part, *seen_empty(occupancy, track)) for part, occupancy, track in told])


def _with_one_zero(level: Blocks, interval_s: float) -> tuple[Occupancy, ZeroTrack]:
    lowest, noise = empty_level(level), noise_kg(level.mean)
    rough = detect_occupancy(level, lowest, interval_s=interval_s)
    in_bed = rough.state == IN_BED
    if not in_bed.any():
        if _moves(level, noise) * level.width_us >= 300 * SECOND_US:
            rough = Occupancy(level.start, level.width_us, np.full(len(level), UNKNOWN, np.int8))
        return rough, zero_track(level, rough, noise=noise)
    known_weight = float(np.nanmedian(level.mean[in_bed])) - lowest
    track = zero_track(level, rough, noise=noise)
    occupancy = detect_occupancy(
        level, track.at(level.start), interval_s=interval_s, known_weight=known_weight
    )
    if hides_below_zero(level, occupancy):
        return occupancy, ZeroTrack(np.empty(0, np.int64), np.empty(0), noise)
    return occupancy, zero_track(level, occupancy, noise=noise)


def _moves(level: Blocks, noise: float) -> int:
    steps = np.abs(np.diff(level.mean[level.count > 0]))
    return int(np.count_nonzero(steps > max(1.0, 10 * noise)))
