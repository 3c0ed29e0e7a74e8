"""Time to an event when some are never seen to have it: curves, their quantiles and means."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from analysis.alarms import CENSORED, COMPETING, REACHED
from analysis.intervals import wilson_ci
from analysis.logrank import LogRank, logrank

__all__ = [
    "IncidenceCurve",
    "LogRank",
    "QuantileEstimate",
    "RestrictedMean",
    "ShareEstimate",
    "brookmeyer_crowley",
    "cumulative_incidence",
    "incidence_at",
    "incidence_quantile",
    "kaplan_meier",
    "logrank",
    "rmst",
]

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
Counts = NDArray[np.int64] | NDArray[np.float64]

RESTRICTED_AT_S = 900.0
"""A quarter of an hour: an alarm unanswered for longer has failed, however much longer it takes."""

AT_A_TIME = 16_384
"""Times whose intermediate results stay in the processor's cache."""

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


@dataclass(frozen=True, slots=True)
class RestrictedMean:
    """The mean time until the event or `tau`, whichever comes first, in the unit of the durations.

    `standard_error` and the normal limits are those of the estimate, not the spread of min(T, tau). All
    NaN where the curve is not known as far as `tau`.
    """

    value: float
    ci_low: float
    ci_high: float
    standard_error: float
    tau: float
    n: int
    confidence: float


def kaplan_meier(durations: Float64, observed: NDArray[np.bool_], confidence: float = 0.95) -> IncidenceCurve:
    """Kaplan-Meier with Greenwood's variance and the log-log interval (Kalbfleisch & Prentice 1980).

    `durations` (n,) not negative, `observed` (n,) False where censored. An event and a censoring at the
    same time: the event comes first. `survival` is 1 - `incidence`; its limits are 1 - `ci_high` and
    1 - `ci_low`.
    """
    return cumulative_incidence(
        durations, np.where(observed, np.int8(REACHED), np.int8(CENSORED)), confidence
    )


def cumulative_incidence(
    durations: Float64, code: NDArray[np.int8], confidence: float = 0.95
) -> IncidenceCurve:
    """Aalen-Johansen's cumulative incidence of `REACHED` with `COMPETING` events and censoring.

    `durations` (n,) not negative, `code` (n,) as in `analysis.alarms`. Variance by the delta method
    (Marubini & Valsecchi 1995, 10.12), which is Greenwood's when nothing competes; the interval is
    log-log on 1 - incidence, so that it then is Kaplan-Meier's as well.
    """
    time, ended, at_risk = _life_table(durations, code != CENSORED)
    event_free = _product(ended, at_risk)
    if not np.count_nonzero(code == COMPETING):
        reached = ended
        incidence = 1 - event_free
        variance = event_free * event_free
        variance *= np.cumsum(_spread(ended, at_risk))  # Greenwood's
    else:
        place = np.searchsorted(time, np.sort(durations[code == REACHED]))
        reached = np.bincount(place, minlength=len(time))
        before = np.r_[1.0, event_free[:-1]]
        incidence = np.cumsum(before * reached / at_risk)
        variance = _variance(incidence, before, reached, ended, at_risk)
    low, high = _log_log(incidence, variance, confidence)
    return IncidenceCurve(
        time,
        at_risk,
        reached,
        incidence,
        variance,
        low,
        high,
        len(durations),
        int(np.count_nonzero(code == CENSORED)),
    )


def _life_table(durations: Float64, ends: NDArray[np.bool_]) -> tuple[Float64, Int64, Int64]:
    """Distinct times of an end (m,) ascending, how many ended there, and how many were at risk.

    Who is censored at the time of an end was still at risk there.
    """
    if not (durations >= 0).all():
        raise ValueError("durations must be numbers from 0 up: leave out or set to 0 what is not")
    # Where times are not whole the first of them mostly tells.
    if len(durations) and durations.max() < len(durations) and durations[0] % 1 == 0:
        whole = durations.astype(np.int64)
        if (whole == durations).all():
            return _counted(whole, ends)
    return _sorted(durations, ends)


def _counted(durations: Int64, ends: NDArray[np.bool_]) -> tuple[Float64, Int64, Int64]:
    """The life table of few whole times, which counting tells faster than sorting."""
    durations = durations * 2
    durations += ends
    left = np.bincount(durations, minlength=2 * (int(durations.max()) // 2 + 1)).reshape(-1, 2)
    before = np.cumsum(left.sum(axis=1)) - left.sum(axis=1)
    time = np.flatnonzero(left[:, 1])
    return time.astype(np.float64), left[time, 1], len(durations) - before[time]


def _sorted(durations: Float64, ends: NDArray[np.bool_]) -> tuple[Float64, Int64, Int64]:
    """The life table by one sort of values: sorting their order instead takes three times as long."""
    # The bits of numbers from 0 up sort as they do; one more bit puts who is censored behind who ends then.
    bits = np.left_shift(np.asarray(durations, np.float64).view(np.uint64), np.uint64(1))
    bits |= ~ends
    bits.sort()
    place = np.flatnonzero((bits.astype(np.uint8) & 1) == 0)
    bits >>= 1
    when: Float64 = bits.view(np.float64)[place]
    at_risk = np.subtract(len(durations), place, out=place)
    new = when[1:] != when[:-1]
    if new.all():
        return when, np.ones(len(when), np.int64), at_risk
    first = np.flatnonzero(np.concatenate(([True], new)))
    return when[first], np.diff(first, append=len(when)), at_risk[first]


def _product(ended: Counts, at_risk: Counts) -> Float64:
    """The share (m,) left after each time. In place: arrays made anew cost more than the arithmetic."""
    left = np.asarray(ended / at_risk)
    np.subtract(1, left, out=left)
    return np.cumprod(left, out=left)


def _spread(ended: Counts, at_risk: Counts) -> Float64:
    staying = at_risk - ended
    none_stay = len(staying) > 0 and staying[-1] == 0
    staying *= at_risk
    staying[len(staying) - none_stay :] = 1
    spread = np.asarray(ended / staying)
    if none_stay:
        spread[-1] = 0.0  # all leave at once: nobody is left whose share could still change
    return spread


def _variance(incidence: Float64, before: Float64, reached: Int64, ended: Int64, at_risk: Int64) -> Float64:
    spread = _spread(ended, at_risk)
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
    low, high = np.empty_like(incidence), np.empty_like(incidence)
    for first in range(0, len(incidence), AT_A_TIME):
        part = slice(first, first + AT_A_TIME)
        remaining = 1 - incidence[part]
        with np.errstate(divide="ignore", invalid="ignore"):
            fall = np.log(remaining)
            reach = np.exp(z * np.sqrt(variance[part]) / (remaining * -fall))
            low[part], high[part] = 1 - np.exp(fall / reach), 1 - np.exp(fall * reach)
        undefined = (remaining <= TOLERANCE) | (incidence[part] <= 0)
        if undefined.any():
            low[part][undefined] = high[part][undefined] = np.nan
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
    there = (level >= share - TOLERANCE).nonzero()[0]  # NaN is nowhere
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


def rmst(
    durations: Float64,
    observed: NDArray[np.bool_],
    *,
    tau: float = RESTRICTED_AT_S,
    confidence: float = 0.95,
) -> RestrictedMean:
    """The restricted mean survival time: the area under Kaplan-Meier's curve from 0 to `tau`.

    `durations` (n,) not negative, `observed` (n,) False where censored. The squared standard error is
    sum over t_i < tau of (area from t_i to tau)^2 d_i / (n_i (n_i - d_i)) (Klein & Moeschberger 2003, 4.5),
    a term with n_i = d_i being 0. Where somebody is censored last and `tau` lies beyond, all is NaN.
    """
    if not tau > 0:
        raise ValueError(f"tau is {tau}: give the time, above 0, at which the mean is restricted")
    time, ended, at_risk = _life_table(durations, observed)
    n, nan = len(durations), float("nan")
    known_to_the_end = len(time) > 0 and ended[-1] == at_risk[-1]
    if n == 0 or (tau > durations.max() and not known_to_the_end):
        return RestrictedMean(nan, nan, nan, nan, tau, n, confidence)
    before = int(np.searchsorted(time, tau))
    time = time[:before]
    # Turned into floats once: dividing integers turns them each time.
    leaving, present = ended[:before].astype(np.float64), at_risk[:before].astype(np.float64)
    pieces = np.concatenate((time, [tau]))
    pieces[1:] -= time
    pieces[1:] *= _product(leaving, present)
    value = float(pieces.sum())
    terms = np.cumsum(pieces[:0:-1], out=pieces[:0:-1])[::-1]
    terms *= terms
    terms *= _spread(leaving, present)
    error = float(np.sqrt(terms.sum()))
    reach = float(scipy.special.ndtri(0.5 + confidence / 2)) * error
    return RestrictedMean(value, value - reach, value + reach, error, tau, n, confidence)
