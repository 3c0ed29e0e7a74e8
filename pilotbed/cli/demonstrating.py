"""The demo: the whole story once, on simulated devices."""

import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pilotbed.cli.options import AsJson, Seed
from pilotbed.cli.output import fail, notices, print_json, print_table, results
from pilotbed.cli.progress import counting, waiting
from pilotbed.installation import open_registry, plan_from
from pilotbed.settings import settings

if TYPE_CHECKING:
    from pilotbed.service_client import ServiceClient
    from pilotbed.simulating import Ingest
    from pilots.plan import Plan
    from pilots.registry import Registry
    from simulators.comparison import ComparisonRow
    from simulators.run import Published

PILOT = "demo"


def demo(
    once: Annotated[bool, typer.Option("--once", help="End when the report is written.")] = False,
    days: Annotated[int, typer.Option("--days", min=4, max=84, help="Tell a shorter story.")] = 84,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where readings, truth and report go.")
    ] = Path("pilotbed-demo"),
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Run a 12-week pilot of 36 simulated residents, from their sensors' messages to its evaluation."""
    from pilotbed import demonstration
    from pilotbed.simulating import running_ingest

    began = time.monotonic()
    demonstration.prepare(out)
    chosen = settings(data=out / "data", registry="", store="", mqtt="")
    text = demonstration.plan_text(days)
    (out / "demo.yaml").write_text(text, encoding="utf-8")
    plan = plan_from(text, "demo.yaml")
    with ExitStack() as parts:
        registry = parts.enter_context(open_registry(chosen))
        registry.add_pilot(plan, text)
        with waiting("Starting broker, ingest, pages and API"):
            service = parts.enter_context(demonstration.own_service(chosen))
        ingest = parts.enter_context(running_ingest(chosen, registry))
        told = _tell(plan, registry, chosen.registry_address, service, ingest, seed, out)
        if as_json:
            print_json(_as_json(told, began))
        else:
            _print(told, began)
        if not once and not as_json and sys.stdout.isatty():
            _keep_open(registry.create_login("leader", PILOT), service)
    missed = sum(not row.within for row in told.comparison)
    if missed:
        fail(f"{missed} estimates miss the realised truth by more than their tolerance.")


@dataclass(frozen=True, slots=True)
class _Told:
    """What came of the story; `seconds` by part, by the wall clock."""

    published: "Published"
    comparison: "Sequence[ComparisonRow]"
    evaluation: dict[str, Any]
    report: Path
    seconds: dict[str, float]


def _tell(
    plan: "Plan",
    registry: "Registry",
    address: str,
    service: "ServiceClient",
    ingest: "Ingest",
    seed: int,
    out: Path,
) -> _Told:
    """Publish, analyse, report: what the demo is about. Everything as an outsider would."""
    from pilotbed.demonstration import compared, go_through_stages, tell_of
    from pilotbed.simulating import simulate_through
    from simulators.truth import Truth

    truth_file, report_file = out / "truth.json", out / "report.html"
    first_publish = time.monotonic()
    with counting("Simulated days") as progress:
        published = simulate_through(
            ingest, plan, registry, seed=seed, days=None, truth=truth_file, progress=progress
        )
    all_stored = time.monotonic()
    with waiting("Computing metrics"):
        service.post(f"/api/v1/pilots/{PILOT}/analyses")
    analysed = time.monotonic()
    truth = Truth.read(truth_file)
    tell_of(registry, truth)
    go_through_stages(address, plan)
    with waiting("Writing the report"):
        evaluation = service.get(f"/api/v1/pilots/{PILOT}/evaluation").json()
        report_file.write_bytes(
            service.get(f"/api/v1/pilots/{PILOT}/report", format="html", lang="sv").content
        )
    reported = time.monotonic()
    return _Told(
        published,
        compared(truth, registry, service, PILOT),
        evaluation,
        report_file,
        {
            "publish_and_store": round(all_stored - first_publish, 1),
            "analyse": round(analysed - all_stored, 1),
            "report": round(reported - analysed, 1),
            "first_publish_to_report": round(reported - first_publish, 1),
        },
    )


def _print(told: _Told, began: float) -> None:
    published, seconds, evaluation = told.published, told.seconds, told.evaluation
    results.print(
        f"{published.messages:,} messages with {published.readings:,} readings published and stored in "
        f"{seconds['publish_and_store']} s, analysed in {seconds['analyse']} s.\n",
        highlight=False,
    )
    results.print("Estimate against the realised truth", style="bold")
    print_table(
        ("metric", "compared", "estimate", "truth", "error", "tolerance", ""),
        (
            (
                row.metric,
                row.way,
                _number(row.estimate),
                _number(row.truth),
                _number(row.error),
                f"{row.tolerance:g} {row.unit}",
                "ok" if row.within else "MISSED",
            )
            for row in told.comparison
        ),
        empty="The story is too short for any comparison.",
    )
    results.print("\nBaseline against pilot", style="bold")
    print_table(
        ("metric", "group", "n", "baseline", "pilot", "change", "95 % interval", "verdict"),
        (
            (
                item["metric"],
                item["group"],
                item["n"],
                _number(item["baseline"]),
                _number(item["pilot"]),
                _number(item["estimate"]),
                None if item["ci_low"] is None else f"{_number(item['ci_low'])} – {_number(item['ci_high'])}",
                item["verdict"] or item["reason"],
            )
            for item in evaluation["items"]
        ),
        empty="Nothing could be evaluated.",
    )
    results.print(f"\nRecommendation: {evaluation['recommendation']}", highlight=False)
    results.print(f"Report: {told.report}", highlight=False, soft_wrap=True)
    notices.print(
        f"From first publish to report {seconds['first_publish_to_report']} s, "
        f"in all {time.monotonic() - began:.0f} s.",
        highlight=False,
    )


def _as_json(told: _Told, began: float) -> dict[str, Any]:
    return {
        "messages": told.published.messages,
        "readings": told.published.readings,
        "seconds": told.seconds | {"in_all": round(time.monotonic() - began, 1)},
        "comparison": [asdict(row) for row in told.comparison],
        "evaluation": told.evaluation,
        "report": str(told.report),
    }


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def _keep_open(login: str, service: "ServiceClient") -> None:
    results.print(
        f"\nThe pilot's page: {service.access.http}/login/{login}\n"
        "(the link works once, for 15 minutes). Ctrl-C ends the demo.",
        highlight=False,
        soft_wrap=True,
    )
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        notices.print("Stopping.")


def register(app: typer.Typer) -> None:
    app.command()(demo)
