"""The decision as those may see it who see groups only."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from analysis.decision import Decision, Fact, Rule
from analysis.pipeline.evaluation_items import EvaluationItem

N_NEEDED = "n_needed"


FIGURES = frozenset(
    {
        *("entirely_worse", "lower_limit_above_zero", "estimate_worth_having", "upper_limit_below_minimum"),
        *("safety_violated", "safety_kept"),
    }
)
"""Facts that tell a metric's change or a limit of it."""

PROBABILITY = "probability_of_gain"


Rounded = Mapping[float, float]
"""From a figure in full to the same as it is published."""


def published_decision(
    decision: Decision, hidden: Collection[str], rounded: Mapping[str, Rounded], probability: float | None
) -> Decision:
    """Without what is said of the `hidden` metrics, and in facts (or `n_needed`) of a `hidden` name.

    Changes of a metric in `rounded` are told as there, and the `probability` of gain is the one worked out
    from them. What was recommended, and what holds, stays: it is the pilot's answer, and says nothing of a
    person.
    """

    def shown(fact: Fact) -> Fact:
        if fact.name in hidden or fact.metric in hidden:
            return replace(fact, value=None, holds=None)
        if fact.name == PROBABILITY:
            return replace(fact, value=probability)
        told = rounded.get(fact.metric or "")
        if told is not None and fact.name in FIGURES and isinstance(fact.value, float):
            return replace(fact, value=told.get(fact.value))
        return fact

    def rule(each: Rule) -> Rule:
        return replace(each, facts=tuple(map(shown, each.facts)), broadly=tuple(map(shown, each.broadly)))

    n_needed = None if N_NEEDED in hidden else decision.n_needed
    return replace(decision, rules=tuple(map(rule, decision.rules)), n_needed=n_needed)


def rounded_figures(whole: EvaluationItem, told: EvaluationItem) -> Rounded:
    """The item's change and limits, either way round: rules look at gains, safety margins at losses."""
    pairs = (
        (whole.estimate, told.estimate),
        (whole.ci_low, told.ci_low),
        (whole.ci_high, told.ci_high),
    )
    found = {full: shown for full, shown in pairs if full is not None and shown is not None}
    return found | {-full: -shown for full, shown in found.items()}
