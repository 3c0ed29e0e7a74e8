"""Patterns of going about: to and fro, round and round, and how much a path fills the plane. Exploratory.

Neither figure here diagnoses: Martino-Saltzman (1991) saw residents walk, and Kearns (2011) tracked 25 people
indoors to the decimetre; a GPS alarm tells ten metres outdoors.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Pattern = Literal["direct", "pacing", "lapping", "random"]

LONGEST_LAP = 10
REPETITIONS = 2
RULERS = 8

SHORT_LOOK = 64
"""Positions looked at for the next divider, twice as many each time it is farther off."""


@dataclass(frozen=True, slots=True)
class TravelPattern:
    """How a sequence of `n` places runs: "direct", "pacing", "lapping" or "random", None for fewer than two.

    `cycle` is the number of places of the round that was repeated `repetitions` times (a part of a round
    counts as that part), both 0 where there was none.
    """

    pattern: Pattern | None
    cycle: int
    repetitions: float
    n: int


@dataclass(frozen=True, slots=True)
class FractalDimension:
    """The divider dimension of a path: 1 straight, 2 filling the plane; NaN where it cannot be had.

    `ruler_m` and `length_m` (k,) are the dividers and the length of the path by each; `n` counts positions.
    """

    value: float
    ruler_m: Float64
    length_m: Float64
    n: int


def travel_pattern(
    place: NDArray[Any], *, longest_lap: int = LONGEST_LAP, repetitions: int = REPETITIONS
) -> TravelPattern:
    """The pattern of the places visited one after the other, (n,) labels of any kind.

    A place named twice in a row is one visit. Direct: no place comes again. Pacing: two places in turn,
    lapping: 3 to `longest_lap` different places in the same order, `repetitions` times or more in a row
    anywhere in the sequence; of several the one that covers most visits, the shorter round when equal.
    Else random.
    """
    visits = np.asarray(place)
    visits = visits[np.r_[True, visits[1:] != visits[:-1]][: len(visits)]]
    n = len(visits)
    if n < 2:
        return TravelPattern(None, 0, 0.0, n)
    if len(np.unique(visits)) == n:
        return TravelPattern("direct", 0, 0.0, n)
    best, covered = 0, 0
    for cycle in range(2, min(longest_lap, n // repetitions) + 1):
        reach = _longest_round(visits, cycle)
        if reach >= cycle * repetitions and reach > covered:
            best, covered = cycle, reach
    if best == 0:
        return TravelPattern("random", 0, 0.0, n)
    return TravelPattern("pacing" if best == 2 else "lapping", best, covered / best, n)


def fractal_dimension(
    x: Float64, y: Float64, *, rulers_m: Float64 | None = None, rulers: int = RULERS
) -> FractalDimension:
    """1 - the slope of log length over log ruler, with dividers walked along the path (Mandelbrot 1967).

    `x`, `y` (n,) metres in order of time; positions with NaN are left out. Without `rulers_m` there are
    `rulers` of them in equal ratios, from twice the mean step to a quarter of the path's widest extent. What
    is left after the last whole ruler counts as its share. NaN under three positions, or where a path is no
    wider than eight steps.
    """
    known = np.isfinite(x) & np.isfinite(y)
    path = np.column_stack([x[known], y[known]]).astype(np.float64)
    n, nothing = len(path), np.empty(0)
    if n < 3:
        return FractalDimension(float("nan"), nothing, nothing, n)
    if rulers_m is None:
        step = float(np.hypot(*np.diff(path, axis=0).T).mean())
        widest = float(np.ptp(path, axis=0).max()) / 4
        if not 0 < 2 * step < widest:
            return FractalDimension(float("nan"), nothing, nothing, n)
        rulers_m = np.geomspace(2 * step, widest, rulers)
    length = np.array([_walked(path, float(ruler)) for ruler in rulers_m])
    if len(length) < 2 or (length <= 0).any():
        return FractalDimension(float("nan"), rulers_m, length, n)
    slope = float(np.polyfit(np.log(rulers_m), np.log(length), 1)[0])
    return FractalDimension(1 - slope, rulers_m, length, n)


def _longest_round(visits: NDArray[Any], cycle: int) -> int:
    """Visits in the longest stretch that repeats every `cycle` visits, of that many different places."""
    same = np.r_[visits[cycle:] == visits[:-cycle], False]
    longest = start = 0
    for at in range(len(same)):
        if same[at]:
            continue
        if at > start and len(np.unique(visits[start : start + cycle])) == cycle:
            longest = max(longest, at - start + cycle)
        start = at + 1
    return longest


def _walked(path: Float64, ruler: float) -> float:
    """Length of the path by dividers set to `ruler`: whole steps, and the share of one at the end."""
    at, ahead, steps, look = path[0], 1, 0, SHORT_LOOK
    while ahead < len(path):
        near = path[ahead : ahead + look]
        reached = np.flatnonzero(((near - at) ** 2).sum(axis=1) >= ruler**2)
        if len(reached) == 0:
            ahead, look = ahead + len(near), look * 2
            continue
        ahead, look = ahead + int(reached[0]), SHORT_LOOK
        at = _crossing(at, path[ahead - 1], path[ahead], ruler)
        steps += 1
    return ruler * steps + float(np.hypot(*(path[-1] - at)))


def _crossing(centre: Float64, inside: Float64, outside: Float64, ruler: float) -> Float64:
    """Where the way from `inside` to `outside` leaves the circle of the ruler round the `centre`."""
    way, start = outside - inside, inside - centre
    a, b, c = float(way @ way), 2 * float(way @ start), float(start @ start) - ruler**2
    share = (-b + np.sqrt(max(b * b - 4 * a * c, 0.0))) / (2 * a)
    return np.asarray(inside + np.clip(share, 0.0, 1.0) * way)
