from dataclasses import replace

import pytest

from analysis.decision import Decision, Evidence, Gain, SafetyShown, decide

GAIN = Gain("physical_visits_per_night", 1.0, 0.7, 1.3, 0.5)
FALLS = "bed_exits_per_night"

CONVINCING = Evidence(
    primary=GAIN,
    safety=(),
    started=24,
    compared=22,
    fewest=17,
    largest_dropout_percent=30.0,
    coverage=0.95,
    least_coverage=0.7,
    use_percent=85.0,
    least_use_percent=70.0,
    probability_of_gain=0.9,
    least_probability_of_gain=0.8,
    quality_gain=None,
    units_agree=2,
    complexity="low",
    n_needed=40,
)


def gain(estimate, low, high):
    return replace(GAIN, estimate=estimate, low=low, high=high)


def margin(outcome, worst=0.1):
    return (SafetyShown(FALLS, outcome, worst, 0.3),)


def decided(**other) -> Decision:
    return decide(replace(CONVINCING, **other))


def chosen(**other):
    decision = decided(**other)
    return decision.rules[decision.chosen].name, decision.recommendation


def fact(decision, rule, name):
    (found,) = (each for each in decision.rules if each.name == rule)
    return next(each for each in (*found.facts, *found.broadly) if each.name == name)


INTRODUCE = ("shown_and_worth_it", "introduce")
STEPWISE = ("shown_and_worth_it", "introduce_stepwise")
WORSE = ("safety_or_worse", "do_not_introduce")
BELOW = ("below_plan", "not_shown")
TOO_SMALL = ("too_small", "do_not_introduce")
AGAIN = ("otherwise", "another_round")


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({}, INTRODUCE),
        # 1. safety, or worse
        ({"safety": margin("violated")}, WORSE),
        ({"safety": margin("violated"), "compared": 3}, WORSE),
        ({"primary": gain(-0.6, -1.0, -0.1)}, WORSE),
        ({"primary": gain(-0.6, -1.0, -0.1), "compared": 3}, WORSE),
        ({"primary": gain(-0.6, -1.2, 0.0)}, TOO_SMALL),
        # 2. below the plan
        ({"compared": 16}, BELOW),
        ({"compared": 16, "largest_dropout_percent": 50.0}, BELOW),
        ({"compared": 17}, INTRODUCE),
        ({"compared": 17, "started": 25}, BELOW),
        ({"started": 10, "compared": 7, "fewest": 7}, INTRODUCE),
        ({"coverage": 0.69}, BELOW),
        ({"coverage": 0.7}, INTRODUCE),
        ({"coverage": None}, INTRODUCE),
        ({"primary": gain(1.0, None, None)}, BELOW),
        ({"primary": Gain(None, None, None, None, None)}, BELOW),
        ({"started": 0, "compared": 0}, BELOW),
        ({"primary": gain(0.1, -0.1, 0.3), "compared": 16}, BELOW),
        # 3. shown and worth it
        ({"primary": gain(0.5, 0.1, 0.9)}, INTRODUCE),
        ({"primary": gain(0.49, 0.1, 0.9)}, AGAIN),
        ({"primary": gain(1.0, 0.0, 2.0)}, AGAIN),
        ({"safety": margin("kept")}, INTRODUCE),
        ({"safety": margin("not_shown")}, AGAIN),
        ({"safety": margin("kept") + margin("not_shown")}, AGAIN),
        ({"use_percent": 70.0}, INTRODUCE),
        ({"use_percent": 69.9}, AGAIN),
        ({"use_percent": None}, AGAIN),
        ({"probability_of_gain": 0.8}, INTRODUCE),
        ({"probability_of_gain": 0.79}, AGAIN),
        ({"probability_of_gain": None}, AGAIN),
        ({"probability_of_gain": None, "quality_gain": "calmer nights"}, INTRODUCE),
        ({"probability_of_gain": 0.1, "quality_gain": "calmer nights"}, INTRODUCE),
        ({"complexity": "medium"}, STEPWISE),
        ({"complexity": None}, STEPWISE),
        ({"units_agree": 1}, STEPWISE),
        ({"units_agree": None}, STEPWISE),
        # 4. too small to be worth it
        ({"primary": gain(0.2, -0.1, 0.49)}, TOO_SMALL),
        ({"primary": gain(0.3, 0.1, 0.49)}, TOO_SMALL),
        # 5. otherwise
        ({"primary": gain(0.3, 0.1, 0.5)}, AGAIN),
        ({"primary": gain(0.3, -0.2, 0.8)}, AGAIN),
    ],
)
def test_the_first_rule_that_holds_recommends(other, expected):
    assert chosen(**other) == expected


def test_the_whole_table_is_told_in_order_also_after_the_rule_that_was_chosen():
    decision = decided(safety=margin("violated"))
    assert [rule.name for rule in decision.rules] == [
        "safety_or_worse",
        "below_plan",
        "shown_and_worth_it",
        "too_small",
        "otherwise",
    ]
    assert [rule.holds for rule in decision.rules] == [True, False, False, False, True]


def test_a_fact_says_what_was_seen_the_limit_and_whether_it_speaks_for_its_rule():
    found = fact(decided(compared=12), "below_plan", "dropout_percent")
    assert (found.value, found.limit, found.holds, found.metric) == (50.0, 30.0, True, GAIN.metric)
    assert not fact(decided(), "below_plan", "dropout_percent").holds


def test_a_dropout_of_the_limit_itself_is_within_the_plan():
    found = fact(decided(started=10, compared=7), "below_plan", "dropout_percent")
    assert (found.value, found.holds) == (30.0, False)


def test_what_could_not_be_told_is_none_and_keeps_nobody_from_the_next_rule():
    decision = decided(use_percent=None)
    assert fact(decision, "shown_and_worth_it", "use_percent").holds is None
    assert decision.rules[2].holds is None


def test_one_condition_that_fails_says_more_than_one_that_could_not_be_told():
    assert decided(use_percent=None, primary=gain(0.4, 0.1, 0.7)).rules[2].holds is False


def test_a_likely_gain_stands_before_a_stated_one():
    both = decided(quality_gain="calmer nights")
    assert fact(both, "shown_and_worth_it", "probability_of_gain").holds
    stated = decided(quality_gain="calmer nights", probability_of_gain=0.2)
    assert fact(stated, "shown_and_worth_it", "quality_gain").value == "calmer nights"


def test_how_many_are_needed_is_said_where_a_larger_pilot_could_settle_it():
    assert decided(use_percent=None).n_needed == 40
    assert decided(compared=10).n_needed == 40
    assert decided().n_needed is None
    assert decided(primary=gain(0.2, -0.1, 0.4)).n_needed is None


def test_where_nobody_is_compared_coverage_could_not_be_told():
    told = decided(primary=gain(None, None, None), started=0, compared=0, coverage=None)
    assert fact(told, "below_plan", "coverage").holds is None
    assert fact(decided(coverage=None), "below_plan", "coverage").holds is False
