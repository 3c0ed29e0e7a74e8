"""Create, list and revoke access tokens."""

from typing import Annotated

import typer

from pilotbed.cli.options import AsJson, Data, one_of
from pilotbed.cli.output import fail, notices, print_json, print_table, results
from pilotbed.installation import open_registry
from pilotbed.settings import settings
from pilots.civil_time import to_rfc3339
from pilots.roles import ROLES

app = typer.Typer(name="token", help="Access tokens by role.", no_args_is_help=True)


@app.command()
def create(
    role: Annotated[str, typer.Option("--role", callback=one_of(ROLES), help="|".join(ROLES))],
    pilot: Annotated[str | None, typer.Option("--pilot", help="The pilot it opens.")] = None,
    days: Annotated[int, typer.Option("--days", min=1, help="How long it holds.")] = 365,
    note: Annotated[str, typer.Option("--note", help="What it is for.")] = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Create a token. It is shown once; only its hash is kept."""
    with open_registry(settings(data=data)) as registry:
        number, secret = registry.create_token(role, pilot, days, note)
    if as_json:
        print_json({"token": secret, "id": number})
        return
    results.print(secret, markup=False, highlight=False, soft_wrap=True)
    notices.print(f"Token {number}, role {role}, {days} days. It is not shown again.")


@app.command("list")
def list_tokens(data: Data = None, as_json: AsJson = False) -> None:
    """List tokens, without their secrets."""
    with open_registry(settings(data=data)) as registry:
        found = registry.tokens()
    if as_json:
        print_json(
            [
                {
                    "id": each.id,
                    "role": each.role,
                    "pilot": each.pilot,
                    "expires": to_rfc3339(each.expires_us),
                    "revoked": each.revoked,
                    "note": each.note,
                }
                for each in found
            ]
        )
        return
    print_table(
        ("id", "role", "pilot", "expires", "note"),
        (
            (
                each.id,
                each.role,
                each.pilot,
                "revoked" if each.revoked else to_rfc3339(each.expires_us),
                each.note,
            )
            for each in found
        ),
        empty="There are no tokens yet. Create one with: pilotbed token create --role leader --pilot PILOT",
    )


@app.command()
def revoke(
    number: Annotated[int, typer.Argument(metavar="ID", help="The token's id.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Revoke a token at once."""
    with open_registry(settings(data=data)) as registry:
        revoked = registry.revoke_token(number)
    if not revoked:
        fail(f"There is no token {number}; see: pilotbed token list")
    if as_json:
        print_json({"id": number, "revoked": True})
