"""One metric of one group, phase against phase: paired within participants, or pooled over them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.alarms import CENSORED
from analysis.catalogue import METRICS, Metric
from analysis.effects import FEWEST_FOR_INTERVAL, hodges_lehmann
from analysis.pipeline.measured import NO_DATA, NOT_REACHED, TOO_FEW_NIGHTS
from analysis.pipeline.participant_values import SLOPES, mean_coverage, participant_value, within
from analysis.pipeline.periods import phase_period
from analysis.pipeline.pilot_alarms import STAGE_OF, PilotAlarms
from analysis.pipeline.pooled_alarms import PooledAlarms
from analysis.pipeline.response_figures import TOO_FEW_PARTICIPANTS
from analysis.pooled_change import pooled_change
from analysis.survival import cumulative_incidence, incidence_quantile
from pilots.plan import Phase, Plan
from pilots.records import DailyValue

PERCENT = 100.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """`n` participants with both phases, their figure in each, and the change with what is known of it.

    `rests` says, for baseline and pilot phase, how many more stand in the phase's published figure, and
    `observed` how many were seen at all. Figures are None where there are none, and `reason` says why, or why
    there is no interval.
    """

    n: int
    baseline: float | None
    pilot: float | None
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    p: float | None
    method: str | None
    coverage: float | None
    reason: str | None
    rests: tuple[int, int]
    observed: int


Compare = Callable[[Sequence[Phase], Sequence[str]], Comparison]
"""Compares baseline and pilot phase, both after their wash-in, of the participants with these codes."""


@dataclass(frozen=True, slots=True)
class _PhaseValue:
    """One participant's value of a phase; `published` says that the whole phase's published mean has them,
    `observed` that anything was seen of them."""

    value: float | None
    reason: str | None
    published: bool
    observed: bool


def paired(
    of: Callable[[Phase, str], _PhaseValue],
    coverage: Callable[[Sequence[Phase], Sequence[str]], float | None],
) -> Compare:
    """Participants' own values of each phase: means over those with both, and the Hodges-Lehmann change."""

    def compare(phases: Sequence[Phase], codes: Sequence[str]) -> Comparison:
        by_phase = [[of(phase, code) for code in codes] for phase in phases]
        pairs = [
            (before.value, after.value)
            for before, after in (zip(*by_phase, strict=True) if len(by_phase) == 2 else ())
            if before.value is not None and after.value is not None
        ]
        n, seen = len(pairs), coverage(phases, codes)
        observed = sum(any(value.observed for value in own) for own in zip(*by_phase, strict=True))
        rests = _rests(phases, [sum(value.published for value in values) for values in by_phase], n)
        if n == 0:
            why = _why_no_pairs([value for values in by_phase for value in values])
            return _nothing(why, seen, rests, observed)
        before, after = np.array(pairs, dtype=np.float64).T
        change = hodges_lehmann(after - before)
        enough = n >= FEWEST_FOR_INTERVAL
        return Comparison(
            n,
            float(before.mean()),
            float(after.mean()),
            change.estimate,
            change.ci_low if enough else None,
            change.ci_high if enough else None,
            change.p,
            change.method,
            seen,
            None if enough else TOO_FEW_PARTICIPANTS,
            rests,
            observed,
        )

    return compare


def stored_as(metric: Metric) -> str:
    """The metric whose daily values it is made from: itself, or what it is the slope of."""
    return SLOPES[metric.name][0] if metric.name in SLOPES else metric.name


def daily_values(
    days: Mapping[str, Sequence[DailyValue]], metric: Metric, plan: Plan, fewest: int
) -> Compare:
    """Paired values made of the daily values that it is stored as: `days`, by participant, ascending."""
    floor = METRICS[stored_as(metric)].coverage_floor
    needed = fewest if metric.summary == "mean" else 1

    def of(phase: Phase, code: str) -> _PhaseValue:
        own = within(days.get(code, ()), phase_period(plan, phase, after_wash_in=True))
        found = participant_value(metric, own, floor)
        # In the phase's published mean no more than one value is asked for.
        published = found.value is not None
        observed = any(day.coverage or day.n for day in own)
        if published and found.n < needed:
            return _PhaseValue(None, TOO_FEW_NIGHTS, published, observed)
        return _PhaseValue(found.value, found.reason, published, observed)

    def coverage(phases: Sequence[Phase], codes: Sequence[str]) -> float | None:
        spans = [phase_period(plan, phase, after_wash_in=True) for phase in phases]
        return mean_coverage(
            [day for code in codes for span in spans for day in within(days.get(code, ()), span)]
        )

    return paired(of, coverage)


def waits(alarms: PilotAlarms, metric: Metric, plan: Plan, fewest: int) -> Compare:
    """Paired median times to a stage, of participants with at least `fewest` alarms in each phase."""
    stage = STAGE_OF[metric.name]

    def of(phase: Phase, code: str) -> _PhaseValue:
        period = phase_period(plan, phase, after_wash_in=True)
        own = alarms.responses(stage, start=period.time_us, end=period.end_us, participants=[code])
        n = len(own.seconds)
        if n < fewest:
            return _PhaseValue(None, TOO_FEW_NIGHTS if n else NO_DATA, False, n > 0)
        median = incidence_quantile(cumulative_incidence(own.seconds, own.code)).value
        # Pooled medians are no mean that a person's figure could be taken out of: nothing to subtract.
        if not np.isfinite(median):
            return _PhaseValue(None, NOT_REACHED, False, True)
        return _PhaseValue(median, None, False, True)

    def coverage(phases: Sequence[Phase], codes: Sequence[str]) -> float | None:
        spans = [phase_period(plan, phase, after_wash_in=True) for phase in phases]
        fates = [
            alarms.responses(stage, start=span.time_us, end=span.end_us, participants=codes).code
            for span in spans
        ]
        known = np.concatenate([*fates, np.zeros(0, np.int8)]) != CENSORED
        return float(known.mean()) if len(known) else None

    return paired(of, coverage)


def pooled(alarms: PooledAlarms, metric: Metric, plan: Plan, fewest_days: int) -> Compare:
    """The figure pooled over the alarms of those who stand in both phases, and its change.

    Residents are resampled with both of their phases; no p, since nothing is tested. A rate asks for
    `fewest_days` of each participant and phase.
    """
    floor = metric.coverage_floor

    def compare(phases: Sequence[Phase], codes: Sequence[str]) -> Comparison:
        periods = [phase_period(plan, phase, after_wash_in=True) for phase in phases]
        published = [alarms.parts(metric.name, period, codes, floor) for period in periods]
        coverages = [parts.coverage for parts in published if parts.coverage is not None]
        coverage = float(np.mean(coverages)) if coverages else None
        observed = max((parts.observed for parts in published), default=0)
        present = [
            alarms.parts(metric.name, period, codes, floor, fewest_days=fewest_days) for period in periods
        ]
        both = [code for code in codes if all(code in parts.participants for parts in present)]
        compared = [
            alarms.parts(metric.name, period, both, floor, fewest_days=fewest_days) for period in periods
        ]
        reasons = [parts.reason for parts in (*present, *compared) if parts.reason is not None]
        n = 0 if reasons or len(compared) < 2 else len(both)
        rests = _rests(phases, [len(parts.participants) for parts in published], n)
        if n == 0:
            why = next((reason for reason in reasons if reason != NO_DATA), NO_DATA)
            return _nothing(why, coverage, rests, observed)
        before, after = compared
        change = pooled_change(
            (before.numerator, before.denominator),
            (after.numerator, after.denominator),
            kind=before.kind,
        )
        unit = PERCENT if before.kind == "share" else 1.0
        enough = n >= FEWEST_FOR_INTERVAL
        return Comparison(
            n,
            change.before * unit,
            change.after * unit,
            change.estimate * unit,
            change.ci_low * unit if enough else None,
            change.ci_high * unit if enough else None,
            None,
            change.method,
            coverage,
            None if enough else TOO_FEW_PARTICIPANTS,
            rests,
            observed,
        )

    return compare


def _nothing(reason: str, coverage: float | None, rests: tuple[int, int], observed: int) -> Comparison:
    return Comparison(0, None, None, None, None, None, None, None, coverage, reason, rests, observed)


def _rests(phases: Sequence[Phase], published: Sequence[int], n: int) -> tuple[int, int]:
    if len(phases) < 2:
        return 0, 0
    # Days of a wash-in are in the phase's published figure: there it is another figure altogether.
    baseline, pilot = (
        0 if phase.wash_in_days else count - n for phase, count in zip(phases, published, strict=True)
    )
    return baseline, pilot


def _why_no_pairs(values: Sequence[_PhaseValue]) -> str:
    reasons = Counter(value.reason for value in values if value.reason not in (None, NO_DATA))
    return str(reasons.most_common(1)[0][0]) if reasons else NO_DATA
