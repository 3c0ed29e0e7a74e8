"""The decision rule: one table from what a pilot has shown to a recommendation, the first rule that holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Recommendation = Literal["introduce", "introduce_stepwise", "do_not_introduce", "not_shown", "another_round"]
RuleName = Literal["safety_or_worse", "below_plan", "shown_and_worth_it", "too_small", "otherwise"]
SafetyOutcome = Literal["kept", "violated", "not_shown"]

UNITS_THAT_AGREE = 2
"""What worked in one unit alone may be that unit's staff as much as the product."""

DECIMALS = 9
"""Shares of whole numbers come out a hair beside the limit that they should meet."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What a rule looks at: `value` against `limit`, of `metric` where it is one's.

    `holds` says whether it speaks for its rule, None where it could not be told.
    """

    name: str
    value: float | str | None
    limit: float | None
    holds: bool | None
    metric: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table. `holds` None: it could not be told, and the next rule is asked.

    Of `safety_or_worse` and `below_plan` one fact is enough, of the others every one is needed; `broadly` are
    facts that only choose between introducing broadly and step by step.
    """

    name: RuleName
    leads_to: Recommendation
    holds: bool | None
    facts: tuple[Fact, ...]
    broadly: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Every rule in order, and `chosen`, the place of the first that holds.

    `n_needed` participants in the first group would settle it; None where that is not known or not asked.
    """

    rules: tuple[Rule, ...]
    chosen: int
    n_needed: int | None

    @property
    def recommendation(self) -> Recommendation:
        """What the chosen rule leads to."""
        return self.rules[self.chosen].leads_to


@dataclass(frozen=True, slots=True)
class Gain:
    """The primary goal's change seen so that better is above 0: estimate and 95 % limits, None where absent.

    `metric` and `minimum`, the smallest change worth having, are None where the plan has no primary goal.
    """

    metric: str | None
    estimate: float | None
    low: float | None
    high: float | None
    minimum: float | None


@dataclass(frozen=True, slots=True)
class SafetyShown:
    """A safety margin and what became of it: `worst` is the limit of the interval on the worse side, turned
    so that worse is above 0."""

    metric: str
    outcome: SafetyOutcome
    worst: float | None
    margin: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that the rule rests on, and the limits that the plan set beforehand.

    `started` participants of the first group, `compared` of
    them in both phases, of whom the plan asks for `fewest`. `use_percent` and `probability_of_gain` are None
    where they are not known, `quality_gain` where none is stated. `units_agree` None: units are not told
    apart.
    """

    primary: Gain
    safety: Sequence[SafetyShown]
    started: int
    compared: int
    fewest: float
    largest_dropout_percent: float
    coverage: float | None
    least_coverage: float
    use_percent: float | None
    least_use_percent: float
    probability_of_gain: float | None
    least_probability_of_gain: float
    quality_gain: str | None
    units_agree: int | None
    complexity: str | None
    n_needed: int | None = None


def decide(evidence: Evidence) -> Decision:
    """Ask every rule, and choose the first that holds:

    1. `safety_or_worse`: a safety margin violated, or the primary interval entirely worse: do not introduce
    2. `below_plan`: dropout, coverage or n below the plan, or no interval: not shown
    3. `shown_and_worth_it`: lower limit above 0, estimate at least the smallest change worth having, every
       safety margin kept, use high enough at the end, and a likely economic gain or a stated gain in
       quality: introduce, broadly where two units agree and the plan calls it of low complexity, else step
       by step
    4. `too_small`: upper limit below the smallest change worth having: do not introduce
    5. `otherwise`: another round
    """
    worth_it = _shown_and_worth_it(evidence)
    rules = (
        _safety_or_worse(evidence),
        _below_plan(evidence),
        worth_it,
        _too_small(evidence),
        Rule("otherwise", "another_round", True, ()),
    )
    chosen = next(place for place, rule in enumerate(rules) if rule.holds)
    unsettled = rules[chosen].leads_to in ("another_round", "not_shown")
    return Decision(rules, chosen, evidence.n_needed if unsettled else None)


def _safety_or_worse(evidence: Evidence) -> Rule:
    gain = evidence.primary
    facts = [
        Fact("safety_violated", margin.worst, margin.margin, _is(margin, "violated"), margin.metric)
        for margin in evidence.safety
    ]
    facts.append(Fact("entirely_worse", gain.high, 0.0, _under(gain.high, 0.0), gain.metric))
    return Rule("safety_or_worse", "do_not_introduce", _any(facts), tuple(facts))


def _below_plan(evidence: Evidence) -> Rule:
    metric, started, compared = evidence.primary.metric, evidence.started, evidence.compared
    dropout = 100 * (started - compared) / started if started else None
    most, coverage, least = evidence.largest_dropout_percent, evidence.coverage, evidence.least_coverage
    # A metric that no day gives a coverage of has none that could be too low.
    low_coverage = False if coverage is None and compared else _under(coverage, least)
    facts = (
        Fact("no_primary_goal", None, None, metric is None),
        Fact("no_interval", None, None, evidence.primary.low is None, metric),
        Fact("dropout_percent", dropout, most, _over(dropout, most), metric),
        Fact("coverage", coverage, least, low_coverage, metric),
        Fact("participants", float(compared), evidence.fewest, _under(compared, evidence.fewest), metric),
    )
    return Rule("below_plan", "not_shown", _any(facts), facts)


def _shown_and_worth_it(evidence: Evidence) -> Rule:
    gain, metric, minimum = evidence.primary, evidence.primary.metric, evidence.primary.minimum
    use, least_use = evidence.use_percent, evidence.least_use_percent
    facts = (
        Fact("lower_limit_above_zero", gain.low, 0.0, _over(gain.low, 0.0), metric),
        Fact("estimate_worth_having", gain.estimate, minimum, _at_least(gain.estimate, minimum), metric),
        *(
            Fact("safety_kept", margin.worst, margin.margin, _is(margin, "kept"), margin.metric)
            for margin in evidence.safety
        ),
        Fact("use_percent", use, least_use, _at_least(use, least_use)),
        _worth(evidence),
    )
    complexity = evidence.complexity
    agree = None if evidence.units_agree is None else float(evidence.units_agree)
    broadly = (
        Fact("units_agree", agree, UNITS_THAT_AGREE, _at_least(agree, UNITS_THAT_AGREE), metric),
        Fact("complexity", complexity, None, None if complexity is None else complexity == "low"),
    )
    leads_to: Recommendation = "introduce" if _all(broadly) else "introduce_stepwise"
    return Rule("shown_and_worth_it", leads_to, _all(facts), facts, broadly)


def _worth(evidence: Evidence) -> Fact:
    """A likely economic gain, or else a gain in quality that the plan states: one of the two is enough."""
    chance, least = evidence.probability_of_gain, evidence.least_probability_of_gain
    likely = _at_least(chance, least)
    if evidence.quality_gain and not likely:
        return Fact("quality_gain", evidence.quality_gain, None, True)
    return Fact("probability_of_gain", chance, least, likely)


def _too_small(evidence: Evidence) -> Rule:
    gain = evidence.primary
    small = _under(gain.high, gain.minimum)
    fact = Fact("upper_limit_below_minimum", gain.high, gain.minimum, small, gain.metric)
    return Rule("too_small", "do_not_introduce", small, (fact,))


def _is(margin: SafetyShown, outcome: SafetyOutcome) -> bool | None:
    return None if margin.outcome == "not_shown" else margin.outcome == outcome


def _distance(value: float | None, limit: float | None) -> float | None:
    return None if value is None or limit is None else round(value - limit, DECIMALS)


def _under(value: float | None, limit: float | None) -> bool | None:
    away = _distance(value, limit)
    return None if away is None else away < 0


def _over(value: float | None, limit: float | None) -> bool | None:
    away = _distance(value, limit)
    return None if away is None else away > 0


def _at_least(value: float | None, limit: float | None) -> bool | None:
    away = _distance(value, limit)
    return None if away is None else away >= 0


def _any(facts: Sequence[Fact]) -> bool | None:
    told = [fact.holds for fact in facts]
    return True if True in told else None if None in told else False


def _all(facts: Sequence[Fact]) -> bool | None:
    told = [fact.holds for fact in facts]
    return False if False in told else None if None in told else True
