"""How much a group changed: paired differences, one a participant."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

FEWEST_FOR_INTERVAL = 6
"""With five pairs even five changes in one direction give p = 0.0625: no 95 % interval exists."""

DECIMALS = 9
"""Differences of floats that should tie come out a hair apart; thresholds compare at the same place."""

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


def hodges_lehmann(differences: Float64, confidence: float = 0.95) -> PairedChange:
    """The pseudo-median of paired differences (n,), with the interval of the signed-rank test.

    Give pilot - baseline: a positive estimate is a rise. Without ties and zeros the interval runs between
    Walsh averages at the exact signed-rank quantiles (Hollander & Wolfe 1973; R `wilcox.test`). With ties
    or zeros ranks are averaged, zeros keep theirs (Pratt 1959), and the interval holds the shifts that the
    exact permutation test, given those ranks, does not reject.
    """
    differences = _rounded(differences)
    if np.isnan(differences).any():
        raise ValueError("a paired difference is NaN: leave out participants without both values")
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
    null = np.ones(1)
    for rank in ranks:
        null = (np.r_[null, np.zeros(rank)] + np.r_[np.zeros(rank), null]) / 2
    return null
