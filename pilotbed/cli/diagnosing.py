"""Check an installation and say what to do."""

import typer

from pilotbed.cli.options import AsJson, Data
from pilotbed.cli.output import print_json, print_table
from pilotbed.settings import settings


def doctor(data: Data = None, as_json: AsJson = False) -> None:
    """Check broker, store, registry, clock, disk and retention; exit 1 when something has failed."""
    from pilotbed.doctor import findings

    found = list(findings(settings(data=data)))
    if as_json:
        print_json([finding._asdict() for finding in found])
    else:
        print_table(("part", "state", ""), found, empty="")
    if any(finding.state == "failed" for finding in found):
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    app.command()(doctor)
