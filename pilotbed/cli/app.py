"""All commands, and how their errors end."""

import contextlib
import os
import sys
from typing import Annotated

import typer

from pilotbed.cli import (
    analysing,
    benching,
    bridges,
    dead_letters,
    demonstrating,
    devices,
    diagnosing,
    exporting,
    grafana,
    importing,
    participants,
    pilots,
    planning,
    products,
    running,
    sending,
    simulating,
    standing,
    telling,
    tokens,
)
from pilotbed.cli.output import print_error
from pilotbed.errors import expected_errors, wrong_values
from pilotbed.logs import configure_logs

app = typer.Typer(
    name="pilotbed",
    help="Test welfare technology in real care, and know whether it helped.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (standing, telling, planning):
    command.register(pilots.app)
for group in (pilots, participants, devices, bridges, tokens, grafana, dead_letters, benching):
    app.add_typer(group.app)
for command in (demonstrating, running, sending, simulating, analysing, importing, exporting, diagnosing):
    command.register(app)
products.register(pilots.app, app)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        sys.stdout.write(version("pilotbed") + "\n")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    # For people; a service takes the form that its settings say.
    configure_logs("text")


def main() -> None:
    """Run the command line: exit 0 when all went well, 1 when something failed, 2 for wrong usage."""
    # Read as NumPy loads. Our matrices are small: threads of theirs only wait for each other, and for the
    # other processes of the service, where cores are few.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        app()
    except SystemExit:
        # Not one of the errors below, which to look up loads every room.
        raise
    except wrong_values() as error:
        print_error(str(error))
        sys.exit(2)
    except expected_errors() as error:
        print_error(str(error))
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output has closed it, as `head` does.
        with contextlib.suppress(OSError):
            sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        if error.filename is None:
            raise
        print_error(f"{error.filename}: {error.strerror}")
        sys.exit(1)
