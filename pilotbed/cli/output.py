"""What commands print: data on standard output, progress and errors on standard error."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

PIPED_WIDTH = 160
"""Columns of a table that is not shown on a terminal: wide enough for every table of ours."""

results = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)
"""Data for the reader."""

notices = Console(stderr=True)
"""Progress and errors: they do not mix with data that is piped on."""


def print_json(value: Any) -> None:
    """One JSON value, and nothing else, on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str) -> None:
    """A table, or the sentence that says there is nothing and what to do."""
    listed = [[_shown(cell) for cell in row] for row in rows]
    if not listed:
        results.print(empty)
        return
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in listed:
        table.add_row(*row)
    results.print(table)


def _shown(cell: Any) -> str:
    # A cell is data: `phases[pilot].end` would lose its brackets as a style.
    return "–" if cell is None else escape(str(cell))


def print_error(message: str) -> None:
    """What is wrong, on standard error, as one line a problem: a log or a pipe must not break it anew."""
    notices.print(message, style="red", markup=False, highlight=False, soft_wrap=True)


def fail(message: str) -> NoReturn:
    """Say what is wrong and end with exit code 1."""
    print_error(message)
    raise typer.Exit(1)
