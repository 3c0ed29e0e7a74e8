"""How long a year of many residents' daily values takes to write, to read, to gather and to evaluate."""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from analysis.catalogue import METRICS
from analysis.pipeline import PilotData, evaluate, metric_rows
from analysis.pipeline.periods import By
from analysis.series import HOUR_US
from pilotbed.bench.figures import Figure, at_most
from pilots.daily_columns import DailyColumns, MonthOfValues
from pilots.plan import read_plan
from pilots.registry import Registry
from store import open_store

GROUPS, QUICK_GROUPS = (140, 60), (4, 4)
DAYS, QUICK_DAYS = 365, 60
FIRST = date(2025, 1, 13)
REPEATS = 3
HALF_YEAR_US = 180 * 24 * HOUR_US
GATHERED = "time_in_bed_h"
OF_DAYS = [name for name, metric in METRICS.items() if metric.summary not in ("response", "pooled")]

PLAN = """
pilot: year
title: Year
timezone: Europe/Stockholm
phases:
  - {{name: baseline, start: {first}, end: {before}}}
  - {{name: pilot, start: {start}, end: {last}, wash_in_days: 14}}
groups: {{intervention: {ours}, comparison: {theirs}}}
goals:
  - {{goal: Nights, metric: physical_visits_per_night, direction: down, minimum_change: 0.5, primary: true}}
  - {{goal: Exits, metric: bed_exits_per_night, direction: down, minimum_change: 0.3}}
evaluation:
  quality_gain: Undisturbed sleep
  safety: [{{metric: time_in_bed_h, direction: up, margin: 0.5}}]
"""


def measure(*, quick: bool = False) -> list[Figure]:
    """Of values drawn at random, a value a day of every metric that has any; seconds of this one process."""
    (ours, theirs), days = (QUICK_GROUPS, QUICK_DAYS) if quick else (GROUPS, DAYS)
    start = FIRST + timedelta(days=days // 3)
    text = PLAN.format(
        first=FIRST,
        before=start - timedelta(days=1),
        start=start,
        last=FIRST + timedelta(days=days - 1),
        ours=ours,
        theirs=theirs,
    )
    with (
        TemporaryDirectory(prefix="pilotbed-bench-") as folder,
        closing(Registry.open(f"sqlite:{Path(folder) / 'registry.sqlite'}")) as registry,
        closing(open_store(f"duckdb:{Path(folder) / 'readings.duckdb'}")) as store,
    ):
        plan = read_plan(text)
        registry.add_pilot(plan, text)
        codes = [
            code
            for group, size in (("intervention", ours), ("comparison", theirs))
            for code in registry.add_participants(plan.pilot, group, size, ["bed"])
        ]
        random = np.random.default_rng(1)
        dates = [FIRST + timedelta(days=day) for day in range(days)]
        year_put_s, number = _put(registry, plan.pilot, codes, dates[:-1], random)
        night_put_s, of_night = _put(registry, plan.pilot, codes, dates[-1:], random)
        told = f"{ours + theirs} residents, {days} days, {number + of_night:,} daily values"

        def read() -> PilotData:
            data = PilotData(registry, store, plan.pilot)
            for metric in OF_DAYS:
                data.days(metric)
            return data

        def gather(by: By) -> float:
            data = PilotData(registry, store, plan.pilot)
            until = plan.phase_end(plan.phases[-1])
            return _taken(
                lambda: metric_rows(data, GATHERED, by=by, start=until - HALF_YEAR_US, suppress=True)
            )

        read_s = min(_taken(read) for _ in range(REPEATS))
        by_day_s, by_week_s = (min(gather(by) for _ in range(REPEATS)) for by in ("day", "week"))
        data = read()
        evaluation_s = min(_taken(lambda: evaluate(data, suppress=True)) for _ in range(REPEATS))
    return [
        Figure("values_year_put_s", f"writing {told}, by month", year_put_s, "s", at_most(3)),
        Figure(
            "values_night_put_s", f"  one more night: {of_night:,} values", night_put_s, "s", at_most(0.15)
        ),
        Figure("values_year_read_s", "  reading every one into arrays", read_s, "s", at_most(1.5)),
        Figure("values_by_day_ms", "  a metric by day over 180 days", by_day_s * 1e3, "ms", at_most(100)),
        Figure("values_by_week_ms", "  the same by week", by_week_s * 1e3, "ms", at_most(100)),
        Figure("evaluation_year_s", "  the evaluation, once they are read", evaluation_s, "s", at_most(2)),
    ]


def _taken(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _put(
    registry: Registry, pilot: str, codes: Sequence[str], dates: Sequence[date], random: np.random.Generator
) -> tuple[float, int]:
    """Seconds to write every value of these days, in whole months, and how many these are."""
    known = registry.month_inputs(pilot)
    months = []
    for code in codes:
        for first, of_month in groupby(dates, lambda day: day.replace(day=1)):
            days, before = [day.day for day in of_month], known.get((code, first), {})
            made_from = {"bed": [*before.get("bed", ()), *days]}
            months.append(MonthOfValues(code, first, _month(days, random), (), made_from, before))
    return _taken(lambda: registry.put_months(pilot, months)), sum(len(month.values) for month in months)


def _month(days: Sequence[int], random: np.random.Generator) -> DailyColumns:
    size = len(OF_DAYS) * len(days)
    nothing = [None] * size
    return DailyColumns.of(
        [metric for metric in OF_DAYS for _ in days],
        [*days] * len(OF_DAYS),
        random.gamma(9, 1 / 3, size).tolist(),
        nothing,
        nothing,
        [3] * size,
        [0.95] * size,
        nothing,
    )
