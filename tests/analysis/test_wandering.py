import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.wandering import sinuosity, straightness

LINE = np.arange(12.0) * 3
SQUARE = np.array([0.0, 10, 10, 0, 0]), np.array([0.0, 0, 10, 10, 0])


def test_a_straight_way_is_straight_and_not_winding():
    assert straightness(LINE, 2 * LINE).value == pytest.approx(1)
    assert sinuosity(LINE, 2 * LINE).value == 0


def test_a_way_back_to_its_start_is_not_straight_at_all():
    assert straightness(*SQUARE).value == 0


def test_two_legs_of_a_right_angle_by_hand():
    path = np.array([0.0, 3, 3]), np.array([0.0, 0, 4])
    assert straightness(*path).value == pytest.approx(5 / 7)
    b = 0.5 / 3.5
    assert sinuosity(*path).value == pytest.approx(2 / np.sqrt(3.5 * (1 + b**2)))


def test_round_a_square_turns_at_right_angles_by_hand():
    winding = sinuosity(*SQUARE)
    assert (winding.value, winding.n, winding.mean_step_m) == (pytest.approx(2 / np.sqrt(10)), 4, 10)


def test_a_random_walk_has_the_sinuosity_of_its_turns():
    random = np.random.default_rng(1)
    spread, step = 0.5, 10.0
    heading = np.cumsum(random.normal(0, spread, 100_000))
    x, y = np.cumsum(step * np.cos(heading)), np.cumsum(step * np.sin(heading))
    c = np.exp(-(spread**2) / 2)
    assert sinuosity(x, y).value == pytest.approx(2 / np.sqrt(step * (1 + c) / (1 - c)), rel=0.01)


def test_standing_still_adds_no_step():
    x, y = (np.repeat(axis, 3) for axis in SQUARE)
    assert sinuosity(x, y) == sinuosity(*SQUARE)
    assert straightness(x, y).n == 4


def test_to_and_fro_on_the_spot_winds_beyond_measure():
    assert np.isinf(sinuosity(np.array([0.0, 5, 0, 5]), np.zeros(4)).value)


def test_positions_that_are_missing_cut_a_corner():
    x, y = LINE.copy(), np.zeros(12)
    x[4] = np.nan
    assert straightness(x, y).value == 1


def test_too_few_steps_have_no_figure():
    assert np.isnan(straightness(np.array([1.0, 1.0]), np.zeros(2)).value)
    assert np.isnan(straightness(np.empty(0), np.empty(0)).value)
    assert np.isnan(sinuosity(np.array([1.0, 2.0]), np.zeros(2)).value)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-99, 99), st.integers(-99, 99)), min_size=3, max_size=30),
    st.floats(0, 6),
    st.integers(-500, 500),
)
def test_neither_turning_nor_moving_the_map_nor_walking_back_changes_a_path(points, angle, shift):
    x, y = np.array(points, float).T
    u, v = np.cos(angle) * x - np.sin(angle) * y + shift, np.sin(angle) * x + np.cos(angle) * y
    for measure in (straightness, sinuosity):
        here, there, back = measure(x, y).value, measure(u, v).value, measure(x[::-1], y[::-1]).value
        if np.isfinite(here) and 1e-4 < here < 1e3:
            assert there == pytest.approx(here, rel=1e-4)
        assert back == pytest.approx(here, rel=1e-6, nan_ok=True)
    straight = straightness(x, y).value
    assert np.isnan(straight) or 0 <= straight <= 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.25, 4.0, 100.0]))
def test_straightness_has_no_unit_and_sinuosity_the_root_of_one_over_it(seed, scale):
    x, y = np.random.default_rng(seed).normal(0, 10, (2, 25))
    assert straightness(scale * x, scale * y).value == pytest.approx(straightness(x, y).value)
    assert sinuosity(scale * x, scale * y).value == pytest.approx(sinuosity(x, y).value / np.sqrt(scale))
