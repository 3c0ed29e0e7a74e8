"""What a change would be had those who left been measured: imputed, worst, best, and where it tips."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy
from numpy.typing import NDArray

from analysis.effects import PairedChange, hodges_lehmann
from analysis.intervals import SEED

Float64 = NDArray[np.float64]

IMPUTATIONS = 20
FEWEST_TO_LEARN_FROM = 5
"""Two coefficients and a spread from fewer pairs say nothing of anybody else."""

AT_RANDOM = "values are missing at random given the baseline, and normal around a line through it"
LEFT_OUT = "those missing not at random (death, hospital) are not imputed: the change is that of the others"
SHIFTED = "every imputed value shifted by the same delta"


@dataclass(frozen=True, slots=True)
class PooledEstimate:
    """One estimate of `m` imputed ones (Rubin 1987), with `df` for few participants (Barnard & Rubin 1999).

    `within` is the mean of their variances, `between` the variance of the estimates;
    `missing_information` the share of the variance that comes from what is missing.
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    p: float
    df: float
    within: float
    between: float
    missing_information: float
    m: int
    confidence: float


@dataclass(frozen=True, slots=True)
class ImputedChange:
    """The mean change of `n` participants, `imputed` of them without an outcome of their own.

    `not_at_random` more are neither measured nor imputed. NaN under five measured participants.
    """

    change: PooledEstimate
    n: int
    imputed: int
    not_at_random: int
    delta: float
    seed: int
    assumptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TippingPoint:
    """How much worse the imputed must be than thought for the interval to reach no change.

    `delta` is the shift, in the unit of the values, and `delta_sd` in standard deviations of the measured
    changes: 0 where the interval holds no change anyway, infinite where nobody is imputed, NaN without an
    interval. `at_random` is the change with no shift, `tipped` with that of `delta` (or none).
    """

    delta: float
    delta_sd: float
    at_random: ImputedChange
    tipped: ImputedChange


@dataclass(frozen=True, slots=True)
class WorstAndBestCase:
    """The change if all who were not measured had changed by the worst, or the best, that was measured."""

    worst: PairedChange
    best: PairedChange
    worst_change: float
    best_change: float
    missing: int


def rubins_rules(
    estimates: Float64, variances: Float64, *, complete_df: float, confidence: float = 0.95
) -> PooledEstimate:
    """Pool `estimates` (m,) and their `variances` (m,) from m imputed data sets.

    `complete_df` is what the estimate would have with nothing missing. ValueError: under two of them.
    """
    m = len(estimates)
    if m < 2:
        raise ValueError(f"{m} imputed estimates: give two or more, 20 are usual")
    estimate, within = float(estimates.mean()), float(variances.mean())
    between = float(estimates.var(ddof=1))
    total = within + (1 + 1 / m) * between
    lost = (1 + 1 / m) * between / total if total > 0 else 0.0
    observed = (complete_df + 1) / (complete_df + 3) * complete_df * (1 - lost)
    # 1/df is the sum of both: with nothing between, the imputed are no limit.
    df = 1 / (1 / observed + lost * lost / (m - 1)) if observed > 0 else float("nan")
    se = float(np.sqrt(total))
    reach = float(scipy.special.stdtrit(df, 0.5 + confidence / 2)) * se
    p = 2 * float(scipy.special.stdtr(df, -abs(estimate) / se)) if se > 0 else float("nan")
    return PooledEstimate(
        estimate, se, estimate - reach, estimate + reach, p, df, within, between, lost, m, confidence
    )


def multiple_imputation(
    baseline: NDArray[Any],
    outcome: NDArray[Any],
    at_random: NDArray[np.bool_],
    *,
    delta: float = 0.0,
    m: int = IMPUTATIONS,
    confidence: float = 0.95,
    seed: int = SEED,
) -> ImputedChange:
    """The mean of `outcome` - `baseline` (n,) over all who started, NaN outcomes imputed `m` times.

    Values are drawn from the regression of outcome on baseline, its coefficients and spread drawn too
    (Rubin 1987, 5.3), shifted by `delta` (0: missing at random) and pooled by Rubin's rules. Only missing
    values with `at_random` (n,) True are imputed: see `dropout.missing_at_random`. Give each group its
    own call. ValueError: NaN in `baseline`.
    """
    return _imputer(baseline, outcome, at_random, m, confidence, seed)(delta)


def tipping_point(
    baseline: NDArray[Any],
    outcome: NDArray[Any],
    at_random: NDArray[np.bool_],
    *,
    no_change: float = 0.0,
    m: int = IMPUTATIONS,
    confidence: float = 0.95,
    seed: int = SEED,
) -> TippingPoint:
    """The shift of all imputed values at which the interval of the change first reaches `no_change`.

    The same draws are shifted, towards `no_change` and beyond (delta-adjusted, missing not at random). To
    be judged by whoever knows the residents: could those who left have done so much worse? ValueError as
    `multiple_imputation`.
    """
    shifted = _imputer(baseline, outcome, at_random, m, confidence, seed)
    plain = shifted(0.0)
    change = plain.change
    if np.isnan(change.ci_low):
        return TippingPoint(float("nan"), float("nan"), plain, plain)
    if change.ci_low <= no_change <= change.ci_high:
        return TippingPoint(0.0, 0.0, plain, plain)
    direction = -1.0 if change.estimate > no_change else 1.0
    if plain.imputed == 0:
        return TippingPoint(direction * np.inf, direction * np.inf, plain, plain)

    def clear_of(size: float) -> float:
        there = shifted(direction * size).change
        return there.ci_low - no_change if direction < 0 else no_change - there.ci_high

    near, far = 0.0, abs(change.estimate - no_change)
    while clear_of(far) > 0:
        near, far = far, 2 * far
    delta = direction * float(scipy.optimize.brentq(clear_of, near, far))
    spread = float(np.nanstd(_known(baseline, outcome), ddof=1))
    return TippingPoint(delta, delta / spread, plain, shifted(delta))


def worst_and_best_case(
    baseline: NDArray[Any],
    outcome: NDArray[Any],
    *,
    worse: Literal["higher", "lower"],
    confidence: float = 0.95,
) -> WorstAndBestCase:
    """`hodges_lehmann` of the changes (n,) with each missing one the worst, then the best, of those measured.

    All missing take part, whatever the reason. ValueError: NaN in `baseline`, or nobody measured.
    """
    changes = _known(baseline, outcome)
    missing = np.isnan(changes)
    if missing.all():
        raise ValueError(f"none of {len(changes)} outcomes is known: there is no worst and no best of them")
    low, high = float(np.nanmin(changes)), float(np.nanmax(changes))
    worst, best = (high, low) if worse == "higher" else (low, high)
    cases = [hodges_lehmann(np.where(missing, value, changes), confidence) for value in (worst, best)]
    return WorstAndBestCase(cases[0], cases[1], worst, best, int(missing.sum()))


def _known(baseline: NDArray[Any], outcome: NDArray[Any]) -> Float64:
    first = np.asarray(baseline, np.float64)
    if np.isnan(first).any():
        raise ValueError("a baseline value is NaN: leave out participants who were not measured before")
    return np.asarray(outcome, np.float64) - first


def _imputer(
    baseline: NDArray[Any],
    outcome: NDArray[Any],
    at_random: NDArray[np.bool_],
    m: int,
    confidence: float,
    seed: int,
) -> Callable[[float], ImputedChange]:
    """The imputed change as a function of delta, every draw the same."""
    changes, first = _known(baseline, outcome), np.asarray(baseline, np.float64)
    missing = np.isnan(changes)
    filled, apart = missing & at_random, int((missing & ~at_random).sum())
    known = changes[~missing]
    imputed, enough = int(filled.sum()), len(known) >= FEWEST_TO_LEARN_FROM
    n = len(known) + imputed
    drawn = np.full((m, imputed), np.nan)
    if enough:
        random = np.random.Generator(np.random.PCG64(seed))
        drawn = _draws(first[~missing], known, first[filled], m, random)

    def change(delta: float) -> ImputedChange:
        estimates = variances = np.full(m, np.nan)
        if enough:
            whole = np.column_stack([np.tile(known, (m, 1)), drawn + delta])
            estimates, variances = whole.mean(axis=1), whole.var(axis=1, ddof=1) / n
        pooled = rubins_rules(estimates, variances, complete_df=n - 1, confidence=confidence)
        assumptions = [AT_RANDOM] if imputed else []
        if delta:
            assumptions.append(SHIFTED)
        if apart:
            assumptions.append(LEFT_OUT)
        return ImputedChange(pooled, n, imputed, apart, delta, seed, tuple(assumptions))

    return change


def _draws(x: Float64, change: Float64, at: Float64, m: int, random: np.random.Generator) -> Float64:
    """Changes (m, k) at baselines `at` (k,), from a regression on `x` (n,) drawn anew each time."""
    n, middle = len(x), float(x.mean())
    power = float(((x - middle) ** 2).sum())
    # A baseline that is the same for all says nothing of the change.
    slope = float((x - middle) @ change) / power if power > 0 else 0.0
    columns = 2 if power > 0 else 1
    residual = change - change.mean() - slope * (x - middle)
    sigma = np.sqrt(float(residual @ residual) / random.chisquare(n - columns, m))
    level = change.mean() + sigma * random.standard_normal(m) / np.sqrt(n)
    tilt = slope + (sigma * random.standard_normal(m) / np.sqrt(power) if power > 0 else np.zeros(m))
    noise = sigma[:, None] * random.standard_normal((m, len(at)))
    return np.asarray(level[:, None] + tilt[:, None] * (at - middle) + noise)
