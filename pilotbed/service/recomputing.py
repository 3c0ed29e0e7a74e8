"""Recomputing days with new data while the service runs."""

import threading
from contextlib import ExitStack

import structlog
from fastapi import FastAPI

import analysis.pipeline
from analysis.pipeline.last_run import LastRuns
from analysis.pipeline.processes import Processes
from api.context import Context

WAIT_S = 5
"""How long the end of the process waits for the pilot that is being recomputed."""

log = structlog.get_logger(__name__)


def recompute_in_background(context: Context, app: FastAPI, every_s: float, parts: ExitStack) -> None:
    """Recompute every so many seconds until the parts are closed; never where `every_s` is 0."""
    parts.callback(app.state.processes.close)
    if every_s:
        state = app.state
        recomputing = Recomputing(context, state.recomputing, state.processes, state.last_runs, every_s)
        recomputing.start()
        parts.callback(recomputing.stop)


class Recomputing:
    """Recomputes days with new data in the background, pilot by pilot, in turn with those asked for."""

    def __init__(
        self,
        context: Context,
        turn: threading.Lock,
        processes: Processes,
        last_runs: LastRuns,
        every_s: float,
    ) -> None:
        self._context = context
        self._turn = turn
        self._processes = processes
        self._last_runs = last_runs
        self._every_s = every_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recompute", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Wait for the pilot at hand for a moment; what is not written is computed after the next start."""
        self._stopping.set()
        self._thread.join(WAIT_S)

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
                except analysis.pipeline.ComputingError as error:
                    log.error("recomputing failed", pilot=pilot.pilot, reason=str(error))
                except Exception:
                    # One pilot that cannot be computed must not keep the others from it.
                    log.exception("recomputing failed", pilot=pilot.pilot)

    def _recompute(self, pilot: str) -> None:
        context = self._context
        with self._turn:
            done = analysis.pipeline.recompute(
                context.registry,
                context.store,
                pilot,
                workers=context.workers,
                scheduler=context.scheduler,
                processes=self._processes,
                last_run=self._last_runs.of(pilot),
            )
        if done.failed:
            # Which they are names participants, which no line of a log does.
            log.error("months could not be computed", pilot=pilot, months=len(done.failed))
        if done.values:
            log.info("recomputed", pilot=pilot, days=done.days, values=done.values)
