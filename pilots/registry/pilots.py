"""Pilots and their plans."""

from sqlalchemy import Connection, Row, insert, select

from pilots import tables
from pilots.civil_time import to_rfc3339
from pilots.errors import PilotExists, UnknownPilot
from pilots.plan import Plan
from pilots.records import Pilot
from pilots.registry.database import Database
from pilots.registry.revisions import DEVICES, count_revision
from pilots.stages import STAGES

_pilots = tables.pilots
_changes = tables.stage_changes


class PilotRecords(Database):
    """Pilots by name."""

    def add_pilot(self, plan: Plan, text: str) -> Pilot:
        """Store a plan read from `text`, in the first stage.

        The same text again gives the pilot that stands; another text under its name raises `PilotExists`:
        that is a change of its plan (`amend`).
        """
        with self._writing() as connection:
            row = connection.execute(select(_pilots).where(_pilots.c.pilot == plan.pilot)).one_or_none()
            if row is not None and row.plan_text != text:
                raise PilotExists(
                    f'pilot "{plan.pilot}" was added {to_rfc3339(row.added_us)} with another plan: '
                    "change that pilot's plan with `pilotbed pilot amend PLAN.yaml`, or give this one "
                    "another name under `pilot:`"
                )
            if row is None:
                row_values = {
                    "pilot": plan.pilot,
                    "plan_text": text,
                    "plan_json": plan.model_dump_json(),
                    "plan_hash": plan.fingerprint,
                    "stage": STAGES[0],
                    "added_us": self._clock(),
                }
                connection.execute(insert(_pilots), row_values)
                count_revision(connection, DEVICES)
            return find_pilot(connection, plan.pilot)

    def pilot(self, pilot: str) -> Pilot:
        """The pilot of that name; raises `UnknownPilot`."""
        with self._reading() as connection:
            return find_pilot(connection, pilot)

    def pilots(self) -> list[Pilot]:
        """All pilots by name."""
        with self._reading() as connection:
            return [_read(row) for row in connection.execute(select(_pilots).order_by(_pilots.c.pilot))]


def require_pilot(connection: Connection, pilot: str) -> None:
    """Raise `UnknownPilot` unless the registry has it."""
    if connection.execute(select(_pilots.c.pilot).where(_pilots.c.pilot == pilot)).first() is None:
        raise _unknown(connection, pilot)


def stage_since(connection: Connection, pilot: Pilot) -> int:
    """Since when the pilot has stood in its stage, µs UTC; 0 where it came there before that was noted."""
    newest = (
        select(_changes.c.at_us)
        .where(_changes.c.pilot == pilot.pilot, _changes.c.stage == pilot.stage)
        .order_by(_changes.c.id.desc())
    )
    return int(connection.execute(newest).scalar() or 0)


def find_pilot(connection: Connection, pilot: str) -> Pilot:
    """The pilot of that name; raises `UnknownPilot`."""
    row = connection.execute(select(_pilots).where(_pilots.c.pilot == pilot)).one_or_none()
    if row is None:
        raise _unknown(connection, pilot)
    return _read(row)


def _unknown(connection: Connection, pilot: str) -> UnknownPilot:
    names = connection.execute(select(_pilots.c.pilot).order_by(_pilots.c.pilot)).scalars().all()
    known = f"there are {', '.join(names)}" if names else "add one with `pilotbed pilot add PLAN.yaml`"
    return UnknownPilot(f'there is no pilot "{pilot}": {known}')


def _read(row: Row[tuple[object, ...]]) -> Pilot:
    return Pilot(
        pilot=row.pilot,
        plan=Plan.model_validate_json(row.plan_json),
        plan_text=row.plan_text,
        plan_hash=row.plan_hash,
        stage=row.stage,
        added_us=row.added_us,
        locked_us=row.locked_us,
        locked_hash=row.locked_hash,
        round=row.round,
    )
