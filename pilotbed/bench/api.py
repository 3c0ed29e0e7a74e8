"""How fast the API and the page answer over HTTP, on the data folder of a demo."""

import statistics
import time
from pathlib import Path

from pilotbed.bench.figures import Figure, at_most
from pilotbed.bench.repeats import percentile
from pilotbed.demonstration import own_service
from pilotbed.settings import settings
from pilots.civil_time import parse_time, to_rfc3339
from simulators.timing import HOUR

REPEATS, QUICK_REPEATS = 50, 3
PILOT = "demo"

GOALS = {"evaluation": at_most(30)}
"""Milliseconds of an answer that was computed before."""

REPORT_GOALS = {"html": at_most(3), "pdf": at_most(10)}
"""Seconds to a report in a language that was not asked for before."""


def measure(demo: Path, *, quick: bool = False) -> list[Figure]:
    """Ask a service on `demo`'s data for each of the main answers, one request after the other.

    The first answer computes; the later ones find it computed, as long as no new data came.
    """
    repeats = QUICK_REPEATS if quick else REPEATS
    chosen = settings(data=demo / "data", registry="", store="", mqtt="")
    figures: list[Figure] = []
    with own_service(chosen) as service:
        first_day = service.get(f"/api/v1/pilots/{PILOT}").json()["phases"][0]["start"]
        devices = service.get(f"/api/v1/pilots/{PILOT}/devices").json()["items"]
        bed = next(device["device"] for device in devices if device["kind"] == "bed")
        whole = f"/api/v1/pilots/{PILOT}"
        for key, title, path, parameters in (
            ("pilots", "the list of pilots", "/api/v1/pilots", {}),
            ("metrics", "the catalogue with latest values", f"{whole}/metrics", {}),
            ("weeks", "nightly weight by week", f"{whole}/metrics/weight_kg", {"by": "week"}),
            ("response", "response times by phase", f"{whole}/alarms/response", {}),
            ("evaluation", "the evaluation", f"{whole}/evaluation", {}),
            ("quality", "quality of all devices", f"{whole}/quality", {}),
            (
                "readings",
                "a bed's readings of one day, every one",
                f"{whole}/readings/bed",
                {"device": bed, "start": first_day, "end": _day_after(first_day)},
            ),
            ("page", "the pilot's page", f"/pilots/{PILOT}", {}),
        ):
            taken = []
            for _ in range(repeats + 1):
                began = time.perf_counter()
                service.get(path, **parameters)
                taken.append((time.perf_counter() - began) * 1e3)
            later = taken[1:]
            figures += [
                Figure(f"{key}_median_ms", f"{title}: median", statistics.median(later), "ms"),
                Figure(f"{key}_p95_ms", "  95th percentile", percentile(later, 95), "ms", GOALS.get(key)),
                Figure(f"{key}_first_ms", "  first answer", taken[0], "ms"),
            ]
        for form, goal in REPORT_GOALS.items():
            began = time.perf_counter()
            service.get(f"{whole}/report", format=form, lang="en" if form == "html" else "sv")
            taken_s = time.perf_counter() - began
            figures.append(Figure(f"report_{form}_s", f"the report as {form.upper()}", taken_s, "s", goal))
        service.close()
    return figures


def _day_after(instant: str) -> str:
    return to_rfc3339(parse_time(instant) + 24 * HOUR)
