import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.convex_hull import convex_corners, polygon_area

SQUARE = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]])


def cloud(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, [300.0, 100.0], (n, 2))


def test_the_corners_go_round_counter_clockwise_and_hold_no_position_on_an_edge_or_within() -> None:
    within = [[5.0, 5.0], [5.0, 0.0], [10.0, 2.0], [0.0, 0.0]]
    assert convex_corners(np.vstack([SQUARE[::-1], within])) == SQUARE.tolist()


@pytest.mark.parametrize("n", [3, 4, 10, 144, 5000])
def test_the_hull_is_that_of_qhull(n: int) -> None:
    spatial = pytest.importorskip("scipy.spatial")
    for seed in range(20):
        positions = cloud(n, seed)
        peer = spatial.ConvexHull(positions)
        corners = convex_corners(positions)
        assert {tuple(each) for each in corners} == {tuple(each) for each in positions[peer.vertices]}
        assert polygon_area(corners) == pytest.approx(peer.volume, rel=1e-12)


def test_where_positions_jump_from_one_spot_of_a_grid_to_another_the_hull_is_that_of_qhull() -> None:
    spatial = pytest.importorskip("scipy.spatial")
    random = np.random.default_rng(3)
    for _ in range(50):
        positions = random.integers(0, 5, (random.integers(6, 60), 2)) * 11.1
        assert polygon_area(convex_corners(positions)) == pytest.approx(
            spatial.ConvexHull(positions).volume, rel=1e-12
        )


@pytest.mark.parametrize("n", [0, 1, 2, 3, 144])
@pytest.mark.parametrize("direction", [(1.0, 0.0), (0.0, 1.0), (1.0, 2.0), (0.1, 0.3)])
def test_positions_on_a_line_enclose_nothing(n: int, direction: tuple[float, float]) -> None:
    positions = np.arange(n)[:, None] * np.array(direction) * 10 + (0.1, 0.7)
    assert convex_corners(positions) == []
    assert convex_corners(np.repeat(positions[:1], 7, axis=0)) == []


@settings(max_examples=50, deadline=None)
@given(st.integers(3, 200), st.integers(0, 2**31), st.floats(-1e5, 1e5))
def test_a_hull_far_off_is_as_large_as_one_close_by(n: int, seed: int, off_m: float) -> None:
    positions = cloud(n, seed)
    near, far = (polygon_area(convex_corners(each)) for each in (positions, positions + off_m))
    assert far == pytest.approx(near, rel=1e-6, abs=1e-3)
