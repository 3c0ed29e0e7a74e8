"""Write Grafana's dashboards, rules and data sources: as files, or into a Grafana over its API."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pilotbed.cli.analysing import Language
from pilotbed.cli.options import AsJson, Data
from pilotbed.cli.output import fail, notices, print_json, results
from pilotbed.installation import open_registry
from pilotbed.settings import settings

if TYPE_CHECKING:
    from api.grafana.push.pushing import Outcome
    from pilots.plan import Plan

app = typer.Typer(name="grafana", help="Dashboards and notices in Grafana.", no_args_is_help=True)


def _web_address(url: str) -> str:
    """As Grafana glues a path to it: without a slash at the end. Empty stays empty."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.username):
        raise typer.BadParameter("it is written as https://pilot.example.org, without a password")
    return url.rstrip("/")


def _mail_addresses(text: str) -> str:
    """One, or several with ; between, as Grafana takes them. Empty stays empty."""
    if text and not all(re.fullmatch(r"[^@\s]+@[^@\s]+", each.strip()) for each in re.split("[;,]", text)):
        raise typer.BadParameter("it is written as leader@example.org, several with ; between")
    return text


Pilot = Annotated[
    str,
    typer.Option(
        "--pilot", help="Draw its plan's targets and goals, and write its notices. Empty: for every pilot."
    ),
]
InLanguage = Annotated[Language, typer.Option("--lang", help="Language of the dashboards.")]
PagesUrl = Annotated[
    str,
    typer.Option(
        "--pages-url",
        metavar="URL",
        callback=_web_address,
        help="Where the pilots' pages are. Empty: below the same address as Grafana.",
    ),
]
Notify = Annotated[
    str,
    typer.Option(
        "--notify",
        metavar="ADDRESS",
        callback=_mail_addresses,
        help="E-mail address for notices. \\[default: the plan's leader]",
    ),
]


@app.command()
def build(
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="DIR",
            file_okay=False,
            help="The folder that Grafana reads, new or old.",
        ),
    ],
    pilot: Pilot = "",
    org: Annotated[
        int, typer.Option("--org", min=1, help="Grafana's number of the organisation, which must be there.")
    ] = 1,
    readings: Annotated[
        bool,
        typer.Option("--readings", help="Raw readings too, for leaders: in an organisation of their own."),
    ] = False,
    language: InLanguage = Language.sv,
    pages_url: PagesUrl = "",
    notify: Notify = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Write dashboards, data sources and notices as the files that Grafana is provisioned from."""
    from api.grafana import dashboards
    from api.grafana.alerts import alerting
    from api.grafana.errors import GrafanaError
    from api.grafana.files import write_files
    from api.grafana.provisioning import MAIN_ORGANISATION, datasources, providers

    if readings and org == MAIN_ORGANISATION:
        raise typer.BadParameter(
            "raw readings go past what is hidden in small groups, and everybody in an organisation of "
            "Grafana can ask for them: make one for leaders and administrators, as --org 2",
            param_hint="--readings",
        )
    plan = _plan(pilot, data)
    try:
        written = write_files(
            output,
            org,
            datasources=datasources(org, readings),
            providers=providers(org),
            alerting=None if plan is None else alerting(plan, language.value, org, notify or None),
            dashboards=dashboards(language.value, plan, pages_url=pages_url, readings=readings),
        )
    except GrafanaError as error:
        fail(str(error))
    if as_json:
        print_json(
            {
                "folder": str(output),
                "written": list(written.written),
                "unchanged": list(written.unchanged),
                "removed": list(written.removed),
            }
        )
        return
    _say("written", written.written)
    _say("removed", written.removed)
    notices.print(
        f"{len(written.written)} files written, {len(written.unchanged)} as they were, "
        f"{len(written.removed)} removed.",
        highlight=False,
    )


@app.command()
def push(
    url: Annotated[str, typer.Option("--url", envvar="GRAFANA_URL", help="Grafana's address.")],
    token: Annotated[
        str,
        typer.Option(
            "--token",
            envvar="GRAFANA_TOKEN",
            help="Token of a service account in Grafana; better given as the variable, which no list of "
            "processes shows.",
        ),
    ],
    pilot: Pilot = "",
    api_url: Annotated[
        str,
        typer.Option(
            "--api-url",
            metavar="URL",
            callback=_web_address,
            help="Make the data source too: where Grafana finds pilotbed's API.",
        ),
    ] = "",
    api_token: Annotated[
        str,
        typer.Option(
            "--api-token",
            envvar="PILOTBED_GRAFANA_TOKEN",
            help="The token of role grafana that it shows there.",
        ),
    ] = "",
    language: InLanguage = Language.sv,
    pages_url: PagesUrl = "",
    notify: Notify = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be done, and each difference.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Put ours in the place of somebody's change.")
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove dashboards of an older push that are made no more.")
    ] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Bring dashboards and notices into a Grafana over its API; the same again changes nothing."""
    from api.grafana import dashboards
    from api.grafana.alerts import alerting
    from api.grafana.errors import GrafanaError
    from api.grafana.push.publishing import Content, connect, publish
    from api.grafana.push.source import ApiAccess

    if api_url and not api_token:
        raise typer.BadParameter(
            "the data source needs a token: pilotbed token create --role grafana --pilot PILOT, given as "
            "--api-token or PILOTBED_GRAFANA_TOKEN",
            param_hint="--api-url",
        )
    plan = _plan(pilot, data)
    content = Content(
        dashboards(language.value, plan, pages_url=pages_url),
        None if plan is None else alerting(plan, language.value, 1, notify or None),
        ApiAccess(api_url, _token(api_token, "--api-token")) if api_url else None,
    )
    outcomes: list[Outcome] = []
    try:
        grafana = connect(url, _token(token, "--token"))
        for outcome in publish(grafana, content, force=force, dry_run=dry_run, prune=prune):
            outcomes.append(outcome)
            if not as_json:
                _tell(outcome, dry_run)
    except GrafanaError as error:
        fail(str(error))
    finally:
        if as_json:
            print_json([_shown(outcome) for outcome in outcomes])
    _conclude(outcomes, dry_run)


def _plan(pilot: str, data: Path | None) -> "Plan | None":
    if not pilot:
        return None
    from pilots.plan import read_plan

    with open_registry(settings(data=data)) as registry:
        text = registry.pilot(pilot).plan_text
    # Only its text tells a target that the plan has from one that it leaves to be as usual.
    return read_plan(text)


def _token(token: str, option: str) -> str:
    # What its client says of a header that cannot be sent would show it.
    found = token.strip()
    if not found or not found.isascii() or not found.isprintable() or " " in found:
        raise typer.BadParameter(
            "that is no token: it is empty or has a sign that none has", param_hint=option
        )
    return found


def _say(done: str, names: Sequence[str]) -> None:
    for name in names:
        results.print(f"{done:<8} {name}", markup=False, highlight=False, soft_wrap=True)


_WORDS = {
    "create": "made",
    "update": "changed",
    "unchanged": "stands",
    "remove": "removed",
    "stale": "left over",
    "refuse": "refused",
}
_WORDS_OF_A_DRY_RUN = _WORDS | {"create": "to make", "update": "to change", "remove": "to remove"}


def _tell(outcome: "Outcome", dry_run: bool) -> None:
    words = _WORDS_OF_A_DRY_RUN if dry_run else _WORDS
    why = f": {outcome.why}" if outcome.why else ""
    _print(f"{words[outcome.action]:<10} {outcome.kind} {outcome.name}{why}")
    if dry_run or outcome.action == "refuse":
        for difference in outcome.differences:
            _print(f"             {difference}")


def _print(line: str) -> None:
    results.print(line, markup=False, highlight=False, soft_wrap=True)


def _shown(outcome: "Outcome") -> dict[str, Any]:
    return {
        "kind": outcome.kind,
        "name": outcome.name,
        "action": outcome.action,
        "why": outcome.why or None,
        "differences": [
            {"place": each.place, "theirs": each.theirs, "ours": each.ours} for each in outcome.differences
        ],
    }


def _conclude(outcomes: Sequence["Outcome"], dry_run: bool) -> None:
    refused = sum(outcome.action == "refuse" for outcome in outcomes)
    if refused:
        fail(f"{refused} of {len(outcomes)} were left as they are in Grafana, with the reason above.")
    if all(outcome.action in ("unchanged", "stale") for outcome in outcomes):
        notices.print("Nothing to change: Grafana has it all.", highlight=False)
    elif dry_run:
        notices.print("Nothing was changed: this was a dry run.", highlight=False)
