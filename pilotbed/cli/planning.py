"""How likely a plan is to end in an answer, before anybody is asked to take part."""

from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING, Annotated

import typer

from pilotbed.cli.options import AsJson, Data, PlanFile
from pilotbed.cli.output import fail, print_json, print_table, results
from pilotbed.installation import open_registry, plan_from, plan_text
from pilotbed.settings import Settings, settings

if TYPE_CHECKING:
    from analysis.pipeline.planning import PowerRow, Spread

_SOURCES = {
    "given": "as given",
    "phases": "changes of {n} in {pilot}",
    "baseline": "halves of the baseline of {n} in {pilot}",
    "assumed": "assumed",
}

_EXPLAINED = """
compared: those planned, less the dropout allowed. shown: power for the smallest change worth having.
introduce: how likely that is when the true change is twice as large. refuse: how likely a clear no is
when there is no change. needed: to compare, for 80 % power; ! where fewer than that are expected."""


def power(
    plan: PlanFile,
    like: Annotated[
        str | None,
        typer.Option(
            "--like",
            metavar="PILOT",
            help="Take how much changes differ between participants from this pilot's data.",
            show_default=False,
        ),
    ] = None,
    spread: Annotated[
        list[str] | None,
        typer.Option(
            "--spread",
            metavar="METRIC=SD",
            help="How much changes differ between participants (SD), where it is known. May be repeated.",
            show_default=False,
        ),
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Say how likely a plan is to show the changes it aims at, and how many participants that takes."""
    found = plan_from(plan_text(plan), plan.name)
    if not found.goals:
        fail(f"{plan.name} has no goals: say under `goals:` what would count as success")
    known = _from_pilot(settings(data=data), like) if like is not None else {}
    known |= _given(spread or [], [goal.metric for goal in found.goals])

    from analysis.pipeline.planning import planned_power

    rows = planned_power(found, known)
    if as_json:
        print_json([_plain(row) for row in rows])
        return
    print_table(
        (
            "goal",
            "smallest change",
            "SD of changes",
            "from",
            "compared",
            "shown",
            "introduce",
            "refuse",
            "needed",
        ),
        [_shown(row, like) for row in rows],
        empty="",
    )
    results.print(_EXPLAINED, markup=False, highlight=False)


def _from_pilot(chosen: Settings, pilot: str) -> "dict[str, Spread]":
    from analysis.pipeline.planning import spreads_of

    with open_registry(chosen) as registry:
        return spreads_of(registry, pilot)


def _given(spreads: list[str], metrics: list[str]) -> "dict[str, Spread]":
    from analysis.pipeline.planning import Spread

    found = {}
    for given in spreads:
        metric, equals, number = given.partition("=")
        try:
            value = float(number)
        except ValueError:
            value = float("nan")
        if not equals or not isfinite(value) or value <= 0:
            raise typer.BadParameter(
                f"{given!r} is not METRIC=SD with a number above 0", param_hint="--spread"
            )
        if metric not in metrics:
            raise typer.BadParameter(
                f"no goal of the plan rests on {metric!r}: they rest on {', '.join(metrics)}",
                param_hint="--spread",
            )
        found[metric] = Spread(value, None, "given")
    return found


def _shown(row: "PowerRow", like: str | None) -> tuple[str, ...]:
    expected = row.chances
    goal = f"{row.goal} (primary)" if row.primary else row.goal
    return (
        goal,
        f"{row.minimum_change:g} {row.unit}",
        f"{row.spread.value:.3g}",
        _SOURCES[row.spread.source].format(n=row.spread.n, pilot=like),
        _arms(expected.n, expected.n_comparison),
        _chance(expected.shown),
        _chance(expected.introduced),
        _chance(expected.refused),
        _arms(row.needed, row.needed_comparison) + ("" if row.enough else " !"),
    )


def _arms(n: int, beside: int | None) -> str:
    return str(n) if beside is None else f"{n} + {beside}"


def _chance(share: float) -> str:
    return f"{share:.0%}" if isfinite(share) else "–"


def _plain(row: "PowerRow") -> dict[str, object]:
    found = asdict(row)
    found["chances"] = {
        name: value if not isinstance(value, float) or isfinite(value) else None
        for name, value in found["chances"].items()
    }
    return found


def register(app: typer.Typer) -> None:
    app.command()(power)
