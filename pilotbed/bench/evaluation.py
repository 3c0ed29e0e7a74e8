"""How long an evaluation takes of a year of many residents, from their daily values."""

import time
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from analysis.catalogue import METRICS
from analysis.pipeline import PilotData, evaluate
from pilotbed.bench.figures import Figure, at_most
from pilots.plan import read_plan
from pilots.records import DailyValue
from pilots.registry import Registry
from store import open_store

GROUPS, QUICK_GROUPS = (140, 60), (4, 4)
DAYS, QUICK_DAYS = 365, 60
FIRST = date(2025, 1, 13)
REPEATS = 3

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
    """Seconds of one core for the evaluation of every metric of the catalogue, once the values are read."""
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
        values = _values(codes, days)
        taken = []
        for _ in range(REPEATS):
            data = PilotData(registry, store, plan.pilot, values)
            began = time.process_time()
            evaluate(data, suppress=True)
            taken.append(time.process_time() - began)
    told = f"{ours + theirs} residents, {days} days, {sum(map(len, values.values())) * days:,} daily values"
    return [
        Figure("evaluation_year_s", f"the evaluation of {told}, of one core", min(taken), "s", at_most(2))
    ]


def _values(codes: list[str], days: int) -> dict[str, dict[str, list[DailyValue]]]:
    """A value a day of every metric that has any."""
    random = np.random.default_rng(1)
    dates = [FIRST + timedelta(days=day) for day in range(days)]
    return {
        metric.name: {
            code: [
                DailyValue(code, day, metric.name, value, None, None, 3, 0.95, None)
                for day, value in zip(dates, random.gamma(9, 1 / 3, days).tolist(), strict=True)
            ]
            for code in codes
        }
        for metric in METRICS.values()
        if metric.summary not in ("response", "pooled")
    }
