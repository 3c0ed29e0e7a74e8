"""The demo: the whole story once, on simulated devices."""

import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from pilotbed.cli.options import AsJson, Seed
from pilotbed.cli.output import fail, notices, print_json, print_table, results
from pilotbed.cli.progress import counting, waiting
from pilotbed.installation import ServiceClient, open_registry, plan_from
from pilotbed.settings import Settings, settings
from pilots.plan import Plan
from simulators.comparison import ComparisonRow

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

    began = time.monotonic()
    demonstration.prepare(out)
    chosen = settings(data=out / "data", registry="", store="", mqtt="")
    plan_file = out / "demo.yaml"
    plan_file.write_text(demonstration.plan_text(days), encoding="utf-8")
    plan = plan_from(plan_file.read_text(encoding="utf-8"), plan_file.name)
    with open_registry(chosen) as registry:
        registry.add_pilot(plan, plan_file.read_text(encoding="utf-8"))
        with waiting("Starting broker, ingest, pages and API"):
            stack = demonstration.own_service(chosen)
            service = stack.__enter__()
        try:
            outcome = _tell(chosen, plan, service, seed, out)
            rows = demonstration.compared(outcome["truth"], registry, service, PILOT)
            missed = [row for row in rows if not row.within]
            if as_json:
                print_json(_as_json(outcome, rows, began))
            else:
                _print(outcome, rows, service, began)
            if not once and not as_json and sys.stdout.isatty():
                _keep_open(registry.create_login("leader", PILOT), service)
        finally:
            service.close()
            stack.__exit__(None, None, None)
    if missed:
        fail(f"{len(missed)} estimates miss the realised truth by more than their tolerance.")


def _tell(chosen: Settings, plan: Plan, service: ServiceClient, seed: int, out: Path) -> dict[str, Any]:
    """Publish, analyse, report: what the demo is about. Everything as an outsider would, by MQTT and HTTP."""
    from pilotbed.simulating import simulate_through
    from simulators.truth import Truth

    truth_file, report_file = out / "truth.json", out / "report.html"
    first_publish = time.monotonic()
    with open_registry(chosen) as registry, counting("Simulated days") as progress:
        published = simulate_through(
            service, plan, registry, seed=seed, days=None, truth=truth_file, progress=progress
        )
    all_stored = time.monotonic()
    with waiting("Computing metrics"):
        computed = service.post(f"/api/v1/pilots/{PILOT}/analyses").json()
    analysed = time.monotonic()
    with open_registry(chosen) as registry:
        for stage in ("legal_check", "baseline", "pilot", "evaluation"):
            registry.advance(PILOT, stage)
    with waiting("Writing the report"):
        evaluation = service.get(f"/api/v1/pilots/{PILOT}/evaluation").json()
        report = service.get(f"/api/v1/pilots/{PILOT}/report", format="html", lang="sv")
        report_file.write_bytes(report.content)
    return {
        "published": published,
        "computed": computed,
        "evaluation": evaluation,
        "truth": Truth.read(truth_file),
        "report": report_file,
        "seconds": {
            "publish_and_store": round(all_stored - first_publish, 1),
            "analyse": round(analysed - all_stored, 1),
            "report": round(time.monotonic() - analysed, 1),
            "first_publish_to_report": round(time.monotonic() - first_publish, 1),
        },
    }


def _print(
    outcome: dict[str, Any], rows: Sequence[ComparisonRow], service: ServiceClient, began: float
) -> None:
    published, seconds = outcome["published"], outcome["seconds"]
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
            for row in rows
        ),
        empty="The story is too short for any comparison.",
    )
    evaluation = outcome["evaluation"]
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
    results.print(f"Report: {outcome['report']}", highlight=False, soft_wrap=True)
    notices.print(
        f"From first publish to report {seconds['first_publish_to_report']} s, "
        f"in all {time.monotonic() - began:.0f} s.",
        highlight=False,
    )


def _as_json(outcome: dict[str, Any], rows: Sequence[ComparisonRow], began: float) -> dict[str, Any]:
    published = outcome["published"]
    return {
        "messages": published.messages,
        "readings": published.readings,
        "seconds": outcome["seconds"] | {"in_all": round(time.monotonic() - began, 1)},
        "comparison": [asdict(row) for row in rows],
        "evaluation": outcome["evaluation"],
        "report": str(outcome["report"]),
    }


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def _keep_open(login: str, service: ServiceClient) -> None:
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
