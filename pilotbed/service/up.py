"""Everything in one process tree: broker, ingest, analysis, pages and API."""

from collections.abc import Callable
from contextlib import ExitStack

import structlog

from api.app import create_app
from api.context import Context
from ingest.address import BrokerAddress
from ingest.broker import EmbeddedBroker
from ingest.directory import Directory
from ingest.heartbeat import Heartbeats
from ingest.intake import Intake
from ingest.subscriber import Subscriber
from pilotbed.installation import formats_of, make_data_folder, outside_broker
from pilotbed.service.lifetime import lifetime
from pilotbed.service.own_token import own_token
from pilotbed.service.recomputing import recompute_in_background
from pilotbed.service.serving import address_of, listen, serve
from pilotbed.service.trouble import registry_trouble
from pilotbed.service_file import MqttAccess, ServiceAccess, write_service_file
from pilotbed.settings import Settings
from pilots.registry import Registry
from store import open_store

log = structlog.get_logger(__name__)


def run_up(settings: Settings, *, on_ready: Callable[[ServiceAccess], None] = lambda _: None) -> None:
    """Run until SIGINT or SIGTERM, then commit what has come, close everything, and return.

    `DATA/service.json` stands from the moment every part is ready until the end. Raises `ServiceError`
    when a port is taken, and the error of the part that cannot start.
    """
    make_data_folder(settings)
    with lifetime("up", settings) as asked_to_stop, ExitStack() as parts:
        listener = parts.enter_context(listen(settings.http_host, settings.http_port))
        registry = parts.enter_context(Registry.open(settings.registry_address))
        store = open_store(settings.store_address, settings.store_token.get_secret_value())
        parts.callback(store.close)
        # Left by a service that was killed: whoever waits for the file waits for this one.
        settings.service_file.unlink(missing_ok=True)
        heartbeats = Heartbeats(store)
        formats = formats_of(settings)
        broker, mqtt = _broker(settings, heartbeats, parts)
        subscriber = Subscriber(
            broker,
            Intake(store, Directory(registry, formats)),
            client_id=settings.mqtt_client_id,
            heartbeats=None if settings.mqtt else heartbeats,
        )
        subscriber.start()
        parts.callback(subscriber.stop)
        context = Context(
            registry=registry,
            store=store,
            checks={"ingest": subscriber.trouble, "registry": lambda: registry_trouble(registry)},
            formats=formats,
            workers=settings.workers,
            scheduler=settings.scheduler,
            secure_cookies=settings.secure_cookies,
            embedded_broker=outside_broker(settings) is None,
        )
        app = create_app(context)
        recompute_in_background(context, app, settings.analyse_every_s, parts)
        access = ServiceAccess(address_of(listener), own_token(registry, parts), mqtt)
        parts.callback(settings.service_file.unlink, missing_ok=True)

        def announce() -> None:
            write_service_file(settings.service_file, access)
            log.info("ready", http=access.http, mqtt=f"{mqtt.host}:{mqtt.port}")
            on_ready(access)

        serve(app, listener, asked_to_stop, context.checks, announce)


def _broker(settings: Settings, heartbeats: Heartbeats, parts: ExitStack) -> tuple[BrokerAddress, MqttAccess]:
    """The broker by its address, or an embedded one."""
    address = outside_broker(settings)
    if address is not None:
        return address, MqttAccess.of(address)
    embedded = EmbeddedBroker(settings.data, settings.mqtt_port, heartbeat=heartbeats.topic)
    embedded.start()
    parts.callback(embedded.stop)
    return embedded.address, MqttAccess.of(embedded.address, port_v5=embedded.port_v5)
