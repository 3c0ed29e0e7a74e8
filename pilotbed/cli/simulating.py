"""Publish a plan's pilot from simulated devices."""

from pathlib import Path
from typing import Annotated

import typer

from pilotbed.cli.options import AsJson, Data, PlanFile, Seed
from pilotbed.cli.output import print_json, results
from pilotbed.cli.progress import counting
from pilotbed.installation import open_registry, plan_from, plan_text
from pilotbed.settings import settings
from simulators.errors import UnknownFault
from simulators.faults import NONE
from simulators.faults import chosen as chosen_faults


def simulate(
    plan: PlanFile,
    days: Annotated[
        int | None, typer.Option("--days", min=1, help="Only the first days of the plan.")
    ] = None,
    seed: Seed = 1,
    faults: Annotated[
        list[str],
        typer.Option(
            "--faults",
            metavar="NAME",
            help="What goes wrong with devices and logs: a fault, several with commas, all, or none. "
            "Repeatable; a wrong name lists those there are.",
        ),
    ] = [NONE],  # noqa: B006 - Typer reads it and makes a new list
    truth: Annotated[
        Path | None,
        typer.Option("--truth", metavar="FILE", help="Where to write what really happened, as JSON."),
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Let simulated residents, beds, trackers and staff publish a whole pilot to running ingest."""
    from pilotbed.simulating import running_ingest, simulate_through

    try:
        wrong = chosen_faults(faults)
    except UnknownFault as error:
        raise typer.BadParameter(str(error), param_hint="--faults") from error
    chosen = settings(data=data)
    text = plan_text(plan)
    found = plan_from(text, plan.name)
    with (
        open_registry(chosen) as registry,
        running_ingest(chosen, registry) as ingest,
        counting("Simulated days") as progress,
    ):
        registry.add_pilot(found, text)
        published = simulate_through(
            ingest, found, registry, seed=seed, days=days, truth=truth, faults=wrong, progress=progress
        )
    if as_json:
        print_json(
            {
                "pilot": found.pilot,
                "messages": published.messages,
                "readings": published.readings,
                "seconds": round(published.seconds, 1),
            }
        )
    else:
        results.print(
            f"{published.messages} messages with {published.readings} readings in {published.seconds:.0f} s; "
            "all are stored.",
            highlight=False,
        )


def register(app: typer.Typer) -> None:
    app.command()(simulate)
