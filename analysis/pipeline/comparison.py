"""One metric of one group, phase against phase: paired within participants, against others, or pooled."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.catalogue import Metric
from analysis.coarse import step_that_hides
from analysis.difference_in_differences import DifferenceInDifferences, difference_in_differences
from analysis.effects import FEWEST_FOR_INTERVAL, hodges_lehmann
from analysis.pipeline.measured import NO_DATA
from analysis.pipeline.participant_values import SLOPES
from analysis.pipeline.periods import Period
from analysis.pipeline.phase_values import PhaseValues, share_observed, why_no_pairs
from analysis.pipeline.pooled_alarms import PooledAlarms
from analysis.pipeline.response_figures import TOO_FEW_PARTICIPANTS
from analysis.pooled_change import pooled_change
from analysis.privacy import is_small

Float64 = NDArray[np.float64]
Flags = NDArray[np.bool_]

PERCENT = 100.0

AGAINST_OTHERS = "Difference in differences of participants' phase values, {how}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`n` participants with both phases, their figure in each, and the change with what is known of it.

    `rests` says, for each phase, how many more stand in figures of the phase that are published, and
    `observed` how many were seen at all. `estimate_rests` are those of every mean that the estimate is
    added up from: where one of them is small, published means and the estimate together give those few;
    empty where the estimate is no sum of means. Figures are None where there are none, and `reason` says
    why, or why there is no interval. `spread` is the standard deviation of the participants' changes,
    `level_spread` the larger of those of their values, and `fewest` how many stand in the smallest group that
    the estimate rests on.
    """

    n: int
    baseline: float | None
    pilot: float | None
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    p: float | None
    method: str | None
    coverage: float | None
    reason: str | None
    rests: tuple[int, int]
    observed: int
    spread: float | None = None
    estimate_rests: tuple[int, ...] = ()
    level_spread: float | None = None
    fewest: int = 0

    @property
    def step(self) -> float | None:
        """What the estimate has to be rounded to so that it gives the few in `estimate_rests` away to nobody;
        None where there are no such few, or people do not differ."""
        few = max((rest for rest in self.estimate_rests if is_small(rest)), default=0)
        return step_that_hides(self.level_spread, self.fewest, few) if few and self.level_spread else None


@dataclass(frozen=True, slots=True)
class Pairs:
    """Everybody's values of both phases, in the same order of participants, and the number of the group (p,)
    that each is published with."""

    before: PhaseValues
    after: PhaseValues
    group: NDArray[np.intp]

    @property
    def whole(self) -> Flags:
        """Who has both."""
        return np.isfinite(self.before.value) & np.isfinite(self.after.value)

    @property
    def changes(self) -> Float64:
        """After less before, NaN without one of them."""
        return np.asarray(self.after.value - self.before.value)


def before_and_after(pairs: Pairs, ours: Flags) -> Comparison:
    """Means over those of `ours` with both phases, and the Hodges-Lehmann change."""
    found = described(pairs, ours)
    if found.n == 0:
        return found
    change = hodges_lehmann(pairs.changes[ours & pairs.whole])
    enough = found.n >= FEWEST_FOR_INTERVAL
    return replace(
        found,
        estimate=change.estimate,
        ci_low=change.ci_low if enough else None,
        ci_high=change.ci_high if enough else None,
        p=change.p,
        method=change.method,
        reason=None if enough else TOO_FEW_PARTICIPANTS,
    )


def against_others(pairs: Pairs, ours: Flags, others: Flags) -> Comparison:
    """How much more `ours` changed than `others`, each participant with one value of each phase."""
    change = difference(pairs, ours, others)
    found, theirs = described(pairs, ours), described(pairs, others)
    return replace(
        found,
        estimate_rests=(*found.rests, *theirs.rests),
        level_spread=max((each for each in (found.level_spread, theirs.level_spread) if each), default=None),
        fewest=min(found.n, theirs.n),
        estimate=change.estimate,
        ci_low=_finite(change.ci_low),
        ci_high=_finite(change.ci_high),
        p=_finite(change.p),
        method=AGAINST_OTHERS.format(how=change.method),
        reason=None if np.isfinite(change.ci_low) else TOO_FEW_PARTICIPANTS,
    )


def difference(pairs: Pairs, ours: Flags, others: Flags) -> DifferenceInDifferences:
    """The difference in differences of those with both phases."""
    taking_part = np.flatnonzero(pairs.whole & (ours | others))
    p = len(taking_part)
    values = np.concatenate([pairs.before.value[taking_part], pairs.after.value[taking_part]])
    return difference_in_differences(
        values,
        np.tile(np.arange(p), 2),
        np.tile(ours[taking_part], 2),
        np.repeat([False, True], p),
    )


def described(pairs: Pairs, ours: Flags) -> Comparison:
    """Who can be compared and their means, without a change."""
    phases = (pairs.before, pairs.after)
    whole = ours & pairs.whole
    n = int(np.count_nonzero(whole))
    coverage = share_observed(phases, ours)
    observed = int(np.count_nonzero(ours & (pairs.before.observed | pairs.after.observed)))
    # Published means are of whole groups, also where not everybody in them is asked for here.
    theirs = np.isin(pairs.group, pairs.group[ours])
    published = [int(np.count_nonzero(theirs & phase.published)) for phase in phases]
    rests = published[0] - n, published[1] - n
    if n == 0:
        return nothing(why_no_pairs(phases, ours), coverage, rests, observed)
    before, after = (float(phase.value[whole].mean()) for phase in phases)
    spread = float(pairs.changes[whole].std(ddof=1)) if n > 1 else None
    levels = max(float(phase.value[whole].std(ddof=1)) for phase in phases) if n > 1 else None
    absent = (None,) * 5
    return Comparison(
        *(n, before, after, *absent, coverage, None, rests, observed, spread), level_spread=levels, fewest=n
    )


def stored_as(metric: Metric) -> str:
    """The metric whose daily values it is made from: itself, or what it is the slope of."""
    return SLOPES[metric.name][0] if metric.name in SLOPES else metric.name


def pooled(
    alarms: PooledAlarms,
    metric: Metric,
    periods: Sequence[Period],
    codes: Sequence[str],
    fewest_days: int,
) -> Comparison:
    """The figure pooled over the alarms of those who stand in both phases, and its change.

    Residents are resampled with both of their phases; no p, since nothing is tested. A rate asks for
    `fewest_days` of each participant and phase.
    """
    floor = metric.coverage_floor
    published = [alarms.parts(metric.name, period, codes, floor) for period in periods]
    coverages = [parts.coverage for parts in published if parts.coverage is not None]
    coverage = float(np.mean(coverages)) if coverages else None
    observed = max((parts.observed for parts in published), default=0)
    present = [alarms.parts(metric.name, period, codes, floor, fewest_days=fewest_days) for period in periods]
    both = [code for code in codes if all(code in parts.participants for parts in present)]
    compared = [alarms.parts(metric.name, period, both, floor, fewest_days=fewest_days) for period in periods]
    reasons = [parts.reason for parts in (*present, *compared) if parts.reason is not None]
    n = 0 if reasons else len(both)
    before_rest, after_rest = (len(parts.participants) - n for parts in published)
    rests = before_rest, after_rest
    if n == 0:
        why = next((reason for reason in reasons if reason != NO_DATA), NO_DATA)
        return nothing(why, coverage, rests, observed)
    before, after = compared
    change = pooled_change(
        (before.numerator, before.denominator),
        (after.numerator, after.denominator),
        kind=before.kind,
    )
    unit = PERCENT if before.kind == "share" else 1.0
    enough = n >= FEWEST_FOR_INTERVAL
    return Comparison(
        n,
        change.before * unit,
        change.after * unit,
        change.estimate * unit,
        change.ci_low * unit if enough else None,
        change.ci_high * unit if enough else None,
        None,
        change.method,
        coverage,
        None if enough else TOO_FEW_PARTICIPANTS,
        rests,
        observed,
        estimate_rests=rests,
    )


def nothing(
    reason: str = NO_DATA,
    coverage: float | None = None,
    rests: tuple[int, int] = (0, 0),
    observed: int = 0,
) -> Comparison:
    """Nobody is compared."""
    return Comparison(0, None, None, None, None, None, None, None, coverage, reason, rests, observed)


def _finite(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None
