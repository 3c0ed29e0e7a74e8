"""Goals week by week, held against what was usual in the earlier phase."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from analysis.catalogue import METRICS
from analysis.pipeline.study import Study
from analysis.pipeline.weekly import DAYS_A_WEEK, Weeks
from analysis.privacy import FEWEST
from analysis.spc import xmr_chart

FEWEST_WEEKS = 2
"""Limits are made from the difference of one week and the next."""

RULES = ("outside", "one_side", "trend", "two_of_three")


@dataclass(frozen=True, slots=True)
class RunChart:
    """A group's mean by ISO week (labelled by its Monday) with the limits of an XmR chart.

    `centre`, `low` and `high` are made from the first `baseline_weeks` with a value, those of the earlier
    phase, and then frozen; None with fewer than two. `signals` are (Monday, rule) where a rule of
    `analysis.spc` is met. A week's value is None where nobody has one, or too few.
    """

    metric: str
    group: str
    weeks: tuple[tuple[date, float | None], ...]
    centre: float | None
    low: float | None
    high: float | None
    baseline_weeks: int
    signals: tuple[tuple[date, str], ...]


def run_charts(study: Study, *, suppress: bool) -> Iterator[RunChart]:
    """A chart of every goal with daily values, and every group; with `suppress` of weeks of five or more."""
    if len(study.phases) < 2:
        return
    baseline = study.phases[0]
    monday = baseline.start - timedelta(days=baseline.start.weekday())
    for goal in study.plan.goals:
        metric = METRICS[goal.metric]
        if metric.summary != "mean":
            continue
        weeks = Weeks.of(study.table(metric), metric.coverage_floor, monday)
        for group in study.plan.groups:
            yield _chart(study, weeks, metric.name, group, FEWEST if suppress else 1)


def _chart(study: Study, weeks: Weeks, metric: str, group: str, fewest: int) -> RunChart:
    mean = weeks.mean[study.group(group)]
    known = np.isfinite(mean)
    people = known.sum(axis=0)
    with np.errstate(invalid="ignore"):
        value = np.where(people >= fewest, np.where(known, mean, 0.0).sum(axis=0) / people, np.nan)
    days = [weeks.origin + timedelta(days=DAYS_A_WEEK * int(number)) for number in weeks.number]
    baseline = study.phases[0]
    usual = [baseline.start <= day + timedelta(days=DAYS_A_WEEK - 1) and day <= baseline.end for day in days]
    n = int(np.isfinite(value[np.array(usual, np.bool_)]).sum())
    values = [float(each) if np.isfinite(each) else None for each in value]
    told = tuple(zip(days, values, strict=True))
    if n < FEWEST_WEEKS:
        return RunChart(metric, group, told, None, None, None, n, ())
    chart = xmr_chart(value, baseline=n)
    signals = tuple(
        (days[place], rule)
        for place in range(len(days))
        for rule in RULES
        if getattr(chart.signals, rule)[place]
    )
    return RunChart(metric, group, told, chart.centre, chart.lower, chart.upper, n, signals)
