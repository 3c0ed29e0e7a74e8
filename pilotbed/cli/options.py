"""Options that many commands share."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        envvar="PILOTBED_DATA",
        help="Folder of everything the installation keeps. \\[default: pilotbed-data]",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on standard output.")]
PilotName = Annotated[str, typer.Argument(metavar="PILOT", help="The pilot's name.")]
PlanFile = Annotated[
    Path,
    typer.Argument(metavar="PLAN.yaml", exists=True, dir_okay=False, readable=True, help="The pilot plan."),
]
Seed = Annotated[int, typer.Option("--seed", help="The same seed tells the same story.")]
"""A seed of the simulators."""


def one_of(words: Collection[str]) -> Callable[[str], str]:
    """A callback that takes one of `words`; any other is wrong usage."""

    def check(word: str) -> str:
        if word not in words:
            raise typer.BadParameter(f"{word!r} is not one of {', '.join(words)}")
        return word

    return check
