"""Which design an evaluation is made by: the plan's, or else what the data allow, with the reason."""

from dataclasses import dataclass
from importlib.util import find_spec

from analysis.effects import FEWEST_FOR_INTERVAL
from analysis.interrupted_series import FEWEST_IN_A_SEGMENT
from pilots.plan.evaluation_rules import Design

FEWEST_PAIRS = FEWEST_FOR_INTERVAL
"""With fewer in either group no permutation of the groups could give a 95 % interval worth the name."""


@dataclass(frozen=True, slots=True)
class ChosenDesign:
    """The design, and why: `as_planned`, or what in the data decided."""

    design: Design
    reason: str


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the data hold for the primary goal: participants with both phases in the first group and, where
    the plan has one, in the comparison group; weeks before and after, None where it has no daily values."""

    pairs: int
    comparison_pairs: int | None
    weeks: tuple[int, int] | None


def choose_design(planned: Design | None, allowed: Allowed) -> ChosenDesign:
    """The planned design where the data allow it, else before and after; None: a comparison group that is
    large enough, else before and after.

    It counts participants and weeks and looks at no result: whatever was measured, the choice is the same.
    """
    if planned == "before_after":
        return ChosenDesign(planned, "as_planned")
    if planned == "interrupted_series":
        if allowed.weeks is None:
            return _fallback("no_daily_values")
        enough = min(allowed.weeks) >= FEWEST_IN_A_SEGMENT
        return ChosenDesign(planned, "as_planned") if enough else _fallback("too_few_weeks")
    if planned == "repeated_measures":
        if allowed.weeks is None:
            return _fallback("no_daily_values")
        installed = find_spec("statsmodels") is not None
        return ChosenDesign(planned, "as_planned") if installed else _fallback("statsmodels_missing")
    if allowed.comparison_pairs is None:
        return _fallback("no_comparison_group")
    if min(allowed.pairs, allowed.comparison_pairs) < FEWEST_PAIRS:
        return _fallback("comparison_group_too_small")
    return ChosenDesign("comparison_group", "as_planned" if planned else "comparison_group_large_enough")


def _fallback(reason: str) -> ChosenDesign:
    return ChosenDesign("before_after", reason)
