"""Check an installation and say what to do."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Literal, NamedTuple

import typer

from ingest.address import BrokerAddress
from pilotbed.cli.options import AsJson, Data
from pilotbed.cli.output import print_json, print_table
from pilotbed.errors import expected_errors
from pilotbed.installation import ServiceClient, open_readings, open_registry, running_service
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
        yield _tried("ingest", lambda: _ready(service))
        yield _tried("store", lambda: _letters(len(service.get("/api/v1/dead-letters").json()["items"])))
        service.close()
    yield _tried("broker", lambda: _broker(chosen))
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
        return _letters(len(store.dead_letters()))


def _letters(count: int) -> Finding:
    if count:
        return Finding("store", "warning", f"dead letters: {count}; see: pilotbed dead-letters list")
    return Finding("store", "ok", "opens, no dead letters")


def _ready(service: ServiceClient) -> Finding:
    service.get("/readyz")
    return Finding("ingest", "ok", "subscribed at its broker, commits")


def _broker(chosen: Settings) -> Finding:
    """Which guarantee holds for what the broker has acknowledged to a device."""
    if not chosen.mqtt:
        return Finding(
            "broker",
            "warning",
            "embedded, for trying out: what it has acknowledged and not delivered is lost with it; "
            "real devices need PILOTBED_MQTT",
        )
    return Finding(
        "broker",
        "ok",
        f"{BrokerAddress.parse(chosen.mqtt)}: when it crashes, what came since it last saved is lost; "
        "for Mosquitto see deploy/mosquitto/limits.conf",
    )


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
