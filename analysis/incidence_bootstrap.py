"""Median and share of a cumulative incidence for many resamples of residents at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.alarms import CENSORED, REACHED
from analysis.intervals import REPLICATES, SEED, BootstrapInterval, cluster_bootstrap
from analysis.survival import TOLERANCE

Float64 = NDArray[np.float64]

BLOCK = 512
"""How many blocks the sorted times are cut into before the one that holds the median is looked at."""

CHUNK = 200
"""Resamples worked on at a time: their matrices stay small when many alarms are censored."""


@dataclass(frozen=True, slots=True)
class IncidenceReplicates:
    """`median` (b,), inf where not reached, and `share` (b,) by the target; NaN where nobody was drawn."""

    median: Float64
    share: Float64


@dataclass(frozen=True, slots=True)
class IncidenceIntervals:
    """Resident-cluster intervals of the median time and of the share within the target."""

    median: BootstrapInterval
    share: BootstrapInterval


def incidence_intervals(
    durations: Float64,
    code: NDArray[np.int8],
    cluster: NDArray[np.int64],
    target: float,
    *,
    confidence: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> IncidenceIntervals:
    """Intervals of the median and of the share by `target` seconds, resampling residents.

    `durations`, `code` (n,) as in `cumulative_incidence`; `cluster` (n,) any integers, one a resident.
    """
    residents, place = np.unique(cluster, return_inverse=True)
    sample = IncidenceSample(durations, code, place, len(residents), target)

    def figures(weights: Float64) -> Float64:
        chunks = [sample.of(weights[at : at + CHUNK]) for at in range(0, len(weights), CHUNK)]
        return np.concatenate([np.column_stack([chunk.median, chunk.share]) for chunk in chunks])

    median, share = cluster_bootstrap(
        figures, len(residents), confidence=confidence, replicates=replicates, seed=seed
    )
    return IncidenceIntervals(median, share)


class IncidenceSample:
    """Durations sorted once, so that thousands of resamples cost a few matrix products.

    Aalen-Johansen's estimate equals the weighted share sum(1 / G(t-)) / n over those who had the event,
    with G the Kaplan-Meier curve of *censoring*. G moves at censorings only, so the sorted times fall into
    blocks of constant G, and each resample needs the residents' counts per block, then the one block in
    which it passes one half.
    """

    def __init__(
        self,
        durations: Float64,
        code: NDArray[np.int8],
        cluster: NDArray[np.int64],
        clusters: int,
        target: float,
    ) -> None:
        order = np.lexsort((code == CENSORED, durations))  # an event before a censoring at the same time
        self._time = durations[order]
        self._cluster = cluster[order]
        self._reached = code[order] == REACHED
        censored = code[order] == CENSORED
        n = len(order)
        within = int(np.searchsorted(self._time, target, side="right"))
        new_time = np.r_[True, self._time[1:] != self._time[:-1]] if n else np.zeros(0, np.bool_)
        turns = np.r_[True, censored[1:] != censored[:-1]] if n else np.zeros(0, np.bool_)
        starts = np.flatnonzero(turns | (censored & new_time))
        starts = np.union1d(starts, np.arange(0, n, max(1, n // BLOCK)))
        # A group of censorings at one time acts at once and is not cut; the target always cuts.
        inner = censored[starts] & ~turns[starts] & ~new_time[starts]
        self._starts = np.union1d(starts[~inner], [within] if within < n else []).astype(np.int64)
        self._ends = np.r_[self._starts[1:], n]
        self._censoring = censored[self._starts]
        self._within = int(np.searchsorted(self._starts, within))
        # The curve of censoring moves at few blocks; a block stands where those up to it have brought it.
        self._curve = np.cumsum(self._censoring)
        block = np.repeat(np.arange(len(self._starts)), self._ends - self._starts)
        counts = _counts(self._cluster, block, np.ones(n, np.bool_), clusters, len(self._starts))
        self._size = counts.sum(axis=1)
        self._events = _counts(self._cluster, block, self._reached, clusters, len(self._starts))
        self._censored = counts[:, self._censoring]
        self._at_risk = (self._size[:, None] - np.cumsum(counts, axis=1) + counts)[:, self._censoring]

    def of(self, weights: Float64, share: float = 0.5) -> IncidenceReplicates:
        """Median and share within target of each resample; `weights` (b, clusters) times drawn."""
        if len(self._time) == 0:
            nothing = np.full(len(weights), np.nan)
            return IncidenceReplicates(nothing, nothing)
        drawn = weights @ self._size
        at_risk = weights @ self._at_risk
        with np.errstate(invalid="ignore", divide="ignore"):
            stays = np.where(at_risk > 0, 1 - (weights @ self._censored) / at_risk, 1.0)
            uncensored = np.cumprod(np.column_stack([np.ones(len(weights)), stays]), axis=1)
            # Past the last one at risk nothing happens: any finite weight will do.
            weight = 1 / (np.where(uncensored > 0, uncensored, 1.0) * drawn[:, None])
            per_event = weight[:, self._curve]
            incidence = np.cumsum((weights @ self._events) * per_event, axis=1)
        # Rounding may carry the sum of shares past all of them.
        by_target = np.minimum(incidence[:, self._within - 1], 1) if self._within else np.zeros(len(weights))
        median = self._crossing(weights, incidence, per_event, share)
        nobody = drawn == 0
        return IncidenceReplicates(np.where(nobody, np.nan, median), np.where(nobody, np.nan, by_target))

    def _crossing(self, weights: Float64, incidence: Float64, per_event: Float64, share: float) -> Float64:
        reaches = incidence[:, -1] >= share - TOLERANCE
        rows = np.flatnonzero(reaches)
        median = np.full(len(weights), np.inf)
        if len(rows) == 0:
            return median
        block = np.argmax(incidence[rows] >= share - TOLERANCE, axis=1)
        base = np.where(block > 0, incidence[rows, np.maximum(block - 1, 0)], 0.0)
        length = int((self._ends[block] - self._starts[block]).max())
        index = np.minimum(self._starts[block][:, None] + np.arange(length), len(self._time) - 1)
        inside = np.arange(length) < (self._ends[block] - self._starts[block])[:, None]
        steps = np.where(inside & self._reached[index], weights[rows[:, None], self._cluster[index]], 0.0)
        level = base[:, None] + np.cumsum(steps, axis=1) * per_event[rows, block][:, None]
        # The block's total passed the share; at most rounding keeps its last event from it.
        level[:, -1] = np.inf
        first = np.argmax(level >= share - TOLERANCE, axis=1)
        last = self._ends[block] - self._starts[block] - 1
        median[rows] = self._time[index[np.arange(len(rows)), np.minimum(first, last)]]
        return median


def _counts(
    cluster: NDArray[np.int64],
    block: NDArray[np.int64],
    chosen: NDArray[np.bool_],
    clusters: int,
    blocks: int,
) -> Float64:
    cell = cluster[chosen] * blocks + block[chosen]
    return np.bincount(cell, minlength=clusters * blocks).reshape(clusters, blocks).astype(np.float64)
