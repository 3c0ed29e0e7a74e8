"""One task done by us, by a package that does it too, and as fast as the data can be read at all."""

import importlib
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pilotbed.bench.figures import Figure, Goal, at_least, at_most

Work = Callable[[], object]

TURN_S, MOST_REPEATS = 0.02, 200
"""How long a turn lasts at least, by repeating a short work, and how often at most."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A package that does the same; `times_as_fast` is how much faster we should be, 0 without a goal."""

    name: str
    work: Work
    times_as_fast: float = 0.0


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What bounds us: a pass over the data, a package in C. `at_most` as many times as long, 0: no goal."""

    name: str
    work: Work
    at_most: float = 0.0


@dataclass(frozen=True, slots=True)
class Contest:
    """A task with its rivals. `key` begins the names of its figures, `limit_ms` is a goal in itself."""

    key: str
    title: str
    work: Work
    rivals: tuple[Peer | Ceiling | None, ...] = ()
    limit_ms: float = 0.0
    peak_limit_mb: float = 0.0


def installed(package: str) -> Any | None:
    """The module, or None: peers are installed for development only."""
    try:
        return importlib.import_module(package)
    except ImportError:
        return None


def figures_of(contest: Contest, rounds: int) -> Iterator[Figure]:
    """Our milliseconds of processor time, each rival's, and the ratio of the two, the least of `rounds`."""
    rivals = [rival for rival in contest.rivals if rival is not None]
    ours, *theirs = alternating_s([contest.work, *(rival.work for rival in rivals)], rounds)
    yield Figure(f"{contest.key}_ms", contest.title, ours * 1e3, "ms", _limit(contest.limit_ms))
    if contest.peak_limit_mb:
        peak = _peak_bytes(contest.work) / 1e6
        yield Figure(
            f"{contest.key}_peak_mb", "  memory at its peak", peak, "MB", at_most(contest.peak_limit_mb)
        )
    for rival, taken in zip(rivals, theirs, strict=True):
        name = rival.name.replace(" ", "_").replace(".", "_").lower()
        yield Figure(f"{contest.key}_{name}_ms", f"  beside: {rival.name}", taken * 1e3, "ms")
        if isinstance(rival, Peer):
            goal = at_least(rival.times_as_fast) if rival.times_as_fast else None
            yield Figure(f"{contest.key}_over_{name}", "    times as fast", taken / ours, "", goal)
        else:
            yield Figure(
                f"{contest.key}_of_{name}", "    times as long", ours / taken, "", _limit(rival.at_most)
            )


def alternating_s(works: list[Work], rounds: int) -> list[float]:
    """Least seconds of processor time of each work, taken in turn, after one turn that is not counted.

    Processor time, since what else a shared machine does would be counted with the longer works alone; the
    least, as the goals were measured. A short work is repeated within its turn, or it would pay for what the
    longer one before it has driven out of the cache.
    """
    repeats = [max(round(TURN_S / max(_once_s(work, 1), TURN_S / MOST_REPEATS)), 1) for work in works]
    least = [float("inf")] * len(works)
    for _ in range(rounds):
        for number, work in enumerate(works):
            least[number] = min(least[number], _once_s(work, repeats[number]))
    return least


def _once_s(work: Work, repeats: int) -> float:
    began = time.process_time()
    for _ in range(repeats):
        work()
    return (time.process_time() - began) / repeats


def _limit(limit: float) -> Goal | None:
    return at_most(limit) if limit else None


def _peak_bytes(work: Work) -> int:
    tracemalloc.start()
    work()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak
