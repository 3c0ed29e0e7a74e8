"""The way from what is delivered to what is aimed at (the Danish gevinstrealiseringsdiagram), as data."""

from typing import Annotated

from pydantic import Field, StringConstraints

from pilots.plan.part import Part, Text
from pilots.plan.values import Day

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
Number = Annotated[float, Field(allow_inf_nan=False)]


class Step(Part):
    """A box of the diagram. `leads_from` names the boxes of the column before that make it possible."""

    id: Id
    text: Text
    leads_from: tuple[Id, ...] = ()


class Behaviour(Step):
    """What people will do in a new way: the resistance expected, 1 (none) to 5, and what is done about it."""

    resistance: Annotated[int, Field(ge=1, le=5)] | None = None
    action: Text | None = None
    responsible: Text | None = None


class Outcome(Step):
    """A benefit: who owns it, who answers for it in the line, how it is measured, from what, to what, when.

    `metric` names one of the catalogue, whose baseline and value are then measured; `baseline` and
    `measured` are for what no sensor sees, as read on `measured_on`.
    """

    owner: Text | None = None
    responsible: Text | None = None
    metric: Text | None = None
    unit: Text | None = None
    baseline: Number | None = None
    target: Number | None = None
    date: Day | None = None
    measured: Number | None = None
    measured_on: Day | None = None


class Benefits(Part):
    """The five columns of the diagram, left to right."""

    deliverables: tuple[Step, ...] = ()
    competences: tuple[Step, ...] = ()
    behaviours: tuple[Behaviour, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    goals: tuple[Step, ...] = ()

    @property
    def columns(self) -> tuple[tuple[str, tuple[Step, ...]], ...]:
        """Every column with its name, in order."""
        return (
            ("deliverables", self.deliverables),
            ("competences", self.competences),
            ("behaviours", self.behaviours),
            ("outcomes", self.outcomes),
            ("goals", self.goals),
        )
