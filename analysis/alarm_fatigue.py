"""Whether staff who have just had many alarms for nothing answer the next one later."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.alarms import REACHED
from analysis.series import SECOND_US, Times
from analysis.survival import LogRank, QuantileEstimate, cumulative_incidence, incidence_quantile, logrank

PRECEDING_S = 7200.0

GROUPS_FROM = (0, 30, 80)
"""Up to 29, 30 to 79, and 80 or more alarms for nothing in two hours (Bonafide 2015)."""


@dataclass(frozen=True, slots=True)
class ResponseByLoad:
    """Times to answer, by how many alarms for nothing came before; every list has a place a group.

    Group g holds alarms preceded by `at_least`[g] or more, and fewer than `at_least`[g + 1], within
    `within_s`. `n` alarms, `median` seconds with limits, inf where not reached, NaN without alarms. `test`
    compares the groups that have any; an alarm that ended unanswered is censored there (cause-specific).
    """

    at_least: tuple[int, ...]
    n: tuple[int, ...]
    median: tuple[QuantileEstimate, ...]
    test: LogRank
    within_s: float
    method: str = "cumulative incidence, Brookmeyer-Crowley; stratified log-rank"
    assumptions: str = "alarms as independent within a stratum"


def non_actionable_before(
    raised: Times, non_actionable: NDArray[np.bool_], *, within_s: float = PRECEDING_S
) -> NDArray[np.int64]:
    """How many non-actionable alarms the same staff had within the `within_s` before each of theirs.

    `raised` (n,) µs UTC in any order, `non_actionable` (n,) False also where the outcome is not known.
    Alarms of the same instant do not precede each other; one exactly `within_s` before still counts.
    """
    for_nothing = np.sort(raised[non_actionable])
    up_to = np.searchsorted(for_nothing, raised, side="left")
    from_ = np.searchsorted(for_nothing, raised - round(within_s * SECOND_US), side="left")
    return (up_to - from_).astype(np.int64)


def response_by_load(
    seconds: NDArray[np.float64],
    code: NDArray[np.int8],
    preceding: NDArray[np.int64],
    *,
    stratum: NDArray[np.int64] | None = None,
    at_least: tuple[int, ...] = GROUPS_FROM,
    within_s: float = PRECEDING_S,
    confidence: float = 0.95,
) -> ResponseByLoad:
    """Time to answer by the number of `preceding` (n,) alarms from `non_actionable_before`.

    `seconds` and `code` (n,) as in `analysis.alarms.ResponseIntervals`; `stratum` (n,) any labels within
    which the groups are compared, such as the resident. ValueError: `at_least` that does not rise from 0.
    """
    if at_least[:1] != (0,) or list(at_least) != sorted(set(at_least)):
        raise ValueError(f"at_least is {at_least}: give the least of each group, rising from 0")
    group = np.searchsorted(np.array(at_least), preceding, side="right").astype(np.int64) - 1
    nobody = QuantileEstimate(float("nan"), float("nan"), float("nan"))
    members = [group == place for place in range(len(at_least))]
    return ResponseByLoad(
        at_least,
        tuple(int(own.sum()) for own in members),
        tuple(
            incidence_quantile(cumulative_incidence(seconds[own], code[own], confidence))
            if own.any()
            else nobody
            for own in members
        ),
        logrank(seconds, code == REACHED, group, stratum=stratum),
        within_s,
    )
