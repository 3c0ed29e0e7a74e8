"""Runs the parts of an installation in one process tree: broker, ingest, analysis, pages and API."""

import signal
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack

import structlog
import uvicorn

import analysis.pipeline
from api.app import create_app
from api.context import Context
from ingest.address import BrokerAddress
from ingest.broker import EmbeddedBroker
from ingest.directory import Directory
from ingest.intake import Intake
from ingest.subscriber import Subscriber
from pilotbed.errors import ServiceError
from pilotbed.installation import make_data_folder
from pilotbed.service_file import MqttAccess, ServiceAccess, write_service_file
from pilotbed.settings import Settings
from pilots.registry import Registry
from store import open_store

SHUTDOWN_S = 5
READY_POLL_S = 0.1
OWN_TOKEN = "the running service"  # noqa: S105 - a note, not a token
"""The note by which a service finds the tokens of one that was killed."""

log = structlog.get_logger(__name__)


def run(settings: Settings, *, on_ready: Callable[[ServiceAccess], None] = lambda _: None) -> None:
    """Run until SIGINT or SIGTERM, then commit what has come, close everything, and return.

    `DATA/service.json` stands from the moment every part is ready until the end. Raises `ServiceError`
    when a port is taken, and the error of the part that cannot start.
    """
    # uvicorn stops on these and then raises them again: without handlers the process would end there.
    asked_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked_to_stop.set())
    make_data_folder(settings)
    with ExitStack() as parts:
        listener = parts.enter_context(_listener(settings.http_host, settings.http_port))
        registry = Registry.open(settings.registry_address)
        parts.callback(registry.close)
        store = open_store(settings.store_address, settings.store_token.get_secret_value())
        parts.callback(store.close)
        # Left by a service that was killed: whoever waits for the file waits for this one.
        settings.service_file.unlink(missing_ok=True)
        broker, mqtt = _broker(settings, parts)
        subscriber = Subscriber(broker, Intake(store, Directory(registry)), client_id=settings.mqtt_client_id)
        subscriber.start()
        parts.callback(subscriber.stop)
        context = Context(
            registry=registry,
            store=store,
            checks={"ingest": subscriber.trouble},
            workers=settings.workers,
            secure_cookies=settings.secure_cookies,
        )
        app = create_app(context)
        if settings.analyse_every_s:
            recomputing = Recomputing(context, app.state.recomputing, settings.analyse_every_s)
            recomputing.start()
            parts.callback(recomputing.stop)
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=SHUTDOWN_S,
            )
        )
        token = _own_token(registry, parts)
        host, port = listener.getsockname()[:2]
        access = ServiceAccess(f"http://{_reachable(host)}:{port}", token, mqtt)
        announcing = threading.Thread(
            target=_announce, args=(server, context, settings, access, on_ready), name="announce", daemon=True
        )
        announcing.start()
        parts.callback(settings.service_file.unlink, missing_ok=True)
        if not asked_to_stop.is_set():
            server.run(sockets=[listener])
        log.info("stopping")


def _listener(host: str, port: int) -> socket.socket:
    # Named as TCP, or asyncio does not turn Nagle's delay off: 40 ms on every answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ServiceError(f"port {port} on {host} is taken: choose another with --http-port") from error
    return listener


def _own_token(registry: Registry, parts: ExitStack) -> str:
    """An administrator's token for the command line, valid while the service runs."""
    for left in registry.tokens():
        if left.note == OWN_TOKEN:  # of a service that was killed
            registry.revoke_token(left.id)
    number, token = registry.create_token("admin", note=OWN_TOKEN)
    parts.callback(registry.revoke_token, number)
    return token


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - read, not bound


def _broker(settings: Settings, parts: ExitStack) -> tuple[BrokerAddress, MqttAccess]:
    """The broker by its address, or an embedded one."""
    if settings.mqtt:
        address = BrokerAddress.parse(settings.mqtt)
        return address, MqttAccess(address.host, address.port, None, address.user, address.password)
    embedded = EmbeddedBroker(settings.data, settings.mqtt_port)
    embedded.start()
    parts.callback(embedded.stop)
    address = embedded.address
    return address, MqttAccess(address.host, address.port, embedded.port_v5, address.user, address.password)


def _announce(
    server: uvicorn.Server,
    context: Context,
    settings: Settings,
    access: ServiceAccess,
    on_ready: Callable[[ServiceAccess], None],
) -> None:
    """Write the service file once pages answer and every part is ready."""
    waiting = threading.Event()
    while not server.should_exit:
        if server.started and all(check() is None for check in context.checks.values()):
            write_service_file(settings.service_file, access)
            log.info("ready", http=access.http, mqtt=f"{access.mqtt.host}:{access.mqtt.port}")
            on_ready(access)
            return
        waiting.wait(READY_POLL_S)


class Recomputing:
    """Recomputes days with new data in the background, pilot by pilot, in turn with those asked for."""

    def __init__(self, context: Context, turn: threading.Lock, every_s: float) -> None:
        self._context = context
        self._turn = turn
        self._every_s = every_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recompute", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Wait for the pilot at hand for a moment; what is not written is computed after the next start."""
        self._stopping.set()
        self._thread.join(SHUTDOWN_S)

    def _run(self) -> None:
        while not self._stopping.wait(self._every_s):
            try:
                pilots = self._context.registry.pilots()
            except Exception:
                log.exception("the registry cannot be read; recomputing is tried again later")
                continue
            for pilot in pilots:
                try:
                    self._recompute(pilot.pilot)
                except Exception:
                    # One pilot that cannot be computed must not keep the others from it.
                    log.exception("recomputing failed", pilot=pilot.pilot)

    def _recompute(self, pilot: str) -> None:
        context = self._context
        with self._turn:
            done = analysis.pipeline.recompute(
                context.registry, context.store, pilot, workers=context.workers
            )
        if done.values:
            log.info("recomputed", pilot=pilot, days=done.days, values=done.values)
