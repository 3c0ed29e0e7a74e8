"""The demo as a user runs it: how long from first publish to report, and how much memory in all."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pilotbed.bench.figures import CannotRun, Figure, at_most
from pilotbed.bench.memory import process_tree_bytes

GIB = 1024**3
SAMPLE_S = 0.25
WHOLE_DAYS, QUICK_DAYS = 84, 4


@dataclass(frozen=True, slots=True)
class _Told:
    """What the demo said, and the most memory that it and its children held at once; None if not known."""

    said: dict[str, Any]
    peak_bytes: int | None


def measure(folder: Path, *, quick: bool = False, seed: int = 1) -> list[Figure]:
    """Run the demo into `folder`, which keeps its data. Raises `CannotRun` when it tells nothing."""
    days = QUICK_DAYS if quick else WHOLE_DAYS
    told = _run(folder, days, seed)
    seconds = told.said["seconds"]
    figures = [
        Figure(
            "first_publish_to_report_s",
            f"from first publish to report: {days} days, {told.said['readings']:,} readings",
            seconds["first_publish_to_report"],
            "s",
            at_most(90.0),
        ),
        Figure("publish_and_store_s", "  publish and store", seconds["publish_and_store"], "s"),
        Figure("analyse_s", "  analyse", seconds["analyse"], "s"),
        Figure("report_s", "  report", seconds["report"], "s"),
        Figure(
            "missed_tolerances",
            "  estimates that miss the realised truth by more than their tolerance",
            sum(not row["within"] for row in told.said["comparison"]),
            "",
            at_most(0),
        ),
    ]
    if told.peak_bytes is not None:
        figures.append(
            Figure(
                "peak_memory_gib",
                "most memory of all processes at once",
                told.peak_bytes / GIB,
                "GiB",
                at_most(2.0),
            )
        )
    return figures


def _run(folder: Path, days: int, seed: int) -> _Told:
    command = [sys.executable, "-m", "pilotbed", "demo", "--once", "--json"]
    command += ["--days", str(days), "--seed", str(seed), "--out", str(folder)]
    folder.parent.mkdir(parents=True, exist_ok=True)
    output, errors = folder.parent / "demo.json", folder.parent / "demo.log"
    peak: int | None = None
    with output.open("wb") as out, errors.open("wb") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err)
        try:
            while process.poll() is None:
                held = process_tree_bytes(process.pid)
                if held is not None:
                    peak = max(held, peak or 0)
                time.sleep(SAMPLE_S)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    try:
        # It also ends with 1 when an estimate misses its tolerance, which is a figure here.
        return _Told(json.loads(output.read_text(encoding="utf-8")), peak)
    except ValueError:
        said = errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise CannotRun(f"the demo told nothing: {said[-1] if said else 'it said no reason'}") from None
