"""Add and list participants, set their home points, note consents and who leaves."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from pilotbed.cli.options import AsJson, Data, PilotName, one_of
from pilotbed.cli.output import print_json, print_table, results
from pilotbed.installation import open_registry
from pilotbed.settings import settings
from pilots.civil_time import to_rfc3339
from pilots.plan.values import day
from pilots.pseudonyms import parse_code
from pilots.records import LEFT_BECAUSE

if TYPE_CHECKING:
    from pilots.records import Consent, Participant

app = typer.Typer(name="participant", help="Participants, by code only.", no_args_is_help=True)

Code = Annotated[str, typer.Argument(metavar="CODE", help="The participant's code, such as K7Q-4TD.")]


def _date(given: str | None) -> str | None:
    try:
        return None if given is None else day(given).isoformat()
    except ValueError as error:
        raise typer.BadParameter(f"{given!r} {error}") from error


@app.command()
def add(
    pilot: PilotName,
    group: Annotated[str, typer.Option("--group", help="A group of the plan.")],
    count: Annotated[int, typer.Option("--count", min=1, help="How many to add.")] = 1,
    consent: Annotated[
        str, typer.Option("--consent", help="What they have said yes to, as a comma-separated list.")
    ] = "",
    unit: Annotated[
        str | None, typer.Option("--unit", help="A unit of the plan that they live in.", show_default=False)
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Add participants; each gets a code. Who stands behind a code is written down elsewhere, on paper."""
    with open_registry(settings(data=data)) as registry:
        codes = registry.add_participants(pilot, group, count, _words(consent), unit=unit)
    if as_json:
        print_json({"participants": codes})
    else:
        results.print("\n".join(codes), markup=False, highlight=False)


def _words(listed: str) -> list[str]:
    return [word.strip() for word in listed.split(",") if word.strip()]


@app.command()
def consent(
    pilot: PilotName,
    code: Code,
    to: Annotated[str, typer.Option("--to", help="bed, gps, camera, forms, as a comma-separated list.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Note what a participant says yes to; what they have consented to already stands."""
    with open_registry(settings(data=data)) as registry:
        registry.give_consent(pilot, code, _words(to))
        given = _holding(registry.consents(pilot), parse_code(code))
    if as_json:
        print_json({"participant": parse_code(code), "consent": given})


@app.command("unit")
def set_unit(
    pilot: PilotName,
    code: Code,
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="A unit of the plan.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Say which unit of the plan a participant belongs to, in place of an earlier one."""
    with open_registry(settings(data=data)) as registry:
        registry.set_unit(pilot, code, unit)
    if as_json:
        print_json({"participant": parse_code(code), "unit": unit})


@app.command()
def leave(
    pilot: PilotName,
    code: Code,
    because: Annotated[
        str, typer.Option("--because", callback=one_of(LEFT_BECAUSE), help="|".join(LEFT_BECAUSE))
    ],
    on: Annotated[
        str | None,
        typer.Option(
            "--on",
            metavar="DATE",
            callback=_date,
            help="The last day, in the pilot's local time; now when left out.",
            show_default=False,
        ),
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Say that a participant takes part no longer, and why. What was measured before is kept."""
    with open_registry(settings(data=data)) as registry:
        registry.leave(pilot, code, because, None if on is None else date.fromisoformat(on))
        left = next(each for each in registry.participants(pilot) if each.code == parse_code(code))
    if as_json:
        print_json({"participant": left.code} | _leaving(left))


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
    given = {each.code: _holding(consents, each.code) for each in found}
    if as_json:
        print_json(
            [
                {
                    "participant": each.code,
                    "group": each.group,
                    "unit": each.unit,
                    "joined": to_rfc3339(each.joined_us),
                    **_leaving(each),
                    "consent": given[each.code],
                    "home": each.code in homes,
                }
                for each in found
            ]
        )
        return
    print_table(
        ("participant", "group", "unit", "consent", "home point", "left because"),
        (
            (
                each.code,
                each.group,
                each.unit,
                ", ".join(given[each.code]) or None,
                "yes" if each.code in homes else None,
                each.left_because,
            )
            for each in found
        ),
        empty=f"{pilot} has no participants yet; see: pilotbed participant add --help",
    )


def _holding(consents: "list[Consent]", code: str) -> list[str]:
    return sorted(each.scope for each in consents if each.participant == code and each.withdrawn_us is None)


def _leaving(person: "Participant") -> dict[str, str | None]:
    left = None if person.left_us is None else to_rfc3339(person.left_us)
    return {"left": left, "left_because": person.left_because}
