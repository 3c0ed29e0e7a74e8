"""Numbers that grow with every change of something, so that readers need not look at all of it."""

from sqlalchemy import Connection, insert, select, update

from pilots import tables

_revisions = tables.revisions

DEVICES = "devices"
"""Pilots, devices and assignments: what ingest looks topics up in."""

FIGURES = "figures"
"""All else that figures and reports are made from: plans and stages, participants, daily values, what people
tell."""


def count_revision(connection: Connection, what: str) -> None:
    """Count one more change; writers go one at a time, so the number is read and written undisturbed."""
    counted = update(_revisions).where(_revisions.c.what == what)
    if not connection.execute(counted.values(revision=_revisions.c.revision + 1)).rowcount:
        connection.execute(insert(_revisions).values(what=what, revision=1))


def revision_of(connection: Connection, what: str) -> int:
    """How many changes there have been; 0 when none."""
    found = connection.execute(select(_revisions.c.revision).where(_revisions.c.what == what)).scalar()
    return int(found or 0)
