"""Baseline against pilot, paired within participants, metric by metric."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from analysis.alarms import CENSORED
from analysis.catalogue import METRICS, Metric
from analysis.effects import FEWEST_FOR_INTERVAL, hodges_lehmann
from analysis.pipeline.fingerprint import fingerprint_of
from analysis.pipeline.groups import BY_SUBTRACTION
from analysis.pipeline.measured import NO_DATA, NOT_REACHED, TOO_FEW_NIGHTS
from analysis.pipeline.participant_values import SLOPES, mean_coverage, participant_value
from analysis.pipeline.periods import Period, phase_period
from analysis.pipeline.pilot_alarms import STAGE_OF, PilotAlarms, pilot_alarms
from analysis.pipeline.response_figures import TOO_FEW_PARTICIPANTS
from analysis.pipeline.verdicts import (
    PrimaryGoal,
    Recommendation,
    Shown,
    Verdict,
    recommendation,
    verdict,
)
from analysis.privacy import is_small
from analysis.survival import cumulative_incidence, incidence_quantile
from pilots.plan import Phase, Plan
from pilots.records import DailyValue
from pilots.registry import Registry
from store import TimeSeriesStore

FEWEST_DAYS = 7
"""A participant's phase needs as many days or nights that count, or a single odd week speaks for it."""

FEWEST_ALARMS = 5
"""A participant's median waiting time in a phase needs as many alarms."""

BEFORE_AFTER = "before_after"

CHANGE = "change"
"""Before and after without a comparison of the groups shows a change; what caused it, it cannot show."""


@dataclass(frozen=True, slots=True)
class EvaluationItem:
    """One metric of one group: pilot phase after its wash-in against baseline.

    `n_started` participants of the group, `n` of them with a value in both phases; `baseline` and `pilot`
    are means over those n, `estimate` with its limits the Hodges-Lehmann change pilot - baseline. Under
    six pairs there is no interval and `reason` says `too_few_participants`. With suppression 1-4 pairs
    hide every figure, and `baseline` or `pilot` is left out alone (`by_subtraction`) where 1-4 more
    participants stand in that phase's published mean. `verdict` as in `analysis.pipeline.verdicts`.
    """

    metric: str
    group: str
    unit: str
    direction: str
    wording: str
    n_started: int | None
    n: int | None
    baseline: float | None
    pilot: float | None
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    p: float | None
    method: str | None
    minimum_change: float | None
    verdict: Verdict | None
    coverage: float | None
    suppressed: bool
    reason: str | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A pilot's evaluation: which plan and data it rests on, the items, and what they recommend."""

    pilot: str
    plan_hash: str
    data_fingerprint: str
    design: str
    recommendation: Recommendation
    items: list[EvaluationItem]


@dataclass(frozen=True, slots=True)
class _PhaseValue:
    """One participant's value of a phase; `any_day` says that the whole phase's published mean has them."""

    value: float | None
    reason: str | None
    any_day: bool


@dataclass(frozen=True, slots=True)
class _PhaseSource:
    of: Callable[[Phase, str], _PhaseValue]
    coverage: Callable[[Sequence[Phase], Sequence[str]], float | None]


def evaluate(
    registry: Registry,
    store: TimeSeriesStore,
    pilot: str,
    *,
    suppress: bool,
    fewest_days: int = FEWEST_DAYS,
    fewest_alarms: int = FEWEST_ALARMS,
) -> Evaluation:
    """Evaluate every metric of the catalogue for each group of the plan.

    The phases named `baseline` and `pilot` are compared, both after their wash-in. A participant's phase
    value is the mean of the days or nights that count (at least `fewest_days`), the slope through the
    phase's nights (at least 14), the last value that counts, or the median waiting time of at least
    `fewest_alarms` alarms; who lacks one of the phases has no pair and is not in `n`. The recommendation
    rests on the primary goal in the plan's first group.
    """
    kept = registry.pilot(pilot)
    plan = kept.plan
    people = registry.participants(pilot)
    values = registry.daily_values(pilot)
    alarms = pilot_alarms(registry, store, pilot)
    phases = {phase.name: phase for phase in plan.phases}
    compared = [phases[name] for name in ("baseline", "pilot") if name in phases]
    days: dict[tuple[str, str], list[DailyValue]] = {}
    for value in values:
        days.setdefault((value.metric, value.participant), []).append(value)

    items = []
    for metric in METRICS.values():
        source = (
            _alarm_source(alarms, metric, plan, fewest_alarms)
            if metric.summary == "response"
            else _daily_source(days, metric, plan, fewest_days)
        )
        for group in plan.groups:
            codes = [person.code for person in people if person.group == group]
            items.append(_item(metric, group, codes, source, compared, plan))
    return Evaluation(
        pilot,
        kept.plan_hash,
        fingerprint_of(plan, people, values, alarms),
        BEFORE_AFTER,
        _recommendation(items, plan),
        [_published(item) for item in items] if suppress else [item.whole for item in items],
    )


@dataclass(frozen=True, slots=True)
class _Item:
    """An item in full, and how many more stand in each phase's published mean than in the pairs."""

    whole: EvaluationItem
    baseline_rest: int
    pilot_rest: int


def _item(
    metric: Metric,
    group: str,
    codes: Sequence[str],
    source: _PhaseSource,
    compared: Sequence[Phase],
    plan: Plan,
) -> _Item:
    # The goals are set for those who get the technology: the comparison group reaches or misses none.
    ours = group == next(iter(plan.groups))
    goal = next((goal for goal in plan.goals if ours and goal.metric == metric.name), None)
    direction = goal.direction if goal else metric.direction
    minimum = goal.minimum_change if goal else None
    by_phase = [[source.of(phase, code) for code in codes] for phase in compared]
    pairs = [
        (before.value, after.value)
        for before, after in (zip(*by_phase, strict=True) if len(by_phase) == 2 else ())
        if before.value is not None and after.value is not None
    ]
    n = len(pairs)
    baseline = pilot = estimate = low = high = p = None
    method: str | None = None
    reason: str | None = None
    if n:
        before, after = np.array(pairs, dtype=np.float64).T
        baseline, pilot = float(before.mean()), float(after.mean())
        change = hodges_lehmann(after - before)
        estimate, p, method = change.estimate, change.p, change.method
        if n >= FEWEST_FOR_INTERVAL:
            low, high = change.ci_low, change.ci_high
        else:
            reason = TOO_FEW_PARTICIPANTS
    else:
        reason = _why_no_pairs([value for values in by_phase for value in values])
    item = EvaluationItem(
        metric.name,
        group,
        metric.unit,
        direction,
        CHANGE,
        len(codes),
        n,
        baseline,
        pilot,
        estimate,
        low,
        high,
        p,
        method,
        minimum,
        verdict(Shown(estimate, low, high, direction, minimum)),
        source.coverage(compared, codes),
        False,
        reason,
    )
    rests = [
        # Days of a wash-in are in the phase's published mean: there it is another figure altogether.
        0 if phase.wash_in_days else sum(value.any_day for value in values) - n
        for phase, values in zip(compared, by_phase, strict=True)
    ]
    return _Item(item, *(rests if len(rests) == 2 else (0, 0)))


def _why_no_pairs(values: Sequence[_PhaseValue]) -> str:
    reasons = Counter(value.reason for value in values if value.reason not in (None, NO_DATA))
    return str(reasons.most_common(1)[0][0]) if reasons else NO_DATA


def _daily_source(
    days: dict[tuple[str, str], list[DailyValue]], metric: Metric, plan: Plan, fewest: int
) -> _PhaseSource:
    stored_as = SLOPES[metric.name][0] if metric.name in SLOPES else metric.name
    floor = METRICS[stored_as].coverage_floor
    needed = fewest if metric.summary == "mean" else 1

    def within(period: Period, code: str) -> list[DailyValue]:
        return [day for day in days.get((stored_as, code), ()) if period.first <= day.day < period.end]

    def of(phase: Phase, code: str) -> _PhaseValue:
        own = within(phase_period(plan, phase, after_wash_in=True), code)
        found = participant_value(metric, own, floor, fewest=needed)
        # Who stands in the phase's published mean: there no more than one value is asked for.
        published = participant_value(metric, own, floor).value is not None
        return _PhaseValue(found.value, found.reason, published)

    def coverage(compared: Sequence[Phase], codes: Sequence[str]) -> float | None:
        spans = [phase_period(plan, phase, after_wash_in=True) for phase in compared]
        return mean_coverage([day for code in codes for span in spans for day in within(span, code)])

    return _PhaseSource(of, coverage)


def _alarm_source(alarms: PilotAlarms, metric: Metric, plan: Plan, fewest: int) -> _PhaseSource:
    stage = STAGE_OF[metric.name]

    def of(phase: Phase, code: str) -> _PhaseValue:
        period = phase_period(plan, phase, after_wash_in=True)
        own = alarms.responses(stage, start=period.time_us, end=period.end_us, participants=[code])
        n = len(own.seconds)
        if n < fewest:
            return _PhaseValue(None, TOO_FEW_NIGHTS if n else NO_DATA, False)
        median = incidence_quantile(cumulative_incidence(own.seconds, own.code)).value
        # Pooled medians are no mean that a person's figure could be taken out of: nothing to subtract.
        if not np.isfinite(median):
            return _PhaseValue(None, NOT_REACHED, False)
        return _PhaseValue(median, None, False)

    def coverage(compared: Sequence[Phase], codes: Sequence[str]) -> float | None:
        spans = [phase_period(plan, phase, after_wash_in=True) for phase in compared]
        fates = [
            alarms.responses(stage, start=span.time_us, end=span.end_us, participants=codes).code
            for span in spans
        ]
        known = np.concatenate([*fates, np.zeros(0, np.int8)]) != CENSORED
        return float(known.mean()) if len(known) else None

    return _PhaseSource(of, coverage)


def _recommendation(items: Sequence[_Item], plan: Plan) -> Recommendation:
    group = next(iter(plan.groups))
    ours = {item.whole.metric: item.whole for item in items if item.whole.group == group}
    primary = next((goal for goal in plan.goals if goal.primary), None)
    if primary is None:
        return recommendation(None, [])
    found = ours[primary.metric]
    others = [ours[goal.metric].verdict for goal in plan.goals if goal is not primary]
    return recommendation(
        PrimaryGoal(
            found.verdict or "not_shown",
            found.n_started or 0,
            found.n or 0,
            found.coverage,
            METRICS[primary.metric].coverage_floor,
        ),
        [other for other in others if other is not None],
    )


_ABOUT_PEOPLE = (
    *("n_started", "n", "baseline", "pilot", "estimate", "ci_low", "ci_high"),
    *("p", "method", "verdict", "coverage"),
)


def _published(item: _Item) -> EvaluationItem:
    shown = {field.name: getattr(item.whole, field.name) for field in fields(item.whole)}
    if is_small(item.whole.n or 0) or is_small(item.whole.n_started or 0):
        shown.update(dict.fromkeys(_ABOUT_PEOPLE), suppressed=True, reason=TOO_FEW_PARTICIPANTS)
        return EvaluationItem(**shown)
    for phase, rest in (("baseline", item.baseline_rest), ("pilot", item.pilot_rest)):
        if is_small(rest):
            shown.update({phase: None, "reason": BY_SUBTRACTION})
    return EvaluationItem(**shown)
