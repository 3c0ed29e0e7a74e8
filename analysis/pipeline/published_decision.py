"""The decision as those may see it who see groups only."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from analysis.coarse import coarsely
from analysis.decision import Decision, Fact, Rule

N_NEEDED = "n_needed"


FIGURES = frozenset(
    {
        *("entirely_worse", "lower_limit_above_zero", "estimate_worth_having", "upper_limit_below_minimum"),
        *("safety_violated", "safety_kept"),
    }
)
"""Facts that tell a metric's change or a limit of it."""

PROBABILITY = "probability_of_gain"


def published_decision(
    decision: Decision, hidden: Collection[str], steps: Mapping[str, float], probability: float | None
) -> Decision:
    """Without what is said of the `hidden` metrics, and in facts (or `n_needed`) of a `hidden` name.

    Changes of a metric in `steps` are rounded to its step, and the `probability` of gain is the one worked
    out from changes rounded so. What was recommended, and what holds, stays: it is the pilot's answer, and
    says nothing of a person.
    """

    def shown(fact: Fact) -> Fact:
        if fact.name in hidden or fact.metric in hidden:
            return replace(fact, value=None, holds=None)
        if fact.name == PROBABILITY:
            return replace(fact, value=probability)
        step = steps.get(fact.metric or "")
        if step is not None and fact.name in FIGURES and isinstance(fact.value, float):
            return replace(fact, value=coarsely(fact.value, step))
        return fact

    def rule(each: Rule) -> Rule:
        return replace(each, facts=tuple(map(shown, each.facts)), broadly=tuple(map(shown, each.broadly)))

    n_needed = None if N_NEEDED in hidden else decision.n_needed
    return replace(decision, rules=tuple(map(rule, decision.rules)), n_needed=n_needed)
