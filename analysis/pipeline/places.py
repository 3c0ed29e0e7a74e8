"""Where units are computed: in this process, in others on this machine, or on a Dask cluster."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")

UNITS_PER_WORKER = 2
"""Enough that no worker waits for the next read, few enough that memory stays flat."""


class SchedulerUnavailable(Exception):
    """The Dask scheduler cannot be used."""


class _Here(Executor):
    """Computes at once, in the thread that asks."""

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> "Future[_T]":
        done: Future[_T] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done


@contextmanager
def computing(workers: int, scheduler: str | None) -> Iterator[tuple[Executor, int]]:
    """An executor, and how many units it should hold at a time.

    `scheduler` is the address of a Dask scheduler; without one, `workers` above 1 are processes of their
    own. What has not begun when the context is left in error is given up. Raises `SchedulerUnavailable`.
    """
    if scheduler is not None:
        with _cluster(scheduler) as found:
            yield found
    elif workers > 1:
        # Spawned, not forked: this process holds the store's threads and its file.
        pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
        try:
            yield pool, workers * UNITS_PER_WORKER
        finally:
            pool.shutdown(cancel_futures=True)
    else:
        yield _Here(), 1


@contextmanager
def _cluster(address: str) -> Iterator[tuple[Executor, int]]:
    try:
        from distributed import Client
    except ImportError:
        raise SchedulerUnavailable(
            f"a scheduler at {address} needs Dask: install pilotbed[dask], here and on every worker"
        ) from None
    try:
        client: Any = Client(address, timeout=10)  # type: ignore[no-untyped-call] # Dask has no types
    except (OSError, TimeoutError, ValueError) as error:
        raise SchedulerUnavailable(f"no Dask scheduler answers at {address}: {error}") from error
    try:
        threads = sum(client.nthreads().values())
        if not threads:
            raise SchedulerUnavailable(f"the Dask scheduler at {address} has no workers: start some first")
        # Impure: a unit is work to be done now, not a value that the cluster might remember.
        yield client.get_executor(pure=False), threads * UNITS_PER_WORKER
    finally:
        client.close()
