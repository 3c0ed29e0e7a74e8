"""Time to an event when some are never seen to have it: Kaplan-Meier and cumulative incidence."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from analysis.alarms import CENSORED, REACHED
from analysis.intervals import wilson_ci

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

TOLERANCE = 1e-12
"""A product of many factors that should be exactly one half comes out a hair beside it."""


@dataclass(frozen=True, slots=True)
class IncidenceCurve:
    """The share that has had the event by each time.

    `time` (m,) ascending distinct times with an event of either kind, `at_risk` and `events` (m,) counts
    there, `incidence` (m,) the share from that time on, `variance` (m,) its variance, `ci_low` and
    `ci_high` (m,) its pointwise interval (NaN where it is undefined: before the first event, and once
    everybody has had it). `n` and `censored` count what went in. Without competing events the incidence
    is 1 minus Kaplan-Meier's survival, its variance Greenwood's.
    """

    time: Float64
    at_risk: Int64
    events: Int64
    incidence: Float64
    variance: Float64
    ci_low: Float64
    ci_high: Float64
    n: int
    censored: int

    @property
    def survival(self) -> Float64:
        """1 - incidence (m,): Kaplan-Meier's survival where nothing competes."""
        return 1.0 - self.incidence


@dataclass(frozen=True, slots=True)
class QuantileEstimate:
    """A time by which the share has been reached; inf where it, or a limit, is not reached."""

    value: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True, slots=True)
class ShareEstimate:
    """The share that has had the event by a given time; limits NaN when there is nothing to go by."""

    value: float
    ci_low: float
    ci_high: float


def kaplan_meier(durations: Float64, observed: NDArray[np.bool_], confidence: float = 0.95) -> IncidenceCurve:
    """Kaplan-Meier with Greenwood's variance and the log-log interval (Kalbfleisch & Prentice 1980).

    `durations` (n,) not negative, `observed` (n,) False where censored. An event and a censoring at the
    same time: the event comes first. `survival` is 1 - `incidence`; its limits are 1 - `ci_high` and
    1 - `ci_low`.
    """
    return cumulative_incidence(durations, np.where(observed, REACHED, CENSORED).astype(np.int8), confidence)


def cumulative_incidence(
    durations: Float64, code: NDArray[np.int8], confidence: float = 0.95
) -> IncidenceCurve:
    """Aalen-Johansen's cumulative incidence of `REACHED` with `COMPETING` events and censoring.

    `durations` (n,) not negative, `code` (n,) as in `analysis.alarms`. Variance by the delta method
    (Marubini & Valsecchi 1995, 10.12), which is Greenwood's when nothing competes; the interval is
    log-log on 1 - incidence, so that it then is Kaplan-Meier's as well.
    """
    if np.isnan(durations).any() or (durations < 0).any():
        raise ValueError("durations must be numbers from 0 up: leave out or set to 0 what is not")
    time, place = np.unique(durations, return_inverse=True)
    reached = np.bincount(place[code == REACHED], minlength=len(time))
    ended = np.bincount(place[code != CENSORED], minlength=len(time))
    leaving = np.bincount(place, minlength=len(time))
    at_risk = len(durations) - np.r_[0, np.cumsum(leaving)[:-1]] if len(time) else np.zeros(0, np.int64)
    keep = ended > 0
    time, reached, ended, at_risk = time[keep], reached[keep], ended[keep], at_risk[keep]

    event_free = np.cumprod(1 - ended / at_risk)
    before = np.r_[1.0, event_free[:-1]] if len(time) else event_free
    incidence = np.cumsum(before * reached / at_risk)
    if (reached == ended).all():
        incidence = 1 - event_free  # the same number without the rounding of a sum
    variance = _variance(incidence, before, reached, ended, at_risk)
    low, high = _log_log(incidence, variance, confidence)
    return IncidenceCurve(
        time,
        at_risk.astype(np.int64),
        reached.astype(np.int64),
        incidence,
        variance,
        low,
        high,
        len(durations),
        int(np.count_nonzero(code == CENSORED)),
    )


def _variance(incidence: Float64, before: Float64, reached: Int64, ended: Int64, at_risk: Int64) -> Float64:
    staying = at_risk - ended
    # Where all leave at once nobody is left whose share could still change: the term is 0.
    spread = np.where(staying > 0, ended / (at_risk * np.maximum(staying, 1)), 0.0)
    jump = before * reached / at_risk**2
    own = before**2 * reached * (at_risk - reached) / at_risk**3
    total = (
        incidence**2 * np.cumsum(spread)
        - 2 * incidence * np.cumsum(incidence * spread)
        + np.cumsum(incidence**2 * spread)
        + np.cumsum(own)
        - 2 * (incidence * np.cumsum(jump) - np.cumsum(incidence * jump))
    )
    return np.asarray(np.maximum(total, 0.0), dtype=np.float64)


def _log_log(incidence: Float64, variance: Float64, confidence: float) -> tuple[Float64, Float64]:
    z = scipy.special.ndtri(0.5 + confidence / 2)
    remaining = 1 - incidence
    defined = (remaining > TOLERANCE) & (incidence > 0)
    low, high = np.full_like(incidence, np.nan), np.full_like(incidence, np.nan)
    hazard = -np.log(remaining[defined])
    reach = np.exp(z * np.sqrt(variance[defined]) / (remaining[defined] * hazard))
    low[defined], high[defined] = 1 - np.exp(-hazard / reach), 1 - np.exp(-hazard * reach)
    return low, high


def incidence_quantile(curve: IncidenceCurve, share: float = 0.5) -> QuantileEstimate:
    """The first time by which `share` has had the event, with the interval of Brookmeyer & Crowley (1982).

    Limits are the first times at which the upper and the lower limit of the curve reach `share`. Where the
    curve stands exactly at `share` for a while, the time it came there is taken (as lifelines does; R takes
    the middle). inf: not reached.
    """
    return QuantileEstimate(
        _first_time(curve.time, curve.incidence, share),
        _first_time(curve.time, curve.ci_high, share),
        _first_time(curve.time, curve.ci_low, share),
    )


def brookmeyer_crowley(curve: IncidenceCurve) -> QuantileEstimate:
    """The median time and its Brookmeyer-Crowley interval: `incidence_quantile` at one half."""
    return incidence_quantile(curve, 0.5)


def _first_time(time: Float64, level: Float64, share: float) -> float:
    there = np.flatnonzero(level >= share - TOLERANCE)  # NaN is nowhere
    return float(time[there[0]]) if len(there) else float("inf")


def incidence_at(curve: IncidenceCurve, time: float, confidence: float = 0.95) -> ShareEstimate:
    """The share that has had the event by `time`, with the curve's own interval there.

    Where that is undefined (nobody yet, or everybody) the limits are Wilson's for none or all of those
    who went in, NaN when there were none.
    """
    last = int(np.searchsorted(curve.time, time, side="right")) - 1
    if last < 0 or curve.incidence[last] <= 0:
        return ShareEstimate(0.0 if curve.n else float("nan"), *wilson_ci(0, curve.n, confidence))
    if np.isnan(curve.ci_low[last]):
        return ShareEstimate(1.0, *wilson_ci(curve.n, curve.n, confidence))
    return ShareEstimate(float(curve.incidence[last]), float(curve.ci_low[last]), float(curve.ci_high[last]))
