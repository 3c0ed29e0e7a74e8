"""Safety margins: what may not become worse by more than the plan allows."""

from dataclasses import dataclass, replace
from typing import Literal

from analysis.decision import SafetyOutcome, SafetyShown
from analysis.effects import noninferiority
from analysis.pipeline.evaluation_items import EvaluationItem
from pilots.plan import SafetyMargin

OUTCOMES: dict[str, SafetyOutcome] = {
    "superior": "kept",
    "noninferior": "kept",
    "inferior": "violated",
    "inconclusive": "not_shown",
}


@dataclass(frozen=True, slots=True)
class SafetyRow:
    """A metric that may not become worse by `margin`, in its unit; `direction` is its better way.

    `kept` when the 95 % interval of the change lies within the margin, which tests one-sided at 97.5 % that
    it is no worse; `violated` when it lies entirely beyond; otherwise `not_shown`, also without an interval.
    """

    metric: str
    direction: Literal["up", "down"]
    margin: float
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    outcome: SafetyOutcome | None
    suppressed: bool
    reason: str | None

    @property
    def worst(self) -> float | None:
        """The limit of the interval on the worse side, turned so that worse is above 0."""
        if self.ci_low is None or self.ci_high is None:
            return None
        return -self.ci_low if self.direction == "up" else self.ci_high

    def rounded(self, item: EvaluationItem) -> "SafetyRow":
        """With the figures of the `item` as it is published; the outcome is of the figures in full."""
        return replace(self, estimate=item.estimate, ci_low=item.ci_low, ci_high=item.ci_high)

    def published(self, reason: str | None) -> "SafetyRow":
        """With every figure hidden."""
        return replace(
            self, estimate=None, ci_low=None, ci_high=None, outcome=None, suppressed=True, reason=reason
        )


def safety_row(margin: SafetyMargin, item: EvaluationItem) -> SafetyRow:
    """The margin held against the metric's change."""
    outcome: SafetyOutcome = "not_shown"
    if item.ci_low is not None and item.ci_high is not None:
        down = margin.direction == "down"
        found = noninferiority(
            item.ci_low,
            item.ci_high,
            margin=margin.margin if down else -margin.margin,
            worse="higher" if down else "lower",
        )
        outcome = OUTCOMES[found.verdict]
    return SafetyRow(
        margin.metric,
        margin.direction,
        margin.margin,
        item.estimate,
        item.ci_low,
        item.ci_high,
        outcome,
        False,
        item.reason,
    )


def shown_of(row: SafetyRow) -> SafetyShown:
    """What the decision rule asks of it."""
    return SafetyShown(row.metric, row.outcome or "not_shown", row.worst, row.margin)
