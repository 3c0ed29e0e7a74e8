import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.travel import fractal_dimension, travel_pattern


@pytest.mark.parametrize(
    ("places", "pattern", "cycle"),
    [
        ("ABCD", "direct", 0),
        ("ABABAB", "pacing", 2),
        ("ABAB", "pacing", 2),
        ("ABCABC", "lapping", 3),
        ("ABCDABCDAB", "lapping", 4),
        ("ABA", "random", 0),
        ("ABCAB", "random", 0),
        ("ABCBDACD", "random", 0),
        ("XYABABZ", "pacing", 2),
        ("AABBAABB", "pacing", 2),
    ],
)
def test_sequences_of_places_known_answers(places, pattern, cycle):
    found = travel_pattern(np.array(list(places)))
    assert (found.pattern, found.cycle) == (pattern, cycle)


def test_the_round_that_covers_most_visits_is_told():
    found = travel_pattern(np.array(list("ABABCDECDECDE")))
    assert (found.pattern, found.cycle, found.repetitions) == ("lapping", 3, 3.0)


def test_a_round_longer_than_asked_for_and_too_few_repetitions_are_random():
    laps = np.tile(np.arange(12), 3)
    assert travel_pattern(laps).pattern == "random"
    assert travel_pattern(laps, longest_lap=12).cycle == 12
    assert travel_pattern(np.array(list("ABAB")), repetitions=3).pattern == "random"


def test_to_and_fro_through_the_same_places_is_no_lap():
    assert travel_pattern(np.array(list("ABACABAC"))).pattern == "random"


def test_one_place_has_no_pattern():
    assert travel_pattern(np.array(["A", "A"])).pattern is None
    assert travel_pattern(np.empty(0)).n == 0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=2, max_size=30), st.permutations(range(5)))
def test_the_names_of_places_and_the_direction_do_not_matter(places, names):
    visits = np.array(places)
    here = travel_pattern(visits)
    assert travel_pattern(np.array(names)[visits]) == here
    assert travel_pattern(visits[::-1]).pattern == here.pattern


def test_a_straight_line_has_dimension_one_and_its_length_by_every_ruler():
    found = fractal_dimension(np.arange(200.0), 2 * np.arange(200.0))
    assert found.value == pytest.approx(1)
    assert found.length_m == pytest.approx(np.full(8, 199 * np.sqrt(5)))


def test_a_random_walk_comes_near_to_filling_the_plane_and_a_persistent_one_does_not():
    rulers = np.geomspace(6, 24, 5)
    filling, persistent = [], []
    for seed in range(6):
        random = np.random.default_rng(seed)
        walk = np.cumsum(random.normal(0, 1, (2, 6000)), axis=1)
        heading = np.cumsum(random.normal(0, 0.1, 6000))
        way = np.cumsum([np.cos(heading), np.sin(heading)], axis=1)
        filling.append(fractal_dimension(*walk, rulers_m=rulers).value)
        persistent.append(fractal_dimension(*way, rulers_m=rulers).value)
    assert 1.75 < np.mean(filling) < 2.05
    assert 1.0 < np.mean(persistent) < 1.2


def test_a_kochs_curve_has_the_dimension_of_koch():
    curve = np.array([0, 1], complex)
    for _ in range(6):
        step = np.diff(curve) / 3
        bend = step * np.exp(1j * np.pi / 3)
        start = curve[:-1]
        curve = np.r_[
            np.column_stack([start, start + step, start + step + bend, start + 2 * step]).ravel(), curve[-1]
        ]
    # A hair short, so that the corners lie on the circle whatever the floats made of them.
    found = fractal_dimension(curve.real, curve.imag, rulers_m=(1 - 1e-9) * 3.0 ** -np.arange(1, 5))
    assert found.value == pytest.approx(np.log(4) / np.log(3), abs=1e-6)


def test_a_spot_and_a_short_way_have_no_dimension():
    assert np.isnan(fractal_dimension(np.zeros(9), np.zeros(9)).value)
    assert np.isnan(fractal_dimension(np.arange(2.0), np.arange(2.0)).value)
    assert np.isnan(fractal_dimension(np.arange(8.0), np.zeros(8)).value)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([0.01, 10.0]), st.floats(0, 6))
def test_neither_unit_nor_direction_changes_the_dimension(seed, scale, turn):
    x, y = np.cumsum(np.random.default_rng(seed).normal(0, 1, (2, 400)), axis=1)
    turned = scale * (x * np.cos(turn) - y * np.sin(turn)), scale * (x * np.sin(turn) + y * np.cos(turn))
    rulers = np.geomspace(3, 10, 5)
    here = fractal_dimension(x, y, rulers_m=rulers).value
    assert fractal_dimension(*turned, rulers_m=scale * rulers).value == pytest.approx(here, abs=1e-6)
