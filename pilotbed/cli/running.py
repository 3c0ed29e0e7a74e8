"""Run the service."""

from typing import Annotated

import typer

from pilotbed.cli.options import Data
from pilotbed.cli.output import notices
from pilotbed.service_file import ServiceAccess
from pilotbed.settings import settings


def up(
    mqtt_port: Annotated[
        int | None,
        typer.Option(
            "--mqtt-port", help="Port of the embedded broker; 0 for any free one. \\[default: 1883]"
        ),
    ] = None,
    http_port: Annotated[
        int | None,
        typer.Option("--http-port", help="Port of pages and API; 0 for any free one. \\[default: 8000]"),
    ] = None,
    data: Data = None,
) -> None:
    """Run broker, ingest, analysis, pages and API in one process tree, until Ctrl-C."""
    from pilotbed import service

    chosen = settings(data=data, mqtt_port=mqtt_port, http_port=http_port)
    service.run(chosen, on_ready=_say)


def _say(access: ServiceAccess) -> None:
    notices.print(f"Pages and API on {access.http}; MQTT on {access.mqtt.host}:{access.mqtt.port}")
    notices.print("For a browser: pilotbed token create --role admin, then log in. Ctrl-C stops.")


def register(app: typer.Typer) -> None:
    app.command()(up)
