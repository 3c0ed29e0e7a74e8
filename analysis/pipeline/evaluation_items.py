"""The rows of an evaluation: one metric of one group, in full and as evaluators may see it."""

from dataclasses import dataclass, fields
from typing import Any, Literal

from analysis.catalogue import METRICS
from analysis.coarse import coarsely
from analysis.pipeline.groups import BY_SUBTRACTION
from analysis.pipeline.response_figures import TOO_FEW_PARTICIPANTS
from analysis.pipeline.verdicts import Verdict
from analysis.privacy import is_small

CHANGE: Literal["change"] = "change"
"""Before and after without a comparison of the groups shows a change; what caused it, it cannot show."""

EFFECT: Literal["effect"] = "effect"
"""How much more one group changed than another without the product."""


@dataclass(frozen=True, slots=True)
class EvaluationItem:
    """One metric of one group: the second of the two phases compared against the first, after wash-ins.

    `n_started` participants of the group, `n` of them with a value in both phases; `baseline` and `pilot`
    are means over those n. `estimate` with its limits is made by the design (`method` says how): the
    Hodges-Lehmann change pilot - baseline, or, with `wording` effect, how much more the first group changed
    than the comparison group. Of figures pooled over alarms all three are of the alarms of those n, with
    limits by resampling them and no p. `p_adjusted` is Holm's within the plan's family of metrics, None
    outside it. Under six pairs there is no interval and `reason` says `too_few_participants`. With
    suppression 1-4 pairs hide every figure, and `baseline` or `pilot` is left out alone (`by_subtraction`)
    where 1-4 more participants stand in published means of that phase. All three are then left out, with
    limits and p, where the estimate is added up from such means (an effect, weekly designs, pooled figures):
    with them and the other phase it gives the mean left out, and so the few. `verdict` as in
    `analysis.pipeline.verdicts`.
    """

    metric: str
    group: str
    unit: str
    direction: str
    wording: Literal["change", "effect"]
    n_started: int | None
    n: int | None
    baseline: float | None
    pilot: float | None
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    p: float | None
    p_adjusted: float | None
    method: str | None
    minimum_change: float | None
    verdict: Verdict | None
    coverage: float | None
    suppressed: bool
    reason: str | None


@dataclass(frozen=True, slots=True)
class WholeItem:
    """An item in full, with what is known of its `Comparison`."""

    whole: EvaluationItem
    rests: tuple[int, int]
    estimate_rests: tuple[int, ...]
    observed: int
    spread: float | None
    step: float | None

    @property
    def hidden_because(self) -> str | None:
        """Why groups only may not see its figures; None where they may."""
        # Where nobody is compared, coverage and reason are of those who were seen.
        behind = self.whole.n or self.observed
        if is_small(behind) or is_small(self.whole.n_started or 0):
            return TOO_FEW_PARTICIPANTS
        if any(map(is_small, self.estimate_rests)):
            return BY_SUBTRACTION
        return None

    @property
    def coarse_step(self) -> float | None:
        """What its change is rounded to for them where it would give a few away by subtraction: a result may
        be told so, since no more is lost than is uncertain anyway. None: it is told as it is, or, as of
        pooled figures, not at all."""
        told = self.hidden_because == BY_SUBTRACTION and METRICS[self.whole.metric].summary != "pooled"
        return self.step if told and self.whole.estimate is not None else None

    def published(self) -> EvaluationItem:
        """As those may see it who see groups only."""
        shown: dict[str, Any] = {field.name: getattr(self.whole, field.name) for field in fields(self.whole)}
        reason, step = self.hidden_because, self.coarse_step
        if step is not None:
            # With p and an interval of known kind the estimate would follow after all.
            shown.update(p=None, p_adjusted=None, reason=reason)
            told = coarsely(shown["estimate"], shown["ci_low"], shown["ci_high"], step)
            shown.update(estimate=told.estimate, ci_low=told.low, ci_high=told.high)
        elif reason is not None:
            shown.update(dict.fromkeys(_ABOUT_PEOPLE), suppressed=True, reason=reason)
            return EvaluationItem(**shown)
        for phase, rest in zip(("baseline", "pilot"), self.rests, strict=True):
            if is_small(rest):
                shown.update({phase: None, "reason": BY_SUBTRACTION})
        return EvaluationItem(**shown)


_ABOUT_PEOPLE = (
    *("n_started", "n", "baseline", "pilot", "estimate", "ci_low", "ci_high"),
    *("p", "p_adjusted", "method", "verdict", "coverage"),
)
