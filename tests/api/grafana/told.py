"""Pilots as a project leader's Grafana meets them, in one installation: a whole one, one so small that every
figure of people is hidden, one just added, and one whose plan says no more than it must."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain, islice
from pathlib import Path

import httpx
from starlette.testclient import TestClient

from analysis.pipeline.daily import recompute
from api.app import create_app
from api.context import Context
from ingest.directory import Directory
from ingest.intake import Intake
from ingest.received import Received
from pilotbed.demonstration import FIRST_DAY, plan_text, tell_of
from pilots.civil_time import midnight, to_rfc3339
from pilots.plan import Plan, read_plan
from pilots.registry import Registry
from simulators.delivery import Delivery, Trouble
from simulators.enrolment import enrol
from simulators.messages import Message
from simulators.story import STREAMS, Story
from store.duckdb_engine import DuckDBStore
from store.losses import Loss, loss_letter
from tests.api.grafana.checks.fault import Fault
from tests.api.grafana.checks.infinity import Answered, Ask
from tests.api.grafana.checks.variables import Values
from tests.api.grafana.checks.walker import Dashboard, Place, choices, distinct, needed, places, shown

DAYS = 48
"""Change of weight looks back over 37 nights."""

FULL, SUPPRESSED, EMPTY, BARE = "full", "suppressed", "empty", "bare"
PEOPLE = {FULL: (12, 6), SUPPRESSED: (4, 4), EMPTY: (8, 6), BARE: (6,)}
TOLD_DAYS = {FULL: DAYS, SUPPRESSED: 10, EMPTY: 0, BARE: 3}

BARE_PLAN = f"""
pilot: {BARE}
title: Bara sängar
timezone: Europe/Stockholm
phases:
  - {{name: baseline, start: 2025-01-13, end: 2025-01-15}}
groups: {{intervention: 6}}
"""
SOMEBODYS_NAME = "Anna Andersson"
"""In a message that is none, and kept for who mends the device."""

MESSAGES_A_COMMIT = 5_000
HOUR = 3600 * 1_000_000


@dataclass(frozen=True)
class Told:
    """The installation, and for each pilot its plan, its own token of the Grafana role, and its people."""

    registry: Registry
    store: DuckDBStore
    client: TestClient
    plans: Mapping[str, Plan]
    tokens: Mapping[str, str]
    codes: Mapping[str, frozenset[str]]
    answers: dict[tuple[str, str], httpx.Response] = field(default_factory=dict)

    def ask(self, pilot: str) -> Ask:
        """The API as the data source of that pilot asks it, the same thing once."""

        def asked(address: str, headers: Mapping[str, str]) -> httpx.Response:
            key = (pilot, address)
            if key not in self.answers:
                own = {**headers, "Authorization": f"Bearer {self.tokens[pilot]}"}
                self.answers[key] = self.client.get(address, headers=own, follow_redirects=False)
            return self.answers[key]

        return asked

    def chosen(self, pilot: str) -> Values:
        """The pilot in the list, and a time range that holds its story."""
        zone = self.plans[pilot].zone
        start = midnight(FIRST_DAY, zone)
        end = midnight(FIRST_DAY + timedelta(days=DAYS), zone)
        return within(pilot, to_rfc3339(start), to_rfc3339(end))

    def asked(
        self, dashboard: Dashboard, pilot: str, chosen: Values | None = None
    ) -> Iterator[tuple[Place, Values]]:
        """Every query, once for each choice of the variables that it depends on."""
        every = choices(dashboard, chosen or self.chosen(pilot), self.ask(pilot))
        for place in places(dashboard):
            for values in distinct(every, needed(place)):
                yield place, values

    def answered(self, dashboard: Dashboard, pilot: str) -> Iterator[tuple[Place, Values, Answered]]:
        """What comes for every query that is answered as its place needs it; of others `asked` tells."""
        for place, values in self.asked(dashboard, pilot):
            with suppress(Fault):
                yield place, values, shown(place, values, self.ask(pilot))

    @property
    def everybody(self) -> frozenset[str]:
        return frozenset().union(*self.codes.values())


def within(pilot: str, start: str, end: str) -> Values:
    """The pilot in the list, and a time range as the plugin writes it."""
    return {"pilot": pilot, "__timeFrom": start, "__timeTo": end}


@contextmanager
def installed(folder: Path) -> Iterator[Told]:
    """The pilots in `folder`, told and analysed; nothing runs but what a test asks."""
    with (
        closing(Registry.open(f"sqlite:///{folder / 'registry.sqlite'}")) as registry,
        closing(DuckDBStore.open(folder / "readings.duckdb")) as store,
    ):
        plans = {pilot: _tell(registry, store, pilot) for pilot in PEOPLE}
        yield Told(
            registry,
            store,
            TestClient(create_app(Context(registry, store)), raise_server_exceptions=False),
            plans,
            {pilot: registry.create_token("grafana", pilot)[1] for pilot in PEOPLE},
            {pilot: frozenset(each.code for each in registry.participants(pilot)) for pilot in PEOPLE},
        )


def plan_of(pilot: str) -> str:
    """The demo's plan for a smaller house, or the bare one."""
    if pilot == BARE:
        return BARE_PLAN
    groups = "groups: {{intervention: {}, comparison: {}}}"
    text = plan_text(DAYS).replace(groups.format(24, 12), groups.format(*PEOPLE[pilot]))
    return text.replace("pilot: demo", f"pilot: {pilot}")


def _tell(registry: Registry, store: DuckDBStore, pilot: str) -> Plan:
    text = plan_of(pilot)
    plan = read_plan(text)
    registry.add_pilot(plan, text)
    if days := TOLD_DAYS[pilot]:
        story = Story(plan, seed=list(PEOPLE).index(pilot) + 1, days=days, power_cuts=True)
        enrol(story, registry)
        intake = Intake(store, Directory(registry))
        arriving = chain(_one_by_one(story), *(_at_once(story, day) for day in story.days))
        while messages := list(islice(arriving, MESSAGES_A_COMMIT)):
            intake.commit([_received(pilot, at, message) for at, message in messages])
        _go_wrong(story, store, intake)
        if pilot != BARE:
            tell_of(registry, story.truth)
        recompute(registry, store, pilot, workers=1)
    return plan


def _go_wrong(story: Story, store: DuckDBStore, intake: Intake) -> None:
    """A device sends what is no reading and a field that nobody knows; the broker loses an hour."""
    at = story.start + 3 * HOUR
    bed = story.participants[0].devices["bed"]
    unknown = {"time": to_rfc3339(at), "weight_kg": 70.0, "Mood": 3}
    for payload in (f'{{"note": "{SOMEBODYS_NAME}"'.encode(), json.dumps(unknown).encode()):
        intake.commit([_received(story.plan.pilot, at, Message(bed, "bed", payload, 1))])
    store.commit([], [loss_letter(Loss(at, at + HOUR), at + HOUR)])


def _one_by_one(story: Story) -> Iterator[tuple[int, Message]]:
    """The first day as devices send it: late, by a clock that is off, and some of it lost."""
    first = Story(story.plan, story.seed, days=1)
    return Delivery(first, frozenset(Trouble)).messages()


def _at_once(story: Story, day: date) -> Iterator[tuple[int, Message]]:
    """A later day in few messages; of the first what `_one_by_one` leaves out."""
    received = midnight(day + timedelta(days=1), story.plan.zone)
    streams = ("visit", "alarm") if day == story.first else STREAMS
    return ((received, message) for message in story.messages(day, streams))


def _received(pilot: str, at: int, message: Message) -> Received:
    return Received(f"pilotbed/{pilot}/{message.device}/{message.stream}", message.payload, 1, False, at)
