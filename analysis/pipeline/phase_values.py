"""Everybody's value of a phase at once, from daily values or from alarms."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from analysis.alarms import CENSORED
from analysis.catalogue import METRICS, Metric
from analysis.pipeline.measured import NO_DATA, NOT_REACHED, TOO_FEW_NIGHTS
from analysis.pipeline.metric_days import Days
from analysis.pipeline.participant_values import SLOPES, participant_value
from analysis.pipeline.periods import Period
from analysis.pipeline.pilot_alarms import STAGE_OF, PilotAlarms
from analysis.survival import cumulative_incidence, incidence_quantile

Float64 = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PhaseValues:
    """A phase of p participants, in the order of their codes.

    `value` (p,) is NaN where there is none; `published` that the whole phase's published mean has them, and
    `observed` that anything was seen of them. `seen` of `expected` (p,) is what was observed of what there
    is to observe, days or alarms; nothing expected where nothing says how much was seen. `why` gives the
    reason of one participant without a value.
    """

    value: Float64
    published: Flags
    observed: Flags
    seen: Float64
    expected: Float64
    why: Callable[[int], str | None]


OfPhase = Callable[[Period], PhaseValues]
"""The values of the participants that it was made for, in a period."""


def from_daily_values(table: Days, metric: Metric, fewest: int) -> OfPhase:
    """Means of at least `fewest` days or nights that count, slopes, or the last value that counts."""
    stored = METRICS[SLOPES[metric.name][0]] if metric.name in SLOPES else metric
    floor, counting = stored.coverage_floor, table.counting(stored.coverage_floor)
    unsaid = np.isnan(table.coverage)

    def of(period: Period) -> PhaseValues:
        inside = table.within(period)
        counted = inside & counting
        n = table.per_participant(counted)
        if metric.summary == "mean":
            with np.errstate(invalid="ignore"):
                whole = table.per_participant(counted, table.value) / n
            value, published = np.where(n >= fewest, whole, np.nan), n > 0
        else:
            value = np.array([_alone(code, period) for code in table.codes], np.float64)
            published = np.isfinite(value)
        told = inside & ~(unsaid & np.isfinite(table.value))
        return PhaseValues(
            value,
            published,
            table.per_participant(inside & ((table.coverage > 0) | (table.n > 0))) > 0,
            table.per_participant(told, np.where(unsaid, 0.0, table.coverage)),
            table.per_participant(told),
            lambda place: _why(table.codes[place], period) if len(table) else NO_DATA,
        )

    def _alone(code: str, period: Period) -> float | None:
        return participant_value(metric, table.own(code, period), floor).value

    def _why(code: str, period: Period) -> str | None:
        found = participant_value(metric, table.own(code, period), floor)
        return TOO_FEW_NIGHTS if found.value is not None else found.reason

    return of


def from_alarms(alarms: PilotAlarms, metric: Metric, codes: Sequence[str], fewest: int) -> OfPhase:
    """Median times to a stage, of participants with at least `fewest` alarms."""
    stage = STAGE_OF[metric.name]

    def of(period: Period) -> PhaseValues:
        p = len(codes)
        value, seen, expected = np.full(p, np.nan), np.zeros(p), np.zeros(p)
        reasons: list[str | None] = [None] * p
        for place, code in enumerate(codes):
            own = alarms.responses(stage, start=period.time_us, end=period.end_us, participants=[code])
            expected[place] = n = len(own.seconds)
            seen[place] = np.count_nonzero(own.code != CENSORED)
            if n < fewest:
                reasons[place] = TOO_FEW_NIGHTS if n else NO_DATA
                continue
            median = _median(own.seconds.tobytes(), own.code.tobytes())
            value[place] = median if np.isfinite(median) else np.nan
            reasons[place] = None if np.isfinite(median) else NOT_REACHED
        # Pooled medians are no mean that a person's figure could be taken out of: nothing to subtract.
        return PhaseValues(value, np.zeros(p, np.bool_), expected > 0, seen, expected, reasons.__getitem__)

    return of


@lru_cache(maxsize=4096)
def _median(seconds: bytes, code: bytes) -> float:
    """Remembered, since a new alarm changes that of one participant and phase."""
    curve = cumulative_incidence(np.frombuffer(seconds), np.frombuffer(code, np.int8))
    return incidence_quantile(curve).value


def share_observed(phases: Sequence[PhaseValues], chosen: Flags) -> float | None:
    """The share observed of the chosen participants' phases; None where nothing says it."""
    expected = sum(float(phase.expected[chosen].sum()) for phase in phases)
    return sum(float(phase.seen[chosen].sum()) for phase in phases) / expected if expected else None


def why_no_pairs(phases: Sequence[PhaseValues], chosen: Flags) -> str:
    """The reason that most of the chosen participants' missing values have."""
    reasons = Counter(
        reason
        for phase in phases
        for place in np.flatnonzero(chosen & np.isnan(phase.value)).tolist()
        if (reason := phase.why(place)) not in (None, NO_DATA)
    )
    return str(reasons.most_common(1)[0][0]) if reasons else NO_DATA
