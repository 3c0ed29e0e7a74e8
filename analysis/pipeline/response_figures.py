"""Median and share within target of pooled response times, with the interval that was asked for."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from analysis.alarms import CENSORED
from analysis.incidence_bootstrap import IncidenceIntervals, incidence_intervals
from analysis.pipeline.measured import NO_DATA, NOT_REACHED
from analysis.pipeline.pilot_alarms import Responses
from analysis.survival import cumulative_incidence, incidence_at, incidence_quantile

Interval = Literal["cluster", "greenwood"]
INTERVALS: tuple[Interval, ...] = ("cluster", "greenwood")

TOO_FEW_PARTICIPANTS = "too_few_participants"


@dataclass(frozen=True, slots=True)
class ResponseFigures:
    """What a set of alarms says of one stage.

    `n` alarms of `residents` participants, `censored` of them open when the data end (or closed without
    the stage, where that censors). `median_s` and its limits are None where they are not reached, and
    `reason` then says `not_reached`; with one resident there is no cluster interval and `reason` says
    `too_few_participants`. `known` is the share of alarms whose fate is known, None without alarms.
    """

    n: int
    residents: int
    censored: int
    median_s: float | None
    ci_low: float | None
    ci_high: float | None
    share_within_target: float | None
    share_ci_low: float | None
    share_ci_high: float | None
    known: float | None
    reason: str | None


def response_figures(responses: Responses, target_s: float, interval: Interval) -> ResponseFigures:
    """The cumulative incidence of the stage: its median, and its value at the target.

    `greenwood`: pointwise log-log limits, Brookmeyer-Crowley for the median; alarms count as independent.
    `cluster`: residents are resampled. Raises ValueError for an interval that does not exist.
    """
    if interval not in INTERVALS:
        raise ValueError(f"interval is {interval!r}: take one of {', '.join(INTERVALS)}")
    n = len(responses.seconds)
    if n == 0:
        return ResponseFigures(0, 0, 0, None, None, None, None, None, None, None, NO_DATA)
    curve = cumulative_incidence(responses.seconds, responses.code)
    median, share = incidence_quantile(curve), incidence_at(curve, target_s)
    low, high = median.ci_low, median.ci_high
    share_low, share_high = share.ci_low, share.ci_high
    if interval == "cluster":
        columns = (responses.seconds, responses.code, responses.participant)
        resampled = _resampled(*(column.tobytes() for column in columns), target_s)
        low, high = resampled.median.low, resampled.median.high
        share_low, share_high = resampled.share.low, resampled.share.high
    reason = None
    if np.isinf([median.value, low, high]).any():
        reason = NOT_REACHED
    elif np.isnan(low):
        reason = TOO_FEW_PARTICIPANTS
    return ResponseFigures(
        n,
        responses.residents,
        int(np.count_nonzero(responses.code == CENSORED)),
        _finite(median.value),
        _finite(low),
        _finite(high),
        _finite(share.value),
        _finite(share_low),
        _finite(share_high),
        1 - float(np.mean(responses.code == CENSORED)),
        reason,
    )


@lru_cache(maxsize=1024)
def _resampled(seconds: bytes, code: bytes, participant: bytes, target_s: float) -> IncidenceIntervals:
    """Remembered, since a new alarm changes one week and one hour of a pilot's many."""
    return incidence_intervals(
        np.frombuffer(seconds, np.float64),
        np.frombuffer(code, np.int8),
        np.frombuffer(participant, np.int64),
        target_s,
    )


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
