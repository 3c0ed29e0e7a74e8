"""How often our 95 % intervals hold the truth, on made-up pilots whose truth is known."""

import os
import zlib
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Literal

import numpy as np

from analysis.intervals import wilson_ci
from pilotbed.bench.coverage_scenarios import scenarios

QUICK_RUNS = 4
RUNS_AT_ONCE = 100
SEED = 20_261_123

AT_LEAST, AT_MOST = 0.92, 0.97
"""What 95 % may come to in small samples before it is called something else."""

FEWEST_TO_JUDGE = 2_000

Verdict = Literal["holds", "too narrow", "too wide", "too wide, being exact", "too few runs"]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of `runs` pilots the limits of `held` hold the truth; `without` have no limits, and count for nothing.

    `exact` as in `Scenario`.
    """

    key: str
    figure: str
    data: str
    exact: bool
    runs: int
    without: int
    held: int

    @property
    def share(self) -> float:
        """NaN where no run has limits."""
        return self.held / (self.runs - self.without) if self.runs > self.without else float("nan")

    @property
    def chance(self) -> tuple[float, float]:
        """95 % limits of `share` itself, of which there are only so many runs."""
        return wilson_ci(self.held, self.runs - self.without)

    @property
    def verdict(self) -> Verdict:
        """Of `share` as it is shown, to a tenth of a percent."""
        shown = round(100 * self.share, 1)
        if self.runs < FEWEST_TO_JUDGE:
            return "too few runs"
        if shown > 100 * AT_MOST:
            return "too wide, being exact" if self.exact else "too wide"
        return "holds" if shown >= 100 * AT_LEAST else "too narrow"


def measure(tell: Callable[[int, int], None], *, workers: int, quick: bool = False) -> list[Coverage]:
    """Every scenario, in `workers` processes; `tell` hears how many runs of how many are done.

    Every batch of runs has a seed of its own: the same runs each time, on however many processes.
    """
    runs = {key: QUICK_RUNS if quick else each.runs for key, each in scenarios().items()}
    batches = [
        (key, first, min(RUNS_AT_ONCE, wanted - first))
        for key, wanted in runs.items()
        for first in range(0, wanted, RUNS_AT_ONCE)
    ]
    counts = {key: np.zeros(2, np.int64) for key in runs}
    done, of = 0, sum(runs.values())
    # The workers read it as they load NumPy: threads of each one's matrix products would hold up the other's.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(run_batch, *batch): batch for batch in batches}
        for future in as_completed(running):
            key, _, size = running[future]
            counts[key] += future.result()
            done += size
            tell(done, of)
    return [
        Coverage(key, each.figure, each.data, each.exact, runs[key], *map(int, counts[key]))
        for key, each in scenarios().items()
    ]


def run_batch(key: str, first: int, runs: int) -> tuple[int, int]:
    """So many runs of a scenario from that one on: how many have no limits, and how many hold the truth."""
    scenario = scenarios()[key]
    random = np.random.default_rng([SEED, zlib.crc32(key.encode()), first])
    limits = np.array([scenario.once(random) for _ in range(runs)])
    without = np.isnan(limits).any(axis=1)
    held = (limits[:, 0] <= scenario.truth) & (scenario.truth <= limits[:, 1])
    return int(without.sum()), int(held.sum())
