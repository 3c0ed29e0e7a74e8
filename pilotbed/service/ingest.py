"""One worker of ingest as a process of its own."""

import socket
from contextlib import ExitStack

import structlog

from api.operations import create_operations_app
from ingest.directory import Directory
from ingest.intake import Intake
from ingest.retiring import retire
from ingest.subscriber import Subscriber
from pilotbed.installation import formats_of, make_data_folder, open_readings, open_registry
from pilotbed.service.apart import refuse_duckdb, required_broker
from pilotbed.service.lifetime import lifetime
from pilotbed.service.one_of_a_kind import alone
from pilotbed.service.serving import address_of, listen, serve
from pilotbed.service.trouble import registry_trouble
from pilotbed.service_file import worker_file, write_worker_file
from pilotbed.settings import Settings
from pilots.registry import Registry
from store import open_store

log = structlog.get_logger(__name__)


def run_ingest(settings: Settings, *, share: str | None = None) -> None:
    """Take what the broker has, alone or as one of those that share it, until SIGINT or SIGTERM.

    `DATA/ingest-CLIENT_ID.json` stands from the moment it is ready until the end. Raises `ServiceError`
    with a DuckDB store, without a broker's address, or with a taken port, and the error of the part that
    cannot start.
    """
    refuse_duckdb("ingest", settings)
    broker = required_broker(settings)
    make_data_folder(settings)
    file = worker_file(settings.data, settings.mqtt_client_id)
    with lifetime("ingest", settings) as asked_to_stop, ExitStack() as parts:
        parts.enter_context(alone(file, f"pilotbed ingest with the client id {settings.mqtt_client_id!r}"))
        listener = parts.enter_context(listen(settings.http_host, settings.ingest_http_port))
        registry = parts.enter_context(Registry.open(settings.registry_address))
        store = open_store(settings.store_address, settings.store_token.get_secret_value())
        parts.callback(store.close)
        file.unlink(missing_ok=True)
        subscriber = Subscriber(
            broker,
            Intake(store, Directory(registry, formats_of(settings))),
            client_id=settings.mqtt_client_id,
            share=share,
        )
        subscriber.start()
        parts.callback(subscriber.stop)
        parts.callback(file.unlink, missing_ok=True)
        checks = {"ingest": subscriber.trouble, "registry": lambda: registry_trouble(registry)}

        def announce() -> None:
            # Containers that share the folder reach each other by their names.
            http = address_of(listener, all_hosts=socket.gethostname())
            write_worker_file(file, http)
            log.info("ready", http=http, client_id=settings.mqtt_client_id)

        serve(create_operations_app(checks), listener, asked_to_stop, checks, announce)


def retire_ingest(settings: Settings, *, share: str | None = None) -> None:
    """Take what the broker keeps for this worker, and end its session for good.

    Raises `ServiceError` as `run_ingest` does, and what `retire` and the engines raise.
    """
    refuse_duckdb("ingest", settings)
    broker = required_broker(settings)
    with open_registry(settings) as registry, open_readings(settings) as store:
        intake = Intake(store, Directory(registry, formats_of(settings)))
        taken = retire(broker, intake, client_id=settings.mqtt_client_id, share=share)
        log.info("retired", client_id=settings.mqtt_client_id, messages=taken)
