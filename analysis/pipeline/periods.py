"""The days, weeks and phases that daily values are gathered over, in the pilot's own zone."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from pilots.civil_time import midnight
from pilots.plan import Phase, Plan

By = Literal["day", "week", "phase"]
BY: tuple[By, ...] = ("day", "week", "phase")


@dataclass(frozen=True, slots=True)
class Period:
    """Local days [first, end) under one label: `2026-03-09`, `2026-W11` (ISO) or a phase's name.

    `time_us` is the local midnight that opens the first day, also where the values are of nights, which
    begin at noon. `phase` is the one phase that the days touch, None when they touch none or two.
    """

    label: str
    time_us: int
    end_us: int
    first: date
    end: date
    phase: str | None


def periods(plan: Plan, by: By, first: date, last: date) -> list[Period]:
    """The periods that touch the local days from `first` to `last`, ascending.

    Weeks are ISO weeks from Monday to Sunday, whole also where a phase begins inside. Phases stand with
    all their days. Raises ValueError for a `by` that does not exist.
    """
    if by == "phase":
        return [
            phase_period(plan, phase) for phase in plan.phases if phase.start <= last and phase.end >= first
        ]
    if by == "week":
        opening, length = first - timedelta(days=first.weekday()), 7
    elif by == "day":
        opening, length = first, 1
    else:
        raise ValueError(f"by is {by!r}: take one of {', '.join(BY)}")
    found = []
    while opening <= last:
        label = f"{opening:%G-W%V}" if by == "week" else opening.isoformat()
        found.append(_period(plan, label, opening, opening + timedelta(days=length)))
        opening += timedelta(days=length)
    return found


def phase_period(plan: Plan, phase: Phase, *, after_wash_in: bool = False) -> Period:
    """A phase's days, all of them or, for the evaluation, those after its wash-in."""
    first = phase.start + timedelta(days=phase.wash_in_days if after_wash_in else 0)
    end = phase.end + timedelta(days=1)
    return Period(phase.name, midnight(first, plan.zone), midnight(end, plan.zone), first, end, phase.name)


def _period(plan: Plan, label: str, first: date, end: date) -> Period:
    touched = [phase.name for phase in plan.phases if phase.start < end and phase.end >= first]
    phase = touched[0] if len(touched) == 1 else None
    return Period(label, midnight(first, plan.zone), midnight(end, plan.zone), first, end, phase)
