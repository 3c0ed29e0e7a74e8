"""Try what a device of another format sends: the readings it would be, or why it is none."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingest.refusal import Refused
from pilotbed.cli.options import AsJson, Data
from pilotbed.cli.output import fail, print_json, print_table, results
from pilotbed.settings import settings
from pilots.civil_time import now, to_rfc3339
from pilots.plan.nearest import nearest

if TYPE_CHECKING:
    from ingest.decoders.foreign import Format, ModelOf
    from ingest.decoders.models.model import Model
    from ingest.decoders.told import Heard, SetAsideReason, Told

MEANING: "dict[SetAsideReason, str]" = {
    "no_fix": "a position without a fix, or the last known one again",
    "network_position": "a place that is guessed from the network around",
    "repeat": "a message that has been heard already",
    "console_test": "simulated at a console",
    "stale": "a state that is not known now",
    "not_a_reading": "nothing that a stream takes",
}


def try_payload(
    payload: Annotated[
        str, typer.Option("--payload", metavar="FILE", help="What the device sends; - is standard input.")
    ],
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="FILE|NAME", help="Its model: a file NAME.yaml, or a name."),
    ] = None,
    adapter: Annotated[
        str | None, typer.Option("--adapter", help="Read the payload as a whole message of this format.")
    ] = None,
    topic: Annotated[str | None, typer.Option("--topic", help="The topic of that message.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Say what a payload would become: its readings, or the reason that there are none. Nothing is stored.

    Without --adapter the payload is what the model reads: the decoded fields, or one bare value.
    """
    from ingest.decoders.formats import FORMATS
    from ingest.decoders.models.reading import ModelError
    from ingest.decoders.native import admit
    from store import STREAMS

    if model is None and adapter is None:
        raise typer.BadParameter("name a model by --model, or a format by --adapter")
    if (adapter is None) != (topic is None):
        raise typer.BadParameter("--adapter and --topic come together: they tell how a message is read")
    if adapter is not None and adapter not in FORMATS:
        raise typer.BadParameter(f"there is no adapter {adapter!r}: it is one of {', '.join(FORMATS)}")
    sent = sys.stdin.buffer.read() if payload == "-" else Path(payload).read_bytes()
    reader = FORMATS[adapter] if adapter else None
    received = now()
    try:
        found = _model(model or (reader.model if reader else None), settings(data=data).models)
        if reader and found and reader.name not in found.formats:
            fail(f"model {found.name} is for {', '.join(found.formats)}, not for {reader.name}")
        if reader is not None and topic is not None:
            told = reader.decode(topic, sent, _model_of(reader, found))
        else:
            assert found is not None
            told = found.readings("", _fields(sent), received)
        for each in told.readings:
            admit(STREAMS[each.stream], each.values, each.time, received)
    except ModelError as error:
        if as_json:
            print_json({"errors": [asdict(problem) for problem in error.problems]})
        fail(str(error))
    except Refused as refused:
        if as_json:
            print_json({"refused": refused.code, "reason": str(refused)})
        fail(f"refused ({refused.code}): {refused}")
    _show(told, as_json)


def _model(named: str | None, folder: Path) -> "Model | None":
    from ingest.decoders.models.shelf import load, read_file

    if named is None:
        return None
    if named.endswith(".yaml"):
        return read_file(Path(named))
    models = load(folder)
    if named not in models:
        hint = nearest(named, models) or f"there are {', '.join(models)}"
        fail(f'there is no model "{named}": {hint}; a file ends with .yaml')
    return models[named]


def _model_of(reader: "Format", model: "Model | None") -> "ModelOf":
    def model_of(address: str) -> "Model":
        if model is None:
            raise Refused("no_model", f"adapter {reader.name} reads by a model: name one by --model")
        return model

    return model_of


def _fields(sent: bytes) -> dict[str, Any]:
    try:
        value = json.loads(sent)
    except (ValueError, RecursionError):
        value = sent.decode(errors="replace").strip()
    return value if isinstance(value, dict) else {"value": value}


def _show(told: "Told", as_json: bool) -> None:
    if as_json:
        readings = [
            {"address": each.address, "stream": each.stream, "time": _time(each)} | {"values": each.values}
            for each in told.readings
        ]
        aside = [{"address": each.address, "reason": each.reason} for each in told.set_aside]
        print_json({"readings": readings, "set_aside": aside})
        return
    if told.readings:
        print_table(
            ("stream", "time", "values"),
            (
                (
                    each.stream,
                    _time(each) or "when received",
                    ", ".join(f"{name}={json.dumps(value)}" for name, value in each.values.items()),
                )
                for each in told.readings
            ),
            empty="",
        )
    for each in told.set_aside:
        results.print(f"set aside as {each.reason}: {MEANING[each.reason]}", markup=False, highlight=False)


def _time(reading: "Heard") -> str | None:
    return None if reading.time is None else to_rfc3339(reading.time)
