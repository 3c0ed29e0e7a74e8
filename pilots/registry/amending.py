"""Changing a pilot's plan: freely while it is planned, afterwards for a reason that the report tells."""

from datetime import date

from sqlalchemy import Column, Connection, Table, insert, select, update

from pilots import tables
from pilots.civil_time import local_date
from pilots.errors import PlanCannotChange, PlanLocked
from pilots.plan import Plan
from pilots.plan.changes import PlanChange, plan_changes
from pilots.plan.fixed import Held, refusals
from pilots.records import Departure, Pilot
from pilots.registry.month_values import last_value
from pilots.registry.pilots import PilotRecords, find_pilot, require_pilot
from pilots.registry.revisions import DEVICES, FIGURES, count_revision

_pilots = tables.pilots
_departures = tables.departures
_people = tables.participants
_devices = tables.devices


class Amendments(PilotRecords):
    """Plans that change, and the departures from those that were locked."""

    def amend(self, plan: Plan, text: str, reason: str = "") -> Pilot:
        """Put a plan read from `text` in place of the one that the pilot of its name has.

        Once the plan is locked this is a departure, and needs a reason. Raises `UnknownPilot`, `PlanLocked`
        without a reason, or `PlanCannotChange` for what the pilot's data rest on.
        """
        why = reason.strip()
        with self._writing() as connection:
            before = find_pilot(connection, plan.pilot)
            changes = plan_changes(before.plan, plan)
            locked = before.locked_us is not None
            if changes and locked and not why:
                raise PlanLocked(
                    f'the plan of pilot "{plan.pilot}" was locked when it left planning: give the reason for '
                    "the change, as --reason"
                )
            now = self._clock()
            refused = refusals(before.plan, plan, _held(connection, before, local_date(now, plan.zone)))
            if refused:
                raise PlanCannotChange(refused)
            connection.execute(
                update(_pilots)
                .where(_pilots.c.pilot == plan.pilot)
                .values(plan_text=text, plan_json=plan.model_dump_json(), plan_hash=plan.fingerprint)
            )
            if changes and locked:
                departure = {
                    "pilot": plan.pilot,
                    "at_us": now,
                    "reason": why,
                    "plan_hash": plan.fingerprint,
                    "changes": [[each.path, each.before, each.after] for each in changes],
                }
                connection.execute(insert(_departures), departure)
            count_revision(connection, FIGURES)
            count_revision(connection, DEVICES)
            return find_pilot(connection, plan.pilot)

    def departures(self, pilot: str) -> list[Departure]:
        """Every change of the plan since it was locked, the first foremost."""
        query = select(_departures).where(_departures.c.pilot == pilot).order_by(_departures.c.id)
        with self._reading() as connection:
            require_pilot(connection, pilot)
            return [
                Departure(
                    row.at_us, row.reason, row.plan_hash, tuple(PlanChange(*each) for each in row.changes)
                )
                for row in connection.execute(query)
            ]


def _held(connection: Connection, pilot: Pilot, today: date) -> Held:
    def named(column: Column[str], table: Table) -> set[str]:
        query = select(column).where(table.c.pilot == pilot.pilot, column.is_not(None)).distinct()
        return set(connection.execute(query).scalars())

    last_days = {}
    for phase in pilot.plan.phases:
        last = last_value(connection, pilot.pilot, phase.start, phase.end)
        if last is not None:
            last_days[phase.name] = last
    return Held(
        today=today,
        locked=pilot.locked_us is not None,
        last_days=last_days,
        groups=named(_people.c.group_name, _people),
        units=named(_people.c.unit, _people),
        products=named(_devices.c.product, _devices),
    )
