"""What a pilot's next stage asks for and what is missing, in a leader's words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from api.texts import texts
from api.wording import Wording
from pilots.gates import gates
from pilots.rounds import phase_of_round
from pilots.stages import Facts, Gate, Step, next_steps, warnings


@dataclass(frozen=True, slots=True)
class ShownGate:
    """What a stage asks for, what of it is missing, and the way out."""

    asks: str
    missing: str
    way_out: str


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A stage that may come next: what is met of what it asks for, what is not, what is warned of."""

    stage: str
    title: str
    met: Sequence[str]
    unmet: Sequence[ShownGate]
    warnings: Sequence[str]


def shown_steps(facts: Facts, say: Wording) -> list[ShownStep]:
    """The stages that may come next, onwards first."""
    return [_shown(facts, step, say) for step in next_steps(facts.plan, facts.stage, facts.round)]


def _shown(facts: Facts, step: Step, say: Wording) -> ShownStep:
    asked = gates(facts, step)
    title = say.name("stages", step.stage)
    if step.round > facts.round:
        title = f"{title}, {say.name('phases', phase_of_round(step.round)).lower()}"
    return ShownStep(
        step.stage,
        title,
        [_asks(gate, say) for gate in asked if gate.met],
        [_unmet(gate, facts.plan.pilot, say) for gate in asked if not gate.met],
        [say.text(f"standing.warnings.{name}") for name in warnings(facts, step)],
    )


def _asks(gate: Gate, say: Wording) -> str:
    return say.text(f"gates.{gate.name}.asks")


def _unmet(gate: Gate, pilot: str, say: Wording) -> ShownGate:
    about = {name: _WORDS.get(name, _as_it_is)(say, value) for name, value in gate.about.items()}
    absent = f"gates.{gate.name}.absent"
    nothing_there = absent in texts(say.language) and not any(gate.about.values())
    missing = say.text(absent) if nothing_there else say.text(f"gates.{gate.name}.missing", **about)
    return ShownGate(_asks(gate, say), missing, say.text(f"gates.{gate.name}.way_out", pilot=pilot))


def _as_it_is(say: Wording, value: object) -> str:
    return str(value)


def _phases(say: Wording, names: object) -> str:
    return ", ".join(say.name("phases", name) for name in cast("Sequence[str]", names))


def _products(say: Wording, names: object) -> str:
    return ", ".join(cast("Sequence[str]", names))


def _consents(say: Wording, pairs: object) -> str:
    listed = cast("Sequence[tuple[str, str]]", pairs)
    return ", ".join(f"{code} ({say.name('standing.scopes', scope)})" for code, scope in listed)


def _short(say: Wording, counts: object) -> str:
    listed = cast("Sequence[tuple[str, int, int]]", counts)
    return "; ".join(
        say.text("standing.short", group=say.name("groups", group), enough=enough, needed=needed)
        for group, enough, needed in listed
    )


_WORDS: Mapping[str, Callable[[Wording, object], str]] = {
    "phase": lambda say, name: say.name("phases", str(name)),
    "phases": _phases,
    "products": _products,
    "consents": _consents,
    "short": _short,
    "metric": lambda say, name: say.metric(str(name)),
    "end": lambda say, day: say.day(cast("date", day)),
}
