"""Daily values of a pilot: only what new readings, stays or methods have touched is computed again."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

import numpy as np

from analysis.pipeline.comparing import Person, compared
from analysis.pipeline.due import Sources
from analysis.pipeline.last_run import LastRun, Look, Month, RestsOn
from analysis.pipeline.months import Failed, Made, Unit, attempt
from analysis.pipeline.places import Place, computing
from analysis.pipeline.processes import Processes
from analysis.pipeline.reading import with_readings
from analysis.pipeline.remembered_weights import NO_WEIGHTS
from analysis.pipeline.runs import Finished, ParticipantRun
from analysis.pipeline.stays import stays_by_participant
from pilots.civil_time import now
from pilots.daily_columns import MonthOfValues
from pilots.records import Inputs
from pilots.registry import Registry
from pilots.registry.daily_values import hash_of_inputs
from store import EpochBlock, TimeSeriesStore

Progress = Callable[[int, int], None]

OTHERS_FROM_WINDOWS = 2_000
"""Two processes load what they need in about the time that this many windows of a new night take."""

AWAKE_FROM_WINDOWS = 200
"""Fewer are computed here even where processes stand ready, which end when they are not needed for long."""

VALUES_A_WRITE = 10_000
"""Some ten months: writing them takes little longer than making sure that they are on the disk."""

LONGEST_SILENCE_S = 0.5
"""Progress is told so often even where no unit ends, so that whoever hears it can end the run."""


@dataclass(frozen=True, slots=True)
class FailedMonth:
    """A participant's month (its first day) that could not be computed or written: what stood of it stands,
    and the next run tries again."""

    participant: str
    month: date
    reason: str


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What a recomputation did: `days`, windows (a participant's day or night of one family) made anew from
    readings, daily values written, and windows left alone because nothing they rest on had changed; in how
    many units of work (a participant's month), where, and by how many workers at once; and what failed."""

    days: int
    values: int
    unchanged: int
    units: int
    where: Literal["here", "processes", "dask"]
    workers: int
    failed: Sequence[FailedMonth] = ()


@dataclass(slots=True)
class _Writer:
    """Collects months and writes some at a time, each whole: its epochs, then its values with what they
    were made from. What has not been written when a run ends early is stale the next time."""

    registry: Registry
    store: TimeSeriesStore
    pilot: str
    months: list[MonthOfValues] = field(default_factory=list)
    blocks: list[EpochBlock] = field(default_factory=list)
    waiting: int = 0
    windows: int = 0
    values: int = 0
    units: int = 0
    failed: list[FailedMonth] = field(default_factory=list)
    overtaken: bool = False
    made_from: dict[Month, bytes] = field(default_factory=dict)

    def put(self, finished: Finished) -> None:
        self.months.append(finished.month)
        self.blocks.extend(finished.blocks)
        self.windows += finished.windows
        self.waiting += len(finished.month.values)
        if self.waiting >= VALUES_A_WRITE:
            self.flush()

    def flush(self) -> None:
        self.store.put_epochs(self.blocks)
        if self.months:
            left = self.registry.put_months(self.pilot, self.months)
            self.overtaken |= bool(left)
            self.made_from |= {
                (each.participant, each.month): hash_of_inputs(each.inputs) for each in self.months
            }
            self.values += self.waiting - sum(len(month.values) for month in left)
        self.months, self.blocks, self.waiting = [], [], 0


def recompute(
    registry: Registry,
    store: TimeSeriesStore,
    pilot: str,
    *,
    workers: int = 1,
    scheduler: str | None = None,
    progress: Progress | None = None,
    now_us: int | None = None,
    processes: Processes | None = None,
    last_run: LastRun | None = None,
) -> Recomputed:
    """Bring the pilot's daily values up to its readings; what is up to date is left alone.

    Every local day and night of the plan that is over by `now_us` (default: now) and in which a device of
    the right kind stood with the participant gets a value or a reason. A day of which readings have been
    purged keeps the values it has. Reads and writes happen in this process; the units of work, each one
    participant's month, are computed here, in `workers` processes when there is enough to do (the run's own,
    or `processes` that are kept for the next), or by the Dask `scheduler` at that address, which must answer
    also where nothing is to be done; the figures are the same. A month that fails keeps no other from being
    computed, and one that another run has written meanwhile is looked at again. `progress(done, of)` counts
    windows; what it raises ends the run. A run that is cut short leaves whole months only. With the
    `last_run` of this process over this pilot only what can have changed since is compared, and this run is
    remembered in its place. Raises `UnknownPilot`, `StoreUnavailable`, `ComputingError`.
    """
    writer = _Writer(registry, store, pilot)
    last = last_run or LastRun()
    with ExitStack() as parts:
        others = processes or parts.enter_context(Processes())
        total = 0
        runs: list[ParticipantRun] = []
        looked = _look(registry, store, pilot, now() if now_us is None else now_us, last)
        for looked_at in looked.runs:
            runs.append(looked_at)
            if total < OTHERS_FROM_WINDOWS <= total + looked_at.stale and workers > 1 and not scheduler:
                others.start(workers)  # which load while this goes on
            total += looked_at.stale
        if progress is not None:
            progress(0, total)
        enough = AWAKE_FROM_WINDOWS if others.awake else OTHERS_FROM_WINDOWS
        place = parts.enter_context(computing(workers if total >= enough else 1, scheduler, others))
        waiting = with_readings(runs, store, looked.sources)
        running: dict[Future[Made | Failed], tuple[ParticipantRun, Iterator[Unit | Finished], Unit]] = {}

        def go_on(run: ParticipantRun, units: Iterator[Unit | Finished]) -> None:
            """The participant's next unit; months that need no computing are written on the way."""
            for each in units:
                if isinstance(each, Unit):
                    running[place.executor.submit(attempt, each)] = run, units, each
                    return
                writer.put(each)

        try:
            while True:
                while len(running) < place.at_once and (run := next(waiting, None)) is not None:
                    go_on(run, run.units(store))
                if not running:
                    break
                for future in wait(running, LONGEST_SILENCE_S, FIRST_COMPLETED).done:
                    run, units, unit = running.pop(future)
                    made = _outcome(future, place)
                    if isinstance(made, Failed):
                        writer.failed.append(FailedMonth(run.participant, unit.month, made.reason))
                    else:
                        writer.put(run.finish(unit, made))
                        writer.units += 1
                    go_on(run, units)
                if progress is not None:
                    progress(writer.windows, total)
        finally:
            writer.flush()
    done = Recomputed(
        writer.windows,
        writer.values,
        sum(run.unchanged for run in runs) + last.due_before(looked.compared_from),
        writer.units,
        place.where,
        place.workers,
        sorted(writer.failed, key=lambda each: (each.participant, each.month)),
    )
    if not writer.overtaken and not any(run.overtaken for run in runs):
        if done.failed:
            last.incomplete()
        else:
            last.complete(
                looked.look, looked.compared_from, looked.sources.alarmed, _due_on(runs), writer.made_from
            )
        return done
    last.incomplete()
    again = recompute(
        registry,
        store,
        pilot,
        workers=workers,
        scheduler=scheduler,
        progress=progress,
        now_us=now_us,
        processes=processes,
        last_run=last,
    )
    return replace(
        done,
        days=done.days + again.days,
        values=done.values + again.values,
        units=done.units + again.units,
        failed=again.failed,
    )


def _outcome(future: Future[Made | Failed], place: Place) -> Made | Failed:
    try:
        return future.result()
    except Exception as error:
        reason = place.why_failed(error)
        if reason is None:
            raise
        return Failed(reason)


@dataclass(frozen=True, slots=True)
class _Looked:
    """The run of each participant, made as it is asked for; what the store holds of the windows called by the
    day `compared_from` or later, None for all; and what that day was told by."""

    runs: Iterator[ParticipantRun]
    sources: Sources
    compared_from: date | None
    look: Look


def _look(registry: Registry, store: TimeSeriesStore, pilot: str, moment: int, last: LastRun) -> _Looked:
    plan = registry.pilot(pilot).plan
    homes = registry.homes(pilot)
    stays_of = stays_by_participant(registry, pilot)
    devices = registry.devices(pilot)
    hashes = registry.month_input_hashes(pilot)
    look = Look(RestsOn(plan, stays_of, homes), moment, store.changes_since(last.revision), hashes)
    compared_from = last.compare_from(look)
    made_from = registry.month_inputs(pilot, compared_from)
    sources = Sources.read(store, plan, devices, moment, compared_from)
    if compared_from is not None and sources.alarmed != last.alarmed:
        last.incomplete()
        return _look(registry, store, pilot, moment, last)
    known: dict[str, dict[date, Inputs]] = {}
    for (code, month), inputs in made_from.items():
        known.setdefault(code, {})[month] = inputs
    weights = last.weights.read(registry, pilot)
    people = [Person(code, stays, homes.get(code), known.get(code, {})) for code, stays in stays_of.items()]
    runs = (
        ParticipantRun(plan, person, found, sources, weights.get(person.code, NO_WEIGHTS))
        for person, found in compared(people, sources, plan.costs)
    )
    return _Looked(runs, sources, compared_from, look)


def _due_on(runs: Iterable[ParticipantRun]) -> dict[int, int]:
    """{day ordinal: windows that are due}."""
    days = np.concatenate([np.empty(0, np.int64), *(day for run in runs for day in run.due)])
    found, windows = np.unique(days, return_counts=True)
    return dict(zip(found.tolist(), windows.tolist(), strict=True))
