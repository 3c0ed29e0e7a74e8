"""How often the evaluation of made-up pilots comes to what is true of them, against the goals set for it."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context

from analysis.intervals import wilson_ci
from pilotbed.bench.simulated_decisions import STORIES, Outcome, run_batch

PILOTS, QUICK_PILOTS = 1_000, 2
PILOTS_AT_ONCE = 50

EXCLUDES_ZERO = (0.035, 0.065)
INTRODUCED_WRONGLY = 0.01
TOLD_APART = 0.80


@dataclass(frozen=True, slots=True)
class Decided:
    """In `hits` of `pilots` of a `story` the evaluation said `what`; the share should lie within `goal`."""

    key: str
    story: str
    what: str
    pilots: int
    hits: int
    goal: tuple[float, float]

    @property
    def share(self) -> float:
        return self.hits / self.pilots

    @property
    def chance(self) -> tuple[float, float]:
        """95 % limits of `share` itself, of which there are only so many pilots."""
        return wilson_ci(self.hits, self.pilots)

    @property
    def reached(self) -> bool | None:
        """Whether the share lies within its goal; None with too few pilots to tell."""
        return self.goal[0] <= self.share <= self.goal[1] if self.pilots >= PILOTS else None


def measure(tell: Callable[[int, int], None], *, workers: int, quick: bool = False) -> list[Decided]:
    """Every story, in `workers` processes; `tell` hears how many pilots of how many are done.

    Every batch has a seed of its own: the same pilots each time, on however many processes.
    """
    pilots = QUICK_PILOTS if quick else PILOTS
    batches = [
        (place, first, min(PILOTS_AT_ONCE, pilots - first))
        for place in range(len(STORIES))
        for first in range(0, pilots, PILOTS_AT_ONCE)
    ]
    outcomes: list[list[Outcome]] = [[] for _ in STORIES]
    # The workers read it as they load NumPy: threads of each one's matrix products would hold up the other's.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(run_batch, STORIES[place], *size): place for place, *size in batches}
        for future in as_completed(running):
            outcomes[running[future]] += future.result()
            tell(sum(map(len, outcomes)), pilots * len(STORIES))
    return [
        figure
        for story, found in zip(STORIES, outcomes, strict=True)
        for figure in _figures(story.key, story.title, found)
    ]


def _figures(key: str, title: str, found: Sequence[Outcome]) -> Iterator[Decided]:
    def figure(name: str, what: str, hits: int, goal: tuple[float, float]) -> Decided:
        return Decided(f"{key}_{name}", title, what, len(found), hits, goal)

    def recommended(word: str) -> int:
        return sum(each.recommendation == word for each in found)

    if key.endswith("_null"):
        excluding = sum(each.excludes_zero for each in found)
        yield figure("excludes_zero", "the primary interval excludes 0", excluding, EXCLUDES_ZERO)
        yield figure("introduce", "introduce", recommended("introduce"), (0.0, INTRODUCED_WRONGLY))
        yield figure(
            "do_not_introduce", "do not introduce", recommended("do_not_introduce"), (TOLD_APART, 1.0)
        )
    elif key.endswith("_twice"):
        yield figure("introduce", "introduce", recommended("introduce"), (TOLD_APART, 1.0))
    else:
        why = sum(each.recommendation == "not_shown" and each.says_why for each in found)
        yield figure("not_shown", "not shown, naming dropout or participants", why, (1.0, 1.0))
