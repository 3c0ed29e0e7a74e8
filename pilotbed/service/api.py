"""Pages, API and analysis as a process of their own, beside workers of ingest."""

from contextlib import ExitStack

import structlog

from api.app import create_app
from api.context import Context
from pilotbed.installation import formats_of, make_data_folder, outside_broker
from pilotbed.service.apart import refuse_duckdb
from pilotbed.service.lifetime import lifetime
from pilotbed.service.one_of_a_kind import alone
from pilotbed.service.own_token import own_token
from pilotbed.service.recomputing import recompute_in_background
from pilotbed.service.serving import address_of, listen, serve
from pilotbed.service.trouble import registry_trouble, store_trouble
from pilotbed.service_file import MqttAccess, ServiceAccess, write_service_file
from pilotbed.settings import Settings
from pilots.registry import Registry
from store import open_store

log = structlog.get_logger(__name__)


def run_api(settings: Settings) -> None:
    """Serve pages and API, and recompute stale days, until SIGINT or SIGTERM.

    Raises `ServiceError` with a DuckDB store, a taken port or a second `api` on the folder, and the error
    of the part that cannot start.
    """
    refuse_duckdb("api", settings)
    make_data_folder(settings)
    with lifetime("api", settings) as asked_to_stop, ExitStack() as parts:
        parts.enter_context(alone(settings.service_file, "pilotbed api"))
        listener = parts.enter_context(listen(settings.http_host, settings.http_port))
        registry = parts.enter_context(Registry.open(settings.registry_address))
        store = open_store(settings.store_address, settings.store_token.get_secret_value())
        parts.callback(store.close)
        settings.service_file.unlink(missing_ok=True)
        context = Context(
            registry=registry,
            store=store,
            checks={"store": lambda: store_trouble(store), "registry": lambda: registry_trouble(registry)},
            formats=formats_of(settings),
            workers=settings.workers,
            scheduler=settings.scheduler,
            secure_cookies=settings.secure_cookies,
        )
        app = create_app(context)
        recompute_in_background(context, app, settings.analyse_every_s, parts)
        broker = outside_broker(settings)
        access = ServiceAccess(
            address_of(listener), own_token(registry, parts), MqttAccess.of(broker) if broker else None
        )
        parts.callback(settings.service_file.unlink, missing_ok=True)

        def announce() -> None:
            write_service_file(settings.service_file, access)
            log.info("ready", http=access.http)

        serve(app, listener, asked_to_stop, context.checks, announce)
