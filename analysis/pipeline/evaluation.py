"""Baseline against pilot, paired within participants, metric by metric."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from analysis.catalogue import METRICS, Metric
from analysis.pipeline.comparison import Comparison, daily_values, pooled, stored_as, waits
from analysis.pipeline.groups import BY_SUBTRACTION
from analysis.pipeline.pilot_data import PilotData
from analysis.pipeline.pooled_alarms import FEWEST_ALARMS
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
from pilots.plan import Plan

FEWEST_DAYS = 7
"""A participant's phase needs as many days or nights that count, or a single odd week speaks for it."""

BEFORE_AFTER = "before_after"

CHANGE = "change"
"""Before and after without a comparison of the groups shows a change; what caused it, it cannot show."""


@dataclass(frozen=True, slots=True)
class EvaluationItem:
    """One metric of one group: pilot phase after its wash-in against baseline.

    `n_started` participants of the group, `n` of them with a value in both phases; `baseline` and `pilot`
    are means over those n, `estimate` with its limits the Hodges-Lehmann change pilot - baseline. Of figures
    pooled over alarms all three are of the alarms of those n, with limits by resampling them and no p. Under
    six pairs there is no interval and `reason` says `too_few_participants`. With suppression 1-4 pairs
    hide every figure, and `baseline` or `pilot` is left out alone (`by_subtraction`) where 1-4 more
    participants stand in that phase's published mean; of pooled figures everything is then left out.
    `verdict` as in `analysis.pipeline.verdicts`.
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


def evaluate(
    data: PilotData,
    *,
    suppress: bool,
    fewest_days: int = FEWEST_DAYS,
    fewest_alarms: int = FEWEST_ALARMS,
) -> Evaluation:
    """Evaluate every metric of the catalogue for each group of the plan.

    The phases named `baseline` and `pilot` are compared, both after their wash-in. A participant's phase
    value is the mean of the days or nights that count (at least `fewest_days`), the slope through the
    phase's nights (at least 14), the last value that counts, or the median waiting time of at least
    `fewest_alarms` alarms; who lacks one of the phases has no pair and is not in `n`. Shares of alarms and
    alarms per shift are pooled over those who stand in both. The recommendation
    rests on the primary goal in the plan's first group.
    """
    plan = data.plan
    phases = {phase.name: phase for phase in plan.phases}
    phases_compared = [phases[name] for name in ("baseline", "pilot") if name in phases]
    data.all_days()  # in one reading rather than one for each metric
    items = []
    for metric in METRICS.values():
        if metric.summary == "response":
            compare = waits(data.alarms, metric, plan, fewest_alarms)
        elif metric.summary == "pooled":
            compare = pooled(data.pooled, metric, plan, fewest_days)
        else:
            compare = daily_values(data.days(stored_as(metric)), metric, plan, fewest_days)
        for group, codes in data.members.items():
            items.append(_item(metric, group, len(codes), compare(phases_compared, codes), plan))
    return Evaluation(
        data.pilot,
        data.kept.plan_hash,
        data.fingerprint,
        BEFORE_AFTER,
        _recommendation(items, plan),
        [_published(item) for item in items] if suppress else [item.whole for item in items],
    )


@dataclass(frozen=True, slots=True)
class _Item:
    """An item in full, how many more stand in each phase's published figure than are compared, and how many
    were seen at all."""

    whole: EvaluationItem
    baseline_rest: int
    pilot_rest: int
    observed: int


def _item(metric: Metric, group: str, started: int, found: Comparison, plan: Plan) -> _Item:
    # The goals are set for those who get the technology: the comparison group reaches or misses none.
    ours = group == next(iter(plan.groups))
    goal = next((goal for goal in plan.goals if ours and goal.metric == metric.name), None)
    direction = goal.direction if goal else metric.direction
    minimum = goal.minimum_change if goal else None
    item = EvaluationItem(
        metric.name,
        group,
        metric.unit,
        direction,
        CHANGE,
        started,
        found.n,
        found.baseline,
        found.pilot,
        found.estimate,
        found.ci_low,
        found.ci_high,
        found.p,
        found.method,
        minimum,
        verdict(Shown(found.estimate, found.ci_low, found.ci_high, direction, minimum)),
        found.coverage,
        False,
        found.reason,
    )
    return _Item(item, *found.rests, found.observed)


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
    # Where nobody is compared, coverage and reason are of those who were seen.
    behind = item.whole.n or item.observed
    if is_small(behind) or is_small(item.whole.n_started or 0):
        shown.update(dict.fromkeys(_ABOUT_PEOPLE), suppressed=True, reason=TOO_FEW_PARTICIPANTS)
        return EvaluationItem(**shown)
    if METRICS[item.whole.metric].summary == "pooled" and (
        is_small(item.baseline_rest) or is_small(item.pilot_rest)
    ):
        # Their change is the difference of the two: with one of them it would tell the other.
        shown.update(dict.fromkeys(_ABOUT_PEOPLE), suppressed=True, reason=BY_SUBTRACTION)
        return EvaluationItem(**shown)
    for phase, rest in (("baseline", item.baseline_rest), ("pilot", item.pilot_rest)):
        if is_small(rest):
            shown.update({phase: None, "reason": BY_SUBTRACTION})
    return EvaluationItem(**shown)
