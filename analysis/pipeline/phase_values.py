"""Everybody's value of a phase at once, from daily values or from alarms."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.alarms import CENSORED
from analysis.catalogue import METRICS, Metric
from analysis.pipeline.measured import NO_DATA, NOT_REACHED, TOO_FEW_NIGHTS
from analysis.pipeline.participant_values import SLOPES, participant_value, within
from analysis.pipeline.periods import Period
from analysis.pipeline.pilot_alarms import STAGE_OF, PilotAlarms
from analysis.pipeline.pilot_data import Days
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


@dataclass(frozen=True, slots=True)
class DayTable:
    """One metric's daily values of p participants as columns: whose (`place`), of which day, what they say.

    `day` is the date's ordinal, `value` and `coverage` are NaN where absent.
    """

    codes: Sequence[str]
    days: Days
    place: NDArray[np.int64]
    day: NDArray[np.int64]
    value: Float64
    coverage: Float64
    n: NDArray[np.int64]

    @classmethod
    def of(cls, days: Days, codes: Sequence[str]) -> "DayTable":
        """The columns of those `codes`, in that order."""
        columns: list[list[Any]] = [[], [], [], []]
        lengths = []
        for code in codes:
            own = days.get(code, ())
            lengths.append(len(own))
            if own:
                _, day, _, value, _, _, n, coverage, _ = zip(*own, strict=True)
                for column, more in zip(columns, (day, value, coverage, n), strict=True):
                    column.extend(more)
        days_of, values, coverages, counts = columns
        return cls(
            codes,
            days,
            np.repeat(np.arange(len(codes)), lengths),
            np.fromiter(map(date.toordinal, days_of), np.int64, len(days_of)),
            np.array(values, np.float64),
            np.array(coverages, np.float64),
            np.array(counts, np.int64),
        )

    def within(self, period: Period) -> Flags:
        """Which rows lie in the period."""
        return self.between(period.first, period.end)

    def between(self, first: date, end: date) -> Flags:
        """Which rows are of local days in [first, end)."""
        return np.asarray((self.day >= first.toordinal()) & (self.day < end.toordinal()))

    def counting(self, floor: float) -> Flags:
        """Which rows may be used: there is a value, and enough of the window was observed."""
        return np.asarray(np.isfinite(self.value) & ~(self.coverage < floor))

    def per_participant(self, rows: Flags, of: Float64 | None = None) -> Float64:
        """How many of the rows each participant has, or their sum of `of` (n,)."""
        weights = None if of is None else of[rows]
        return np.bincount(self.place[rows], weights, len(self.codes)).astype(np.float64)


def from_daily_values(table: DayTable, metric: Metric, fewest: int) -> OfPhase:
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
            lambda place: _why(table.codes[place], period) if len(table.place) else NO_DATA,
        )

    def _alone(code: str, period: Period) -> float | None:
        return participant_value(metric, within(table.days.get(code, ()), period), floor).value

    def _why(code: str, period: Period) -> str | None:
        found = participant_value(metric, within(table.days.get(code, ()), period), floor)
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
            median = incidence_quantile(cumulative_incidence(own.seconds, own.code)).value
            value[place] = median if np.isfinite(median) else np.nan
            reasons[place] = None if np.isfinite(median) else NOT_REACHED
        # Pooled medians are no mean that a person's figure could be taken out of: nothing to subtract.
        return PhaseValues(value, np.zeros(p, np.bool_), expected > 0, seen, expected, reasons.__getitem__)

    return of


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
