"""Compute metrics and render reports."""

import time
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pilotbed.cli.options import AsJson, Data, PilotName
from pilotbed.cli.output import fail, print_error, print_json, results
from pilotbed.cli.progress import counting, ended_by_ctrl_c, waiting
from pilotbed.installation import open_readings, open_registry, running_service
from pilotbed.settings import Settings, settings

if TYPE_CHECKING:
    from pilotbed.service_client import ServiceClient

INTERRUPTED = 130
"""What shells expect of a command that Ctrl-C ended."""


class Format(StrEnum):
    html = "html"
    pdf = "pdf"
    json = "json"
    xlsx = "xlsx"


class Language(StrEnum):
    sv = "sv"
    en = "en"


def analyse(
    pilot: PilotName,
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            metavar="ADDRESS",
            help="Let the workers of this Dask scheduler compute: tcp://host:8786.",
            show_default=False,
        ),
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Recompute the days that new readings have touched."""
    chosen = settings(data=data, scheduler=scheduler)
    started = time.monotonic()
    service = running_service(chosen)
    if service is None:
        done = _computed(chosen, pilot)
    elif scheduler is None:
        done = _computed_by(service, pilot)
    else:
        service.close()
        fail(
            f"the service at {service.access.http} owns the readings, and its own settings say where it "
            "computes: give it the scheduler (PILOTBED_SCHEDULER, or pilotbed.toml), or stop it first"
        )
    done["seconds"] = round(time.monotonic() - started, 3)
    if as_json:
        print_json(done)
    else:
        results.print(
            f"{done['values']} values of {done['days']} days and nights computed, "
            f"{done['unchanged']} days and nights unchanged.",
            highlight=False,
        )
    for month in done["failed"]:
        print_error(f"{month['participant']}, month from {month['month']}: {month['reason']}")
    if done["failed"]:
        fail("the other months are computed; the next run tries these again")


def _computed(chosen: Settings, pilot: str) -> dict[str, Any]:
    try:
        with (
            counting("Days computed", at_first="Looking for what is new") as bar,
            ended_by_ctrl_c(bar) as progress,
        ):
            import analysis.pipeline

            with open_registry(chosen) as registry, open_readings(chosen) as store:
                found = analysis.pipeline.recompute(
                    registry,
                    store,
                    pilot,
                    workers=chosen.workers,
                    scheduler=chosen.scheduler,
                    progress=progress,
                )
    except KeyboardInterrupt:
        print_error("stopped; what was computed stands, the next run goes on")
        raise typer.Exit(INTERRUPTED) from None
    return asdict(found)


def _computed_by(service: "ServiceClient", pilot: str) -> dict[str, Any]:
    try:
        with waiting("Recomputing"):
            done: dict[str, Any] = service.post(f"/api/v1/pilots/{pilot}/analyses").json()
    except KeyboardInterrupt:
        print_error("stopped waiting; the service goes on")
        raise typer.Exit(INTERRUPTED) from None
    finally:
        service.close()
    return done


def report(
    pilot: PilotName,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="Where to write it.", dir_okay=False)
    ],
    form: Annotated[Format, typer.Option("--format", help="Form of the report.")] = Format.html,
    language: Annotated[Language, typer.Option("--lang", help="Language of the report.")] = Language.sv,
    data: Data = None,
) -> None:
    """Write the pilot's report as one file. Small groups are suppressed in it."""
    chosen = settings(data=data)
    service = running_service(chosen)
    if service is not None:
        content = service.get(
            f"/api/v1/pilots/{pilot}/report", format=form.value, lang=language.value
        ).content
        service.close()
    else:
        from api.report import render_report

        with open_registry(chosen) as registry, open_readings(chosen) as store:
            content = render_report(registry, store, pilot, form.value, language.value)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(content)
    results.print(str(output), markup=False, highlight=False, soft_wrap=True)


def register(app: typer.Typer) -> None:
    app.command()(analyse)
    app.command()(report)
