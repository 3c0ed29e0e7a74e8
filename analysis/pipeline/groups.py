"""A metric over days, weeks or phases: of each group, of everybody, or of one participant."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from analysis.alarms import NEVER
from analysis.catalogue import METRICS, Metric
from analysis.pipeline.measured import NO_DATA
from analysis.pipeline.participant_values import (
    SLOPES,
    ParticipantValue,
    expected,
    mean_coverage,
    mean_with_t_interval,
    participant_value,
    reason_for_none,
)
from analysis.pipeline.periods import By, Period, periods
from analysis.pipeline.pilot_alarms import STAGE_OF, PilotAlarms, pilot_alarms
from analysis.pipeline.response_figures import TOO_FEW_PARTICIPANTS, response_figures
from analysis.privacy import suppress_small_cells
from pilots.civil_time import local_date
from pilots.errors import UnknownGroup, UnknownParticipant
from pilots.plan import Plan
from pilots.records import DailyValue
from pilots.registry import Registry
from store import TimeSeriesStore

EVERYBODY = "all"
"""Asks for one row over all participants of the pilot, whichever group they are in."""

BY_SUBTRACTION = "by_subtraction"


class UnknownMetric(LookupError):
    """The catalogue has no metric of that name."""


@dataclass(frozen=True, slots=True)
class MetricRow:
    """A metric in one period. `time_us` is the local midnight that opens it, `phase` the one it touches.

    Of a group, `n` counts distinct participants with a value; of one participant, the days, nights or
    alarms behind it. `coverage` is the mean observed share of the expected days (of alarms: the share
    whose fate is known). A suppressed row has None for every figure, `n` included; a value that is
    absent for another reason says so in `reason`.
    """

    period: str
    time_us: int
    phase: str | None
    group: str | None
    n: int | None
    value: float | None
    ci_low: float | None
    ci_high: float | None
    coverage: float | None
    suppressed: bool
    reason: str | None


@dataclass(frozen=True, slots=True)
class _Figures:
    """`participants` have a value; where none has, `observed` were seen at all."""

    n: int
    participants: int
    value: float | None
    ci_low: float | None
    ci_high: float | None
    coverage: float | None
    reason: str | None
    observed: int = 0


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a metric's figures come from: `first` to `last` day, and the figures of chosen participants."""

    first: date
    last: date
    of_group: Callable[[Period, Sequence[str]], _Figures]
    of_participant: Callable[[Period, str], _Figures]


def metric_rows(
    registry: Registry,
    store: TimeSeriesStore,
    pilot: str,
    metric: str,
    *,
    by: By,
    group: str | None = None,
    participant: str | None = None,
    start: int | None = None,
    end: int | None = None,
    min_coverage: float | None = None,
    suppress: bool,
) -> list[MetricRow]:
    """The metric in every period that opens in [start, end) µs UTC, ascending; one row a period and group.

    `group` None gives a row for each group of the plan, `"all"` one over everybody, `participant` that
    person's own. A group's value is the mean over its participants' values with a t interval: the
    resident is the unit, not the night. Response times are pooled alarms with a resident-cluster
    interval. A slope over a phase is the slope through its nights; over a day or a week it is the last
    30-day slope. `min_coverage` replaces the catalogue's floor. Periods are taken whole, also at the edges
    of [start, end): rows of shifted bounds would tell persons apart by subtraction.

    Raises `UnknownMetric`, `UnknownGroup`, `UnknownParticipant`, ValueError for a `by` that does not exist.
    """
    plan, members = _members(registry, pilot)
    source = _source(registry, store, pilot, metric, by, plan, min_coverage)
    wanted = [
        period
        for period in _periods(plan, by, source)
        if (start is None or period.time_us >= start) and (end is None or period.time_us < end)
    ]
    if participant is not None:
        owner = next((name for name, codes in members.items() if participant in codes), None)
        if owner is None:
            raise UnknownParticipant(f'pilot "{pilot}" has no participant "{participant}"')
        return [
            _row(period, owner, figures, TOO_FEW_PARTICIPANTS if suppress and figures.n else None)
            for period in wanted
            for figures in [source.of_participant(period, participant)]
        ]
    if group is not None and group != EVERYBODY and group not in members:
        raise UnknownGroup(f'pilot "{pilot}" has no group "{group}": it has {", ".join(members)}')
    return [row for period in wanted for row in _group_rows(source, period, members, group, suppress)]


def latest_values(
    registry: Registry,
    store: TimeSeriesStore,
    pilot: str,
    *,
    suppress: bool,
    group: str | None = None,
) -> dict[str, MetricRow]:
    """For each metric of the catalogue the group's latest week that has a value, or else the latest that is
    suppressed, if there is one.

    `group` None takes the plan's first group, the one the pilot is about.
    """
    plan, members = _members(registry, pilot)
    group = next(iter(members)) if group is None else group
    found: dict[str, MetricRow] = {}
    for metric in METRICS:
        source = _source(registry, store, pilot, metric, "week", plan, None)
        for period in reversed(periods(plan, "week", source.first, source.last)):
            (row,) = _group_rows(source, period, members, group, suppress)
            if row.suppressed:
                found.setdefault(metric, row)
            if row.value is not None:
                found[metric] = row
                break
    return found


def _members(registry: Registry, pilot: str) -> tuple[Plan, dict[str, list[str]]]:
    plan = registry.pilot(pilot).plan
    members: dict[str, list[str]] = {name: [] for name in plan.groups}
    for person in registry.participants(pilot):
        members[person.group].append(person.code)
    return plan, members


def _source(
    registry: Registry,
    store: TimeSeriesStore,
    pilot: str,
    metric: str,
    by: By,
    plan: Plan,
    min_coverage: float | None,
) -> _Source:
    if metric not in METRICS:
        raise UnknownMetric(f"no metric {metric!r}: the catalogue has {', '.join(METRICS)}")
    entry = METRICS[metric]
    floor = entry.coverage_floor if min_coverage is None else min_coverage
    if entry.summary == "response":
        return _from_alarms(pilot_alarms(registry, store, pilot), entry, plan)
    stored_as = SLOPES[metric][0] if by == "phase" and metric in SLOPES else metric
    if stored_as != metric and min_coverage is None:
        floor = METRICS[stored_as].coverage_floor
    return _from_daily_values(registry.daily_values(pilot, metric=stored_as), entry, floor, plan)


def _from_daily_values(values: Sequence[DailyValue], metric: Metric, floor: float, plan: Plan) -> _Source:
    by_participant: dict[str, list[DailyValue]] = {}
    for value in sorted(expected(values), key=lambda value: value.day):
        by_participant.setdefault(value.participant, []).append(value)

    def days(period: Period, code: str) -> list[DailyValue]:
        return [value for value in by_participant.get(code, ()) if period.first <= value.day < period.end]

    def of_participant(period: Period, code: str) -> _Figures:
        own = participant_value(metric, days(period, code), floor)
        return _Figures(own.n, 1, own.value, own.ci_low, own.ci_high, own.coverage, own.reason)

    def of_group(period: Period, codes: Sequence[str]) -> _Figures:
        theirs = [days(period, code) for code in codes]
        own = [participant_value(metric, each, floor) for each in theirs]
        everything = [day for each in theirs for day in each]
        known = np.array([each.value for each in own if each.value is not None], dtype=np.float64)
        coverage = mean_coverage(everything)
        if len(known) == 0:
            observed = sum(any(day.coverage or day.n for day in each) for each in theirs)
            return _Figures(0, 0, None, None, None, coverage, _reason(own, everything), observed)
        mean, low, high = mean_with_t_interval(known)
        return _Figures(len(known), len(known), mean, low, high, coverage, None)

    first, last = _span(
        plan,
        [values_of[0].day for values_of in by_participant.values()],
        [values_of[-1].day for values_of in by_participant.values()],
    )
    return _Source(first, last, of_group, of_participant)


def _reason(own: Sequence[ParticipantValue], days: Sequence[DailyValue]) -> str:
    said = {each.reason for each in own if each.n}
    return next((reason for reason in said if reason), None) or (reason_for_none(days) if days else NO_DATA)


def _from_alarms(alarms: PilotAlarms, metric: Metric, plan: Plan) -> _Source:
    stage = STAGE_OF[metric.name]
    target_s = plan.targets.acknowledge_s if stage == "acknowledged" else plan.targets.arrive_s

    def of(period: Period, codes: Sequence[str], interval: str) -> _Figures:
        chosen = alarms.responses(stage, start=period.time_us, end=period.end_us, participants=codes)
        figures = response_figures(chosen, target_s, "cluster" if interval == "cluster" else "greenwood")
        n = figures.residents if interval == "cluster" else figures.n
        return _Figures(
            n,
            figures.residents,
            figures.median_s,
            figures.ci_low,
            figures.ci_high,
            figures.known,
            figures.reason,
        )

    raised = alarms.table.at["raised"]
    seen = raised[raised != NEVER]
    days = [local_date(int(time), plan.zone) for time in (seen.min(), seen.max())] if len(seen) else []
    first, last = _span(plan, days[:1], days[1:])
    return _Source(
        first,
        last,
        lambda period, codes: of(period, codes, "cluster"),
        lambda period, code: of(period, [code], "greenwood"),
    )


def _periods(plan: Plan, by: By, source: _Source) -> list[Period]:
    if by == "phase":  # every phase has its row, also the one still to come
        return periods(plan, by, plan.phases[0].start, plan.phases[-1].end)
    return periods(plan, by, source.first, source.last)


def _span(plan: Plan, firsts: Sequence[date], lasts: Sequence[date]) -> tuple[date, date]:
    """From the first day of the plan, or of the data where that is earlier, to the last day of the data."""
    opening = plan.phases[0].start
    return min([opening, *firsts]), max([opening, *lasts])


def _group_rows(
    source: _Source, period: Period, members: dict[str, list[str]], group: str | None, suppress: bool
) -> Iterator[MetricRow]:
    if group != EVERYBODY:
        for name, codes in members.items():
            if group in (None, name):
                figures = source.of_group(period, codes)
                hidden, _ = suppress_small_cells([figures.participants])
                if suppress and not figures.participants:
                    # Coverage and reason of a few are theirs alone, also where none has a value.
                    hidden, _ = suppress_small_cells([figures.observed])
                yield _row(period, name, figures, TOO_FEW_PARTICIPANTS if suppress and hidden[0] else None)
        return
    figures = source.of_group(period, [code for codes in members.values() for code in codes])
    reason = None
    if suppress:
        parts = [source.of_group(period, codes).participants for codes in members.values()]
        if suppress_small_cells([figures.participants])[0][0]:
            reason = TOO_FEW_PARTICIPANTS
        elif suppress_small_cells(parts, total=figures.participants)[1]:
            reason = BY_SUBTRACTION
    yield _row(period, EVERYBODY, figures, reason)


def _row(period: Period, group: str, figures: _Figures, hidden_because: str | None) -> MetricRow:
    if hidden_because is not None:
        nothing = (None,) * 5
        return MetricRow(
            period.label,
            period.time_us,
            period.phase,
            group,
            *nothing,
            suppressed=True,
            reason=hidden_because,
        )
    return MetricRow(
        period.label,
        period.time_us,
        period.phase,
        group,
        figures.n,
        figures.value,
        figures.ci_low,
        figures.ci_high,
        figures.coverage,
        False,
        figures.reason,
    )
