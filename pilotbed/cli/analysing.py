"""Compute metrics and render reports."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pilotbed.cli.options import AsJson, Data, PilotName
from pilotbed.cli.output import print_json, results
from pilotbed.cli.progress import counting, waiting
from pilotbed.installation import open_readings, open_registry, running_service
from pilotbed.settings import settings


class Format(StrEnum):
    html = "html"
    json = "json"


class Language(StrEnum):
    sv = "sv"
    en = "en"


def analyse(pilot: PilotName, data: Data = None, as_json: AsJson = False) -> None:
    """Recompute the days that new readings have touched."""
    chosen = settings(data=data)
    service = running_service(chosen)
    if service is not None:
        with waiting("Recomputing"):
            done = service.post(f"/api/v1/pilots/{pilot}/analyses").json()
        service.close()
    else:
        import analysis.pipeline

        with (
            open_registry(chosen) as registry,
            open_readings(chosen) as store,
            counting("Units recomputed") as progress,
        ):
            found = analysis.pipeline.recompute(
                registry, store, pilot, workers=chosen.workers, progress=progress
            )
        done = {"days": found.days, "values": found.values, "unchanged": found.unchanged}
    if as_json:
        print_json(done)
    else:
        results.print(
            f"{done['values']} values of {done['days']} days computed, {done['unchanged']} unchanged.",
            highlight=False,
        )


def report(
    pilot: PilotName,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Where to write it.")],
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
