"""An installation with two pilots, filled by hand: what the API answers is known beforehand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from starlette.testclient import TestClient

from api.app import create_app
from api.context import Check, Context
from pilots.civil_time import midnight, now
from pilots.plan import read_plan
from pilots.registry import DailyValue, Registry
from store import STREAMS, Batch, DeadLetter
from store.duckdb_engine import DuckDBStore
from store.streams import ABSENT_SEQUENCE

PLAN = """\
pilot: {pilot}
title: Nattillsyn och sängsensorer, Norrgården
kind: pilot
municipality: Exempelby
timezone: Europe/Stockholm
leader: projektledare@example.org
need: efficiency
phases:
  - {{name: baseline, start: 2026-01-12, end: 2026-03-08}}
  - {{name: pilot, start: 2026-03-09, end: 2026-06-28, wash_in_days: 14}}
groups: {{intervention: 24, comparison: 12}}
units: [Norrgården A, Norrgården B]
targets: {{acknowledge_s: 180, arrive_s: 1800}}
goals:
  - goal: Ostörd natt
    metric: physical_visits_per_night
    direction: down
    minimum_change: 0.5
    primary: true
  - {{goal: Lugnare nätter, metric: bed_exits_per_night, direction: down, minimum_change: 0.3}}
evaluation: {{quality_gain: Ostörd sömn, complexity: low}}
"""

OURS, THEIRS = "natt-2026", "grannen-2026"
BED = f"{OURS}.bed-01"
ALARM = f"{OURS}.alarm-01"
FOREIGN_BED = f"{THEIRS}.bed-01"
EVENING = 1_768_248_000_000_000  # 2026-01-12T20:00:00Z
SECOND = 1_000_000


@dataclass(frozen=True)
class Installation:
    """The parts, a client, and a token for each role in our pilot."""

    registry: Registry
    store: DuckDBStore
    client: TestClient
    tokens: Mapping[str, str]
    intervention: Sequence[str]
    comparison: Sequence[str]

    def get(self, path: str, role: str = "leader", **headers: str) -> httpx.Response:
        return self.ask("GET", path, role, headers=headers)

    def ask(self, method: str, path: str, role: str | None = "leader", **options: Any) -> httpx.Response:
        headers = dict(options.pop("headers", None) or {})
        if role is not None:
            headers["Authorization"] = f"Bearer {self.tokens[role]}"
        return self.client.request(method, path, headers=headers, follow_redirects=False, **options)


def open_installation(
    folder: Path,
    checks: Mapping[str, Check] | None = None,
    more: str = "",
    clock: Callable[[], int] = now,
) -> Installation:
    """Two pilots; ours has 24 participants and 4 to compare with, two devices and no readings yet.

    `more` is added to the text of both plans; `clock` is the registry's.
    """
    registry = Registry.open(f"sqlite:///{folder / 'registry.sqlite'}", clock=clock)
    store = DuckDBStore.open(folder / "readings.duckdb")
    for pilot in (OURS, THEIRS):
        text = PLAN.format(pilot=pilot) + more
        registry.add_pilot(read_plan(text), text)
    intervention = [
        code
        for unit in ("Norrgården A", "Norrgården B")
        for code in registry.add_participants(OURS, "intervention", 12, ["bed"], unit=unit)
    ]
    comparison = registry.add_participants(OURS, "comparison", 4, ["bed"])
    registry.add_device(OURS, BED, "bed")
    registry.add_device(OURS, ALARM, "alarm")
    registry.add_device(THEIRS, FOREIGN_BED, "bed", address="eui-77")
    opening = midnight(date(2026, 1, 12), read_plan(PLAN.format(pilot=OURS)).zone)
    registry.assign(OURS, BED, intervention[0], opening)
    registry.assign(OURS, ALARM, intervention[0], opening)
    tokens = {
        role: registry.create_token(role, OURS)[1] for role in ("leader", "evaluator", "staff", "grafana")
    }
    tokens["admin"] = registry.create_token("admin")[1]
    client = TestClient(create_app(Context(registry, store, checks or {})), raise_server_exceptions=False)
    return Installation(registry, store, client, tokens, intervention, comparison)


def fill(installation: Installation) -> None:
    """Nights of both phases for everybody, a quarter of an hour of bed readings, and three alarms."""
    installation.registry.put_daily_values(OURS, _nights(installation))
    commit_bed(installation, np.arange(90) * 10, 71.2)
    commit_alarms(installation, 3)


def commit_bed(
    installation: Installation, seconds: Sequence[int] | np.ndarray[Any, Any], weight: float
) -> None:
    n = len(seconds)
    time = EVENING + np.asarray(seconds, np.int64) * SECOND
    columns = {"weight_kg": np.full(n, weight, np.float32)}
    installation.store.commit([_batch("bed", BED, time, columns)])


def commit_alarms(installation: Installation, count: int, *, called: str = "a", reached: int = 2) -> None:
    """Alarms an hour apart, acknowledged after a minute and attended after ten; the last is still open, and
    has come so many stages."""
    names, stages, times = [], [], []
    for number in range(count):
        raised = EVENING + number * 3600 * SECOND
        chain = [("raised", 0), ("acknowledged", 60), ("arrived", 600), ("closed", 900)]
        for stage, after in chain[: reached if number == count - 1 else None]:
            names.append(f"{called}-{number}")
            stages.append(stage)
            times.append(raised + after * SECOND)
    columns = {
        "alarm": np.array(names, object),
        "stage": np.array(stages, object),
        "cause": np.array(["button"] * len(names), object),
    }
    installation.store.commit([_batch("alarm", ALARM, np.array(times, np.int64), columns)])


def commit_status(installation: Installation, device: str, seconds: int) -> None:
    """The device says, so long after the evening began, that it is there."""
    time = np.array([EVENING + seconds * SECOND], np.int64)
    battery = {"battery_pct": np.array([80.0], np.float32)}
    installation.store.commit([_batch("status", device, time, battery)])


def commit_dead_letter(
    installation: Installation, pilot: str, topic: str, payload: bytes = b"{", *, code: str = "not_json"
) -> int:
    letter = DeadLetter(
        EVENING,
        topic,
        "not JSON",
        code,
        len(payload),
        "0" * 64,
        payload,
        (),
        pilot,
        topic.split("/")[2],
    )
    installation.store.commit([], [letter])
    return max(stored.id for stored in installation.store.dead_letters())


def _batch(stream: str, device: str, time: np.ndarray[Any, Any], columns: dict[str, Any]) -> Batch:
    n = len(time)
    keyed = {"seq": np.full(n, ABSENT_SEQUENCE, np.int64)} if "seq" in STREAMS[stream].key else {}
    return Batch(
        STREAMS[stream],
        (device,),
        np.zeros(n, np.int32),
        time,
        time + SECOND,
        np.zeros(n, np.int8),
        {**keyed, **columns},
    )


def _nights(installation: Installation) -> list[DailyValue]:
    """Visits and exits a night: fewer of both in the pilot phase, for the intervention group."""
    draw = np.random.default_rng(7)
    values = []
    for code in (*installation.intervention, *installation.comparison):
        ours = code in installation.intervention
        habit = draw.normal(0, 0.3, 3)
        for number in range(24 * 7):
            day = date(2026, 1, 12) + timedelta(days=number)
            after = ours and day >= date(2026, 3, 9)
            for metric, before, change, spread in (
                ("physical_visits_per_night", 3.1, -1.2, 0.6),
                ("bed_exits_per_night", 2.2, -0.35, 0.5),
                ("weight_kg", 68.0, 0.2, 0.3),
            ):
                value = before + habit[0] + draw.normal(0, spread) + (change if after else 0)
                values.append(DailyValue(code, day, metric, value, None, None, 1, 0.97, None))
            if ours and number >= 20 * 7:
                values.append(DailyValue(code, day, "device_uptime_percent", 97.0, None, None, 1, 0.97, None))
    return values
