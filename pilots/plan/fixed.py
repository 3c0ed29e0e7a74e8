"""What an amended plan must leave as it was, because the pilot's data rest on it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from pilots.plan.model import Phase, Plan


@dataclass(frozen=True, slots=True)
class Held:
    """What a pilot has: the last day with values of each phase that has any, and what its participants and
    devices name. `today` is local to the pilot."""

    today: date
    locked: bool = False
    last_days: Mapping[str, date] = field(default_factory=dict)
    groups: Collection[str] = ()
    units: Collection[str] = ()
    products: Collection[str] = ()


def refusals(before: Plan, after: Plan, held: Held) -> tuple[str, ...]:
    """A sentence for each change that cannot be, with its reason and the way out."""
    return tuple(_refusals(before, after, held))


def _refusals(before: Plan, after: Plan, held: Held) -> Iterator[str]:
    if before.timezone != after.timezone and (held.locked or held.last_days):
        yield (
            f"timezone: {before.timezone} cannot become {after.timezone}: every day and night of the pilot "
            "is drawn in it; a pilot in another time zone is another pilot"
        )
    phases = {phase.name: phase for phase in after.phases}
    for phase in before.phases:
        if phase.name in held.last_days:
            yield from _phase(phase, phases.get(phase.name), held.last_days[phase.name], held.today)
    yield from _gone("groups", "participants in it", held.groups, after.groups)
    yield from _gone("units", "participants in it", held.units, after.units)
    yield from _gone("products", "devices of it", held.products, [each.name for each in after.products])


def _phase(before: Phase, after: Phase | None, last_day: date, today: date) -> Iterator[str]:
    path = f"phases[{before.name}]"
    if after is None:
        yield f"{path}: cannot go: it holds data up to {last_day}; keep it under its name"
        return
    if after.start != before.start:
        yield (
            f"{path}.start: {before.start} cannot become {after.start}: the phase has begun and holds data; "
            "leave out its first days with wash_in_days"
        )
    if after.end != before.end and before.end < today:
        yield f"{path}.end: {before.end} cannot become {after.end}: the phase is over and holds data"
    elif after.end < min(before.end, last_day):
        yield f"{path}.end: {before.end} cannot become {after.end}: the phase holds data up to {last_day}"


def _gone(path: str, who: str, held: Collection[str], now: Collection[str]) -> Iterator[str]:
    for name in sorted(set(held) - set(now)):
        yield f"{path}: {name} cannot go: the pilot has {who}"
