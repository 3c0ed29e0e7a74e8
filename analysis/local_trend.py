"""A weight whose level and pace both drift: what it most likely was each night, and where it is heading."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

NIGHT_SD = 0.4
LEVEL_SD = 0.05
PACE_SD = 0.003
"""kg, kg a night and kg a night each night: fixed, since fitting them to one resident's nights ends at a
boundary as often as not."""

DIFFUSE = 1e6
"""Variance of level and pace before the first night: nothing is known."""

_State = tuple[float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class LocalLinearTrend:
    """Level and pace on each night (n,), as all nights together tell them, with limits (n,) each.

    `level` in the unit of y, `pace` in units a night. `n` counts nights with data; the standard deviations
    are what it was made with. All NaN under two nights with data.
    """

    level: Float64
    level_low: Float64
    level_high: Float64
    pace: Float64
    pace_low: Float64
    pace_high: Float64
    n: int
    night_sd: float
    level_sd: float
    pace_sd: float
    confidence: float
    method: str = "Kalman filter and Rauch-Tung-Striebel smoother, variances fixed"


def local_linear_trend(
    y: NDArray[Any],
    *,
    night_sd: float = NIGHT_SD,
    level_sd: float = LEVEL_SD,
    pace_sd: float = PACE_SD,
    confidence: float = 0.95,
) -> LocalLinearTrend:
    """Smooth `y` (n,), one value a night and NaN where it is missing, by y = level + noise.

    From night to night the level moves by the pace and by `level_sd`, the pace by `pace_sd`; a night is
    measured with `night_sd` (Harvey 1989). A missing night leaves its figures to the nights around it, with
    wider limits. Limits hold if the standard deviations do. ValueError for one that is negative, or a
    `night_sd` of 0.
    """
    if night_sd <= 0 or level_sd < 0 or pace_sd < 0:
        raise ValueError(
            f"night_sd {night_sd}, level_sd {level_sd}, pace_sd {pace_sd}: "
            "give a night_sd above 0, the others from 0 up"
        )
    values = np.asarray(y, np.float64)
    n = int(np.count_nonzero(np.isfinite(values)))
    states = np.full((5, len(values)), np.nan)
    if n >= 2:
        predicted, filtered = _filtered(values.tolist(), night_sd**2, level_sd**2, pace_sd**2)
        states = np.array(_smoothed(predicted, filtered)).T
    level, pace, level_variance, _, pace_variance = states
    z = float(scipy.special.ndtri(0.5 + confidence / 2))
    level_reach, pace_reach = z * np.sqrt(level_variance), z * np.sqrt(pace_variance)
    return LocalLinearTrend(
        level,
        level - level_reach,
        level + level_reach,
        pace,
        pace - pace_reach,
        pace + pace_reach,
        n,
        night_sd,
        level_sd,
        pace_sd,
        confidence,
    )


def _filtered(
    y: list[float], night: float, level_drift: float, pace_drift: float
) -> tuple[list[_State], list[_State]]:
    """Level, pace and their variances and covariance on each night, before and after it was weighed.

    Plain numbers: matrices of two by two cost more to make than to use.
    """
    level, pace, v_level, v_both, v_pace = 0.0, 0.0, DIFFUSE, 0.0, DIFFUSE
    predicted: list[_State] = []
    filtered: list[_State] = []
    for value in y:
        predicted.append((level, pace, v_level, v_both, v_pace))
        if value == value:
            total = v_level + night
            gain_level, gain_pace = v_level / total, v_both / total
            surprise = value - level
            level, pace = level + gain_level * surprise, pace + gain_pace * surprise
            v_level, v_both, v_pace = (
                v_level * night / total,
                v_both * night / total,
                v_pace - gain_pace * v_both,
            )
        filtered.append((level, pace, v_level, v_both, v_pace))
        level += pace
        v_level += 2 * v_both + v_pace + level_drift
        v_both += v_pace
        v_pace += pace_drift
    return predicted, filtered


def _smoothed(predicted: list[_State], filtered: list[_State]) -> list[_State]:
    later = filtered[-1]
    smoothed = [later]
    for night in range(len(filtered) - 2, -1, -1):
        level, pace, v_level, v_both, v_pace = filtered[night]
        p_level, p_pace, w_level, w_both, w_pace = predicted[night + 1]
        # How much of what was learnt later goes back: this night's covariance with the next, over the next's.
        determinant = w_level * w_pace - w_both * w_both
        a, b, c, d = v_level + v_both, v_both, v_both + v_pace, v_pace
        j11, j12 = (a * w_pace - b * w_both) / determinant, (b * w_level - a * w_both) / determinant
        j21, j22 = (c * w_pace - d * w_both) / determinant, (d * w_level - c * w_both) / determinant
        off_level, off_pace = later[0] - p_level, later[1] - p_pace
        x, z, w = later[2] - w_level, later[3] - w_both, later[4] - w_pace
        later = (
            level + j11 * off_level + j12 * off_pace,
            pace + j21 * off_level + j22 * off_pace,
            v_level + j11 * j11 * x + 2 * j11 * j12 * z + j12 * j12 * w,
            v_both + j11 * j21 * x + (j11 * j22 + j12 * j21) * z + j12 * j22 * w,
            v_pace + j21 * j21 * x + 2 * j21 * j22 * z + j22 * j22 * w,
        )
        smoothed.append(later)
    return smoothed[::-1]
