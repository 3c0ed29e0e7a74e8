"""Add and list participants, and set their home points."""

from typing import Annotated

import typer

from pilotbed.cli.options import AsJson, Data, PilotName
from pilotbed.cli.output import print_json, print_table, results
from pilotbed.installation import open_registry
from pilotbed.settings import settings
from pilots.civil_time import to_rfc3339
from pilots.pseudonyms import parse_code

app = typer.Typer(name="participant", help="Participants, by code only.", no_args_is_help=True)

Code = Annotated[str, typer.Argument(metavar="CODE", help="The participant's code, such as K7Q-4TD.")]


@app.command()
def add(
    pilot: PilotName,
    group: Annotated[str, typer.Option("--group", help="A group of the plan.")],
    count: Annotated[int, typer.Option("--count", min=1, help="How many to add.")] = 1,
    consent: Annotated[
        str, typer.Option("--consent", help="What they have said yes to, as a comma-separated list.")
    ] = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Add participants; each gets a code. Who stands behind a code is written down elsewhere, on paper."""
    scopes = [scope.strip() for scope in consent.split(",") if scope.strip()]
    with open_registry(settings(data=data)) as registry:
        codes = registry.add_participants(pilot, group, count, scopes)
    if as_json:
        print_json({"participants": codes})
    else:
        results.print("\n".join(codes), markup=False, highlight=False)


@app.command()
def home(
    pilot: PilotName,
    code: Code,
    lat: Annotated[float, typer.Option("--lat", help="Latitude, degrees WGS 84.")],
    lon: Annotated[float, typer.Option("--lon", help="Longitude, degrees WGS 84.")],
    radius_m: Annotated[float, typer.Option("--radius-m", help="Radius that counts as home.")] = 100.0,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Set a participant's home point; without it no time outside home is computed."""
    with open_registry(settings(data=data)) as registry:
        registry.set_home(pilot, code, lat, lon, radius_m)
    if as_json:
        print_json({"participant": parse_code(code), "lat": lat, "lon": lon, "radius_m": radius_m})


@app.command("list")
def list_participants(pilot: PilotName, data: Data = None, as_json: AsJson = False) -> None:
    """List the participants of a pilot."""
    with open_registry(settings(data=data)) as registry:
        found = registry.participants(pilot)
        consents = registry.consents(pilot)
        homes = registry.homes(pilot)
    given = {
        each.code: sorted(
            consent.scope
            for consent in consents
            if consent.participant == each.code and consent.withdrawn_us is None
        )
        for each in found
    }
    if as_json:
        print_json(
            [
                {
                    "participant": each.code,
                    "group": each.group,
                    "joined": to_rfc3339(each.joined_us),
                    "left": None if each.left_us is None else to_rfc3339(each.left_us),
                    "consent": given[each.code],
                    "home": each.code in homes,
                }
                for each in found
            ]
        )
        return
    print_table(
        ("participant", "group", "consent", "home point"),
        (
            (
                each.code,
                each.group,
                ", ".join(given[each.code]) or None,
                "yes" if each.code in homes else None,
            )
            for each in found
        ),
        empty=f"{pilot} has no participants yet; see: pilotbed participant add --help",
    )
