import numpy as np
import pytest

from simulators.timing import HOUR, MINUTE
from simulators.trackers import Walk, fix_times
from simulators.ways import Ways, ways_of


def walk(minutes: list[int], east_m: list[float], north_m: list[float]) -> Walk:
    return Walk(10 * HOUR + np.array(minutes) * MINUTE, np.array(east_m), np.array(north_m))


def day(*walks: Walk) -> Ways:
    return ways_of(walks, 0, 24 * HOUR, fix_times(walks, 0, 24 * HOUR, phase_s=0))


def test_a_day_at_home_reaches_nowhere_and_has_one_place() -> None:
    assert day() == Ways(0.0, 0.0, 1, None, None)


def test_half_a_day_a_kilometre_away_has_that_reach_and_two_places() -> None:
    away = walk([0, 1, 720, 721], [0, 1000, 1000, 0], [0, 0, 0, 0])
    found = day(away)
    assert found.radius_of_gyration_m == pytest.approx(500, abs=1)
    assert (found.places, found.area_km2) == (2, 0.0)


def test_a_square_walk_has_its_area() -> None:
    around = walk([0, 100, 200, 300, 400], [0, 400, 400, 0, 0], [0, 0, 400, 400, 0])
    assert 0.10 < day(around).area_km2 <= 0.16


def test_a_place_seen_twice_is_one() -> None:
    first = walk([0, 5, 25, 30], [0, 600, 600, 0], [0, 0, 0, 0])
    again = walk([120, 125, 145, 150], [0, 620, 620, 0], [0, 0, 0, 0])
    assert day(first, again).places == 2


def test_a_way_out_of_few_fixes_has_no_shape_and_a_longer_one_is_straight() -> None:
    assert day(walk([0, 3, 20, 23], [0, 220, 220, 0], [0, 0, 0, 0])).straightness is None
    long = day(walk([0, 20, 40], [0, 1400, 0], [0, 0, 0]))
    assert (long.straightness, long.sinuosity_per_sqrt_m) == (1.0, 0.0)
