"""How much a group changed, or two groups differ: one value a participant."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.effect_sizes import REPLICATES, bca_ci, cliffs_delta, hedges_g, hedges_g_paired
from analysis.intervals import SEED

__all__ = [
    "bca_ci",
    "cliffs_delta",
    "hedges_g",
    "hedges_g_paired",
    "hodges_lehmann",
    "noninferiority",
    "signed_rank_p",
    "signflip_test",
    "wilcoxon_signed_rank",
]

Float64 = NDArray[np.float64]

FEWEST_FOR_INTERVAL = 6
"""With five pairs even five changes in one direction give p = 0.0625: no 95 % interval exists."""

DECIMALS = 9
"""Differences of floats that should tie come out a hair apart; thresholds compare at the same place."""

ENUMERATED_UP_TO = 13
"""2^13 sign patterns are fewer than the drawn ones, and leave nothing to chance."""

EXACT = "Hodges-Lehmann, exact signed-rank interval"
PERMUTATION = "Hodges-Lehmann, permutation interval on averaged ranks (ties)"


@dataclass(frozen=True, slots=True)
class PairedChange:
    """The typical change and what is known of it.

    `estimate` is the Hodges-Lehmann pseudo-median (NaN for n = 0), the limits are NaN under six pairs.
    `level` is the confidence the interval reaches, at least the one asked for; NaN on the permutation
    path, whose level varies with the ties. `p` is two-sided for no change. `method` names the path.
    """

    estimate: float
    ci_low: float
    ci_high: float
    level: float
    p: float
    n: int
    method: str


@dataclass(frozen=True, slots=True)
class SignedRank:
    """Wilcoxon's signed-rank test: `v` the ranks of rises, `w` the smaller of these and those of falls.

    `p` is two-sided and exact, NaN for no differences; `zeros` counts pairs without a change.
    """

    v: float
    w: float
    p: float
    n: int
    zeros: int


@dataclass(frozen=True, slots=True)
class SignFlip:
    """The sign-flip test of a mean difference of 0; assumes differences symmetric about it.

    `method` is "enumerated" or "drawn", `replicates` the sign patterns used, `p` two-sided.
    """

    mean: float
    p: float
    n: int
    method: str
    replicates: int


@dataclass(frozen=True, slots=True)
class Noninferiority:
    """Whether an interval stays within a margin set beforehand.

    `verdict`: "superior" (entirely on the better side of no change), "noninferior" (the worse limit within
    the margin), "inferior" (entirely beyond it), else "inconclusive". `worse_limit` is the limit compared,
    NaN where there is no interval.
    """

    verdict: Literal["superior", "noninferior", "inferior", "inconclusive"]
    worse_limit: float
    margin: float
    worse: Literal["higher", "lower"]


def hodges_lehmann(differences: Float64, confidence: float = 0.95) -> PairedChange:
    """The pseudo-median of paired differences (n,), with the interval of the signed-rank test.

    Give pilot - baseline: a positive estimate is a rise. Without ties and zeros the interval runs between
    Walsh averages at the exact signed-rank quantiles (Hollander & Wolfe 1973; R `wilcox.test`). With ties
    or zeros ranks are averaged, zeros keep theirs (Pratt 1959), and the interval holds the shifts that the
    exact permutation test, given those ranks, does not reject.
    """
    differences = _paired(differences)
    n = len(differences)
    if n == 0:
        nan = float("nan")
        return PairedChange(nan, nan, nan, nan, nan, 0, EXACT)
    walsh = _walsh_averages(differences)
    estimate = float(np.median(walsh))
    sizes = np.abs(differences)
    tied = bool((sizes == 0).any()) or len(np.unique(sizes)) < n
    p = signed_rank_p(differences)
    if n < FEWEST_FOR_INTERVAL:
        nan = float("nan")
        return PairedChange(estimate, nan, nan, nan, p, n, PERMUTATION if tied else EXACT)
    tail = (1 - confidence) / 2
    if tied:
        low, high = _inverted_interval(differences, np.unique(_rounded(walsh)), tail)
        return PairedChange(estimate, low, high, float("nan"), p, n, PERMUTATION)
    below = np.cumsum(_null_distribution(np.arange(1, n + 1, dtype=np.int64)))
    q = max(int(np.argmax(below >= tail)), 1)
    level = float(1 - 2 * below[q - 1])
    return PairedChange(estimate, float(walsh[q - 1]), float(walsh[-q]), level, p, n, EXACT)


def signed_rank_p(differences: Float64) -> float:
    """Two-sided p of Wilcoxon's signed-rank test for no change, exact also with ties and zeros.

    Twice the smaller tail of the null distribution given the averaged ranks; zeros are ranked but carry
    no sign (Pratt 1959). NaN for no differences.
    """
    if len(differences) == 0:
        return float("nan")
    lower, upper = _tails(_rounded(differences))
    return min(1.0, 2 * min(lower, upper))


def wilcoxon_signed_rank(differences: Float64) -> SignedRank:
    """Wilcoxon's signed-rank test of paired differences (n,), exact also with ties and zeros (Pratt 1959)."""
    differences = _paired(differences)
    ranks = _doubled_ranks(np.abs(differences)) / 2
    rises, falls = float(ranks[differences > 0].sum()), float(ranks[differences < 0].sum())
    zeros = int(np.count_nonzero(differences == 0))
    return SignedRank(rises, min(rises, falls), signed_rank_p(differences), len(differences), zeros)


def signflip_test(differences: Float64, *, replicates: int = REPLICATES, seed: int = SEED) -> SignFlip:
    """Two-sided permutation test of the mean of paired differences (n,): each sign as likely as the other.

    All 2^n patterns up to n = 13, else `replicates` drawn ones and p = (b + 1) / (B + 1). NaN for n = 0.
    """
    differences = _paired(differences)
    n = len(differences)
    if n == 0:
        return SignFlip(float("nan"), float("nan"), 0, "enumerated", 0)
    if n <= ENUMERATED_UP_TO:
        flips, extra, method = (np.arange(2**n)[:, None] >> np.arange(n)) & 1, 0, "enumerated"
        flipped = flips @ differences
    else:
        random = np.random.Generator(np.random.PCG64(seed))
        flipped, extra, method = _drawn_sums(differences, replicates, random), 1, "drawn"
    # Flipping takes a difference away twice.
    sums = differences.sum() - 2 * flipped
    tolerance = 1e-12 * np.abs(differences).sum()
    as_far = int(np.count_nonzero(np.abs(sums) >= abs(differences.sum()) - tolerance))
    p = (as_far + extra) / (len(sums) + extra)
    return SignFlip(float(differences.mean()), p, n, method, len(sums))


def noninferiority(
    ci_low: float, ci_high: float, *, margin: float, worse: Literal["higher", "lower"], no_change: float = 0.0
) -> Noninferiority:
    """Judge a two-sided 95 % interval, which tests one-sided at 97.5 %, against a margin set beforehand.

    `margin` is the value (not a distance) that must stay out of reach on the `worse` side of `no_change`,
    which is 0 for differences and 1 for ratios. A limit at the margin itself is not within it.
    """
    if margin == no_change or (margin > no_change) != (worse == "higher"):
        raise ValueError(f"margin {margin} does not lie on the worse side ({worse}) of {no_change}")
    sign = 1 if worse == "higher" else -1
    worst, best = max(sign * ci_low, sign * ci_high), min(sign * ci_low, sign * ci_high)
    verdict: Literal["superior", "noninferior", "inferior", "inconclusive"] = "inconclusive"
    if worst < sign * no_change:
        verdict = "superior"
    elif worst < sign * margin:
        verdict = "noninferior"
    elif best > sign * margin:
        verdict = "inferior"
    return Noninferiority(verdict, sign * worst, margin, worse)


def _paired(differences: Float64) -> Float64:
    if np.isnan(differences).any():
        raise ValueError("a paired difference is NaN: leave out participants without both values")
    return _rounded(differences)


def _drawn_sums(values: Float64, draws: int, random: np.random.Generator) -> Float64:
    """Sums of `values` (n,) each drawn or not, eight at a time: a byte stands for one of their 256 sums."""
    eights = np.pad(values, (0, -len(values) % 8)).reshape(-1, 8)
    sums = eights @ ((np.arange(256) >> np.arange(8)[:, None]) & 1)
    drawn = random.integers(0, 256, (len(eights), draws), np.uint8)
    return np.asarray(np.take_along_axis(sums, drawn, axis=1).sum(axis=0), dtype=np.float64)


def _rounded(values: Float64) -> Float64:
    return np.asarray(np.round(values, DECIMALS), dtype=np.float64)


def _walsh_averages(differences: Float64) -> Float64:
    first, second = np.triu_indices(len(differences))
    return np.sort((differences[first] + differences[second]) / 2)


def _inverted_interval(differences: Float64, walsh: Float64, tail: float) -> tuple[float, float]:
    """The outermost Walsh averages between which no shift is rejected.

    Between two neighbouring Walsh averages the test cannot tell shifts apart, so one shift in the middle
    speaks for all between them; the tails are monotone in the shift, so bisection finds the first.
    """
    middles = (walsh[1:] + walsh[:-1]) / 2
    shifts = np.r_[walsh[0] - 1, middles, walsh[-1] + 1]

    def too_low(index: int) -> bool:
        return _tails(differences - shifts[index])[1] < tail

    def too_high(index: int) -> bool:
        return _tails(differences - shifts[index])[0] < tail

    low, high = 0, len(shifts) - 1
    while low < high:  # the first shift that is not too low
        middle = (low + high) // 2
        low, high = (middle + 1, high) if too_low(middle) else (low, middle)
    first = low
    low, high = 0, len(shifts) - 1
    while low < high:  # the last shift that is not too high
        middle = (low + high + 1) // 2
        low, high = (low, middle - 1) if too_high(middle) else (middle, high)
    return float(walsh[max(first - 1, 0)]), float(walsh[min(low, len(walsh) - 1)])


def _tails(differences: Float64) -> tuple[float, float]:
    """P(V <= v) and P(V >= v) of the signed-rank sum given the averaged ranks."""
    ranks = _doubled_ranks(np.abs(differences))
    signed = differences != 0
    v = int(ranks[differences > 0].sum())
    null = _null_distribution(ranks[signed])
    return float(null[: v + 1].sum()), float(null[v:].sum())


def _doubled_ranks(sizes: Float64) -> NDArray[np.int64]:
    """Twice the averaged ranks: whole numbers, so that the distribution is a plain convolution."""
    _, place, count = np.unique(_rounded(sizes), return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((2 * last - count + 1)[place], dtype=np.int64)


def _null_distribution(ranks: NDArray[np.int64]) -> Float64:
    """P(V = v) for v = 0 … sum(ranks) when each rank counts or not with probability one half."""
    null, sum_so_far = np.zeros(int(ranks.sum()) + 1), 0
    null[0] = 1.0
    for rank in ranks:
        null[rank : sum_so_far + rank + 1] += null[: sum_so_far + 1]
        sum_so_far += rank
        null[: sum_so_far + 1] /= 2
    return null
