"""The decision as those may see it who see groups only."""

from collections.abc import Collection
from dataclasses import replace

from analysis.decision import Decision, Fact, Rule

N_NEEDED = "n_needed"


def published_decision(decision: Decision, hidden: Collection[str]) -> Decision:
    """Without what is said of the `hidden` metrics, and in facts (or `n_needed`) of a `hidden` name.

    What was recommended stays: it is the pilot's answer, and says nothing of a person.
    """

    def shown(fact: Fact) -> Fact:
        concealed = fact.name in hidden or fact.metric in hidden
        return replace(fact, value=None, holds=None) if concealed else fact

    def rule(each: Rule) -> Rule:
        return replace(each, facts=tuple(map(shown, each.facts)), broadly=tuple(map(shown, each.broadly)))

    n_needed = None if N_NEEDED in hidden else decision.n_needed
    return replace(decision, rules=tuple(map(rule, decision.rules)), n_needed=n_needed)
