import pytest

from analysis.pipeline.verdicts import Shown, verdict


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
