"""Run the service, whole or in parts."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import structlog
import typer

from pilotbed.cli.options import Data
from pilotbed.cli.output import notices
from pilotbed.errors import expected_errors
from pilotbed.logs import configure_logs, is_json
from pilotbed.service_file import ServiceAccess
from pilotbed.settings import Settings, settings

HttpPort = Annotated[
    int | None,
    typer.Option(
        "--http-port", min=0, max=65535, help="Port of pages and API; 0 for any free one. \\[default: 8000]"
    ),
]


def up(
    mqtt_port: Annotated[
        int | None,
        typer.Option(
            "--mqtt-port",
            min=0,
            max=65535,
            help="Port of the embedded broker; 0 for any free one. \\[default: 1883]",
        ),
    ] = None,
    http_port: HttpPort = None,
    data: Data = None,
) -> None:
    """Run broker, ingest, analysis, pages and API in one process tree, until Ctrl-C."""
    chosen = settings(data=data, mqtt_port=mqtt_port, http_port=http_port)
    with _logging(chosen):
        from pilotbed.service.up import run_up

        run_up(chosen, on_ready=_say if sys.stderr.isatty() else lambda _: None)


def ingest(
    share: Annotated[
        str | None,
        typer.Option(
            "--share", metavar="NAME", help="Share the messages with the other workers of that name."
        ),
    ] = None,
    client_id: Annotated[
        str | None,
        typer.Option(
            "--client-id",
            help="Under which the broker keeps what this worker has not acknowledged: one of its own, and "
            "the same at every start. \\[default: pilotbed-ingest]",
        ),
    ] = None,
    retire: Annotated[
        bool,
        typer.Option(
            "--retire", help="Take what the broker keeps for this worker, end its session for good, and stop."
        ),
    ] = False,
    http_port: Annotated[
        int | None,
        typer.Option(
            "--http-port",
            min=0,
            max=65535,
            help="Port of health and counters; 0 for any free one. \\[default: 8001]",
        ),
    ] = None,
    data: Data = None,
) -> None:
    """Run one worker of ingest, beside `pilotbed api`; it needs InfluxDB and a broker."""
    chosen = settings(data=data, mqtt_client_id=client_id, ingest_http_port=http_port)
    if share is not None:
        _check_share(share, chosen)
    with _logging(chosen):
        from pilotbed.service.ingest import retire_ingest, run_ingest

        if retire:
            retire_ingest(chosen, share=share)
        else:
            run_ingest(chosen, share=share)


def api(http_port: HttpPort = None, data: Data = None) -> None:
    """Run pages, API and analysis, beside workers of `pilotbed ingest`; it needs InfluxDB."""
    chosen = settings(data=data, http_port=http_port)
    with _logging(chosen):
        from pilotbed.service.api import run_api

        run_api(chosen)


def _check_share(share: str, chosen: Settings) -> None:
    if not share or any(character in share for character in "/+#"):
        raise typer.BadParameter(f"{share!r}: a name without / + #", param_hint="--share")
    if "mqtt_client_id" not in chosen.model_fields_set:
        raise typer.BadParameter(
            "each worker needs a client id of its own, the same at every start: what it has not acknowledged "
            "when it dies waits at the broker for that id",
            param_hint="--client-id",
        )


@contextmanager
def _logging(chosen: Settings) -> Iterator[None]:
    """Logs in the chosen form; in JSON also the error that the process ends with."""
    configure_logs(chosen.log_format)
    try:
        yield
    except expected_errors() as error:
        if not is_json(chosen.log_format):
            raise
        structlog.get_logger(__name__).error("cannot run", reason=str(error))
        raise typer.Exit(1) from error


def _say(access: ServiceAccess) -> None:
    mqtt = access.mqtt
    if mqtt is not None:
        notices.print(f"Pages and API on {access.http}; MQTT on {mqtt.host}:{mqtt.port}")
    notices.print("For a browser: pilotbed token create --role admin, then log in. Ctrl-C stops.")


def register(app: typer.Typer) -> None:
    app.command()(up)
    app.command()(ingest)
    app.command()(api)
