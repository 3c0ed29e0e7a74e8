import pytest

from analysis.pipeline.verdicts import PrimaryGoal, Shown, recommendation, verdict


@pytest.mark.parametrize(
    ("estimate", "low", "high", "direction", "minimum", "word"),
    [
        (-1.0, -1.5, -0.6, "down", 0.5, "better"),
        (-0.4, -0.6, -0.2, "down", 0.5, "better_but_small"),
        (-0.2, -0.4, 0.1, "down", 0.5, "smaller_than_minimum"),
        (-0.3, -0.8, 0.2, "down", 0.5, "no_difference_shown"),
        (0.5, 0.1, 0.9, "down", 0.5, "worse"),
        (0.5, 0.1, 0.9, "up", None, "better"),
        (0.5, 0.1, 0.9, "neutral", None, "higher"),
        (-0.5, -0.9, -0.1, "neutral", None, "lower"),
        (0.1, -0.9, 0.8, "neutral", None, "no_difference_shown"),
        (0.5, None, None, "up", 0.1, "not_shown"),
        (None, None, None, "up", 0.1, "not_shown"),
        (0.0, 0.0, 0.0, "down", None, "no_difference_shown"),
    ],
)
def test_a_change_in_a_word(estimate, low, high, direction, minimum, word):
    assert verdict(Shown(estimate, low, high, direction, minimum)) == word


def primary(word="better", n_started=20, n=20, coverage=0.9):
    return PrimaryGoal(word, n_started, n, coverage, 0.7)


@pytest.mark.parametrize(
    ("goal", "others", "recommended"),
    [
        (primary(), [], "introduce"),
        (primary(), ["no_difference_shown", "not_shown"], "introduce"),
        (primary(), ["worse"], "introduce_stepwise"),
        (primary("worse", n=3), [], "do_not_introduce"),
        (primary("smaller_than_minimum"), [], "do_not_introduce"),
        (primary("better_but_small"), [], "another_round"),
        (primary("no_difference_shown"), [], "another_round"),
        (primary("not_shown"), [], "not_shown"),
        (primary(n=14), [], "introduce"),
        (primary(n=13), [], "not_shown"),
        (primary(coverage=0.69), [], "not_shown"),
        (primary("smaller_than_minimum", n=13), [], "not_shown"),
        (None, [], "not_shown"),
    ],
)
def test_the_first_rule_that_holds_recommends(goal, others, recommended):
    assert recommendation(goal, others) == recommended
