"""Whether groups have an event at the same pace."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LogRank:
    """A log-rank test that the groups have the event at the same pace.

    `chi_square` on `degrees_of_freedom`; `groups` (g,) the labels, `observed` and `expected` (g,) their
    events. NaN for `chi_square` and `p` where nothing can be compared. Assumes censoring unrelated to the
    event; strongest where one hazard is a constant multiple of the other.
    """

    chi_square: float
    degrees_of_freedom: int
    p: float
    groups: Int64
    observed: Float64
    expected: Float64
    n: int


def logrank(
    durations: Float64,
    observed: NDArray[np.bool_],
    group: Int64,
    *,
    stratum: Int64 | None = None,
) -> LogRank:
    """The log-rank test (Mantel 1966, Peto & Peto 1972) of two or more groups, within strata if given.

    `durations` (n,) not negative, `observed` (n,) False where censored, `group` and `stratum` (n,) labels.
    Events at the same time count with the hypergeometric variance.
    """
    if np.isnan(durations).any() or (durations < 0).any():
        raise ValueError("durations must be numbers from 0 up: leave out or set to 0 what is not")
    groups, place = np.unique(group, return_inverse=True)
    strata = np.zeros(len(durations), np.int64) if stratum is None else stratum
    seen, expected = np.zeros(len(groups)), np.zeros(len(groups))
    covariance = np.zeros((len(groups), len(groups)))
    for one in np.unique(strata):
        here = strata == one
        at_risk, events = _at_risk_and_events(durations[here], observed[here], place[here], len(groups))
        total, ended = at_risk.sum(axis=1), events.sum(axis=1)
        share = at_risk / total[:, None]
        weight = ended * (total - ended) / np.maximum(total - 1, 1)
        seen += events.sum(axis=0)
        expected += ended @ share
        covariance += np.diag(weight @ share) - (share * weight[:, None]).T @ share
    degrees = int(np.linalg.matrix_rank(covariance)) if len(groups) else 0
    if degrees == 0:
        nan = float("nan")
        return LogRank(nan, 0, nan, groups, seen, expected, len(durations))
    surplus = seen - expected
    chi_square = float(surplus @ np.linalg.pinv(covariance, hermitian=True) @ surplus)
    p = float(scipy.special.chdtrc(degrees, chi_square))
    return LogRank(chi_square, degrees, p, groups, seen, expected, len(durations))


def _at_risk_and_events(
    durations: Float64, observed: NDArray[np.bool_], place: NDArray[np.intp], groups: int
) -> tuple[Float64, Float64]:
    """Per time of an event (m,) and group: how many were at risk and how many had it, both (m, groups)."""
    time = np.unique(durations[observed])
    at_risk, events = np.empty((len(time), groups)), np.empty((len(time), groups))
    for group in range(groups):
        own = place == group
        at_risk[:, group] = own.sum() - np.searchsorted(np.sort(durations[own]), time)
        when = np.searchsorted(time, durations[own & observed])
        events[:, group] = np.bincount(when, minlength=len(time))
    return at_risk, events
