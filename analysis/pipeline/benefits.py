"""The benefits that a plan promises, each with what was measured of it, and the way that leads to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from analysis.catalogue import METRICS
from pilots.plan import Plan
from pilots.plan.benefits import Behaviour, Outcome, Step
from pilots.plan.values import Day

Reached = Literal["reached", "on_the_way", "not_reached", "not_measured"]


class Compared(Protocol):
    """One metric of one group in both phases; `EvaluationItem` is one."""

    @property
    def metric(self) -> str: ...

    @property
    def group(self) -> str: ...

    @property
    def baseline(self) -> float | None: ...

    @property
    def pilot(self) -> float | None: ...

    @property
    def reason(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class BenefitRow:
    """One outcome of the plan: who owns it, from what to what by when, and where it stands.

    `baseline` and `measured` are the means of the phases where `metric` names one of the catalogue,
    otherwise as the plan says them. `reached`: at its target or past it; `on_the_way`: nearer to it than
    the baseline, with time left on `measured_on`; `not_measured` without a target or a measured value, and
    then `reason` says why where it is known.
    """

    id: str
    text: str
    owner: str | None
    responsible: str | None
    metric: str | None
    unit: str | None
    baseline: float | None
    target: float | None
    date: Day | None
    measured: float | None
    measured_on: Day | None
    reached: Reached
    reason: str | None


@dataclass(frozen=True, slots=True)
class Box:
    """A step of the diagram; `row` counts from the top of its column. `reached` is of outcomes, the
    resistance expected (1 to 5), the action and who is responsible for it of behaviours."""

    id: str
    column: str
    row: int
    text: str
    reached: Reached | None = None
    resistance: int | None = None
    action: str | None = None
    responsible: str | None = None


@dataclass(frozen=True, slots=True)
class BenefitDiagram:
    """The boxes by column from left to right and the arrows between them, by id."""

    boxes: tuple[Box, ...]
    arrows: tuple[tuple[str, str], ...]


def benefit_rows(plan: Plan, items: Sequence[Compared], phase: str = "pilot") -> tuple[BenefitRow, ...]:
    """A row for each outcome of the plan; `items` of its first group give what was measured, the later of
    the two in `phase`."""
    group = next(iter(plan.groups))
    ours = {item.metric: item for item in items if item.group == group}
    last_day = next((each.end for each in plan.phases if each.name == phase), None)
    return tuple(_row(outcome, ours, last_day) for outcome in plan.benefits.outcomes)


def benefit_diagram(plan: Plan, rows: Sequence[BenefitRow]) -> BenefitDiagram:
    """The plan's way from deliverables to goals; an arrow from what is no box of the plan is left out."""
    reached = {row.id: row.reached for row in rows}
    columns = plan.benefits.columns
    boxes = tuple(
        _box(step, column, row, reached.get(step.id) if column == "outcomes" else None)
        for column, steps in columns
        for row, step in enumerate(steps)
    )
    ids = {box.id for box in boxes}
    arrows = tuple(
        (origin, step.id)
        for _, steps in columns
        for step in steps
        for origin in step.leads_from
        if origin in ids
    )
    return BenefitDiagram(boxes, arrows)


def _row(outcome: Outcome, ours: dict[str, Compared], last_day: date | None) -> BenefitRow:
    unit, baseline, measured, measured_on = (
        outcome.unit,
        outcome.baseline,
        outcome.measured,
        outcome.measured_on,
    )
    reason = None
    if outcome.metric is not None:
        item = ours.get(outcome.metric)
        unit = METRICS[outcome.metric].unit if outcome.metric in METRICS else outcome.unit
        baseline, measured = (item.baseline, item.pilot) if item is not None else (None, None)
        measured_on = last_day if measured is not None else None
        reason = item.reason if item is not None and (baseline is None or measured is None) else None
    return BenefitRow(
        outcome.id,
        outcome.text,
        outcome.owner,
        outcome.responsible,
        outcome.metric,
        unit,
        baseline,
        outcome.target,
        outcome.date,
        measured,
        measured_on,
        _reached(outcome, baseline, measured, measured_on),
        reason,
    )


def _reached(
    outcome: Outcome, baseline: float | None, measured: float | None, measured_on: date | None
) -> Reached:
    target = outcome.target
    if target is None or measured is None:
        return "not_measured"
    if baseline is None or baseline == target:
        lower = outcome.metric in METRICS and METRICS[outcome.metric].direction == "down"
    else:
        lower = target < baseline
    if measured <= target if lower else measured >= target:
        return "reached"
    nearer = baseline is not None and (measured < baseline if lower else measured > baseline)
    in_time = outcome.date is None or measured_on is None or measured_on < outcome.date
    return "on_the_way" if nearer and in_time else "not_reached"


def _box(step: Step, column: str, row: int, reached: Reached | None) -> Box:
    if isinstance(step, Behaviour):
        return Box(step.id, column, row, step.text, None, step.resistance, step.action, step.responsible)
    return Box(step.id, column, row, step.text, reached)
