"""Benchmarks."""

import typer

app = typer.Typer(name="bench", help="Measure the real parts beside a ceiling.", no_args_is_help=True)
