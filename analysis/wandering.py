"""How straight and how winding a path is. Exploratory: no figure here tells dementia from a stroll."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Path:
    """One figure of a path: `value` over `n` steps of some length, whose mean is `mean_step_m`.

    NaN where too few steps are left. No interval: steps of one path follow from one another.
    """

    value: float
    n: int
    mean_step_m: float
    unit: str
    method: str


def straightness(x: Float64, y: Float64) -> Path:
    """D / L, from start to end over the way walked: 1 for a straight line, 0 for a way back to its start.

    `x`, `y` (n,) metres on a plane in order of time (`analysis.geo.local_xy`); positions with NaN are left
    out, which cuts a corner there. NaN for a path without length. It falls as fixes come closer together,
    since each adds its error to the way: compare paths of one tracker at one interval only.
    """
    return _straightness(_Steps.of(x, y))


def sinuosity(x: Float64, y: Float64) -> Path:
    """2 / sqrt(p·((1 + c) / (1 - c) + b²)) per square root of a metre (Benhamou 2004).

    p is the mean step length, c the mean cosine of the turns between steps, b the SD of step lengths (ddof
    0) over p. Steps of no length are dropped. 0 for a straight path; inf for steps of one length to and
    fro on the spot. Arrays as in `straightness`; NaN under two steps.
    """
    return _sinuosity(_Steps.of(x, y))


def shape(x: Float64, y: Float64) -> tuple[Path, Path]:
    """`straightness` and `sinuosity` of one path."""
    steps = _Steps.of(x, y)
    return _straightness(steps), _sinuosity(steps)


@dataclass(frozen=True, slots=True)
class _Steps:
    """Steps (n, 2) in metres, those of no length left out, how long each is, and their mean length."""

    step: Float64
    length: Float64
    mean_m: float

    @classmethod
    def of(cls, x: Float64, y: Float64) -> "_Steps":
        both = np.column_stack([np.asarray(x, np.float64), np.asarray(y, np.float64)])
        both = both[np.isfinite(both).all(axis=1)]
        step = both[1:] - both[:-1]
        length = np.hypot(*step.T)
        moved = length > 0
        step, length = step[moved], length[moved]
        return cls(step, length, float(length.mean()) if len(step) else float("nan"))


def _straightness(steps: _Steps) -> Path:
    n = len(steps.step)
    way, direct = float(steps.length.sum()), float(np.hypot(*steps.step.sum(axis=0)))
    # A straight line of many steps comes out a hair over 1.
    value = min(direct / way, 1.0) if n else float("nan")
    return Path(value, n, steps.mean_m, "1", "straightness D/L")


def _sinuosity(steps: _Steps) -> Path:
    step, length, p = steps.step, steps.length, steps.mean_m
    value = float("nan")
    if len(step) >= 2:
        turn = (step[1:] * step[:-1]).sum(axis=1) / (length[1:] * length[:-1])
        c = float(np.round(turn.mean(), 12))  # a straight path comes out a hair beside 1
        b = float(length.std()) / p
        if c >= 1:
            value = 0.0
        else:
            spread = p * ((1 + c) / (1 - c) + b * b)
            value = 2 / float(np.sqrt(spread)) if spread > 0 else float("inf")
    return Path(value, len(step), p, "m^-1/2", "sinuosity, Benhamou 2004")
