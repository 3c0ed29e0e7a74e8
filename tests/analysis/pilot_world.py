"""A small pilot with a real registry and a real store, for tests that read like its story."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from pilots.civil_time import midnight, noon
from pilots.plan import Plan, read_plan
from pilots.records import DailyValue
from pilots.registry import Registry
from store.duckdb_engine import DuckDBStore
from tests.store.readings import batch

SECOND = 1_000_000
HOUR = 3600 * SECOND
BASELINE, PILOT = date(2026, 1, 12), date(2026, 2, 9)

PLAN = """
pilot: natt-2026
title: Nattillsyn
timezone: Europe/Stockholm
phases:
  - {name: baseline, start: 2026-01-12, end: 2026-02-08}
  - {name: pilot, start: 2026-02-09, end: 2026-03-08, wash_in_days: 7}
groups: {intervention: 12, comparison: 6}
targets: {acknowledge_s: 60, arrive_s: 600}
goals:
  - {goal: Ostört, metric: physical_visits_per_night, direction: down, minimum_change: 0.5, primary: true}
  - {goal: Lugnare nätter, metric: bed_exits_per_night, direction: down, minimum_change: 0.3}
"""


@dataclass
class World:
    """The pilot and its participants by group, with short ways to put in what a test is about."""

    registry: Registry
    store: DuckDBStore
    plan: Plan
    pilot: str

    def people(self, group: str, count: int) -> list[str]:
        return self.registry.add_participants(self.pilot, group, count, ["bed", "gps", "camera"])

    def day(
        self,
        code: str,
        day: date,
        metric: str,
        value: float | None,
        *,
        coverage: float | None = 1.0,
        reason: str | None = None,
    ) -> None:
        self.days(code, day, metric, [value], coverage=coverage, reason=reason)

    def days(
        self,
        code: str,
        first: date,
        metric: str,
        values: Sequence[float | None],
        *,
        coverage: float | None = 1.0,
        reason: str | None = None,
    ) -> None:
        self.registry.put_daily_values(
            self.pilot,
            [
                DailyValue(
                    code, first + timedelta(days=index), metric, value, None, None, 1, coverage, reason
                )
                for index, value in enumerate(values)
            ],
        )

    def device(
        self, code: str, device: str, kind: str = "alarm", start: int = 0, **given: float | None
    ) -> str:
        self.registry.add_device(self.pilot, device, kind, **given)
        self.registry.assign(self.pilot, device, code, start)
        return device

    def alarm(self, device: str, alarm: str, raised: int | None, **stages: float) -> None:
        """Stages are seconds after `raised`; `cause` and `outcome` stand with the raise."""
        words = {name: stages.pop(name) for name in ("cause", "outcome") if name in stages}
        rows = [] if raised is None else [{"stage": "raised", "time": raised, **words}]
        rows += [
            {"stage": stage, "time": (raised or 0) + round(seconds * SECOND)}
            for stage, seconds in stages.items()
        ]
        self.store.commit([batch("alarm", [{"device": device, "alarm": alarm, **row} for row in rows])])

    def at(self, day: date, hours: float = 12) -> int:
        return midnight(day, self.plan.zone) + round(hours * HOUR)

    def noon(self, day: date) -> int:
        return noon(day, self.plan.zone)


def open_world(folder: Path, plan_text: str = PLAN) -> Iterator[World]:
    registry = Registry.open(f"sqlite:///{folder / 'registry.sqlite'}")
    store = DuckDBStore.open(folder / "readings.duckdb")
    plan = read_plan(plan_text)
    registry.add_pilot(plan, plan_text)
    yield World(registry, store, plan, plan.pilot)
    store.close()
    registry.close()
