"""The whole story on simulated devices, against a service of its own."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

import yaml

from pilotbed.errors import PilotbedError
from pilotbed.installation import running_service
from pilotbed.service_client import ServiceClient
from pilotbed.settings import Settings
from pilots.civil_time import midnight
from pilots.plan import Plan, demo_plan_text
from pilots.records import Recruitment
from pilots.registry import Registry
from simulators.comparison import ComparisonRow, compare
from simulators.observations import logged_events_of, scores_of, weighings_of
from simulators.truth import Truth

FIRST_DAY = date(2025, 1, 13)
WHOLE_DAYS = 84
FEWEST_DAYS = 4

START_WITHIN_S = 60.0
STOP_WITHIN_S = 20.0
RECRUITED = (Recruitment("intervention", 40, 9, 7), Recruitment("comparison", 22, 5, 5))
"""How many were asked in the story, for the 24 and 12 who take part."""

LEGAL_CHECK_TAKES = timedelta(days=14)

MARK = "demo.txt"
"""Says that a folder was made by the demo, and may be replaced by the next one."""


class DemoError(PilotbedError):
    """The demo cannot run."""


def plan_text(days: int) -> str:
    """The demo's plan, its phases shortened to half the days each when it is not told whole, and the days
    that it asks of each phase with them."""
    text = demo_plan_text()
    if days == WHOLE_DAYS:
        return text
    half = FIRST_DAY + timedelta(days=days // 2)
    baseline_end, last = half - timedelta(days=1), FIRST_DAY + timedelta(days=days - 1)
    wash_in = min(7, (last - half).days // 2)
    return (
        text.replace("end: 2025-02-23", f"end: {baseline_end}")
        .replace("start: 2025-02-24", f"start: {half}")
        .replace("end: 2025-04-06", f"end: {last}")
        .replace("wash_in_days: 7", f"wash_in_days: {wash_in}")
        .replace("baseline_days: 14", f"baseline_days: {min(14, (days // 2 + 1) // 2)}")
    )


def prepare(folder: Path) -> None:
    """An empty folder for the demo. Raises `DemoError` rather than remove what the demo did not make."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise DemoError(f"{folder} holds other files: choose another folder with --out DIR")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text(
        "Made by pilotbed demo; the next demo replaces this folder.\n", encoding="utf-8"
    )


def tell_of(registry: Registry, truth: Truth) -> None:
    """What people tell of the pilot, as by `pilotbed import`, `pilot recruitment` and `pilot write`."""
    pilot = truth.pilot
    registry.put_weighings(pilot, weighings_of(truth))
    registry.put_logged_events(pilot, logged_events_of(truth))
    registry.put_scores(pilot, scores_of(truth))
    for recruited in RECRUITED:
        registry.put_recruitment(pilot, recruited)
    texts = files("pilotbed").joinpath("demo_texts.yaml").read_text(encoding="utf-8")
    for section, text in yaml.safe_load(texts).items():
        registry.put_text(pilot, section, text)


@dataclass
class _StoryClock:
    """The story's time; what is noted now happened then."""

    now_us: int

    def __call__(self) -> int:
        return self.now_us


def go_through_stages(address: str, plan: Plan) -> None:
    """Take the pilot in the registry at `address` to its evaluation, each stage when the story came to it.

    So its plan is locked before its first day, as it should be.
    """
    baseline, pilot = plan.phase("baseline"), plan.phase("pilot")
    came = {
        "legal_check": midnight(baseline.start - LEGAL_CHECK_TAKES, plan.zone),
        "baseline": plan.phase_start(baseline),
        "pilot": plan.phase_start(pilot),
        "evaluation": plan.phase_end(pilot),
    }
    clock = _StoryClock(0)
    with closing(Registry.open(address, clock=clock)) as registry:
        for stage, at_us in came.items():
            clock.now_us = at_us
            registry.advance(plan.pilot, stage)


@contextmanager
def own_service(chosen: Settings) -> Iterator[ServiceClient]:
    """A service on free ports as a child process, with the broker of `chosen` or an embedded one.

    Its log lies beside its data.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PILOTBED_")}
    environment |= {
        "PILOTBED_MQTT_PORT": "0",
        "PILOTBED_HTTP_PORT": "0",
        "PILOTBED_ANALYSE_EVERY_S": "0",
        "PILOTBED_MQTT": chosen.mqtt,
    }
    log = chosen.data.parent / "service.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "pilotbed", "up", "--data", str(chosen.data.absolute())],
            # Away from a pilotbed.toml that names other engines.
            cwd=chosen.data.parent,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C reaches the demo, which then stops its service in order.
            start_new_session=True,
        )
        try:
            with closing(_connected(chosen, process, log)) as service:
                yield service
        finally:
            process.terminate()
            try:
                process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _connected(chosen: Settings, process: "subprocess.Popen[bytes]", log: Path) -> ServiceClient:
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        service = running_service(chosen)
        if service is not None:
            return service
        time.sleep(0.05)
    last = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])
    raise DemoError(f"the demo's service did not start; the end of {log}:\n{last}")


@dataclass(frozen=True, slots=True)
class _PhaseMedian:
    """A row of `/alarms/response` as `compare` reads it."""

    phase: str | None
    group: str | None
    stage: str
    median_s: float | None


def compared(truth: Truth, registry: Registry, service: ServiceClient, pilot: str) -> Sequence[ComparisonRow]:
    """Estimate against truth per metric."""
    responses = service.get(f"/api/v1/pilots/{pilot}/alarms/response").json()["items"]
    return compare(
        truth,
        registry.daily_values(pilot),
        [_PhaseMedian(row["phase"], row["group"], row["stage"], row["median_s"]) for row in responses],
    )
