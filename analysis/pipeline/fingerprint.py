"""One hash of everything that a pilot's figures are made from."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from analysis.alarms import STAGES
from analysis.pipeline.pilot_alarms import NOBODY, PilotAlarms
from pilots.plan import Plan
from pilots.records import DailyValue, Participant


def fingerprint_of(
    plan: Plan,
    people: Iterable[Participant],
    days: Mapping[str, Mapping[str, Sequence[DailyValue]]],
    alarms: PilotAlarms,
) -> str:
    """SHA-256 (hex) over the plan, the participants' groups, the daily values and the alarms.

    `days` holds the values by metric and participant, ascending. By content, not by when or in which order
    it arrived: the same data give the same fingerprint.
    """
    digest = hashlib.sha256(plan.fingerprint.encode())

    def add(*parts: object) -> None:
        digest.update(repr(parts).encode())

    for person in sorted(people, key=lambda person: person.code):
        add(person.code, person.group)
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
