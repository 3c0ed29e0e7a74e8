"""Check, add, amend, list and show pilots."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from pilotbed.cli.options import AsJson, Data, PilotName, PlanFile
from pilotbed.cli.output import print_json, print_table, results
from pilotbed.cli.standing import change_object, departure_object, next_objects, print_next
from pilotbed.installation import open_registry, outside_broker, plan_from, plan_text
from pilotbed.settings import settings
from pilots.civil_time import to_rfc3339
from pilots.errors import PlanError

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
def amend(
    plan: PlanFile,
    reason: Annotated[
        str,
        typer.Option("--reason", help="Why; needed once the pilot has left planning. The report tells it."),
    ] = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Put a changed plan in place of the one that its pilot has, and list what changed."""
    from pilots.plan.changes import plan_changes

    text = plan_text(plan)
    found = plan_from(text, plan.name)
    with open_registry(settings(data=data)) as registry:
        before = registry.pilot(found.pilot)
        amended = registry.amend(found, text, reason)
    changes = plan_changes(before.plan, amended.plan)
    if as_json:
        print_json(_summary(amended) | {"changes": [asdict(change) for change in changes]})
        return
    print_table(
        ("what", "before", "now"),
        ((change.path, change.before, change.after) for change in changes),
        empty=f"The plan of {amended.pilot} says what it said before.",
    )


@app.command()
def show(pilot: PilotName, data: Data = None, as_json: AsJson = False) -> None:
    """Show one pilot: its plan, stage, people and devices, and what its next stage asks for."""
    chosen = settings(data=data)
    with open_registry(chosen) as registry:
        found = registry.pilot(pilot)
        facts = registry.facts(pilot, embedded_broker=outside_broker(chosen) is None)
        people, devices = registry.participants(pilot), registry.devices(pilot)
        recruitment = {each.group: each for each in registry.recruitment(pilot)}
        texts, departures = registry.texts(pilot), registry.departures(pilot)
        changes = registry.stage_changes(pilot)
    if as_json:
        print_json(
            _summary(found)
            | {
                "stages": [change_object(change) for change in changes],
                "next": next_objects(facts),
                "departures": [departure_object(departure) for departure in departures],
                "recruitment": [asdict(each) for each in recruitment.values()],
                "texts": list(texts),
                "plan": found.plan.model_dump(mode="json"),
            }
        )
        return
    rows: list[tuple[str, object]] = [("title", found.plan.title), ("stage", found.stage)]
    if found.round > 1:
        rows.append(("round", found.round))
    if found.locked_us is not None:
        rows.append(("plan locked", f"{to_rfc3339(found.locked_us)}, {found.locked_hash}"))
    for departure in departures:
        rows.append((f"changed {to_rfc3339(departure.at_us)}", departure.reason))
    rows += [(f"phase {phase.name}", f"{phase.start} – {phase.end}") for phase in found.plan.phases]
    for group, planned in found.plan.groups.items():
        own = [each for each in people if each.group == group]
        left = sum(each.left_us is not None for each in own)
        asked = f", {recruitment[group].invited} were asked" if group in recruitment else ""
        rows.append((f"group {group}", f"{len(own)} of {planned}, {left} have left{asked}"))
    rows.append(("devices", len(devices)))
    rows.append(("texts", ", ".join(texts) or None))
    print_table((pilot, ""), rows, empty="")
    print_next(facts)


def _summary(pilot: "Pilot") -> dict[str, object]:
    return {
        "pilot": pilot.pilot,
        "title": pilot.plan.title,
        "stage": pilot.stage,
        "round": pilot.round,
        "plan_hash": pilot.plan_hash,
        "added": to_rfc3339(pilot.added_us),
        "locked": None if pilot.locked_us is None else to_rfc3339(pilot.locked_us),
        "locked_hash": pilot.locked_hash,
    }
