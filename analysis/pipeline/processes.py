"""Other processes of this machine that compute, for one run or kept for the next."""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from types import TracebackType
from typing import Self

IDLE_S = 900
"""For a service, which looks for new data every five minutes: they stay while there is much of it, and their
100 MB each are not kept for the whole day until the next night is over."""


NOTICED_WITHIN_S = 2.0
"""A pool that is not in the middle of a result notices at once that a process is gone."""


class Processes:
    """Processes that begin when they are asked for, and end with the context or when they are closed.

    With `idle_s` they also end after so many seconds in which no run used them. For one run at a time.
    """

    def __init__(self, idle_s: float | None = None) -> None:
        self._idle_s = idle_s
        self._changing = threading.RLock()
        self._pool: ProcessPoolExecutor | None = None
        self._workers = 0
        self._in_use = False
        self._ending: threading.Timer | None = None

    def start(self, workers: int) -> ProcessPoolExecutor:
        """So many processes, which load what they need while the caller goes on; those that are there, if
        they are as many and all alive."""
        with self._changing:
            self._stay()
            if self._pool is not None and (self._workers != workers or not _awake(self._pool, workers)):
                self._end()
            if self._pool is None:
                # Spawned, not forked: this process holds the store's threads and its file.
                self._pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin)
                self._workers = workers
                _awake(self._pool, workers)
            self._end_when_idle()
            return self._pool

    @property
    def awake(self) -> bool:
        """Whether there are processes that have begun."""
        return self._pool is not None

    @contextmanager
    def used(self, workers: int) -> Iterator[Executor]:
        """So many processes for one run; one that ends in error ends them, with what they have not begun."""
        with self._changing:
            pool = self.start(workers)
            self._stay()
            self._in_use = True
        try:
            with _watched(pool):
                yield pool
        except BaseException:
            with self._changing:
                self._end()
            raise
        finally:
            with self._changing:
                self._in_use = False
                self._end_when_idle()

    def close(self) -> None:
        """End the processes, unless a run uses them: it ends them with this process."""
        with self._changing:
            self._stay()
            if not self._in_use:
                self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _end(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def _stay(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None

    def _end_when_idle(self) -> None:
        if self._idle_s is not None and self._pool is not None:
            self._ending = threading.Timer(self._idle_s, self.close)
            self._ending.daemon = True
            self._ending.start()


@contextmanager
def _watched(pool: ProcessPoolExecutor) -> Iterator[None]:
    """Break the pool where one of its processes is killed and it does not notice.

    Whoever is killed halfway through telling a result leaves the pool waiting for the other half, for ever:
    the other processes, and this one, hold the pipe open too. So they are ended, and the pipe is closed.
    """
    left, leave = get_context("spawn").Pipe(duplex=False)
    processes = list(pool._processes.values())

    def watch() -> None:
        if left in wait([left, *(each.sentinel for each in processes)]) or left.poll(NOTICED_WITHIN_S):
            return
        for each in processes:
            each.kill()
        pool._result_queue._writer.close()  # type: ignore[attr-defined]  # not in its stubs

    watching = threading.Thread(target=watch, name="processes", daemon=True)
    watching.start()
    try:
        yield
    finally:
        leave.send(None)
        watching.join()
        left.close()
        leave.close()


def _awake(pool: Executor, workers: int) -> bool:
    """Whether all processes work; those that are not there yet are started, deaf to Ctrl-C, which a terminal
    sends to all: this process ends them in order."""
    # What is blocked here stays blocked in whatever starts meanwhile.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        for _ in range(workers):
            pool.submit(int)
    except BrokenProcessPool:
        return False
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return True


def _begin() -> None:
    """Load what computes before it is asked for, and end with the parent: whose parent was killed would wait
    for work for ever."""
    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()
    import_module("analysis.pipeline.months")
