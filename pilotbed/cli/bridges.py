"""Accounts of gateways that publish for many devices."""

from typing import Annotated

import typer

from ingest.accounts import check_topic_filter, hash_password, new_password
from pilotbed.broker_files import BrokerFiles, check_name
from pilotbed.cli.options import AsJson, Data
from pilotbed.cli.output import fail, print_json, print_table
from pilotbed.cli.passwords import say_who_reads_it, show_password
from pilotbed.installation import open_registry
from pilotbed.settings import settings

app = typer.Typer(
    name="bridge", help="Accounts of gateways that publish for many devices.", no_args_is_help=True
)

BridgeName = Annotated[str, typer.Argument(metavar="NAME", help="The account's name at the broker.")]


@app.command()
def add(
    name: BridgeName,
    topics: Annotated[
        list[str], typer.Option("--topic", metavar="FILTER", help="What it may publish; as often as needed.")
    ],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Give a bridge an account. Its password is shown once; an account of that name is replaced."""
    chosen = settings(data=data)
    files = BrokerFiles.of(chosen)
    check_name(chosen, name)
    for topic in topics:
        check_topic_filter(topic)
    password = new_password()
    with open_registry(chosen) as registry:
        registry.set_account(name, hash_password(password), topic_filters=topics)
        if files:
            files.write(registry)
    if as_json:
        print_json({"bridge": name, "user": name, "password": password, "topics": topics})
    else:
        show_password(password)
    say_who_reads_it(files)


@app.command("list")
def list_bridges(data: Data = None, as_json: AsJson = False) -> None:
    """List bridges and what each may publish."""
    with open_registry(settings(data=data)) as registry:
        found = [account for account in registry.accounts() if account.device is None]
    if as_json:
        print_json([{"bridge": each.name, "topics": each.topic_filters} for each in found])
        return
    print_table(
        ("bridge", "topics"),
        ((each.name, "  ".join(each.topic_filters)) for each in found),
        empty="There are no bridges. Add one with: pilotbed bridge add NAME --topic FILTER",
    )


@app.command()
def remove(name: BridgeName, data: Data = None) -> None:
    """Take a bridge's account away."""
    chosen = settings(data=data)
    files = BrokerFiles.of(chosen)
    with open_registry(chosen) as registry:
        removed = registry.remove_account(name)
        if files:
            files.write(registry)
    if not removed:
        fail(f"There is no bridge {name}; see: pilotbed bridge list")
    say_who_reads_it(files)
