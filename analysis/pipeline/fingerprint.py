"""One hash of everything that a pilot's figures are made from."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from analysis.alarms import STAGES
from analysis.pipeline.pilot_alarms import NOBODY, PilotAlarms
from pilots.records import Departure, Participant, Pilot, Recruitment


def fingerprint_of(
    pilot: Pilot,
    departures: Iterable[Departure],
    recruitment: Iterable[Recruitment],
    people: Iterable[Participant],
    months: Mapping[tuple[str, date], int],
    alarms: PilotAlarms,
    told: Iterable[Sequence[object]],
) -> str:
    """SHA-256 (hex) over the plan and its departures, the round, who was asked, who took part where and how
    long, the daily values, the alarms and until when there are any, and what people have `told`: scores,
    weighings, events, texts.

    `months` holds by participant and month a sum over its values, as `Registry.month_sums` gives it. By
    content, not by when or in which order it arrived: the same data give the same fingerprint.
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
    for (code, month), total in sorted(months.items()):
        add(code, month.toordinal(), total)
    owners = [None if place == NOBODY else alarms.participants[place] for place in alarms.participant]
    add(alarms.device.tolist(), alarms.table.alarm.tolist(), owners, alarms.end)
    add(alarms.table.cause.tolist(), alarms.table.outcome.tolist(), alarms.table.test.tolist())
    for stage in STAGES:
        digest.update(alarms.table.at[stage].tobytes())
    for each in told:
        add(*each)
    return digest.hexdigest()
