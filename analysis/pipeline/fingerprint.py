"""One hash of everything that a pilot's figures are made from."""

import hashlib
from collections.abc import Iterable, Sequence

from analysis.alarms import STAGES
from analysis.pipeline.pilot_alarms import NOBODY, PilotAlarms, pilot_alarms
from pilots.plan import Plan
from pilots.records import DailyValue, Participant
from pilots.registry import Registry
from store import TimeSeriesStore


def data_fingerprint(registry: Registry, store: TimeSeriesStore, pilot: str) -> str:
    """SHA-256 (hex) over the plan, the participants' groups, the daily values and the alarms.

    By content, not by when or in which order it arrived: the same data give the same fingerprint.
    """
    return fingerprint_of(
        registry.pilot(pilot).plan,
        registry.participants(pilot),
        registry.daily_values(pilot),
        pilot_alarms(registry, store, pilot),
    )


def fingerprint_of(
    plan: Plan, people: Iterable[Participant], values: Sequence[DailyValue], alarms: PilotAlarms
) -> str:
    """The fingerprint of what has been read already."""
    digest = hashlib.sha256(plan.fingerprint.encode())

    def add(*parts: object) -> None:
        digest.update(repr(parts).encode())

    for person in sorted(people, key=lambda person: person.code):
        add(person.code, person.group)
    for value in sorted(values, key=lambda value: (value.metric, value.participant, value.day)):
        add(value.metric, value.participant, value.day.toordinal(), value.value, value.ci_low, value.ci_high)
        add(value.n, value.coverage, value.reason)
    owners = [None if place == NOBODY else alarms.participants[place] for place in alarms.participant]
    add(alarms.device.tolist(), alarms.table.alarm.tolist(), owners)
    add(alarms.table.cause.tolist(), alarms.table.outcome.tolist(), alarms.table.test.tolist())
    for stage in STAGES:
        digest.update(alarms.table.at[stage].tobytes())
    return digest.hexdigest()
