"""From the first line of a process to its last: how it is asked to stop, and what it says then."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

import structlog
from prometheus_client import REGISTRY

from pilotbed.settings import Settings

log = structlog.get_logger(__name__)

_COUNTS = ("received", "committed", "acked")


@contextmanager
def lifetime(command: str, settings: Settings) -> Iterator[threading.Event]:
    """Log start and end; the event is set when SIGINT or SIGTERM asks to stop, once or many times."""
    # uvicorn stops on these and then raises them again: without handlers the process would end there.
    asked_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked_to_stop.set())
    log.info(
        "starting",
        command=command,
        version=version("pilotbed"),
        data=str(settings.data),
        **settings.shown(),
    )
    yield asked_to_stop
    log.info("stopped", **{name: _messages(name) for name in _COUNTS})


def _messages(name: str) -> int:
    return int(REGISTRY.get_sample_value(f"pilotbed_ingest_{name}_messages_total") or 0)
