"""Take a pilot's data along: CSV, Parquet, a data dictionary and checksums."""

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pilotbed.cli.options import AsJson, Data, PilotName
from pilotbed.cli.output import fail, print_json, results
from pilotbed.cli.progress import waiting
from pilotbed.installation import open_readings, open_registry, running_service
from pilotbed.settings import Settings, settings

if TYPE_CHECKING:
    from pilotbed.service_client import ServiceClient


def export(
    pilot: PilotName,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="An empty or new folder.", file_okay=False)
    ],
    groups_only: Annotated[
        bool,
        typer.Option(
            "--groups-only", help="Nothing of single participants, and small groups hidden: may be passed on."
        ),
    ] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Write a pilot's metrics, alarms and evaluation to a folder, with a data dictionary and checksums."""
    if output.exists() and any(output.iterdir()):
        fail(f"{output} is not empty: give a folder of its own")
    chosen = settings(data=data)
    service = running_service(chosen)
    with waiting("Writing tables"):
        if service is not None:
            files = _from_service(service, pilot, output, groups_only)
        else:
            files = _written(chosen, pilot, output, groups_only)
    if as_json:
        print_json({"folder": str(output), "files": files})
    else:
        results.print(
            f"{len(files)} files in {output}; datapackage.json says what each column means.",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


def _written(chosen: Settings, pilot: str, output: Path, groups_only: bool) -> list[str]:
    from api.export import write_package
    from api.remembered import Remembered
    from api.results import Results

    with open_registry(chosen) as registry, open_readings(chosen) as store:
        snapshot = Results(registry, store, Remembered()).now(pilot)
        files = write_package(snapshot, output, groups_only=groups_only)
    return [path.relative_to(output).as_posix() for path in files]


def _from_service(service: "ServiceClient", pilot: str, output: Path, groups_only: bool) -> list[str]:
    level = "groups" if groups_only else "participants"
    with zipfile.ZipFile(
        io.BytesIO(service.get(f"/api/v1/pilots/{pilot}/export", level=level).content)
    ) as zipped:
        files = []
        for entry in zipped.infolist():
            name = entry.filename.removeprefix(f"{pilot}/")
            path = output / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(zipped.read(entry))
            files.append(name)
    service.close()
    return files


def register(app: typer.Typer) -> None:
    app.command()(export)
