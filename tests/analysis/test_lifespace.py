import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.geo import local_xy, point_in_polygon
from analysis.lifespace import (
    convex_hull_area,
    minimum_convex_polygon,
    radius_of_gyration,
    standard_deviational_ellipse,
)
from analysis.stay_points import stay_points

MINUTE = 60_000_000
DEGREE_M = 111_195.080
SQUARE_X, SQUARE_Y = np.array([0.0, 1, 1, 0]), np.array([0.0, 0, 1, 1])


def cloud(n=200, seed=1):
    return np.random.default_rng(seed).normal(0, [[300.0], [100.0]], (2, n))


@pytest.mark.parametrize("side", [1.0, 250.0])
def test_the_corners_of_a_square_known_answers(side):
    x, y = side * SQUARE_X, side * SQUARE_Y
    assert radius_of_gyration(x, y) == pytest.approx(side / np.sqrt(2))
    hull = convex_hull_area(x, y)
    assert (hull.area_m2, hull.perimeter_m) == (pytest.approx(side**2), pytest.approx(4 * side))
    assert hull.gravelius == pytest.approx(1.128379, abs=1e-6)
    assert standard_deviational_ellipse(x, y).area_m2 == pytest.approx(6.274247 * side**2, rel=1e-6)


def test_a_fix_weighs_half_the_gaps_beside_it_and_a_silence_no_more_than_ten_minutes():
    x, y = np.array([0.0, 0, 100, 100]), np.zeros(4)
    time = np.array([0, 4, 8, 600]) * MINUTE
    weight = np.array([2, 4, 2 + 5, 5])
    mean = np.average(x, weights=weight)
    by_hand = np.sqrt(np.average((x - mean) ** 2, weights=weight))
    assert radius_of_gyration(x, y, time) == pytest.approx(by_hand)


def test_fixes_at_regular_times_weigh_alike_but_at_the_ends():
    x, y = cloud(2000)
    weighted = radius_of_gyration(x, y, np.arange(2000) * MINUTE)
    assert weighted == pytest.approx(radius_of_gyration(x, y), rel=0.01)


def test_nowhere_has_no_radius_and_one_spot_has_none_to_speak_of():
    assert np.isnan(radius_of_gyration(np.array([np.nan]), np.array([1.0])))
    assert radius_of_gyration(np.array([5.0]), np.array([1.0]), np.array([0])) == 0


def test_positions_on_a_line_have_no_hull():
    for n in (0, 2, 9):
        assert np.isnan(convex_hull_area(np.arange(n) * 1.0, np.arange(n) * 2.0).area_m2)
    assert np.isnan(convex_hull_area(np.ones(5), np.ones(5)).gravelius)


def test_a_stray_fix_stretches_the_hull_but_not_its_95_percent():
    x, y = np.r_[SQUARE_X.repeat(5)[:19], 1000.0], np.r_[SQUARE_Y.repeat(5)[:19], 1000.0]
    kept = minimum_convex_polygon(x, y)
    assert (kept.n, kept.area_m2) == (19, pytest.approx(1))
    assert convex_hull_area(x, y).area_m2 > 900


def test_of_all_positions_the_polygon_is_the_hull():
    x, y = cloud()
    assert minimum_convex_polygon(x, y, percent=100).area_m2 == convex_hull_area(x, y).area_m2
    with pytest.raises(ValueError, match="percent 0"):
        minimum_convex_polygon(x, y, percent=0)


def test_the_ellipse_holds_95_percent_of_normal_positions_and_points_along_them():
    x, y = cloud(20_000)
    ellipse = standard_deviational_ellipse(x, y)
    held = (x / ellipse.half_major_m) ** 2 + (y / ellipse.half_minor_m) ** 2 <= 1
    assert held.mean() == pytest.approx(0.95, abs=0.005)
    assert ellipse.direction_deg == pytest.approx(90, abs=1)
    assert ellipse.area_m2 == pytest.approx(np.pi * 5.99146 * 300 * 100, rel=0.03)


def test_two_positions_have_no_ellipse():
    assert np.isnan(standard_deviational_ellipse(np.arange(2.0), np.arange(2.0)).area_m2)


def test_the_hull_is_that_of_shapely():
    shapely = pytest.importorskip("shapely")
    x, y = cloud()
    peer = shapely.MultiPoint(np.c_[x, y]).convex_hull
    hull = convex_hull_area(x, y)
    assert (hull.area_m2, hull.perimeter_m) == (pytest.approx(peer.area), pytest.approx(peer.length))


def test_the_hull_on_the_local_plane_has_its_area_on_the_ellipsoid():
    pyproj = pytest.importorskip("pyproj")
    lat, lon = np.random.default_rng(6).normal([[59.33], [18.06]], 0.005, (2, 100))
    hull = convex_hull_area(*local_xy(lat, lon, 59.33, 18.06))
    corner_lat = 59.33 + hull.corners[:, 1] / DEGREE_M
    corner_lon = 18.06 + hull.corners[:, 0] / DEGREE_M / np.cos(np.radians(59.33))
    area, perimeter = pyproj.Geod(ellps="WGS84").polygon_area_perimeter(corner_lon, corner_lat)
    assert (hull.area_m2, hull.perimeter_m) == (
        pytest.approx(area, rel=0.012),
        pytest.approx(perimeter, rel=0.006),
    )


def test_the_corners_of_a_hull_hold_every_position_within():
    x, y = cloud()
    hull = convex_hull_area(x, y)
    inside = point_in_polygon(x, y, hull.corners[:, 0], hull.corners[:, 1])
    assert inside.sum() >= len(x) - len(hull.corners)


def way(minutes, metres):
    """Fixes north of a point."""
    time = np.asarray(minutes, np.int64) * MINUTE
    return time, 59.33 + np.asarray(metres, float) / DEGREE_M, np.full(len(time), 18.06)


def test_home_shop_and_home_again_are_three_stays_at_two_places():
    metres = [0] * 11 + [300, 600] + [900] * 11 + [600, 300] + [20] * 11
    stays = stay_points(*way(range(len(metres)), metres))
    assert stays.place.tolist() == [0, 1, 0]
    assert (stays.arrived / MINUTE).tolist() == [0, 13, 26]
    assert (stays.departed / MINUTE).tolist() == [10, 23, 36]
    assert stays.places == 2
    np.testing.assert_allclose((stays.lat - 59.33) * DEGREE_M, [0, 900, 20], atol=1e-3)
    assert stays.entropy() == pytest.approx(-(2 / 3 * np.log(2 / 3) + 1 / 3 * np.log(1 / 3)))


@pytest.mark.parametrize(("minutes", "stays"), [(4, 0), (5, 1)])
def test_five_minutes_are_a_stay(minutes, stays):
    assert len(stay_points(*way(range(minutes + 1), [0] * (minutes + 1))).place) == stays


def test_who_walks_on_stays_nowhere():
    nowhere = stay_points(*way(range(30), np.arange(30) * 80))
    assert (nowhere.places, len(nowhere.lat)) == (0, 0)
    assert np.isnan(nowhere.entropy())


@pytest.mark.parametrize("fixes", [31, 32, 33, 160, 161, 5000])
def test_a_stay_of_many_fixes_ends_with_its_last(fixes):
    away = np.array([59.34, 59.35])
    lat = np.r_[np.full(fixes, 59.33), away]
    found = stay_points(np.arange(fixes + 2) * MINUTE, lat, np.full(fixes + 2, 18.06))
    assert found.arrived.tolist() == [0]
    assert found.departed.tolist() == [(fixes - 1) * MINUTE]


def test_a_silence_far_into_a_stay_ends_it():
    time = np.arange(2000) * MINUTE
    time[1500:] += 60 * MINUTE
    found = stay_points(time, np.full(2000, 59.33), np.full(2000, 18.06))
    assert found.departed.tolist() == [1499 * MINUTE, 2059 * MINUTE]


def test_a_silence_ends_a_stay():
    minutes = np.r_[np.arange(10), 60 + np.arange(10)]
    stays = stay_points(*way(minutes, np.zeros(20)))
    assert (len(stays.place), stays.places) == (2, 1)


def test_fixes_without_a_position_are_no_stay():
    time, lat, lon = way(range(6), [0] * 6)
    lat[5] = np.nan
    assert stay_points(time, lat, lon).places == 0


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-500, 500), st.integers(-500, 500)), min_size=3, max_size=40),
    st.integers(-1000, 1000),
    st.sampled_from([0.5, 3.0]),
    st.randoms(use_true_random=False),
)
def test_moving_the_map_changes_no_figure_and_scaling_it_scales_them(points, shift, scale, random):
    x, y = np.array(points, float).T
    mixed = list(points)
    random.shuffle(mixed)
    u, v = np.array(mixed, float).T
    for area in (convex_hull_area, standard_deviational_ellipse):
        here = area(x, y).area_m2
        there = area(scale * u + shift, scale * v - shift).area_m2
        assert there == pytest.approx(scale**2 * here, rel=1e-6, abs=1, nan_ok=True)
    radius = radius_of_gyration(x, y)
    assert radius_of_gyration(scale * u + shift, scale * v) == pytest.approx(scale * radius, abs=1e-6)
    within = minimum_convex_polygon(x, y).area_m2
    assert np.isnan(within) or within <= convex_hull_area(x, y).area_m2 + 1e-6
