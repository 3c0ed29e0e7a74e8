"""Benchmarks: the real parts, each beside a peer or a ceiling, and against the goals that were set."""

import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pilotbed.cli.options import AsJson, Seed
from pilotbed.cli.output import notices, print_json, print_table, results
from pilotbed.cli.progress import counting, waiting

if TYPE_CHECKING:
    from pilotbed.bench.figures import Figure

app = typer.Typer(name="bench", help="Measure the real parts beside a ceiling.", no_args_is_help=True)

Quick = Annotated[
    bool, typer.Option("--quick", help="A small run that shows that it works; its figures mean nothing.")
]
Measure = Callable[[], "list[Figure]"]


@app.command()
def ingest(quick: Quick = False, as_json: AsJson = False) -> None:
    """Messages and readings a second from broker to disk, and seconds from PUBACK to answer."""
    _report({"ingest": lambda: _ingest(quick)}, as_json)


@app.command()
def store(quick: Quick = False, as_json: AsJson = False) -> None:
    """Durable commits, late and repeated rows, reading back, and bytes a row."""
    _report({"store": lambda: _store(quick)}, as_json)


@app.command()
def analysis(quick: Quick = False, seed: Seed = 1, as_json: AsJson = False) -> None:
    """Errors against the simulators' truth, and speed beside peers."""
    _report({"analysis": lambda: _analysis(quick, seed)}, as_json)


@app.command()
def accuracy(
    quick: Quick = False,
    seed: Seed = 1,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the tables of docs/accuracy.md.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Every metric against its truth, with each thing that goes wrong with beds, trackers and logs."""
    from pilotbed.bench.accuracy import measure
    from pilotbed.bench.accuracy_tables import COLUMNS, cells, tables

    with counting("Simulated pilots") as say:
        told = measure(quick=quick, seed=seed, progress=say)
    if as_json:
        print_json(
            {
                fault.fault: [asdict(each) | {"beyond": each.beyond} for each in fault.metrics]
                for fault in told
            }
        )
    elif markdown:
        typer.echo(tables(told))
    else:
        print_table(
            ("fault", "metric", "unit", *COLUMNS, ""),
            (
                (fault.fault, each.metric, each.unit, *cells(each), "BEYOND" if each.beyond else "")
                for fault in told
                for each in fault.metrics
            ),
            empty="Nothing was measured.",
        )


@app.command()
def scale(quick: Quick = False, as_json: AsJson = False) -> None:
    """A year of 200 residents, and one more night: what one machine holds."""
    _report({"scale": lambda: _scale(quick)}, as_json)


@app.command()
def api(quick: Quick = False, seed: Seed = 1, as_json: AsJson = False) -> None:
    """Answers over HTTP on a demo's data, which is made first."""
    with TemporaryDirectory(prefix="pilotbed-bench-") as folder:
        told = Path(folder) / "demo"

        def measure() -> "list[Figure]":
            _demo(told, quick, seed)
            return _api(told, quick)

        _report({"api": measure}, as_json)


@app.command()
def grafana(
    quick: Quick = False,
    store: Annotated[
        str,
        typer.Option(
            "--store",
            help="An empty store to measure with, as PILOTBED_STORE names one, with PILOTBED_STORE_TOKEN; "
            "without it, a DuckDB file of its own.",
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """What Grafana's panels ask of the API, on half a year of 200 residents."""
    _report({"grafana": lambda: _grafana(quick, store)}, as_json)


@app.command()
def demo(quick: Quick = False, seed: Seed = 1, as_json: AsJson = False) -> None:
    """The whole demo: from first publish to report, and the memory of all processes."""
    with TemporaryDirectory(prefix="pilotbed-bench-") as folder:
        _report({"demo": lambda: _demo(Path(folder) / "demo", quick, seed)}, as_json)


@app.command()
def soak(
    minutes: Annotated[float, typer.Option("--minutes", min=0.05, help="How long.")] = 15.0,
    per_s: Annotated[int, typer.Option("--per-s", min=1, help="Messages a second.")] = 2_000,
    as_json: AsJson = False,
) -> None:
    """A long run at a steady rate; exit 1 when what is stored is not what was published."""
    from pilotbed.bench.soak import soak as run

    with counting("Messages acknowledged") as say:
        ledger = run(minutes, per_s, say)
    if as_json:
        print_json(asdict(ledger) | {"balances": ledger.balances})
    else:
        print_table(
            ("", ""),
            ((name.replace("_", " "), _number(value)) for name, value in asdict(ledger).items()),
            empty="",
        )
        results.print("The ledger balances." if ledger.balances else "The ledger does NOT balance.")
    if not ledger.balances:
        raise typer.Exit(1)


@app.command()
def coverage(quick: Quick = False, as_json: AsJson = False) -> None:
    """How often 95 % intervals hold a known truth, and evaluations decide what is true; exit 1 when an
    interval is outside 92 to 97 %, or a decision outside its goal."""
    from pilotbed.bench import decisions
    from pilotbed.bench.coverage import AT_LEAST, AT_MOST, measure
    from pilotbed.bench.machine import this_machine

    with counting("Intervals simulated") as say:
        found = measure(say, workers=this_machine().cores, quick=quick)
    with counting("Pilots simulated") as say:
        decided = decisions.measure(say, workers=this_machine().cores, quick=quick)
    if as_json:
        told = [
            asdict(each) | {"share": each.share, "chance": each.chance, "verdict": each.verdict}
            for each in found
        ]
        rates = [
            asdict(each) | {"share": each.share, "chance": each.chance, "reached": each.reached}
            for each in decided
        ]
        print_json({"at_least": AT_LEAST, "at_most": AT_MOST, "coverage": told, "decisions": rates})
    else:
        print_table(
            ("95 % interval of", "on", "runs", "hold", "by chance", ""),
            (
                (
                    each.figure,
                    each.data,
                    f"{each.runs:,}",
                    f"{100 * each.share:.1f} %",
                    "{:.1f} to {:.1f}".format(*(100 * limit for limit in each.chance)),
                    each.verdict if each.verdict != "holds" else "",
                )
                for each in found
            ),
            empty="",
        )
        print_table(
            ("pilots", "the evaluation says", "runs", "share", "by chance", "goal", ""),
            (
                (
                    each.story,
                    each.what,
                    f"{each.pilots:,}",
                    f"{100 * each.share:.1f} %",
                    "{:.1f} to {:.1f}".format(*(100 * limit for limit in each.chance)),
                    "{:g} to {:g} %".format(*(100 * limit for limit in each.goal)),
                    "NOT REACHED" if each.reached is False else "",
                )
                for each in decided
            ),
            empty="",
        )
    beside = any(each.verdict in ("too narrow", "too wide") for each in found)
    if beside or any(each.reached is False for each in decided):
        raise typer.Exit(1)


@app.command(name="all")
def everything(quick: Quick = False, seed: Seed = 1, as_json: AsJson = False) -> None:
    """All benchmarks in turn."""
    with TemporaryDirectory(prefix="pilotbed-bench-") as folder:
        told = Path(folder) / "demo"
        _report(
            {
                "ingest": lambda: _ingest(quick),
                "store": lambda: _store(quick),
                "analysis": lambda: _analysis(quick, seed),
                "scale": lambda: _scale(quick),
                "demo": lambda: _demo(told, quick, seed),
                "api": lambda: _api(told, quick),
                "grafana": lambda: _grafana(quick),
            },
            as_json,
        )


def _ingest(quick: bool) -> "list[Figure]":
    from pilotbed.bench.ingest import measure

    return measure(quick=quick)


def _store(quick: bool) -> "list[Figure]":
    from pilotbed.bench.store import measure

    return measure(quick=quick)


def _analysis(quick: bool, seed: int) -> "list[Figure]":
    from pilotbed.bench.analysis import measure

    return measure(quick=quick, seed=seed)


def _scale(quick: bool) -> "list[Figure]":
    from pilotbed.bench.scale import measure

    return measure(quick=quick)


def _demo(folder: Path, quick: bool, seed: int) -> "list[Figure]":
    from pilotbed.bench.demo import measure

    return measure(folder, quick=quick, seed=seed)


def _api(folder: Path, quick: bool) -> "list[Figure]":
    from pilotbed.bench import api, evaluation

    return [*api.measure(folder, quick=quick), *evaluation.measure(quick=quick)]


def _grafana(quick: bool, store: str = "") -> "list[Figure]":
    from pilotbed.bench.grafana import measure

    token = os.environ.get("PILOTBED_STORE_TOKEN", "")
    with TemporaryDirectory(prefix="pilotbed-bench-") as folder:
        return measure(Path(folder), quick=quick, store=store, token=token)


def _report(benchmarks: dict[str, Measure], as_json: bool) -> None:
    """Run and show each; one that cannot run is named, and the exit code is then 1 at the end."""
    from pilotbed.bench.machine import this_machine
    from pilotbed.errors import expected_errors

    machine = this_machine()
    if not as_json:
        memory = "memory unknown" if machine.memory_gib is None else f"{machine.memory_gib} GiB"
        results.print(
            f"{machine.cores} cores, {memory}, {machine.cpu or 'CPU unknown'}, Python {machine.python}, "
            f"{machine.system}",
            highlight=False,
        )
    measured: dict[str, Any] = {}
    could_not: dict[str, str] = {}
    for name, measure in benchmarks.items():
        try:
            with waiting(f"Measuring {name}"):
                figures = measure()
        except expected_errors() as error:
            could_not[name] = str(error)
            notices.print(f"{name} could not run: {error}", style="red", markup=False, highlight=False)
            continue
        measured[name] = [asdict(figure) | {"reached": figure.reached} for figure in figures]
        if not as_json:
            _print(name, figures)
    if as_json:
        print_json({"machine": asdict(machine), "figures": measured, "could_not_run": could_not})
    if could_not:
        raise typer.Exit(1)


def _print(name: str, figures: "list[Figure]") -> None:
    results.print(f"\n{name}", style="bold")
    print_table(
        ("figure", "value", "unit", "goal", ""),
        (
            (
                figure.title,
                _number(figure.value),
                figure.unit,
                f"{figure.goal.way} {_number(figure.goal.limit)}" if figure.goal else "",
                "" if figure.reached is None else "reached" if figure.reached else "NOT REACHED",
            )
            for figure in figures
        ),
        empty="Nothing was measured.",
    )


def _number(value: float) -> str:
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.4g}" if abs(value) < 1 else f"{value:.3g}"
