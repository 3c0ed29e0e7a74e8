"""Take in what staff already record, from the files that other systems give."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pilotbed.cli.options import AsJson, Data, PilotName
from pilotbed.cli.output import fail, notices, print_json, results
from pilotbed.cli.progress import counting
from pilotbed.installation import broker_in_use, open_registry, plan_text
from pilotbed.settings import Settings, settings
from pilots.civil_time import now, to_rfc3339
from pilots.errors import ImportFileError, PlanProblem
from pilots.imports import Cells, read_map, read_rows, read_table

if TYPE_CHECKING:
    from ingest.address import BrokerAddress
    from pilots.imports.visit_logs import Visit
    from pilots.registry import Registry

ROWS_A_MESSAGE = 200
"""Visits of one log in one message: far below the size that a broker takes."""


class Kind(StrEnum):
    visits = "visits"
    scores = "scores"
    weighings = "weighings"
    events = "events"


def import_file(
    pilot: PilotName,
    kind: Annotated[Kind, typer.Argument(metavar="|".join(Kind), help="What the file holds.")],
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="CSV with a row of headings.")
    ],
    layout: Annotated[
        Path,
        typer.Option("--map", metavar="MAP.yaml", exists=True, dir_okay=False, help="Which column is what."),
    ],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Import visits of a planning system, scores, reference weighings or events that staff wrote down.

    A file is taken whole or not at all; the same file again changes nothing.
    """
    chosen = settings(data=data)
    told = read_map(plan_text(layout), layout.name)
    with open_registry(chosen) as registry:
        plan = registry.pilot(pilot).plan
        lines = read_table(file.read_bytes(), told, file.name)
        rows = read_rows(kind, lines, told, plan.zone, file.name)
        if kind is Kind.visits:
            from pilots.imports.visit_logs import visits_of

            visits = visits_of(
                rows, told.complete, plan, registry.devices(pilot), registry.assignments(pilot), file.name
            )
        else:
            _keep(registry, pilot, kind, rows, file.name)
    done: dict[str, Any] = {"rows": len(rows)}
    if kind is Kind.visits:
        done |= _published(chosen, pilot, visits, file.name)
    if as_json:
        print_json(done)
        return
    results.print(
        f"{len(rows)} {kind} imported"
        + (f", {done['shifts_closed']} shifts marked complete." if kind is Kind.visits else "."),
        highlight=False,
    )
    if kind is Kind.visits and not done["shifts_closed"]:
        notices.print(
            "No night is known to be complete, so a night without visits stays absent. Where the file holds "
            "every visit, say so in the map: complete: {first: 2026-01-12, last: 2026-03-08}",
            highlight=False,
            markup=False,
        )


def _keep(registry: "Registry", pilot: str, kind: Kind, rows: Sequence[Cells], source: str) -> None:
    """Scores, weighings and events are answers and observations of people: they live in the registry."""
    from pilots.imports.observed import observations_of

    known = {each.code for each in registry.participants(pilot)}
    observations = observations_of(kind, rows, pilot, known, source)
    match kind:
        case Kind.scores:
            registry.put_scores(pilot, observations)
        case Kind.weighings:
            registry.put_weighings(pilot, observations)
        case _:
            registry.put_logged_events(pilot, observations)


def _published(chosen: Settings, pilot: str, visits: "Sequence[Visit]", source: str) -> dict[str, Any]:
    """Visits are readings: they go through the same door as every device's."""
    from pilotbed.publishing import publish

    readings = _checked(visits, source)
    if not readings:
        return {"messages": 0, "shifts_closed": 0}
    by_device: dict[str, list[dict[str, Any]]] = {}
    for device, reading in readings:
        by_device.setdefault(device, []).append(reading)
    messages = [
        (f"pilotbed/{pilot}/{device}/visit", json.dumps(own[at : at + ROWS_A_MESSAGE]).encode())
        for device, own in by_device.items()
        for at in range(0, len(own), ROWS_A_MESSAGE)
    ]
    broker = broker_in_use(chosen)
    if chosen.mqtt_accounts is not None and not _may_publish(
        chosen, broker, [topic for topic, _ in messages]
    ):
        # The broker would acknowledge them and drop them.
        fail(
            f"{broker.user} may not publish for the visit logs: give the account of a bridge to them, from "
            f"`pilotbed bridge add planning --topic 'pilotbed/{pilot}/+/visit'`, as PILOTBED_MQTT"
        )
    with counting("Messages acknowledged") as bar:
        publish(broker, messages, lambda count: bar(count, len(messages)))
    modes = Counter(reading["mode"] for _, reading in readings)
    return {"messages": len(messages), "shifts_closed": modes["shift_closed"]}


def _may_publish(chosen: Settings, broker: "BrokerAddress", topics: Sequence[str]) -> bool:
    from paho.mqtt.client import topic_matches_sub

    with open_registry(chosen) as registry:
        filters = [
            each
            for account in registry.accounts()
            if account.name == broker.user
            for each in (account.topic_filters or (f"pilotbed/{account.pilot}/{account.device}/#",))
        ]
    return all(any(topic_matches_sub(each, topic) for each in filters) for topic in set(topics))


def _checked(visits: "Sequence[Visit]", source: str) -> list[tuple[str, dict[str, Any]]]:
    """The readings as they are published; raises `ImportFileError` with all that ingest would refuse."""
    from ingest.decoders.native import decode
    from ingest.refusal import Refused
    from store import STREAMS

    readings, problems = [], []
    for visit in visits:
        reading = {name: _plain(name, value) for name, value in visit.fields.items()}
        try:
            decode(STREAMS["visit"], json.dumps(reading).encode(), now())
        except Refused as refused:
            where = "" if visit.line else f"complete: {reading['time']}: "
            problems.append(PlanProblem(visit.line or 1, f"{where}{refused}"))
        readings.append((visit.device, reading))
    if problems:
        raise ImportFileError(source, problems)
    return readings


def _plain(name: str, value: object) -> object:
    if name == "time" and isinstance(value, int):
        return to_rfc3339(value)
    return value.isoformat() if isinstance(value, date) else value


def register(app: typer.Typer) -> None:
    app.command("import")(import_file)
