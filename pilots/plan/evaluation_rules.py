"""What is settled before the first result is seen: how a pilot is evaluated, and what decides it."""

from typing import Annotated, Literal

from pydantic import Field

from pilots.plan.part import Count, Days, Direction, Part, Percent, Positive, Share, Text

Design = Literal["before_after", "comparison_group", "interrupted_series", "repeated_measures"]


class SafetyMargin(Part):
    """A metric that may not become worse by `margin`, in its own unit. `direction` is its better way."""

    metric: Text
    direction: Direction
    margin: Positive


class Use(Part):
    """How much the technology must be used at the end for its effect to be believed to last.

    `metric` names one in percent; without it, use is the share of the participants' last four weeks that
    their devices delivered.
    """

    metric: Text | None = None
    at_least_percent: Percent = 70.0


class EvaluationRules(Part):
    """The rules of the evaluation. What is left out is at its default, and is locked with the rest.

    `design` None lets the data decide: a comparison group where there is one, else before and after.
    `family` names the metrics that share one error rate (Holm) with the primary one; None: every goal.
    `participants` is the fewest that must be compared; None: those planned less the dropout allowed.
    """

    design: Design | None = None
    baseline_days: Days = 14
    days_per_phase: Days = 7
    participants: Count | None = None
    largest_dropout_percent: Percent = 30.0
    least_coverage: Share | None = None
    missing_data: Literal["all_started", "complete_cases"] = "all_started"
    family: tuple[Text, ...] | None = None
    safety: tuple[SafetyMargin, ...] = ()
    use: Use = Use()
    quality_gain: Text | None = None
    least_probability_of_gain: Annotated[float, Field(gt=0, lt=1)] = 0.8
    complexity: Literal["low", "medium", "high"] | None = None
