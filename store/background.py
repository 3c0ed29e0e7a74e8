"""Work that nobody waits for, one piece after the other, in a thread of its own."""

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue

import structlog

LEAVES_S = 2
"""How long a close waits for the piece that is being done; it ends with the process."""

log = structlog.get_logger(__name__)


class InBackground:
    """The thread starts with the first piece of work. One that fails is logged, and the next one done."""

    def __init__(self, name: str) -> None:
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._starting = threading.Lock()

    def put(self, work: Callable[[], None]) -> None:
        with self._starting:
            if self._thread.ident is None:
                self._thread.start()
        self._work.put(work)

    def close(self) -> None:
        """Leave out what has not begun."""
        with suppress(Empty):
            while True:
                self._work.get_nowait()
        self._work.put(None)
        if self._thread.ident is not None:
            self._thread.join(LEAVES_S)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            try:
                work()
            except Exception:
                log.exception("work in the background failed")
