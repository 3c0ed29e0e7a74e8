"""The local days and nights of a pilot that are over."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from pilots.civil_time import midnight, noon
from pilots.plan import Plan

Bound = Callable[[date, ZoneInfo], int]


@dataclass(frozen=True, slots=True)
class Window:
    """A local day, or the night labelled with it: [start, end) µs UTC, 23 to 25 hours long."""

    day: date
    start: int
    end: int


def nights(plan: Plan, now_us: int) -> list[Window]:
    """Every night that starts on a day of the plan, first phase to last, and is over: noon to noon."""
    return _windows(plan, now_us, noon)


def days(plan: Plan, now_us: int) -> list[Window]:
    """Every day of the plan, first phase to last, that is over: midnight to midnight."""
    return _windows(plan, now_us, midnight)


def reduced(plan: Plan, now_us: int) -> list[Window]:
    """What a bed's readings are reduced by: the plan's first morning, held by no night, and its nights."""
    first = min(phase.start for phase in plan.phases)
    morning = Window(first, midnight(first, plan.zone), noon(first, plan.zone))
    return [morning, *nights(plan, now_us)] if morning.end <= now_us else []


def _windows(plan: Plan, now_us: int, bound: Bound) -> list[Window]:
    first = min(phase.start for phase in plan.phases)
    last = max(phase.end for phase in plan.phases)
    labels = [first + timedelta(days=number) for number in range((last - first).days + 2)]
    bounds = [bound(day, plan.zone) for day in labels]
    return [
        Window(day, start, end)
        for day, start, end in zip(labels, bounds, bounds[1:], strict=False)
        if end <= now_us
    ]
