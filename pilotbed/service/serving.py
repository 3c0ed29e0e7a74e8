"""HTTP of a process: its port, its server, and the moment when everything is ready."""

import gc
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import structlog
import uvicorn
from fastapi import FastAPI

from api.context import Check
from pilotbed.errors import ServiceError

SHUTDOWN_S = 5
READY_POLL_S = 0.1

log = structlog.get_logger(__name__)


def listen(host: str, port: int) -> socket.socket:
    """A bound port, before anything else is opened. Raises `ServiceError` when it is taken."""
    # Named as TCP, or asyncio does not turn Nagle's delay off: 40 ms on every answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ServiceError(f"port {port} on {host} is taken: choose another with --http-port") from error
    return listener


def address_of(listener: socket.socket, *, all_hosts: str = "127.0.0.1") -> str:
    """How the port is reached; `all_hosts` is the name of this machine where it listens on all addresses."""
    host, port = listener.getsockname()[:2]
    return f"http://{all_hosts if host in ('0.0.0.0', '::') else host}:{port}"  # noqa: S104 - read, not bound


@contextmanager
def sparing_what_is_loaded() -> Iterator[None]:
    """Look for garbage only among what is made from now on.

    Modules and models are a quarter of a million objects, which stay: to go through them takes a tenth of a
    second, in the midst of some answer.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        # Or DuckDB takes it for leaked when the process ends, and says so at length.
        gc.unfreeze()


def serve(
    app: FastAPI,
    listener: socket.socket,
    asked_to_stop: threading.Event,
    checks: Mapping[str, Check],
    on_ready: Callable[[], None],
) -> None:
    """Serve until asked to stop; `on_ready` is called once, when the app answers and every check is None."""
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=SHUTDOWN_S)
    )

    def announce() -> None:
        waiting = threading.Event()
        while not server.should_exit:
            if server.started and all(check() is None for check in checks.values()):
                on_ready()
                return
            waiting.wait(READY_POLL_S)

    threading.Thread(target=announce, name="announce", daemon=True).start()
    if not asked_to_stop.is_set():
        with sparing_what_is_loaded():
            server.run(sockets=[listener])
    log.info("stopping")
