"""One hash of everything that a pilot's figures are made from."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from analysis.alarms import STAGES
from analysis.pipeline.pilot_alarms import NOBODY, PilotAlarms
from pilots.records import DailyValue, Departure, Participant, Pilot, Recruitment


def fingerprint_of(
    pilot: Pilot,
    departures: Iterable[Departure],
    recruitment: Iterable[Recruitment],
    people: Iterable[Participant],
    days: Mapping[str, Mapping[str, Sequence[DailyValue]]],
    alarms: PilotAlarms,
) -> str:
    """SHA-256 (hex) over the plan and its departures, the round, who was asked, who took part where and how
    long, the daily values and the alarms.

    `days` holds the values by metric and participant, ascending. By content, not by when or in which order
    it arrived: the same data give the same fingerprint.
    """
    digest = hashlib.sha256(pilot.plan.fingerprint.encode())

    def add(*parts: object) -> None:
        digest.update(repr(parts).encode())

    add(pilot.round)
    for departure in departures:
        add(departure.at_us, departure.reason, departure.plan_hash)
    for asked in sorted(recruitment, key=lambda asked: asked.group):
        add(asked.group, asked.invited, asked.declined, asked.not_eligible)
    for person in sorted(people, key=lambda person: person.code):
        add(person.code, person.group, person.unit, person.left_us, person.left_because)
    for metric in sorted(days):
        for code in sorted(days[metric]):
            add(metric, code)
            digest.update("".join(map(_told, days[metric][code])).encode())
    owners = [None if place == NOBODY else alarms.participants[place] for place in alarms.participant]
    add(alarms.device.tolist(), alarms.table.alarm.tolist(), owners)
    add(alarms.table.cause.tolist(), alarms.table.outcome.tolist(), alarms.table.test.tolist())
    for stage in STAGES:
        digest.update(alarms.table.at[stage].tobytes())
    return digest.hexdigest()


def _told(value: DailyValue) -> str:
    numbers = f"{value.value!r},{value.ci_low!r},{value.ci_high!r},{value.n!r},{value.coverage!r}"
    return f"{value.day.toordinal()}:{numbers},{value.reason!r};"
