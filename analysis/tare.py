"""What lies on the bed beside the person: the tare over time, and the things put on and taken off."""

from dataclasses import dataclass

import numpy as np

from analysis.occupancy import OUT, Occupancy
from analysis.reduction import median
from analysis.series import HOUR_US, SECOND_US, Blocks, Floats, Times, run_lengths
from analysis.stillness import SAMPLES_A_WINDOW, StaticWindows, noise_kg
from analysis.trend import theil_sen

TARE_WINDOW_S = 600.0
"""Ten minutes of empty bed average the noise away before drift matters."""

TARE_AT_LEAST_S = 120.0
"""A shorter absence is mostly the person leaving and coming back."""

MOST_DRIFT_KG_A_DAY = 0.5
"""Cells that creep faster than this want a technician: in a week it is the loss that a clinician acts on."""

DAY_US = 24 * HOUR_US

FAREST_TARE_KG = 15.0
"""No bedding weighs more: an empty level this far from the others is a person or another bed."""


@dataclass(frozen=True, slots=True)
class ZeroTrack:
    """The tare over time: anchors (k,) at µs UTC with kg, straight lines between, level beyond the ends.

    Anchors come in pairs, one at each end of a stretch of empty bed; NaN from one to another between which
    the tare is not known. `spread_kg` is the noise (SD) seen.
    """

    time: Times
    kg: Floats
    spread_kg: float

    def at(self, time: Times) -> Floats:
        """The tare in kg at each `time` (n,); NaN where it is not known, as in a bed that was never empty."""
        if len(self.time) == 0:
            return np.full(len(time), np.nan)
        return np.interp(time, self.time, self.kg)


@dataclass(frozen=True, slots=True)
class AddedObjects:
    """Steps of load by a thing put on (kg above 0) or taken off: when (k,) µs UTC, and by how much."""

    time: Times
    kg: Floats


@dataclass(frozen=True, slots=True)
class TareDrift:
    """How fast the tare moves, in kg a day, with the 95 % interval of `method`; NaN under two anchors.

    `n` counts anchors, `flagged` says that it moves by more than `limit_kg_a_day` either way.
    """

    kg_a_day: float
    ci_low: float
    ci_high: float
    n: int
    flagged: bool
    limit_kg_a_day: float
    method: str = "Theil-Sen over anchors, as independent"


def empty_level(level: Blocks) -> float:
    """A first guess of the tare in kg: the median of the lowest levels held for two minutes.

    Two minutes by the median, so that a jolt or a hand lifting the mattress does not set it; of those within
    `FAREST_TARE_KG` of the lowest the median, so that a mattress off the bed for longer does not either. NaN
    without data.
    """
    finite = level.mean[level.count > 0]
    size = max(round(TARE_AT_LEAST_S * SECOND_US / level.width_us), 1)
    if len(finite) < size:
        return float(np.median(finite)) if len(finite) else float("nan")
    whole = len(finite) // size * size
    held = np.median(finite[:whole].reshape(-1, size), axis=1)
    return median(held[held <= held.min() + FAREST_TARE_KG])


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
    here, edge = median(load[:fewest]), median(load[:SAMPLES_A_WINDOW])
    if abs(edge - here) > within:
        here = edge  # of two levels in these minutes, the one at the very edge is what the person lay on
    strayed = np.abs(load - here) > within
    # One stray block is a jolt; three in a row are another level.
    left = strayed[:-2] & strayed[1:-1] & strayed[2:]
    stop = int(left.argmax()) if left.any() else len(load)
    same = load[:stop][~strayed[:stop]]
    return float(same.sum()) / len(same) if len(same) else here


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


def tare_drift(track: ZeroTrack, *, limit_kg_a_day: float = MOST_DRIFT_KG_A_DAY) -> TareDrift:
    """The drift of a tare over days: the median slope between its anchors.

    A duvet put on or taken off is a step, which moves a median of slopes little over a fortnight and a lot
    over a day: judge drift by a fortnight of nights or more.
    """
    slope = theil_sen((track.time - track.time[:1]) / DAY_US, track.kg, autocorr=False)
    flagged = abs(slope.slope) > limit_kg_a_day
    return TareDrift(slope.slope, slope.ci_low, slope.ci_high, slope.n, flagged, limit_kg_a_day)
