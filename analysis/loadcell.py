"""From the load on a bed's legs to who is in it and what they weigh.

Model, in kg: load = frame and bedding + things on the bed + person × in bed + drift + noise. What is not
the person is the *tare*; it is measured whenever the bed is empty and interpolated while it is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.occupancy import IN_BED, OUT, UNKNOWN, Occupancy, in_gap, settled_in_bed, take_back, throughout
from analysis.series import SECOND_US, Blocks, Floats, Times, blocks, run_lengths

LEGS = ("load1_kg", "load2_kg", "load3_kg", "load4_kg")

BLOCK_S = 10.0
"""Long enough that a turn in bed does not look like a step out, short enough for exits of half a minute."""

SAMPLES_A_WINDOW = 6
"""Fewer samples say nothing about whether a stretch is still or noisy."""

TARE_WINDOW_S = 600.0
"""Ten minutes of empty bed average the noise away before drift matters."""

TARE_AT_LEAST_S = 120.0
"""A shorter absence is mostly the person leaving and coming back."""

FAREST_TARE_KG = 15.0
"""No bedding weighs more: an empty level this far from the others is a person or another bed."""


@dataclass(frozen=True, slots=True)
class ZeroTrack:
    """The tare over time: anchors (k,) at µs UTC with kg, straight lines between, level beyond the ends.

    Anchors come in pairs, one at each end of a stretch of empty bed. `spread_kg` is the noise (SD) seen.
    """

    time: Times
    kg: Floats
    spread_kg: float

    def at(self, time: Times) -> Floats:
        """The tare in kg at each `time` (n,); NaN everywhere when the bed was never empty."""
        if len(self.time) == 0:
            return np.full(len(time), np.nan)
        return np.interp(time, self.time, self.kg)


@dataclass(frozen=True, slots=True)
class AddedObjects:
    """Steps of load by a thing put on (kg above 0) or taken off: when (k,) µs UTC, and by how much."""

    time: Times
    kg: Floats


@dataclass(frozen=True, slots=True)
class StaticWindows:
    """Still stretches of one window each: their middle (k,) µs UTC and mean load in kg."""

    time: Times
    width_us: int
    kg: Floats

    def within(self, start: int, end: int) -> "StaticWindows":
        """The windows whose middle lies in [start, end)."""
        part = (self.time >= start) & (self.time < end)
        return StaticWindows(self.time[part], self.width_us, self.kg[part])


@dataclass(frozen=True, slots=True)
class NightlyWeight:
    """A night's body weight: median over still windows, 95 % interval, and what it rests on.

    NaN where fewer windows than required were still. `n` counts windows used, `masked` those left out
    because something else lay on the bed.
    """

    kg: float
    ci_low: float
    ci_high: float
    n: int
    masked: int


def total_load(columns: Mapping[str, NDArray[Any]]) -> Floats:
    """Gross load in kg (n,): `load_kg`, and where that is absent the sum of the legs that the bed has.

    A leg that never reports is not there; a leg that misses a sample makes that sum NaN.
    """
    legs = [columns[leg] for leg in LEGS if leg in columns and not np.isnan(columns[leg]).all()]
    if "load_kg" not in columns and not legs:
        raise KeyError(
            f"no load among {', '.join(columns) or 'no columns'}: give load_kg or {', '.join(LEGS)}"
        )
    if not legs:
        return np.asarray(columns["load_kg"], np.float64)
    total: Floats = np.stack(legs).sum(axis=0, dtype=np.float64)
    if "load_kg" not in columns:
        return total
    gross = np.asarray(columns["load_kg"], np.float64)
    return np.where(np.isnan(gross), total, gross)


def block_width_us(interval_s: float) -> int:
    """Width of an occupancy block: the larger of 10 s and one sample, in µs."""
    return round(max(BLOCK_S, interval_s) * SECOND_US)


def window_width_us(at_least_s: float, interval_s: float) -> int:
    """Width of a window for stillness and noise: the larger of `at_least_s` and six samples, in µs."""
    return round(max(at_least_s, SAMPLES_A_WINDOW * interval_s) * SECOND_US)


def noise_kg(level: Floats) -> float:
    """Sensor noise (SD, kg) from differences of neighbours, robust to steps; 0 with fewer than two values."""
    steps = np.abs(np.diff(level[np.isfinite(level)]))
    return float(np.median(steps)) * 1.4826 / np.sqrt(2) if len(steps) else 0.0


def empty_level(level: Blocks) -> float:
    """A first guess of the tare in kg: the lowest level held for two minutes; NaN without data.

    Two minutes by the median, so that a jolt or a hand lifting the mattress does not set it.
    """
    finite = level.mean[level.count > 0]
    size = max(round(TARE_AT_LEAST_S * SECOND_US / level.width_us), 1)
    if len(finite) < size:
        return float(np.median(finite)) if len(finite) else float("nan")
    whole = len(finite) // size * size
    return float(np.median(finite[:whole].reshape(-1, size), axis=1).min())


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


def zero_track(
    level: Blocks,
    occupancy: Occupancy,
    *,
    window: float = TARE_WINDOW_S,
    at_least: float = TARE_AT_LEAST_S,
    tolerance: float = 0.5,
    reject: float = FAREST_TARE_KG,
    noise: float | None = None,
) -> ZeroTrack:
    """The tare over time, from every stretch of empty bed of `at_least` s.

    Each stretch gives two anchors, the mean load of its first and of its last `window` s: between two
    stretches the tare runs straight from the last empty minutes before to the first after. An anchor
    reaches only as far from the stretch's end as the load stays within max(`tolerance` kg, 5 × noise) of
    the two minutes there, so that a duvet put on before bedtime counts in full. Stretches more than
    `reject` kg from the median of all are left out: that is a person or another bed. `noise` (SD, kg) is
    estimated from the empty bed where it is not given.
    """
    runs = run_lengths(occupancy.state)
    blocks_of = SECOND_US / level.width_us
    reach, fewest = max(round(window * blocks_of), 1), max(round(at_least * blocks_of), 1)
    spread = noise_kg(level.mean[occupancy.state == OUT]) if noise is None else noise
    within = max(tolerance, 5 * spread)
    time: list[int] = []
    kg: list[float] = []
    number = len(runs.value)
    for k in np.flatnonzero((runs.value == OUT) & (runs.length >= fewest)).tolist():
        first, last = int(runs.first[k]), int(runs.first[k] + runs.length[k])
        # Somebody who is just leaving or just coming still leans on the bed in the block at the edge.
        first += int(k > 0)
        last -= int(k < number - 1)
        finite = np.flatnonzero(level.count[first:last] > 0) + first
        if len(finite) == 0:
            continue
        head, tail = finite[:reach], finite[-reach:][::-1]
        for side in (head, tail):
            kg.append(_level_at_edge(level.mean[side], fewest, within))
        time.append(int(level.start[head[0]]))
        time.append(int(level.start[tail[0]]) + level.width_us)
    tare = np.asarray(kg, np.float64)
    keep = np.abs(tare - np.median(tare)) <= reject if len(tare) else np.zeros(0, np.bool_)
    return ZeroTrack(np.asarray(time, np.int64)[keep], tare[keep], spread)


def _level_at_edge(load: Floats, fewest: int, within: float) -> float:
    here, edge = _middle(load[:fewest]), _middle(load[:SAMPLES_A_WINDOW])
    if abs(edge - here) > within:
        here = edge  # of two levels in these minutes, the one at the very edge is what the person lay on
    strayed = np.abs(load - here) > within
    # One stray block is a jolt; three in a row are another level.
    left = strayed[:-2] & strayed[1:-1] & strayed[2:]
    stop = int(left.argmax()) if left.any() else len(load)
    same = load[:stop][~strayed[:stop]]
    return float(same.sum()) / len(same) if len(same) else here


def _middle(values: Floats) -> float:
    """The median; by sorting, which beats selection for the few values here."""
    ordered = np.sort(values)
    half = len(ordered) // 2
    return float(ordered[half]) if len(ordered) % 2 else float(ordered[half - 1] + ordered[half]) / 2


def static_windows(
    time: Times,
    total: NDArray[Any],
    occupancy: Occupancy,
    *,
    interval_s: float,
    window: float = 30.0,
    tolerance: float = 0.5,
    at_least: float = 60.0,
    settle: float = 60.0,
    noise: float | None = None,
) -> StaticWindows:
    """Windows in bed in which the load (n,) kg stays within `tolerance`: nobody moves.

    A window is the larger of `window` s and six samples; neighbours together must last `at_least` s. The
    tolerance is at least five times the `noise` (SD, kg), which is estimated from the load where it is
    not given. The first `settle` s after getting in are left out, since load cells creep.
    """
    width = window_width_us(window, interval_s)
    noise = noise_kg(total) if noise is None else noise
    if len(occupancy.start) == 0:
        return StaticWindows(np.empty(0, np.int64), width, np.empty(0, np.float64))
    in_bed = occupancy.state == IN_BED
    where = np.flatnonzero(in_bed)
    if len(where) == 0:
        return StaticWindows(np.empty(0, np.int64), width, np.empty(0, np.float64))
    start = int(occupancy.start[where[0]])
    end = int(occupancy.start[where[-1]]) + occupancy.width_us
    samples = blocks(time, total, start, end, width)
    expected = width / (interval_s * SECOND_US)
    still = samples.count >= 0.7 * expected
    with np.errstate(invalid="ignore"):
        still &= samples.high - samples.low <= max(tolerance, 5 * noise)
    still &= throughout(settled_in_bed(occupancy, settle), occupancy, samples.start, width)
    runs = run_lengths(still)
    long_enough = runs.value & (runs.length * width >= at_least * SECOND_US)
    chosen = np.repeat(long_enough, runs.length)
    return StaticWindows(samples.start[chosen] + width // 2, width, samples.mean[chosen])


def detect_added_objects(
    time: Times, level: Floats, *, at_least: float = 0.5, persist: float = 600.0
) -> AddedObjects:
    """Steps of at least `at_least` kg that last `persist` s in a still level (n,) kg.

    Give the level of an empty bed, or still windows of one stay in it: a jump between the means of the
    time before and after is something put on or taken off. NaN is left out.
    """
    finite = np.isfinite(level)
    time, level = time[finite], level[finite]
    span = round(persist * SECOND_US)
    number = len(time)
    here = np.arange(number)
    sums = np.concatenate(([0.0], np.cumsum(level)))
    early = np.searchsorted(time, time - span)
    late = np.searchsorted(time, time + span)
    enough = (early < here) & (here < late)
    if number:
        enough &= (time - time[0] >= span) & (time[-1] - time >= span)
    with np.errstate(invalid="ignore", divide="ignore"):
        jump = (sums[late] - sums[here]) / (late - here) - (sums[here] - sums[early]) / (here - early)
    size = np.where(enough, np.abs(jump), 0.0)
    found: list[int] = []
    left = size >= at_least
    while left.any():
        peak = int(np.argmax(np.where(left, size, 0.0)))
        found.append(peak)
        left &= (time < time[peak] - span) | (time > time[peak] + span)
    found.sort()
    return AddedObjects(time[found], jump[found])


def with_objects_placed(track: ZeroTrack, still: StaticWindows) -> ZeroTrack:
    """The tare with a step where a thing was put on the occupied bed, instead of a slope over the whole stay.

    Only where the tare differs by 0.5 kg or more before and after a stay, and a step of the same size
    (± 0.3 kg) stands among its still windows.
    """
    if len(track.time) < 2:
        return track
    time, kg = [track.time], [track.kg]
    for k in np.flatnonzero(np.abs(np.diff(track.kg)) >= 0.5).tolist():
        start, end = int(track.time[k]), int(track.time[k + 1])
        before, after = float(track.kg[k]), float(track.kg[k + 1])
        within = (still.time > start) & (still.time < end)
        steps = detect_added_objects(still.time[within], still.kg[within])
        same = np.flatnonzero(np.abs(steps.kg - (after - before)) <= 0.3)
        if len(same) != 1:
            continue
        moment, step = int(steps.time[same[0]]), float(steps.kg[same[0]])
        drifted = before + (after - before - step) * (moment - start) / (end - start)
        middle = moment - still.width_us // 2
        time.append(np.array([middle - 1, middle], np.int64))
        kg.append(np.array([drifted, drifted + step]))
    if len(time) == 1:
        return track
    joined = np.concatenate(time)
    order = np.argsort(joined, kind="stable")
    return ZeroTrack(joined[order], np.concatenate(kg)[order], track.spread_kg)


def nightly_weight(
    still: StaticWindows,
    track: ZeroTrack,
    *,
    fewest: int = 20,
    at_least: float = 3600.0,
    foreign: float = 1.0,
) -> NightlyWeight:
    """Body weight of a night in kg: the median of still windows less the tare at their middle.

    Windows `foreign` kg or more from the median are left out and it is taken again: nobody gains a
    kilogram in bed, so something else lay there or part of the person did not. The interval is
    ± 1.96 · 1.2533 · s / sqrt(n_eff), s = 1.4826 · MAD, n_eff = n(1 - r1)/(1 + r1). Needs `fewest` windows
    that stretch over `at_least` s.
    """
    body = still.kg - track.at(still.time)
    nan = float("nan")
    nothing = NightlyWeight(nan, nan, nan, 0, 0)
    if len(body) == 0 or np.isnan(body).any():
        return nothing
    own = np.abs(body - np.median(body)) < foreign
    masked = int(np.count_nonzero(~own))
    time, body = still.time[own], body[own]
    n = len(body)
    if n < fewest or int(time[-1]) - int(time[0]) + still.width_us < at_least * SECOND_US:
        return NightlyWeight(nan, nan, nan, n, masked)
    kg = float(np.median(body))
    e = body - kg
    spread = 1.4826 * float(np.median(np.abs(e)))
    power = float((e * e).sum())
    r1 = float(np.clip((e[:-1] * e[1:]).sum() / power, 0.0, 0.95)) if power > 0 else 0.0
    n_eff = min(max(n * (1 - r1) / (1 + r1), 1.0), float(n))
    reach = 1.96 * 1.2533 * spread / np.sqrt(n_eff)
    return NightlyWeight(kg, kg - reach, kg + reach, n, masked)


def occupancy_from_load(level: Blocks, *, interval_s: float) -> tuple[Occupancy, ZeroTrack]:
    """Occupancy and tare from the load alone: the tare by its lowest level first, then as it was tracked.

    A bed that is loaded evenly all the time is empty, or never left: when somebody moves in it for five
    minutes or more it is the latter, and as its tare was never seen, everything is `UNKNOWN`.
    """
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
    return occupancy, zero_track(level, occupancy, noise=noise)


def _moves(level: Blocks, noise: float) -> int:
    steps = np.abs(np.diff(level.mean[level.count > 0]))
    return int(np.count_nonzero(steps > max(1.0, 10 * noise)))
