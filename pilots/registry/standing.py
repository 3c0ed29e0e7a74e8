"""Where a pilot stands, and its way from stage to stage."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import Connection, insert, select, update

from pilots import tables
from pilots.errors import GatesNotMet
from pilots.gates import unmet
from pilots.records import Pilot, StageChange
from pilots.registry.database import Database
from pilots.registry.month_values import read_months
from pilots.registry.participants import SCOPES
from pilots.registry.pilots import find_pilot, require_pilot, stage_since
from pilots.registry.revisions import FIGURES, count_revision
from pilots.rounds import phase_before, phase_named
from pilots.stages import Facts, step_to, warnings

_pilots = tables.pilots
_changes = tables.stage_changes
_people = tables.participants
_consents = tables.consents
_devices = tables.devices
_assignments = tables.assignments
_reports = tables.reports


class Standing(Database):
    """Stages, and the facts that their gates look at."""

    def advance(self, pilot: str, to: str, *, embedded_broker: bool = False) -> Pilot:
        """Move a pilot to a stage that may come next; the plan is locked when it leaves planning.

        `embedded_broker` says that devices publish to the broker for trying out; that is warned of, and
        kept with the stage. Raises `UnknownPilot`, `WrongStage`, or `GatesNotMet` with all that is missing.
        """
        with self._writing() as connection:
            now = self._clock()
            before = find_pilot(connection, pilot)
            facts = _facts(connection, before, now, embedded_broker)
            step = step_to(before.plan, before.stage, before.round, to)
            missing = unmet(facts, step)
            if missing:
                raise GatesNotMet(pilot, to, missing)
            values: dict[str, object] = {"stage": step.stage, "round": step.round}
            if before.locked_us is None:
                values |= {"locked_us": now, "locked_hash": before.plan_hash}
            connection.execute(update(_pilots).where(_pilots.c.pilot == pilot).values(values))
            change = {"pilot": pilot, "at_us": now, "warnings": list(warnings(facts, step))}
            connection.execute(insert(_changes), change | {"stage": step.stage, "round": step.round})
            # Another round is another evaluation.
            count_revision(connection, FIGURES)
            return find_pilot(connection, pilot)

    def facts(self, pilot: str, *, embedded_broker: bool = False) -> Facts:
        """What the gates of the pilot's next stage look at, now."""
        with self._reading() as connection:
            return _facts(connection, find_pilot(connection, pilot), self._clock(), embedded_broker)

    def stage_changes(self, pilot: str) -> list[StageChange]:
        """The stages that the pilot came to after the first, in order."""
        query = select(_changes).where(_changes.c.pilot == pilot).order_by(_changes.c.id)
        with self._reading() as connection:
            require_pilot(connection, pilot)
            return [
                StageChange(row.at_us, row.stage, row.round, tuple(row.warnings))
                for row in connection.execute(query)
            ]


def _facts(connection: Connection, pilot: Pilot, now: int, embedded_broker: bool) -> Facts:
    here = (_people.c.pilot == pilot.pilot) & _people.c.left_us.is_(None) & (_people.c.joined_us <= now)
    people = connection.execute(select(_people.c.participant, _people.c.group_name).where(here))
    group_of = {row.participant: row.group_name for row in people}
    kinds = select(_devices.c.kind).where(_devices.c.pilot == pilot.pilot).distinct()
    return Facts(
        plan=pilot.plan,
        stage=pilot.stage,
        round=pilot.round,
        now_us=now,
        participants=len(group_of),
        without_consent=_without_consent(connection, pilot, group_of, now),
        kinds=frozenset(connection.execute(kinds).scalars()),
        days=_days(connection, pilot, group_of),
        report_made=_report_made(connection, pilot),
        embedded_broker=embedded_broker,
    )


def _without_consent(
    connection: Connection, pilot: Pilot, group_of: Mapping[str, str], now: int
) -> Sequence[tuple[str, str]]:
    goes_on = _assignments.c.end_us.is_(None) | (_assignments.c.end_us > now)
    used = (
        select(_assignments.c.participant, _devices.c.kind)
        .join(_devices, _devices.c.device == _assignments.c.device)
        .where(_assignments.c.pilot == pilot.pilot, goes_on, _devices.c.kind.in_(SCOPES))
        .distinct()
    )
    given = select(_consents.c.participant, _consents.c.scope).where(
        _consents.c.pilot == pilot.pilot, _consents.c.withdrawn_us.is_(None)
    )
    holding = {(row.participant, row.scope) for row in connection.execute(given)}
    needed = {(row.participant, row.kind) for row in connection.execute(used) if row.participant in group_of}
    return sorted(needed - holding)


def _days(connection: Connection, pilot: Pilot, group_of: Mapping[str, str]) -> Mapping[str, Sequence[int]]:
    going_round = pilot.stage in ("evaluation", "decision")
    phase = phase_named(pilot.plan, phase_before(pilot.round + going_round))
    metric = next((goal.metric for goal in pilot.plan.goals if goal.primary), None)
    if phase is None or metric is None:
        return {}
    start, end = phase.start + timedelta(days=phase.wash_in_days), phase.end + timedelta(days=1)
    counted: dict[str, int] = {}
    for participant, month, values in read_months(connection, pilot.pilot, start=start, end=end):
        if participant in group_of:
            days = [month.replace(day=day) for day, _ in values.counting(metric)]
            counted[participant] = counted.get(participant, 0) + sum(start <= day < end for day in days)
    by_group: dict[str, list[int]] = {}
    for participant, number in counted.items():
        if number:
            by_group.setdefault(group_of[participant], []).append(number)
    return by_group


def _report_made(connection: Connection, pilot: Pilot) -> bool:
    if pilot.stage != "evaluation":
        return False
    made = select(_reports.c.id).where(
        _reports.c.pilot == pilot.pilot,
        _reports.c.round == pilot.round,
        _reports.c.made_us >= stage_since(connection, pilot),
    )
    return connection.execute(made.limit(1)).first() is not None
