"""What a leader tells of a pilot in own words and numbers: texts of the report, how many were asked."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pilotbed.cli.options import AsJson, Data, PilotName, one_of
from pilotbed.cli.output import print_json, results
from pilotbed.errors import PilotbedError
from pilotbed.installation import open_registry, plan_text
from pilotbed.settings import settings
from pilots.records import TEXT_SECTIONS, Recruitment


def write(
    pilot: PilotName,
    section: Annotated[
        str, typer.Argument(metavar="SECTION", callback=one_of(TEXT_SECTIONS), help="|".join(TEXT_SECTIONS))
    ],
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE|-]",
            help="Plain text, paragraphs parted by empty lines; - reads standard input. An empty one clears.",
        ),
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Write a section of the report in your own words; without a file, show what stands there."""
    text = None if file is None else _standard_input() if str(file) == "-" else plan_text(file)
    with open_registry(settings(data=data)) as registry:
        if text is not None:
            registry.put_text(pilot, section, text)
        found = registry.texts(pilot).get(section)
    if as_json:
        print_json({"pilot": pilot, "section": section, "text": found})
    elif text is not None:
        done = "is cleared" if found is None else f"stands, {len(found):,} characters"
        results.print(f"{section} of {pilot} {done}.", markup=False, highlight=False)
    elif found is None:
        results.print(f"{pilot} has no text on {section} yet.", markup=False, highlight=False)
    else:
        results.print(found, markup=False, highlight=False, soft_wrap=True)


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise PilotbedError(f"standard input is not text in UTF-8 (byte {error.start})") from error


def recruitment(
    pilot: PilotName,
    group: Annotated[str, typer.Option("--group", help="A group of the plan.")],
    invited: Annotated[int, typer.Option("--invited", min=0, help="How many were asked.")],
    declined: Annotated[int, typer.Option("--declined", min=0, help="How many of them said no.")] = 0,
    not_eligible: Annotated[
        int, typer.Option("--not-eligible", min=0, help="How many of them could not take part.")
    ] = 0,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Say how many were asked to take part; the report shows the way from there to those evaluated."""
    told = Recruitment(group, invited, declined, not_eligible)
    with open_registry(settings(data=data)) as registry:
        registry.put_recruitment(pilot, told)
    if as_json:
        print_json({"pilot": pilot} | asdict(told))


def register(app: typer.Typer) -> None:
    app.command()(write)
    app.command()(recruitment)
