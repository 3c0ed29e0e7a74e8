"""Where units are computed: in this process, in others on this machine, or on a Dask cluster."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, ParamSpec, TypeVar

from analysis.pipeline.processes import Processes

_P = ParamSpec("_P")
_T = TypeVar("_T")

UNITS_PER_WORKER, UNITS_AT_LEAST = 2, 32
"""Enough that no worker waits while the next participants are read, few enough that memory stays flat."""


class ComputingError(Exception):
    """Units cannot be computed where they were to be. What was written before stands.

    ├── WorkerLost               a process that computed was ended by somebody else
    └── SchedulerUnavailable     the Dask cluster cannot be used
    """


class WorkerLost(ComputingError):
    """A process that computed was ended by somebody else."""


class SchedulerUnavailable(ComputingError):
    """The Dask cluster cannot be used."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where units are computed, and by how many workers at once."""

    where: Literal["here", "processes", "dask"]
    workers: int
    executor: Executor
    why_failed: Callable[[Exception], str | None] = lambda error: None
    """Why a unit alone failed, from what its future raised; None where the place itself is of no use."""

    @property
    def at_once(self) -> int:
        """How many units the executor should hold at a time."""
        return 1 if self.where == "here" else max(self.workers * UNITS_PER_WORKER, UNITS_AT_LEAST)


@contextmanager
def computing(workers: int, scheduler: str | None, processes: Processes) -> Iterator[Place]:
    """The place to compute in: at the Dask `scheduler` of that address, or without one in `workers` of the
    `processes`, or with 1 of these in this process.

    What has not begun when the context is left in error is given up. Raises `ComputingError`.
    """
    if scheduler:
        from analysis.pipeline.cluster import cluster

        with cluster(scheduler) as (executor, threads, why_failed):
            yield Place("dask", threads, executor, why_failed)
    elif workers > 1:
        try:
            with processes.used(workers) as executor:
                yield Place("processes", workers, executor)
        except BrokenProcessPool as error:
            raise WorkerLost(
                "a process that computed was ended from outside, most often because memory ran out: what was "
                "computed stands, and the next run goes on; let it use fewer workers (PILOTBED_WORKERS)"
            ) from error
    else:
        yield Place("here", 1, _Here())


class _Here(Executor):
    """Computes at once, in the thread that asks."""

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> "Future[_T]":
        done: Future[_T] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done
