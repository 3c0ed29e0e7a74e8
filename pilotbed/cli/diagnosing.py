"""Check an installation and say what to do."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Literal, NamedTuple

import typer

from pilotbed.cli.options import AsJson, Data
from pilotbed.cli.output import print_json, print_table
from pilotbed.errors import expected_errors
from pilotbed.installation import open_readings, open_registry, running_service
from pilotbed.settings import Settings, settings

LOW_DISK_BYTES = 2 * 1024**3
"""A pilot of 40 beds writes about a gigabyte a year; below two, cleaning up cannot wait."""


class Finding(NamedTuple):
    """One check: what, how it stands, what was found and what to do."""

    part: str
    state: Literal["ok", "warning", "failed"]
    text: str


def doctor(data: Data = None, as_json: AsJson = False) -> None:
    """Check broker, store, registry, clock, disk and retention; exit 1 when something has failed."""
    found = list(_findings(settings(data=data)))
    if as_json:
        print_json([finding._asdict() for finding in found])
    else:
        print_table(("part", "state", ""), found, empty="")
    if any(finding.state == "failed" for finding in found):
        raise typer.Exit(1)


def _findings(chosen: Settings) -> Iterator[Finding]:
    yield _tried("registry", lambda: _registry(chosen))
    service = running_service(chosen)
    if service is None:
        yield Finding("service", "warning", f"not running; start it with: pilotbed up --data {chosen.data}")
        yield _tried("store", lambda: _store(chosen))
    else:
        yield Finding("service", "ok", f"answers on {service.access.http}")
        yield _tried("broker and store", lambda: _ready(service.get("/readyz").status_code))
        service.close()
    if not chosen.mqtt:
        yield Finding(
            "broker",
            "warning",
            "embedded, for trying out: what it has acknowledged is lost with it; real devices need "
            "PILOTBED_MQTT",
        )
    yield _clock()
    yield _disk(chosen)
    yield _tried("retention", lambda: _retention(chosen))


def _tried(part: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except expected_errors() as error:
        return Finding(part, "failed", str(error))


def _registry(chosen: Settings) -> Finding:
    with open_registry(chosen) as registry:
        pilots = len(registry.pilots())
    return Finding("registry", "ok", f"opens, pilots: {pilots}")


def _store(chosen: Settings) -> Finding:
    with open_readings(chosen) as store:
        letters = len(store.dead_letters(1000))
    if letters:
        return Finding("store", "warning", f"{letters} dead letters; see: pilotbed dead-letters list")
    return Finding("store", "ok", "opens, no dead letters")


def _ready(status: int) -> Finding:
    return Finding("broker and store", "ok", f"ready ({status})")


def _clock() -> Finding:
    now = datetime.now(UTC)
    if now.year < 2025:
        return Finding(
            "clock", "failed", f"it is {now:%Y-%m-%d} here: set the clock, or every reading is refused"
        )
    return Finding("clock", "ok", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _disk(chosen: Settings) -> Finding:
    free = shutil.disk_usage(chosen.data if chosen.data.exists() else chosen.data.absolute().parent).free
    text = f"{free / 1024**3:.1f} GiB free for {chosen.data}"
    return Finding("disk", "warning" if free < LOW_DISK_BYTES else "ok", text)


def _retention(chosen: Settings) -> Finding:
    with open_registry(chosen) as registry:
        keeping = [
            pilot.pilot
            for pilot in registry.pilots()
            if pilot.plan.retention.gps_days is None
            and any(d.kind == "gps" for d in registry.devices(pilot.pilot))
        ]
    if keeping:
        return Finding(
            "retention", "warning", f"positions are kept for ever in {', '.join(keeping)}: set gps_days"
        )
    return Finding("retention", "ok", "every plan with trackers limits how long positions are kept")


def register(app: typer.Typer) -> None:
    app.command()(doctor)
