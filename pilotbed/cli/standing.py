"""Where a pilot stands, what its next stage asks for, and the step there."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pilotbed.cli.options import AsJson, Data, PilotName, one_of
from pilotbed.cli.output import notices, print_json, print_table, results
from pilotbed.installation import open_registry, outside_broker
from pilotbed.settings import settings
from pilots.civil_time import to_rfc3339
from pilots.errors import GatesNotMet
from pilots.gates import gates
from pilots.stages import STAGES, WARNINGS, Facts, Gate, Step, next_steps, warnings

if TYPE_CHECKING:
    from pilots.records import Departure, StageChange


def advance(
    pilot: PilotName,
    to: Annotated[str, typer.Option("--to", callback=one_of(STAGES), help="|".join(STAGES))],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Move a pilot to its next stage, or say every gate that is not met and the way out."""
    chosen = settings(data=data)
    with open_registry(chosen) as registry:
        try:
            registry.advance(pilot, to, embedded_broker=outside_broker(chosen) is None)
        except GatesNotMet as refused:
            if as_json:
                print_json({"pilot": pilot, "to": to, "gates": [gate_object(each) for each in refused.gates]})
            raise
        change = registry.stage_changes(pilot)[-1]
    for name in change.warnings:
        notices.print(f"Warning: {WARNINGS[name]}.", style="yellow", highlight=False, soft_wrap=True)
    if as_json:
        print_json({"pilot": pilot} | change_object(change))
    else:
        round_ = f", round {change.round}" if change.round > 1 else ""
        results.print(f"{pilot} stands in {change.stage}{round_}.", markup=False, highlight=False)


def print_next(facts: Facts) -> None:
    """The gates of each stage that may come next, and what is warned of."""
    for step in next_steps(facts.plan, facts.stage, facts.round):
        results.print()
        asked = gates(facts, step)
        print_table(
            (f"gate to {_named(step)}", "", "missing, and the way out"),
            (
                (gate.name, "met" if gate.met else "not met", None if gate.met else _missing(gate))
                for gate in asked
            ),
            empty=f"{_named(step)} may come next; nothing is asked for.",
        )
        for name in warnings(facts, step):
            results.print(f"Warning: {WARNINGS[name]}.", highlight=False, soft_wrap=True)


def next_objects(facts: Facts) -> list[dict[str, Any]]:
    """Each stage that may come next with its gates, as JSON has it."""
    return [
        {
            "stage": step.stage,
            "round": step.round,
            "gates": [gate_object(gate) for gate in gates(facts, step)],
            "warnings": list(warnings(facts, step)),
        }
        for step in next_steps(facts.plan, facts.stage, facts.round)
    ]


def gate_object(gate: Gate) -> dict[str, Any]:
    """A gate as JSON has it: what is missing only where something is."""
    missing, way_out = (None, None) if gate.met else (gate.missing, gate.way_out)
    return {"gate": gate.name, "met": gate.met, "missing": missing, "way_out": way_out}


def change_object(change: "StageChange") -> dict[str, Any]:
    """A step that was taken, as JSON has it."""
    return {
        "stage": change.stage,
        "round": change.round,
        "at": to_rfc3339(change.at_us),
        "warnings": list(change.warnings),
    }


def departure_object(departure: "Departure") -> dict[str, Any]:
    """A departure from the locked plan, as JSON has it."""
    return {
        "at": to_rfc3339(departure.at_us),
        "reason": departure.reason,
        "plan_hash": departure.plan_hash,
        "changes": [asdict(change) for change in departure.changes],
    }


def _named(step: Step) -> str:
    return step.stage if step.round == 1 else f"{step.stage} (round {step.round})"


def _missing(gate: Gate) -> str:
    return f"{gate.missing}; {gate.way_out}"


def register(app: typer.Typer) -> None:
    app.command()(advance)
