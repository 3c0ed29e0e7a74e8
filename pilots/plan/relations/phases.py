"""How phases follow each other."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from pilots.plan.lines import Path
from pilots.plan.relations.plain import Finding, day_or_none, mappings

_ROUND = re.compile(r"round_([0-9]{1,3})")


@dataclass(frozen=True, slots=True)
class PhaseText:
    """What can be read of a phase; None where it cannot."""

    position: int
    name: str
    start: date | None
    end: date | None
    wash_in_days: int

    def at(self, key: str) -> Path:
        """The place of one of its keys."""
        return ("phases", self.position, key)

    @property
    def days_to_evaluate(self) -> int | None:
        """Its days without wash-in."""
        if self.start is None or self.end is None:
            return None
        return (self.end - self.start).days + 1 - self.wash_in_days


def phases_in(values: Mapping[str, Any]) -> list[PhaseText]:
    """The phases that can be read, in the order they are written."""
    return [_phase(position, item) for position, item in mappings(values.get("phases"))]


def phase_findings(values: Mapping[str, Any]) -> Iterator[Finding]:
    """What is wrong with phases, each and together."""
    phases = phases_in(values)
    yield from _phases_by_themselves(phases)
    for before, after in pairwise(phases):
        yield from _order(before, after)
    yield from _baseline_first(phases)
    yield from _rounds(phases, values.get("kind"))


def _phase(position: int, item: Mapping[str, Any]) -> PhaseText:
    wash_in = item.get("wash_in_days")
    return PhaseText(
        position=position,
        name=str(item.get("name", position + 1)),
        start=day_or_none(item.get("start")),
        end=day_or_none(item.get("end")),
        wash_in_days=wash_in if isinstance(wash_in, int) else 0,
    )


def _phases_by_themselves(phases: list[PhaseText]) -> Iterator[Finding]:
    seen: set[str] = set()
    for phase in phases:
        if phase.name in seen:
            yield phase.at("name"), f'phase "{phase.name}" is there twice: give each its own name'
        seen.add(phase.name)
        if phase.start is None or phase.end is None:
            continue
        days = (phase.end - phase.start).days + 1
        if days < 1:
            yield phase.at("end"), f'phase "{phase.name}" ends before it starts ({phase.end} < {phase.start})'
        elif phase.wash_in_days >= days:
            yield (
                phase.at("wash_in_days"),
                f'phase "{phase.name}": wash_in_days {phase.wash_in_days} leaves none of its {days} days '
                "to evaluate",
            )


def _order(before: PhaseText, after: PhaseText) -> Iterator[Finding]:
    if before.end is None or after.start is None:
        return
    if after.start == before.end:
        yield (
            after.at("start"),
            f'phase "{after.name}" starts on the last day of "{before.name}" ({after.start}): '
            "end is inclusive, so start on the day after",
        )
    elif before.start is not None and after.end is not None and after.end < before.start:
        yield (
            after.at("start"),
            f'phase "{after.name}" is listed after "{before.name}" but comes before it '
            f"({after.end} < {before.start}): list phases in order of time",
        )
    elif after.start < before.end:
        yield (
            after.at("start"),
            f'phase "{after.name}" starts before "{before.name}" ends ({after.start} < {before.end})',
        )


def _baseline_first(phases: list[PhaseText]) -> Iterator[Finding]:
    by_name = {phase.name: phase for phase in phases}
    baseline, pilot = by_name.get("baseline"), by_name.get("pilot")
    if baseline is None or pilot is None or baseline.start is None or pilot.start is None:
        return
    if pilot.start < baseline.start:
        yield (
            pilot.at("start"),
            f'phase "pilot" starts before "baseline" does ({pilot.start} < {baseline.start}): '
            "there is nothing to compare it with",
        )


def _rounds(phases: list[PhaseText], kind: object) -> Iterator[Finding]:
    names = {phase.name for phase in phases}
    for phase in phases:
        match = _ROUND.fullmatch(phase.name)
        if match is None:
            continue
        number = int(match[1])
        if kind != "rollout":
            yield (
                phase.at("name"),
                f'phase "{phase.name}": only a rollout goes round again: say kind: rollout, or rename it',
            )
        elif number < 2 or match[1] != str(number):
            yield (
                phase.at("name"),
                f'phase "{phase.name}": the rounds after "pilot" are round_2, round_3 and on',
            )
        elif (before := "pilot" if number == 2 else f"round_{number - 1}") not in names:
            yield (
                phase.at("name"),
                f'phase "{phase.name}" is compared with "{before}", which is not there',
            )
