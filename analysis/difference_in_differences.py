"""How much more one group changed than another that did not get the product."""

from dataclasses import dataclass, replace
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from analysis.effect_sizes import REPLICATES
from analysis.intervals import SEED

Float64 = NDArray[np.float64]

FEW_CLUSTERS, FEW_IN_AN_ARM = 20, 10
"""Below either, cluster-robust errors are too small: with 4 of 24 treated, intervals held 88 % for 95 %."""

FEWEST_IN_AN_ARM = 5
"""Fewer clusters than this in an arm are a description more than a comparison."""

COEFFICIENTS = 4
"""The level of each group in each phase."""

ROBUST = "cluster-robust (CR1), t(G - 1)"
ENUMERATED = "every permutation of the group over clusters"
DRAWN = "drawn permutations of the group over clusters"

PARALLEL = "without the product both groups would have changed by as much"
EXCHANGEABLE = (
    "clusters could as well have stood in the other group: their changes spread alike (permutation)"
)
TOO_FEW = "fewer than 5 clusters in a group"


@dataclass(frozen=True, slots=True)
class DifferenceInDifferences:
    """(treated after - before) - (comparison after - before), in the unit of the values.

    `means` (2, 2): rows comparison and treated, columns before and after. `se` is cluster-robust (NaN with
    one cluster in a group). `method` says where interval and `p` come from; by permutation a limit is
    infinite where too few permutations exist to bound it. `df` is G - 1, `replicates` the permutations
    used (0 for none). All NaN where a group has no values in a phase.
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    p: float
    means: Float64
    n: int
    clusters_treated: int
    clusters_comparison: int
    df: int
    method: str
    replicates: int
    seed: int
    confidence: float
    assumptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ParallelTrends:
    """Whether the groups moved alike before the product came, as far as the baseline can tell.

    `placebo` is the difference in differences with the product pretended from `at` on: an interval that
    holds 0 is no proof of likeness, and its width says what could have been missed. `times` (m,) and the
    groups' mean values (m,) there, NaN where one has none, are to be drawn beside each other.
    """

    placebo: DifferenceInDifferences
    at: float
    times: Float64
    treated: Float64
    comparison: Float64


def difference_in_differences(
    y: NDArray[Any],
    cluster: NDArray[np.integer[Any]],
    treated: NDArray[np.bool_],
    post: NDArray[np.bool_],
    *,
    confidence: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> DifferenceInDifferences:
    """Regress `y` (n,) on group, phase and both; rows of one `cluster` (n,) resemble each other.

    `cluster` numbers from 0 up what was put into a group as a whole (resident or ward), `treated` and
    `post` (n,) are its group and the row's phase; NaN in `y` is left out. Cluster-robust with
    G/(G - 1)·(n - 1)/(n - 4) and t(G - 1). Under 20 clusters, or under 10 in a group, p and interval hold the
    effects that permuting the group over clusters does not reject: every way up to `replicates` ways,
    else that many drawn and p = (b + 1)/(B + 1). ValueError: a cluster in both groups, or a number below 0 or
    far beyond the rows.
    """
    cells = _Cells.of(y, cluster, treated, post)
    sums, counts = cells.by_group()
    arms = cells.arms()
    with np.errstate(invalid="ignore", divide="ignore"):
        means = sums / counts
    estimate = float(means[1, 1] - means[1, 0] - means[0, 1] + means[0, 0])
    n, clusters, nan = int(counts.sum()), sum(arms), float("nan")
    assumptions = (PARALLEL, TOO_FEW) if min(arms) < FEWEST_IN_AN_ARM else (PARALLEL,)
    found = DifferenceInDifferences(
        estimate=estimate,
        se=nan,
        ci_low=nan,
        ci_high=nan,
        p=nan,
        means=means,
        n=n,
        clusters_treated=arms[1],
        clusters_comparison=arms[0],
        df=clusters - 1,
        method=ROBUST,
        replicates=0,
        seed=seed,
        confidence=confidence,
        assumptions=assumptions,
    )
    if np.isnan(estimate):
        return found
    se = cells.robust_error(means, counts, n) if min(arms) > 1 and n > COEFFICIENTS else nan
    if clusters < FEW_CLUSTERS or min(arms) < FEW_IN_AN_ARM:
        return _permuted(replace(found, se=se), cells, replicates)
    reach = float(scipy.special.stdtrit(clusters - 1, 0.5 + confidence / 2)) * se
    p = 2 * float(scipy.special.stdtr(clusters - 1, -abs(estimate) / se)) if se > 0 else nan
    return replace(found, se=se, ci_low=estimate - reach, ci_high=estimate + reach, p=p)


def parallel_trends(
    t: NDArray[Any],
    y: NDArray[Any],
    cluster: NDArray[np.integer[Any]],
    treated: NDArray[np.bool_],
    *,
    at: float | None = None,
    confidence: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> ParallelTrends:
    """The placebo test of two groups on the baseline alone: `y` (n,) at times `t` (n,), as above.

    `at` is when the product is pretended to come, None for the middle of the times. ValueError as
    `difference_in_differences`, and no time at all.
    """
    t, y = np.asarray(t, np.float64), np.asarray(y, np.float64)
    times, place = np.unique(t, return_inverse=True)
    if len(times) == 0:
        raise ValueError("the baseline has no rows: give the values from before the product came")
    if at is None:
        at = float(times[len(times) // 2])
    placebo = difference_in_differences(
        y, cluster, treated, t >= at, confidence=confidence, replicates=replicates, seed=seed
    )
    group, known = np.asarray(treated, np.int64), np.isfinite(y)
    code = (group * len(times) + place)[known]
    sums = np.bincount(code, y[known], minlength=2 * len(times)).reshape(2, -1)
    counts = np.bincount(code, minlength=2 * len(times)).reshape(2, -1)
    with np.errstate(invalid="ignore"):
        means = sums / counts
    return ParallelTrends(placebo, at, times, means[1], means[0])


@dataclass(frozen=True, slots=True)
class _Cells:
    """Sums and counts of y (G, 2) per cluster and phase, which is all that the regression needs."""

    sums: Float64
    counts: Float64
    treated: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        y: NDArray[Any],
        cluster: NDArray[np.integer[Any]],
        treated: NDArray[np.bool_],
        post: NDArray[np.bool_],
    ) -> "_Cells":
        y = np.asarray(y, np.float64)
        known = np.isfinite(y)
        if not known.all():
            y, cluster, treated, post = y[known], cluster[known], treated[known], post[known]
        if len(y) and (cluster.min() < 0 or cluster.max() > 1_000 + 10 * len(y)):
            raise ValueError(
                f"clusters run from {cluster.min()} to {cluster.max()}: number them from 0 up, as "
                "np.unique(…, return_inverse=True) does"
            )
        # Four cells a cluster, told apart by group too, so that one count also finds who stands in both.
        code = np.multiply(cluster, 4, dtype=np.int64)
        code += 2 * np.asarray(treated, np.int8) + np.asarray(post, np.int8)
        size = 4 * (int(cluster.max()) + 1) if len(y) else 0
        counts = np.bincount(code, minlength=size).reshape(-1, 2, 2).astype(np.float64)
        sums = np.bincount(code, y, minlength=size).reshape(-1, 2, 2)
        present = counts.sum(axis=2) > 0
        both = np.flatnonzero(present[:, 0] & present[:, 1])
        if len(both):
            raise ValueError(
                f"cluster {both[0]} stands in both groups: a cluster is what was put into a group as a whole"
            )
        some = present[:, 0] | present[:, 1]
        return cls(sums.sum(axis=1)[some], counts.sum(axis=1)[some], present[some, 1])

    def by_group(self) -> tuple[Float64, Float64]:
        """Sums and counts (2, 2), rows comparison and treated."""
        group = np.stack([~self.treated, self.treated]).astype(np.float64)
        return group @ self.sums, group @ self.counts

    def arms(self) -> tuple[int, int]:
        """How many clusters are compared with, and how many are treated."""
        treated = int(np.count_nonzero(self.treated))
        return len(self.treated) - treated, treated

    def robust_error(self, means: Float64, counts: Float64, n: int) -> float:
        clusters, own = len(self.treated), self.treated.astype(np.int64)
        pull = ((self.sums - self.counts * means[own]) / counts[own]) @ np.array([-1.0, 1.0])
        small = clusters / (clusters - 1) * (n - 1) / (n - COEFFICIENTS)
        return float(np.sqrt(small * (pull @ pull)))


def _permuted(found: DifferenceInDifferences, cells: _Cells, replicates: int) -> DifferenceInDifferences:
    """Interval and p that permuting the group over clusters gives.

    With an effect d taken away from the treated, a permutation gives a - d·b, where b is the share of its
    treated rows after that truly are, less that share in its comparison; the true group gives estimate - d.
    The permutation is at least as far from 0 for every d between the two roots of
    |a - d·b| = |estimate - d|, an interval around the estimate: sorted, their ends are the p-value of
    every d.
    """
    clusters, size = len(cells.treated), found.clusters_treated
    if comb(clusters, size) <= replicates:
        chosen = np.array(list(combinations(range(clusters), size)), np.int64)
        method, extra = ENUMERATED, 0
    else:
        random = np.random.Generator(np.random.PCG64(found.seed))
        chosen = np.argsort(random.random((replicates, clusters)), axis=1)[:, :size]
        method, extra = DRAWN, 1
    group = np.zeros((len(chosen), clusters))
    np.put_along_axis(group, chosen, 1.0, axis=1)
    columns = np.column_stack([cells.sums, cells.counts, cells.counts[:, 1] * cells.treated])
    inside = group @ columns
    outside = columns.sum(axis=0) - inside
    with np.errstate(invalid="ignore", divide="ignore"):
        a = _change(inside) - _change(outside)
        b = inside[:, 4] / inside[:, 3] - outside[:, 4] / outside[:, 3]
    possible = np.isfinite(a)
    a, b = a[possible], b[possible]
    estimate = found.estimate
    tolerance = 1e-12 * float(np.abs(np.r_[a, found.means.ravel()]).max())
    with np.errstate(invalid="ignore", divide="ignore"):
        roots = np.stack([(estimate - a) / (1 - b), (estimate + a) / (1 + b)])
    # The true group, and with arms of one size its opposite, are as far out whatever the effect.
    same = (np.abs(1 - b) < 1e-12) & (np.abs(estimate - a) <= tolerance)
    opposite = (np.abs(1 + b) < 1e-12) & (np.abs(estimate + a) <= tolerance)
    low = np.where(same | opposite, -np.inf, roots.min(axis=0))
    high = np.where(same | opposite, np.inf, roots.max(axis=0))
    total = len(a) + extra
    needed = int(np.floor((1 - found.confidence) * total + 1e-9)) + 1 - extra
    ci_low = float(np.sort(low)[needed - 1]) if needed > 0 else -np.inf
    ci_high = float(np.sort(high)[-needed]) if needed > 0 else np.inf
    as_far = int(np.count_nonzero(np.abs(a) >= abs(estimate) - tolerance))
    return replace(
        found,
        ci_low=ci_low,
        ci_high=ci_high,
        p=(as_far + extra) / total,
        method=method,
        replicates=len(a),
        assumptions=(*found.assumptions, EXCHANGEABLE),
    )


def _change(columns: Float64) -> Float64:
    return np.asarray(columns[:, 1] / columns[:, 3] - columns[:, 0] / columns[:, 2])
