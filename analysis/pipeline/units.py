"""Stale windows as units of work: read here, computed here or in other processes."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context

from analysis.pipeline.families import Family, Unit, compute
from analysis.pipeline.measured import Measured
from analysis.pipeline.stays import Stay, read_stay
from analysis.pipeline.windows import Window
from pilots.records import Home
from store import TimeSeriesStore

Done = tuple[Unit, Mapping[date, str], list[list[Measured]]]
"""A unit, the fingerprints of its windows' inputs by day, and the figures of each window."""

IN_FLIGHT_PER_WORKER = 2
"""Enough that no worker waits for the next read, few enough that memory stays flat."""


@dataclass(frozen=True, slots=True)
class Stale:
    """Windows of one participant and family to make anew, with their inputs' fingerprints by day."""

    family: Family
    participant: str
    home: Home | None
    stays: Sequence[Stay]
    windows: Sequence[Window]
    fingerprints: Mapping[date, str]


def figures(store: TimeSeriesStore, stale: Sequence[Stale], workers: int) -> Iterator[Done]:
    """Read and compute what is stale, unit by unit, heavy ones in `workers` other processes when above 1.

    Yields them as they are finished. Reads happen here, since one process owns the store.
    """
    light = [each for each in stale if workers == 1 or not each.family.heavy]
    heavy = [each for each in stale if workers > 1 and each.family.heavy]
    for unit, fingerprints in _units(store, light):
        yield unit, fingerprints, compute(unit)
    if not heavy:
        return
    # Spawned, not forked: this process holds the store's threads and its file.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        running: dict[Future[list[list[Measured]]], tuple[Unit, Mapping[date, str]]] = {}
        for unit, fingerprints in _units(store, heavy):
            if len(running) >= workers * IN_FLIGHT_PER_WORKER:
                yield from _finished(running)
            running[pool.submit(compute, unit)] = unit, fingerprints
        while running:
            yield from _finished(running)


def _finished(
    running: dict[Future[list[list[Measured]]], tuple[Unit, Mapping[date, str]]],
) -> Iterator[Done]:
    for future in wait(running, return_when=FIRST_COMPLETED).done:
        unit, fingerprints = running.pop(future)
        yield unit, fingerprints, future.result()


def _units(store: TimeSeriesStore, stale: Sequence[Stale]) -> Iterator[tuple[Unit, Mapping[date, str]]]:
    for each in stale:
        family = each.family
        for windows in _neighbours(each.windows, family.days_at_once):
            start, end = windows[0].start - family.margin_us, windows[-1].end + family.margin_us
            parts = [part for stay in each.stays if (part := stay.within(start, end)) is not None]
            readings = tuple(read_stay(store, family.stream, part, family.columns) for part in parts)
            yield Unit(family.name, each.participant, each.home, windows, readings), each.fingerprints


def _neighbours(windows: Sequence[Window], at_once: int) -> Iterator[tuple[Window, ...]]:
    """Windows in order, split where two days or more are missing and after `at_once` days."""
    chunk: list[Window] = []
    for window in windows:
        if chunk and ((window.day - chunk[-1].day).days > 2 or (window.day - chunk[0].day).days >= at_once):
            yield tuple(chunk)
            chunk = []
        chunk.append(window)
    if chunk:
        yield tuple(chunk)
