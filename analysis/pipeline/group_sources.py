"""Where a metric's figures of a period come from: daily values, or the alarms anew."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from analysis.alarms import NEVER
from analysis.catalogue import METRICS, Metric
from analysis.pipeline.measured import NO_DATA
from analysis.pipeline.metric_days import Days
from analysis.pipeline.participant_values import (
    SLOPES,
    mean_coverage,
    mean_with_t_interval,
    participant_value,
    reason_for_none,
)
from analysis.pipeline.period_cells import LENGTH, PeriodCells
from analysis.pipeline.periods import By, Period
from analysis.pipeline.pilot_alarms import STAGE_OF, PilotAlarms
from analysis.pipeline.pilot_data import PilotData
from analysis.pipeline.pooled_alarms import Parts, PooledAlarms
from analysis.pipeline.response_figures import TOO_FEW_PARTICIPANTS, response_figures
from analysis.pooled import pooled_rate, pooled_share
from pilots.civil_time import local_date
from pilots.plan import Plan

PERCENT = 100.0


@dataclass(frozen=True, slots=True)
class Figures:
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
class Source:
    """A metric's `first` and `last` day, and its figures of chosen participants in a period."""

    first: date
    last: date
    of_group: Callable[[Period, Sequence[str]], Figures]
    of_participant: Callable[[Period, str], Figures]


def source_of(data: PilotData, metric: Metric, by: By, min_coverage: float | None = None) -> Source:
    """The metric's source for periods of that kind; `min_coverage` replaces the catalogue's floor."""
    floor = metric.coverage_floor if min_coverage is None else min_coverage
    if metric.summary == "response":
        return _from_responses(data.alarms, metric, data.plan)
    if metric.summary == "pooled":
        return _from_pooled_alarms(data.pooled, metric, floor, data.plan)
    stored_as = SLOPES[metric.name][0] if by == "phase" and metric.name in SLOPES else metric.name
    if stored_as != metric.name and min_coverage is None:
        floor = METRICS[stored_as].coverage_floor
    return _from_daily_values(data.days(stored_as), metric, floor, by, data.plan)


def _from_daily_values(days: Days, metric: Metric, floor: float, by: By, plan: Plan) -> Source:
    cells: dict[tuple[str, ...], PeriodCells] = {}

    def of_participant(period: Period, code: str) -> Figures:
        own = participant_value(metric, days.own(code, period), floor)
        return Figures(own.n, 1, own.value, own.ci_low, own.ci_high, own.coverage, own.reason)

    def by_phase(period: Period, codes: Sequence[str]) -> Figures:
        theirs = days.of(codes)
        own = [participant_value(metric, theirs.own(code, period), floor) for code in codes]
        known = np.array([each.value for each in own if each.value is not None], dtype=np.float64)
        said = next((each.reason for each in own if each.n and each.reason), None)
        return figures(known, theirs[theirs.within(period)], said)

    def by_cell(period: Period, codes: Sequence[str]) -> Figures:
        key = tuple(codes)
        if key not in cells:
            cells[key] = PeriodCells.of(days.of(codes), metric, floor, LENGTH[by])
        return figures(cells[key].known(period), cells[key].within(period), None)

    def figures(known: NDArray[np.float64], everything: Days, said: str | None) -> Figures:
        coverage = mean_coverage(everything)
        if len(known) == 0:
            observed = len(np.unique(everything.place[everything.seen()]))
            reason = said or (reason_for_none(everything) if len(everything) else NO_DATA)
            return Figures(0, 0, None, None, None, coverage, reason, observed)
        mean, low, high = mean_with_t_interval(known)
        low, high = metric.limits(low, high)
        return Figures(len(known), len(known), mean, low, high, coverage, None)

    first, last = _span(plan, days.ends())
    return Source(first, last, by_cell if by in LENGTH else by_phase, of_participant)


def _from_responses(alarms: PilotAlarms, metric: Metric, plan: Plan) -> Source:
    stage = STAGE_OF[metric.name]
    target_s = plan.targets.acknowledge_s if stage == "acknowledged" else plan.targets.arrive_s

    def of(period: Period, codes: Sequence[str], interval: str) -> Figures:
        chosen = alarms.responses(stage, start=period.time_us, end=period.end_us, participants=codes)
        figures = response_figures(chosen, target_s, "cluster" if interval == "cluster" else "greenwood")
        n = figures.residents if interval == "cluster" else figures.n
        return Figures(
            n,
            figures.residents,
            figures.median_s,
            figures.ci_low,
            figures.ci_high,
            figures.known,
            figures.reason,
        )

    first, last = _span(plan, _days_with_alarms(alarms, plan))
    return Source(
        first,
        last,
        lambda period, codes: of(period, codes, "cluster"),
        lambda period, code: of(period, [code], "greenwood"),
    )


def _from_pooled_alarms(pooled: PooledAlarms, metric: Metric, floor: float, plan: Plan) -> Source:
    def of_group(period: Period, codes: Sequence[str]) -> Figures:
        parts = pooled.parts(metric.name, period, codes, floor)
        n = len(parts.participants)
        if n == 1 and parts.reason is None:
            alone = _pooled_figures(parts, n)
            # What is known of one participant is not what is known of the group.
            return Figures(1, 1, alone.value, None, None, alone.coverage, TOO_FEW_PARTICIPANTS)
        return _pooled_figures(parts, n)

    def of_participant(period: Period, code: str) -> Figures:
        parts = pooled.parts(metric.name, period, [code], floor)
        return _pooled_figures(parts, parts.behind)

    first, last = _span(plan, pooled.days.ends() + _days_with_alarms(pooled.alarms, plan))
    return Source(first, last, of_group, of_participant)


def _pooled_figures(parts: Parts, n: int) -> Figures:
    if parts.reason is not None:
        return Figures(0, 0, None, None, None, parts.coverage, parts.reason, parts.observed)
    pool, unit = (pooled_share, PERCENT) if parts.kind == "share" else (pooled_rate, 1.0)
    found = pool(parts.numerator, parts.denominator)
    value, low, high = (float(number) * unit for number in (found.value, found.ci_low, found.ci_high))
    return Figures(n, len(parts.participants), value, low, high, parts.coverage, None)


def _days_with_alarms(alarms: PilotAlarms, plan: Plan) -> list[date]:
    """The first and the last."""
    raised = alarms.table.at["raised"]
    seen = raised[raised != NEVER]
    return [local_date(int(time), plan.zone) for time in (seen.min(), seen.max())] if len(seen) else []


def _span(plan: Plan, days: Sequence[date]) -> tuple[date, date]:
    """From the first day of the plan, or of the data where that is earlier, to the last day of the data."""
    opening = plan.phases[0].start
    return min([opening, *days]), max([opening, *days])
