"""How fast the API answers what Grafana's panels ask for, on half a year of a large pilot."""

import asyncio
import logging
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import numpy as np
import structlog
from numpy.typing import NDArray

from analysis.catalogue import METRICS
from analysis.series import HOUR_US, MINUTE_US, SECOND_US
from api.app import create_app
from api.context import Context
from api.grafana import dashboards
from pilotbed.bench.figures import Figure, at_most
from pilotbed.installation import plan_from
from pilotbed.service.serving import sparing_what_is_loaded
from pilots.civil_time import local_date, midnight, now, to_rfc3339
from pilots.records import DailyValue
from pilots.registry import Registry
from store import STREAMS, TIME_FROM_DEVICE, Batch, StoreError, TimeSeriesStore, open_store

PILOT = "grafana"
ZONE = ZoneInfo("Europe/Stockholm")
GROUPS, QUICK_GROUPS = (140, 60), (6, 6)
DAYS, QUICK_DAYS = 180, 12
REPEATS, QUICK_REPEATS = 5, 2

QUERY_GOAL, DASHBOARD_GOAL = at_most(300), at_most(1500)
"""Milliseconds of one panel's query, and of all of a dashboard one after the other."""

METRIC = "weight_kg"
"""What stands in for a dashboard's choice of a metric."""

PLAN = """
pilot: {pilot}
title: Half a year
timezone: {zone}
phases:
  - {{name: baseline, start: {first}, end: {before}}}
  - {{name: pilot, start: {start}, end: {last}, wash_in_days: 7}}
groups: {{intervention: {ours}, comparison: {theirs}}}
units: [North, South]
targets: {{acknowledge_s: 180, arrive_s: 1800}}
goals:
  - {{goal: Nights, metric: physical_visits_per_night, direction: down, minimum_change: 0.5, primary: true}}
evaluation: {{quality_gain: Undisturbed sleep}}
"""

KINDS: Mapping[str, float | None] = {"bed": 10, "gps": 600, "visits": None, "alarm": None}
"""Devices of each resident, with the seconds between readings."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One query of a dashboard: its panel, and what it asks the API."""

    dashboard: str
    panel: str
    url: str
    parameters: Mapping[str, str]


def measure(folder: Path, *, quick: bool = False, store: str = "", token: str = "") -> list[Figure]:
    """Milliseconds of every query, by dashboard: when the service is new, when the range has moved on, when
    every bed and tracker has sent a reading and an alarm has come, and when a new daily value has.

    Of a bed one reading in ten minutes stands for sixty, and daily values are drawn at random: what answers
    cost depends on hours, days and alarms.

    Readings go into `store`, an address that `open_store` takes, with its token; without one, into a file of
    `folder`. Raises `StoreError` where readings are in it already.
    """
    address = store or f"duckdb:{folder / 'readings.duckdb'}"
    # A line for each request would drown the figures.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with (
        closing(Registry.open(f"sqlite:{folder / 'registry.sqlite'}")) as registry,
        closing(open_store(address, token)) as readings,
    ):
        if any(readings.revision(stream) for stream in STREAMS):
            raise StoreError("the store to measure with holds readings already: name an empty one")
        today = local_date(now(), ZONE)
        codes = _fill(registry, readings, today, quick=quick)
        _, token = registry.create_token("grafana", PILOT)
        app = create_app(Context(registry, readings, {}))
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://pilotbed",
            headers={"Authorization": f"Bearer {token}"},
        )
        with asyncio.Runner() as runner, sparing_what_is_loaded():

            def taken() -> list[float]:
                return [runner.run(_taken_ms(client, each)) for each in _queries(now())]

            first = taken()
            moved = np.median([taken() for _ in range(QUICK_REPEATS if quick else REPEATS)], axis=0).tolist()
            readings.commit([_newest("bed", len(codes)), _newest("gps", len(codes)), _alarm()])
            read = taken()
            registry.put_daily_values(PILOT, [_value(codes[0], today, METRIC, 70.0)])
            anew = taken()
    asked = list(_queries(now()))
    return [
        *_figures("first", "a new service", asked, first, goals=False),
        *_figures("moved", "the range has moved on", asked, moved, goals=True),
        *_figures("read", "beds and trackers have sent, and an alarm has come", asked, read, goals=True),
        *_figures("anew", "a daily value has come", asked, anew, goals=True),
    ]


def _figures(key: str, when: str, asked: list[Asked], taken: list[float], *, goals: bool) -> Iterator[Figure]:
    slowest = max(range(len(asked)), key=taken.__getitem__)
    what = f"{asked[slowest].dashboard}: {asked[slowest].panel}"
    yield Figure(
        f"{key}_slowest_ms",
        f"{when}: the slowest of {len(asked)} queries ({what})",
        taken[slowest],
        "ms",
        QUERY_GOAL if goals else None,
    )
    for name in dict.fromkeys(each.dashboard for each in asked):
        together = sum(ms for each, ms in zip(asked, taken, strict=True) if each.dashboard == name)
        yield Figure(
            f"{key}_{name.removeprefix('pilotbed-')}_ms",
            f"  {name}",
            together,
            "ms",
            DASHBOARD_GOAL if goals else None,
        )


async def _taken_ms(client: httpx.AsyncClient, asked: Asked) -> float:
    began = time.perf_counter()
    answer = await client.get(asked.url, params=dict(asked.parameters))
    taken = (time.perf_counter() - began) * 1e3
    answer.raise_for_status()
    return taken


# -- what is asked -------------------------------------------------------------------------------------


def _queries(until: int) -> Iterator[Asked]:
    """Every query to the API of every dashboard, over the pilot's whole time up to `until` µs UTC."""
    told = {
        "pilot": PILOT,
        "metric": METRIC,
        "__timeFrom": to_rfc3339(until - DAYS * 24 * HOUR_US),
        "__timeTo": to_rfc3339(until),
    }

    def filled(text: str) -> str:
        return re.sub(r"\$\{(\w+)(?::[\w:]+)?\}", lambda found: told[found[1]], text)

    for name, dashboard in dashboards("sv").items():
        for title, query in _asking(dashboard):
            if query.get("source") == "url":
                pairs = query["url_options"]["params"]
                parameters = {pair["key"]: filled(pair["value"]) for pair in pairs}
                yield Asked(name, title, filled(query["url"]), parameters)


def _asking(dashboard: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["name"], variable["query"]["infinityQuery"]
    for annotation in dashboard["annotations"]["list"]:
        yield annotation["name"], annotation["target"]
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target


# -- the pilot -----------------------------------------------------------------------------------------


def _fill(registry: Registry, store: TimeSeriesStore, today: date, *, quick: bool) -> list[str]:
    """Half a year up to now of everybody; returns their codes."""
    (ours, theirs), days = (QUICK_GROUPS, QUICK_DAYS) if quick else (GROUPS, DAYS)
    first = today - timedelta(days=days)
    start = first + timedelta(days=days // 3)
    text = PLAN.format(
        pilot=PILOT,
        zone=ZONE,
        first=first,
        before=start - timedelta(days=1),
        start=start,
        last=first + timedelta(days=days + 30),
        ours=ours,
        theirs=theirs,
    )
    plan = plan_from(text, "grafana.yaml")
    registry.add_pilot(plan, text)
    codes = [
        code
        for group, size in (("intervention", ours), ("comparison", theirs))
        for half, unit in ((size // 2, "North"), (size - size // 2, "South"))
        for code in registry.add_participants(PILOT, group, half, ["bed", "gps"], unit=unit)
    ]
    opens = midnight(first, plan.zone)
    random = np.random.default_rng(1)
    for number, code in enumerate(codes):
        for kind, interval_s in KINDS.items():
            registry.add_device(PILOT, f"{kind}-{number}", kind, interval_s=interval_s)
            registry.assign(PILOT, f"{kind}-{number}", code, opens)
        _readings(store, number, opens, random)
        dates = [first + timedelta(days=day) for day in range(days)]
        registry.put_daily_values(PILOT, _values(code, dates, random))
    return codes


def _values(code: str, dates: list[date], random: np.random.Generator) -> Iterator[DailyValue]:
    for metric in METRICS:
        for day, value in zip(dates, random.gamma(9, 1 / 3, len(dates)).tolist(), strict=True):
            yield _value(code, day, metric, value)


def _value(code: str, day: date, metric: str, value: float) -> DailyValue:
    return DailyValue(code, day, metric, value, None, None, 3, 0.95, None)


def _readings(store: TimeSeriesStore, number: int, opens: int, random: np.random.Generator) -> None:
    until = now()
    beds = np.arange(opens, until, 10 * MINUTE_US, dtype=np.int64)
    walks = np.arange(opens, until, HOUR_US, dtype=np.int64)
    days = np.arange(opens, until, 24 * HOUR_US, dtype=np.int64)
    raised = np.sort(random.integers(opens, until, len(days)))
    stages = {"raised": 0, "acknowledged": 90, "arrived": 600, "closed": 1200}
    waits = np.array(list(stages.values())) * random.gamma(2, 0.5, (len(raised), 1))
    at = (raised[:, None] + (waits * SECOND_US).astype(np.int64)).ravel()
    place = np.full(len(walks), 59.33), np.full(len(walks), 18.06)
    store.commit(
        [
            _batch("bed", f"bed-{number}", beds, load_kg=np.full(len(beds), 112.0, np.float32)),
            _batch("gps", f"gps-{number}", walks, lat=place[0], lon=place[1], accuracy_m=place[1]),
            _batch("status", f"bed-{number}", days, battery_pct=np.linspace(100, 20, len(days))),
            _batch(
                "alarm",
                f"alarm-{number}",
                at,
                alarm=np.repeat([f"a{number}-{time}" for time in raised.tolist()], 4).astype(object),
                stage=np.array([*stages] * len(raised), object),
            ),
        ]
    )


def _newest(stream: str, devices: int) -> Batch:
    """A reading of each device, now."""
    time = np.full(devices, now(), np.int64)
    names, number = tuple(f"{stream}-{place}" for place in range(devices)), np.arange(devices, dtype=np.int32)
    source = np.full(devices, TIME_FROM_DEVICE, np.int8)
    return Batch(STREAMS[stream], names, number, time, time + SECOND_US, source, {})


def _alarm() -> Batch:
    """Somebody's, now."""
    words = {"alarm": np.array(["newest"], object), "stage": np.array(["raised"], object)}
    return _batch("alarm", "alarm-0", np.array([now()], np.int64), **words)


def _batch(stream: str, device: str, time: NDArray[np.int64], **columns: NDArray[Any]) -> Batch:
    zeros = np.zeros(len(time), np.int32)
    source = np.full(len(time), TIME_FROM_DEVICE, np.int8)
    return Batch(STREAMS[stream], (device,), zeros, time, time + SECOND_US, source, columns)
