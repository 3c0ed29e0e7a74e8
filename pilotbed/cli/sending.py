"""Publish one reading, as a first try with nothing to install."""

import json
from typing import Annotated, Any

import typer

from ingest.refusal import Refused
from pilotbed.cli.options import AsJson, Data
from pilotbed.cli.output import fail, notices, print_json, results
from pilotbed.installation import broker_in_use, open_registry
from pilotbed.publishing import publish
from pilotbed.settings import settings
from pilots.civil_time import now


def send(
    device: Annotated[str, typer.Argument(metavar="DEVICE")],
    stream: Annotated[
        str, typer.Argument(metavar="STREAM", help="What it measured; a wrong name lists those there are.")
    ],
    fields: Annotated[list[str], typer.Argument(metavar="FIELD=VALUE …", help="Such as weight_kg=71.2")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Publish one reading as a registered device, through the broker of the running service."""
    from ingest.decoders.native import decode
    from store import KINDS, STREAMS

    if stream not in STREAMS:
        raise typer.BadParameter(f"{stream!r} is not one of {', '.join(STREAMS)}", param_hint="STREAM")
    chosen = settings(data=data)
    with open_registry(chosen) as registry:
        found = next((each for each in registry.devices() if each.device == device), None)
    if found is None:
        fail(f"There is no device {device}; register it with: pilotbed device add PILOT {device} --kind KIND")
    if stream not in KINDS[found.kind]:
        fail(
            f"{device} is of kind {found.kind}: it may publish {', '.join(KINDS[found.kind])}, not {stream!r}"
        )
    reading = {name: _typed(stream, name, value) for name, value in map(_split, fields)}
    payload = json.dumps(reading).encode()
    try:
        decoded = decode(STREAMS[stream], payload, now())
    except Refused as refused:
        fail(f"Ingest would refuse this reading: {refused}")
    for name in decoded.unknown_fields:
        notices.print(f"{stream} has no column {name!r}; it is dropped", markup=False, highlight=False)
    topic = f"pilotbed/{found.pilot}/{device}/{stream}"
    broker = broker_in_use(chosen)
    if chosen.mqtt_accounts is not None and broker.user != device:
        # The broker would acknowledge the reading and drop it.
        fail(
            f"{broker.user} may not publish for {device}: give its own account, from `pilotbed device "
            f"password {found.pilot} {device}`, as PILOTBED_MQTT=mqtts://{device}:PASSWORD@{broker.host}"
        )
    publish(broker, [(topic, payload)])
    if as_json:
        print_json({"topic": topic, "payload": reading})
    else:
        results.print(f"{topic} {json.dumps(reading)}", markup=False, highlight=False, soft_wrap=True)


def _split(field: str) -> tuple[str, str]:
    name, separator, value = field.partition("=")
    if not separator or not name:
        raise typer.BadParameter(f"{field!r} is not FIELD=VALUE, such as weight_kg=71.2")
    return name, value


def _typed(stream: str, name: str, value: str) -> Any:
    """The value as the stream's column wants it; ingest says what is wrong with any other."""
    from store import STREAMS

    definition = STREAMS[stream]
    if name in definition.column_names and definition.column(name).kind == "text":
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def register(app: typer.Typer) -> None:
    app.command()(send)
