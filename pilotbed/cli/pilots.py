"""Check, add, list and show pilots."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from pilotbed.cli.options import AsJson, Data, PilotName, PlanFile, one_of
from pilotbed.cli.output import print_json, print_table, results
from pilotbed.installation import open_registry, plan_from, plan_text
from pilotbed.settings import settings
from pilots.civil_time import to_rfc3339
from pilots.errors import PlanError
from pilots.stages import STAGES

if TYPE_CHECKING:
    from pilots.records import Pilot

app = typer.Typer(name="pilot", help="Pilots and their plans.", no_args_is_help=True)


@app.command()
def check(plan: PlanFile, data: Data = None, as_json: AsJson = False) -> None:
    """Say every error of a plan at once, each with its line; nothing is stored."""
    try:
        found = plan_from(plan_text(plan), plan.name)
    except PlanError as error:
        if as_json:
            print_json({"errors": [asdict(problem) for problem in error.problems]})
        raise
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        results.print(f"{plan.name} holds: pilot {found.pilot}, {found.title}", markup=False, highlight=False)


@app.command()
def add(plan: PlanFile, data: Data = None, as_json: AsJson = False) -> None:
    """Add a pilot by its plan."""
    text = plan_text(plan)
    found = plan_from(text, plan.name)
    with open_registry(settings(data=data)) as registry:
        added = registry.add_pilot(found, text)
    if as_json:
        print_json(_summary(added))
    else:
        results.print(
            f"Added {added.pilot}: {added.plan.title}\n"
            f"Next: pilotbed participant add {added.pilot} --group {next(iter(added.plan.groups))}",
            markup=False,
            highlight=False,
        )


@app.command("list")
def list_pilots(data: Data = None, as_json: AsJson = False) -> None:
    """List all pilots."""
    with open_registry(settings(data=data)) as registry:
        found = registry.pilots()
    if as_json:
        print_json([_summary(pilot) for pilot in found])
        return
    print_table(
        ("pilot", "title", "stage", "from", "to"),
        (
            (each.pilot, each.plan.title, each.stage, each.plan.phases[0].start, each.plan.phases[-1].end)
            for each in found
        ),
        empty="There is no pilot yet. Add one with: pilotbed pilot add PLAN.yaml",
    )


@app.command()
def show(pilot: PilotName, data: Data = None, as_json: AsJson = False) -> None:
    """Show one pilot: its plan, stage, participants and devices."""
    with open_registry(settings(data=data)) as registry:
        found = registry.pilot(pilot)
        people, devices = registry.participants(pilot), registry.devices(pilot)
    if as_json:
        print_json(_summary(found) | {"plan": found.plan.model_dump(mode="json")})
        return
    rows: list[tuple[str, object]] = [("title", found.plan.title), ("stage", found.stage)]
    rows += [(f"phase {phase.name}", f"{phase.start} – {phase.end}") for phase in found.plan.phases]
    for group, planned in found.plan.groups.items():
        rows.append((f"group {group}", f"{sum(each.group == group for each in people)} of {planned}"))
    rows.append(("devices", len(devices)))
    print_table((pilot, ""), rows, empty="")


@app.command()
def advance(
    pilot: PilotName,
    to: Annotated[str, typer.Option("--to", callback=one_of(STAGES), help="|".join(STAGES))],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Move a pilot to its next stage."""
    with open_registry(settings(data=data)) as registry:
        advanced = registry.advance(pilot, to)
    if as_json:
        print_json(_summary(advanced))
    else:
        results.print(f"{pilot} stands in {advanced.stage}.", markup=False, highlight=False)


def _summary(pilot: "Pilot") -> dict[str, object]:
    return {
        "pilot": pilot.pilot,
        "title": pilot.plan.title,
        "stage": pilot.stage,
        "plan_hash": pilot.plan_hash,
        "added": to_rfc3339(pilot.added_us),
    }
