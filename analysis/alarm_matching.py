"""Alarms held against a log of what happened: which belongs to which, and how well alarms detect."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.intervals import REPLICATES, SEED, wilson_ci
from analysis.pooled import PooledRate, Share, pooled_rate, pooled_share, share_with
from analysis.series import SECOND_US, Times

Int64 = NDArray[np.int64]

BEFORE_S = 300.0
"""Staff write down a round time: an alarm may come some minutes before what it is about."""

AFTER_S = 900.0
"""A fall is often found, and timed, before its alarm is pressed."""

F1_LIMITS = "2x / (1 + x) of Wilson's limits x of TP / (TP + FP + FN)"


@dataclass(frozen=True, slots=True)
class EventMatches:
    """Which alarm belongs to which event of the log, one to one.

    `alarm` and `log` (m,) point into what was given, ascending by alarm; `lag_s` (m,) is alarm less log,
    negative where the alarm came first. `alarms` and `events` count what was given.
    """

    alarm: Int64
    log: Int64
    lag_s: NDArray[np.float64]
    alarms: int
    events: int
    before_s: float
    after_s: float

    @property
    def true_positives(self) -> int:
        """Alarms with an event of the log."""
        return len(self.alarm)

    @property
    def false_positives(self) -> int:
        """Alarms without one."""
        return self.alarms - len(self.alarm)

    @property
    def false_negatives(self) -> int:
        """Events of the log without an alarm."""
        return self.events - len(self.log)


@dataclass(frozen=True, slots=True)
class DetectionPerformance:
    """How well alarms detect what a log says happened, pooled over residents.

    `sensitivity` of the log's events had an alarm, `ppv` (positive predictive value) of the alarms an event;
    `f1` is their harmonic mean, its independent limits made by `f1_limits`. `false_alarms_per_device_day`
    stands for the specificity, which is undefined: there is no count of the times when rightly nothing
    was raised. `verified` is the share of alarms that somebody looked into, None where not told: staff write
    down less than happens, and below 1 some of the false alarms may be events nobody wrote down.
    """

    sensitivity: Share
    ppv: Share
    f1: Share
    false_alarms_per_device_day: PooledRate
    verified: Share | None
    f1_limits: str = F1_LIMITS
    assumptions: str = "the log holds every event, and each event has at most one alarm"


def match_events(
    alarms: Times, log: Times, *, before_s: float = BEFORE_S, after_s: float = AFTER_S
) -> EventMatches:
    """Match one resident's alarms (n,) with their logged events (m,), both µs UTC in any order.

    An alarm may belong to an event when log - `before_s` <= alarm <= log + `after_s`. The nearest pair is
    matched first and both are taken; of equally near pairs that of the earlier alarm, then of the earlier
    event. ValueError: limits below 0.
    """
    if before_s < 0 or after_s < 0:
        raise ValueError(f"before_s {before_s} and after_s {after_s} must both be 0 or more")
    alarm_order, log_order = np.argsort(alarms, kind="stable"), np.argsort(log, kind="stable")
    raised, happened = alarms[alarm_order], log[log_order]
    # Each alarm's candidates are neighbours in the sorted log.
    first = np.searchsorted(happened, raised - round(after_s * SECOND_US), side="left")
    past = np.searchsorted(happened, raised + round(before_s * SECOND_US), side="right")
    candidates = past - first
    of_alarm = np.repeat(np.arange(len(raised)), candidates)
    within = np.arange(len(of_alarm)) - np.repeat(np.cumsum(candidates) - candidates, candidates)
    of_log = np.repeat(first, candidates) + within
    nearest_first = np.lexsort((of_log, of_alarm, np.abs(raised[of_alarm] - happened[of_log])))
    partner = np.full(len(raised), -1, np.int64)
    free = np.ones(len(happened), np.bool_)
    for pair in nearest_first.tolist():
        one, other = of_alarm[pair], of_log[pair]
        if partner[one] < 0 and free[other]:
            partner[one], free[other] = other, False
    matched = np.flatnonzero(partner >= 0)
    alarm, event = alarm_order[matched], log_order[partner[matched]]
    in_order = np.argsort(alarm)
    alarm, event = alarm[in_order], event[in_order]
    lag_s = (alarms[alarm] - log[event]) / SECOND_US
    return EventMatches(alarm, event, lag_s, len(alarms), len(log), before_s, after_s)


def detection_performance(
    matches: Sequence[EventMatches],
    device_days: Sequence[float],
    *,
    verified: Sequence[int] | None = None,
    confidence: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> DetectionPerformance:
    """Sensitivity, positive predictive value and F1 of alarms, one `EventMatches` a resident.

    `device_days` (g,) the days each resident's device stood there, `verified` (g,) how many of their alarms
    somebody looked into. Limits resample residents; the independent ones are Wilson's. NaN where nothing
    happened, or no alarm was raised. ValueError: sequences of different length.
    """
    if len(device_days) != len(matches) or len(matches) != len(verified or matches):
        raise ValueError(
            f"{len(matches)} residents' matches do not fit {len(device_days)} residents' device-days"
            + ("" if verified is None else f" and {len(verified)} residents' verified alarms")
        )
    hits, false, missed = (
        np.array([getattr(each, count) for each in matches], np.float64)
        for count in ("true_positives", "false_positives", "false_negatives")
    )

    def share(k: NDArray[np.float64], n: NDArray[np.float64]) -> Share:
        return pooled_share(k, n, confidence=confidence, replicates=replicates, seed=seed)

    overlap = wilson_ci(float(hits.sum()), float((hits + false + missed).sum()), confidence)
    low, high = (2 * limit / (1 + limit) for limit in overlap)
    return DetectionPerformance(
        share(hits, hits + missed),
        share(hits, hits + false),
        share_with((low, high), F1_LIMITS, 2 * hits, 2 * hits + false + missed, confidence, replicates, seed),
        pooled_rate(
            false,
            np.asarray(device_days, np.float64),
            confidence=confidence,
            replicates=replicates,
            seed=seed,
        ),
        None if verified is None else share(np.asarray(verified, np.float64), hits + false),
    )
