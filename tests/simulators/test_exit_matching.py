import math

import numpy as np
from numpy.typing import NDArray

from simulators.exit_matching import match_exits


def exits(*seconds: tuple[int, int]) -> NDArray[np.int64]:
    return np.array(seconds, dtype=np.int64).reshape(-1, 2) * 1_000_000


def test_exits_match_when_both_ends_lie_within_the_tolerance() -> None:
    true = exits((100, 200), (1000, 1400), (5000, 5100))
    found = exits((110, 190), (1000, 1431), (5030, 5130))
    match = match_exits(found, true, tolerance_s=30)
    assert (match.matched, match.recall, match.precision) == (2, 2 / 3, 2 / 3)


def test_an_exit_is_matched_at_most_once() -> None:
    match = match_exits(exits((100, 200)), exits((90, 190), (115, 205)))
    assert (match.matched, match.recall, match.precision) == (1, 0.5, 1.0)


def test_what_was_not_there_costs_precision_and_what_was_missed_recall() -> None:
    match = match_exits(exits((10, 50), (300, 400)), exits((300, 400), (900, 1000)))
    assert (match.recall, match.precision) == (0.5, 0.5)


def test_without_exits_there_is_no_share() -> None:
    match = match_exits(exits(), exits())
    assert math.isnan(match.recall)
    assert math.isnan(match.precision)
