"""What a pilot has shown, metric by metric, and what that leads to by the rule that was set beforehand."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.catalogue import METRICS, Metric
from analysis.decision import Decision, Evidence, Gain, Recommendation, decide
from analysis.multiplicity import holm
from analysis.pipeline.dropout_flow import DropoutFlow, dropout_flows
from analysis.pipeline.economy import ALARMS, CHANGES, Economy, devices_with_alarms, economy
from analysis.pipeline.evaluation_design import FEWEST_PAIRS
from analysis.pipeline.evaluation_items import CHANGE, EFFECT, EvaluationItem, WholeItem
from analysis.pipeline.pilot_data import PilotData
from analysis.pipeline.pooled_alarms import FEWEST_ALARMS
from analysis.pipeline.published_decision import N_NEEDED, published_decision, rounded_figures
from analysis.pipeline.run_charts import RunChart, run_charts
from analysis.pipeline.safety import SafetyRow, safety_row, shown_of
from analysis.pipeline.sensitivity import SensitivityRow, sensitivity_rows
from analysis.pipeline.study import BY_WEEK, Study
from analysis.pipeline.sustained import SustainedRow, sustained_rows
from analysis.pipeline.unit_rows import UnitRow, published_units, unit_rows
from analysis.pipeline.use import UseRow, use_row
from analysis.pipeline.verdicts import Shown, verdict
from analysis.power import n_paired
from pilots.plan import Design, Phase, Plan
from pilots.rounds import phase_before, phase_of_round


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A pilot's evaluation: which plan and data it rests on, what was found, and what it leads to.

    `design_reason` is a code of `analysis.pipeline.evaluation_design`; `compared` names the two phases, and
    `departures` counts the changes of the plan since it was locked. `safety`, `units`, `sensitivity` and
    `sustained` are of the first group, `run_charts` of each goal's metric and every group.
    """

    pilot: str
    plan_hash: str
    data_fingerprint: str
    design: Design
    design_reason: str
    recommendation: Recommendation
    items: list[EvaluationItem]
    decision: Decision
    safety: tuple[SafetyRow, ...]
    use: UseRow | None
    units: tuple[UnitRow, ...]
    sensitivity: tuple[SensitivityRow, ...]
    dropout: tuple[DropoutFlow, ...]
    run_charts: tuple[RunChart, ...]
    sustained: tuple[SustainedRow, ...]
    economy: Economy | None
    round: int
    compared: tuple[str, str]
    departures: int


def evaluate(data: PilotData, *, suppress: bool, fewest_alarms: int = FEWEST_ALARMS) -> Evaluation:
    """Evaluate every metric of the catalogue for each group of the plan, and decide by the primary goal.

    The round's two phases are compared, both after their wash-in; see `Study` for a participant's value of
    a phase, and `analysis.decision.decide` for the rule. The recommendation rests on the primary goal in
    the plan's first group, and is made from the figures in full also where `suppress` hides them.
    """
    plan = data.plan
    names = phase_before(data.kept.round), phase_of_round(data.kept.round)
    study = Study(data, _phases(plan, names), fewest_alarms)
    items = _adjusted(
        [_item(study, metric, group) for metric in METRICS.values() for group in data.members], study
    )
    ours = {item.whole.metric: item for item in items if item.whole.group == study.first_group}
    primary = ours[study.goal.metric] if study.goal else None
    safety = [safety_row(margin, ours[margin.metric].whole) for margin in plan.evaluation.safety]
    use = use_row(study)
    units = unit_rows(study)
    alarm_devices = devices_with_alarms(data.days(ALARMS).of(data.members[study.first_group]))
    worth = economy(plan, {name: item.whole for name, item in ours.items()}, alarm_devices=alarm_devices)
    decision = decide(_evidence(study, primary, safety, use, units, worth))
    shown_units = published_units(units, primary) if suppress and primary else units
    started = len(data.members[study.first_group])
    shown_use = use.published(started) if suppress and use else use
    coarse = {name: item.published() for name, item in ours.items() if item.coarse_step} if suppress else {}
    hidden = {name: why for name, item in ours.items() if (why := item.hidden_because)} if suppress else {}
    hidden = {name: why for name, why in hidden.items() if name not in coarse}
    if any(name in coarse for name in CHANGES):
        told = {name: coarse.get(name, item.whole) for name, item in ours.items()}
        worth = economy(plan, told, alarm_devices=alarm_devices)
    worth_hidden = any(name in hidden for name in CHANGES)
    names_hidden = {*hidden}
    names_hidden |= {"units_agree"} if shown_units != units else set()
    names_hidden |= {"use_percent"} if shown_use and shown_use.suppressed else set()
    names_hidden |= {"probability_of_gain"} if worth_hidden else set()
    names_hidden |= {N_NEEDED} if study.goal and study.goal.metric in hidden else set()
    return Evaluation(
        data.pilot,
        data.kept.plan_hash,
        data.fingerprint,
        study.design.design,
        study.design.reason,
        decision.recommendation,
        [item.published() if suppress else item.whole for item in items],
        published_decision(
            decision,
            names_hidden,
            {name: rounded_figures(ours[name].whole, told) for name, told in coarse.items()},
            worth.probability_of_gain,
        ),
        tuple(_published_safety(row, hidden, coarse) for row in safety),
        shown_use,
        shown_units,
        tuple(sensitivity_rows(study, suppress=suppress)),
        tuple(dropout_flows(study, suppress=suppress)),
        tuple(run_charts(study, suppress=suppress)),
        tuple(sustained_rows(study, primary, suppress=suppress)),
        None if worth_hidden else worth,
        data.kept.round,
        names,
        len(data.departures),
    )


def _published_safety(
    row: SafetyRow, hidden: Mapping[str, str], coarse: Mapping[str, EvaluationItem]
) -> SafetyRow:
    if row.metric in hidden:
        return row.published(hidden[row.metric])
    return row.rounded(coarse[row.metric]) if row.metric in coarse else row


def _evidence(
    study: Study,
    primary: WholeItem | None,
    safety: Sequence[SafetyRow],
    use: UseRow | None,
    units: Sequence[UnitRow],
    worth: Economy,
) -> Evidence:
    """What was found, with the limits that the plan set beforehand."""
    rules = study.plan.evaluation
    return Evidence(
        primary=_gain(study, primary),
        safety=[shown_of(row) for row in safety],
        started=len(study.data.members[study.first_group]),
        compared=(primary.whole.n or 0) if primary else 0,
        fewest=_fewest(study),
        largest_dropout_percent=rules.largest_dropout_percent,
        coverage=primary.whole.coverage if primary else None,
        least_coverage=_least_coverage(study),
        use_percent=use.percent if use else None,
        least_use_percent=rules.use.at_least_percent,
        probability_of_gain=worth.probability_of_gain,
        least_probability_of_gain=rules.least_probability_of_gain,
        quality_gain=rules.quality_gain,
        units_agree=sum(row.agrees is True for row in units) if units else None,
        complexity=rules.complexity,
        n_needed=_n_needed(study, primary),
    )


def _phases(plan: Plan, names: tuple[str, str]) -> tuple[Phase, ...]:
    """The two phases; none where the plan lacks one of them."""
    found = tuple(phase for name in names for phase in plan.phases if phase.name == name)
    return found if len(found) == 2 else ()


def _item(study: Study, metric: Metric, group: str) -> WholeItem:
    found = study.compared(metric, group)
    # The goals are set for those who get the technology: the comparison group reaches or misses none.
    ours = group == study.first_group
    goal = next((goal for goal in study.plan.goals if ours and goal.metric == metric.name), None)
    direction = goal.direction if goal else metric.direction
    minimum = goal.minimum_change if goal else None
    item = EvaluationItem(
        metric.name,
        group,
        metric.unit,
        direction,
        EFFECT if ours and len(study.phases) == 2 and study.is_against_others(metric) else CHANGE,
        len(study.data.members[group]),
        found.n,
        found.baseline,
        found.pilot,
        found.estimate,
        found.ci_low,
        found.ci_high,
        found.p,
        None,
        found.method,
        minimum,
        verdict(Shown(found.estimate, found.ci_low, found.ci_high, direction, minimum)),
        found.coverage,
        False,
        found.reason,
    )
    return WholeItem(item, found.rests, found.estimate_rests, found.observed, found.spread, found.step)


def _adjusted(items: Sequence[WholeItem], study: Study) -> list[WholeItem]:
    """With the p-values of the plan's family, in the first group, adjusted for how many they are."""
    family = study.plan.evaluation.family
    names = {goal.metric for goal in study.plan.goals} if family is None else {*family}
    if study.goal:
        names.add(study.goal.metric)
    members = [
        place
        for place, item in enumerate(items)
        if item.whole.group == study.first_group and item.whole.metric in names and item.whole.p is not None
    ]
    p = holm(np.array([items[place].whole.p for place in members], np.float64)).p
    adjusted = list(items)
    for place, value in zip(members, p.tolist(), strict=True):
        whole = replace(items[place].whole, p_adjusted=value)
        adjusted[place] = replace(items[place], whole=whole)
    return adjusted


def _gain(study: Study, primary: WholeItem | None) -> Gain:
    if study.goal is None or primary is None:
        return Gain(None, None, None, None, None)
    item = primary.whole
    ends = (item.ci_low, item.ci_high)
    if study.goal.direction == "up":
        return Gain(item.metric, item.estimate, *ends, study.goal.minimum_change)
    estimate, low, high = (None if end is None else -end for end in (item.estimate, *reversed(ends)))
    return Gain(item.metric, estimate, low, high, study.goal.minimum_change)


def _fewest(study: Study) -> float:
    rules = study.plan.evaluation
    if rules.participants is not None:
        return rules.participants
    planned = study.plan.groups[study.first_group]
    return round(planned * (1 - rules.largest_dropout_percent / 100), 9)


def _least_coverage(study: Study) -> float:
    least = study.plan.evaluation.least_coverage
    if least is not None:
        return least
    return METRICS[study.goal.metric].coverage_floor if study.goal else 0.0


def _n_needed(study: Study, primary: WholeItem | None) -> int | None:
    """Participants in the first group for the smallest change worth having to be seen in four of five
    pilots, were their changes spread as these are; with a comparison group in the plan's proportion.

    None where as many were compared: then something else lacks. Never fewer than an interval takes.
    """
    if study.goal is None or primary is None or not primary.spread or study.design.design in BY_WEEK:
        return None
    more = 1.0
    if primary.whole.wording == EFFECT:
        ours, *others = study.plan.groups.values()
        more += ours / sum(others)
    needed = max(n_paired(study.goal.minimum_change / (primary.spread * math.sqrt(more))).n, FEWEST_PAIRS)
    return needed if needed > (primary.whole.n or 0) else None
