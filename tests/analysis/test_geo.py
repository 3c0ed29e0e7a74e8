from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.from_home import max_distance_from_home, time_out_of_home
from analysis.geo import (
    AT_A_TIME,
    INSIDE,
    OUTSIDE,
    UNKNOWN,
    distance_from,
    geofence_alarm_latency,
    geofence_events,
    geofence_states,
    haversine,
    local_xy,
    longest_gap_s,
    point_in_polygon,
)

MINUTE = 60_000_000
HOUR = 60 * MINUTE
MIDNIGHT = int(datetime(2025, 3, 10, 23, tzinfo=UTC).timestamp()) * 1_000_000
HOME = {"home_lat": 59.33, "home_lon": 18.06}
DEGREE_M = 111_195.080  # one degree of latitude on the sphere


def walk(minutes, metres, accuracy=10.0):
    """Fixes straight north of home: minutes after midnight, metres from home."""
    time = MIDNIGHT + np.asarray(minutes, dtype=np.int64) * MINUTE
    lat = HOME["home_lat"] + np.asarray(metres, dtype=float) / DEGREE_M
    lon = np.full(len(time), HOME["home_lon"])
    return time, lat, lon, np.broadcast_to(np.asarray(accuracy, dtype=float), time.shape)


def day(hours=24):
    return {"start": MIDNIGHT, "end": MIDNIGHT + hours * HOUR, **HOME}


def test_haversine_known_answers():
    assert haversine(0, 0, 0, 1) == pytest.approx(111_195.080, abs=1e-3)
    assert haversine(59.3293, 18.0686, 57.7089, 11.9746) == pytest.approx(396_892.967, abs=1e-3)


def test_haversine_agrees_with_the_ellipsoid_within_0_56_percent():
    pyproj = pytest.importorskip("pyproj")
    random = np.random.default_rng(1)
    lat1, lat2 = random.uniform(-85, 85, (2, 500))
    lon1, lon2 = random.uniform(-180, 180, (2, 500))
    _, _, ellipsoid = pyproj.Geod(ellps="WGS84").inv(lon1, lat1, lon2, lat2)
    np.testing.assert_allclose(haversine(lat1, lon1, lat2, lon2), ellipsoid, rtol=0.0057)


def test_geofence_hysteresis_known_answer():
    distance = np.array([100.0, 210, 240, 260, 290, 240, 150])
    states = geofence_states(distance, np.full(7, 10.0), r_in=200, r_out=250)
    assert states.tolist() == [INSIDE, INSIDE, INSIDE, OUTSIDE, OUTSIDE, OUTSIDE, INSIDE]


def test_nothing_is_known_before_the_first_certain_fix():
    states = geofence_states(np.array([120.0, 130.0, 20.0]), np.zeros(3), r_in=100)
    assert states.tolist() == [UNKNOWN, UNKNOWN, INSIDE]


def test_where_a_track_begins_anew_what_was_before_says_nothing():
    distance = np.array([300.0, 120.0, 120.0, 120.0, 20.0])
    anew = np.array([True, False, True, False, False])
    states = geofence_states(distance, np.zeros(5), r_in=100, anew=anew)
    assert states.tolist() == [OUTSIDE, OUTSIDE, UNKNOWN, UNKNOWN, INSIDE]


def test_a_walk_of_two_hours_is_two_hours_out_of_home():
    minutes = np.arange(0, 1450, 10)
    metres = np.where((minutes >= 600) & (minutes < 720), 500.0, 5.0)
    out = time_out_of_home(*walk(minutes, metres), **day())
    assert (out.value, out.coverage, out.n) == (pytest.approx(2.0), pytest.approx(1.0), 144)


def test_a_long_silence_is_neither_in_nor_out():
    minutes = np.r_[np.arange(0, 601, 10), np.arange(720, 1441, 10)]
    metres = np.where((minutes > 500) & (minutes < 800), 500.0, 5.0)
    out = time_out_of_home(*walk(minutes, metres), **day())
    assert out.coverage == pytest.approx(22 / 24)
    assert out.value == pytest.approx((600 - 510 + 800 - 720) / 60)


@pytest.mark.parametrize(("interval_s", "gap_s"), [(None, 600), (10, 600), (600, 1500), (1800, 4500)])
def test_the_gap_bridged_scales_with_the_expected_interval(interval_s, gap_s):
    assert longest_gap_s(interval_s) == gap_s


def test_a_slow_tracker_may_miss_one_fix_but_not_two():
    one = time_out_of_home(*walk([0, 20], [500, 500]), **day(1), interval_s=600)
    two = time_out_of_home(*walk([0, 30], [500, 500]), **day(1), interval_s=600)
    assert (one.value, two.coverage) == (pytest.approx(1 / 3), 0.0)
    assert np.isnan(two.value)


def test_inaccurate_fixes_and_fixes_without_a_position_are_dropped():
    time, lat, lon, _ = walk([0, 5, 10, 15], [10, 5000, 300, 10])
    lat[2] = np.nan
    farthest = max_distance_from_home(time, lat, lon, np.array([10.0, 101, 5, 100]), **day())
    assert (farthest.value, farthest.n) == (pytest.approx(10, abs=0.01), 2)


def test_a_fix_without_accuracy_is_taken_at_its_word():
    farthest = max_distance_from_home(*walk([0, 5], [10, 250], accuracy=np.nan), **day())
    assert farthest.value == pytest.approx(250, abs=0.01)


def test_a_single_fix_out_between_two_at_home_is_no_outing():
    minutes = np.arange(0, 1450, 10)
    metres = np.where(minutes == 600, 290.0, 5.0)
    metres[59], metres[61] = 12.0, 8.0
    assert time_out_of_home(*walk(minutes, metres), **day()).value == 0
    assert max_distance_from_home(*walk(minutes, metres), **day()).value == pytest.approx(12, abs=0.01)


def test_two_fixes_out_are_an_outing_and_a_turning_point_counts_in_full():
    minutes = np.arange(0, 1450, 10)
    metres = np.where((minutes == 600) | (minutes == 610), 290.0, 5.0)
    assert time_out_of_home(*walk(minutes, metres), **day()).value == pytest.approx(1 / 3)
    turned = np.interp(minutes, [560, 600, 640], [5, 1800, 5])
    assert max_distance_from_home(*walk(minutes, turned), **day()).value == pytest.approx(1800, abs=0.01)


def test_a_fix_out_beside_a_gap_stands():
    minutes = np.r_[np.arange(0, 601, 10), np.arange(720, 1441, 10)]
    metres = np.where(minutes == 600, 290.0, 5.0)
    assert max_distance_from_home(*walk(minutes, metres), **day()).value == pytest.approx(290, abs=0.01)


def test_a_day_without_fixes_has_no_value_and_no_coverage():
    nothing = walk([], [])
    for measure in (time_out_of_home, max_distance_from_home):
        figure = measure(*nothing, **day())
        assert np.isnan(figure.value)
        assert (figure.n, figure.coverage) == (0, 0.0)


def test_fixes_outside_the_day_close_its_edges_but_are_not_its_fixes():
    out = time_out_of_home(*walk([-5, 5, 55, 65], [5, 500, 500, 5]), **day(1), interval_s=1200)
    assert (out.n, out.coverage) == (2, pytest.approx(1.0))
    assert out.value == pytest.approx(55 / 60)


@pytest.mark.parametrize("hours", [23, 24, 25])
def test_a_day_of_the_clock_change_is_covered_by_its_own_length(hours):
    minutes = np.arange(0, hours * 60 + 10, 10)
    out = time_out_of_home(*walk(minutes, np.full(len(minutes), 900.0)), **day(hours))
    assert (out.value, out.coverage) == (pytest.approx(hours), pytest.approx(1.0))


@given(
    st.lists(st.tuples(st.integers(-60, 1500), st.floats(0, 2000), st.floats(0, 200)), max_size=60),
    st.sampled_from([None, 60.0, 600.0, 3600.0]),
)
def test_time_out_never_exceeds_the_time_observed(fixes, interval_s):
    fixes = sorted(fixes)
    minutes, metres, accuracy = zip(*fixes, strict=True) if fixes else ((), (), ())
    out = time_out_of_home(*walk(minutes, metres, accuracy), **day(), interval_s=interval_s)
    assert 0 <= out.coverage <= 1
    assert np.isnan(out.value) or 0 <= out.value <= out.coverage * 24 + 1e-9


@pytest.mark.parametrize(("lat", "worst_m"), [(55, 0.173), (59.3, 0.204), (69, 0.316)])
def test_the_local_plane_keeps_distances_within_two_km(lat, worst_m):
    bearing = np.linspace(0, 2 * np.pi, 73)
    lat2 = lat + 2000 * np.cos(bearing) / DEGREE_M
    lon2 = 18 + 2000 * np.sin(bearing) / DEGREE_M / np.cos(np.radians(lat))
    east, north = local_xy(lat2, lon2, lat, 18.0)
    error = np.abs(np.hypot(east, north) - haversine(lat, 18.0, lat2, lon2))
    assert error.max() <= worst_m
    assert error.max() <= 0.122 * np.tan(np.radians(lat))


def test_the_local_plane_does_not_break_at_the_date_line():
    east, north = local_xy(0.0, -179.99, 0.0, 179.99)
    assert (float(east), float(north)) == (pytest.approx(0.02 * DEGREE_M, abs=1e-3), 0.0)


def fence(minutes, metres, accuracy=10.0, **kwargs):
    time = np.asarray(minutes, dtype=np.int64) * MINUTE
    metres = np.asarray(metres, dtype=float)
    return geofence_events(time, metres, np.broadcast_to(accuracy, time.shape), 200, 250, **kwargs)


def test_geofence_events_known_answer():
    crossed = fence(range(7), [100, 210, 240, 260, 290, 240, 150])
    assert (crossed.left_at.tolist(), crossed.entered_at.tolist()) == ([3], [6])
    assert (crossed.left.tolist(), crossed.entered.tolist()) == ([3 * MINUTE], [6 * MINUTE])
    assert (crossed.outside_s, crossed.false_exits, crossed.n) == (180, 0, 7)


def test_a_tracker_that_starts_outside_has_not_left():
    crossed = fence(range(3), [500, 500, 50])
    assert (len(crossed.left), len(crossed.entered), crossed.outside_s) == (0, 1, 120)


def test_back_inside_within_two_minutes_is_a_false_exit():
    assert fence([0, 1, 2], [50, 500, 50]).false_exits == 1
    assert fence([0, 1, 3], [50, 500, 50]).false_exits == 0


def test_uncertain_fixes_cross_no_fence_and_keep_the_places_of_the_others():
    crossed = fence(range(5), [50, 500, 50, 500, 500], accuracy=np.array([10.0, 101, 10, 10, 10]))
    assert (crossed.left_at.tolist(), crossed.n) == ([3], 4)
    assert fence(range(3), [50, np.nan, 50]).n == 2


def test_with_a_dwell_a_short_absence_is_none():
    metres = [50, 500, 50, 50, 500, 500, 500, 500, 50, 50]
    assert fence(range(10), metres).left_at.tolist() == [1, 4]
    crossed = fence(range(10), metres, dwell_s=120)
    assert (crossed.left_at.tolist(), crossed.outside_s) == ([4], 300)


def test_a_silence_outside_is_not_time_outside():
    crossed = fence([0, 10, 60, 70], [50, 500, 500, 50], interval_s=600)
    assert crossed.outside_s == 600


def test_no_fixes_cross_nothing():
    crossed = fence([], [], dwell_s=60)
    assert (len(crossed.left), len(crossed.entered), crossed.outside_s, crossed.n) == (0, 0, 0, 0)


def test_latency_is_from_the_first_fix_outside_to_the_alarm_of_that_exit():
    crossed = fence(range(0, 70, 10), [50, 500, 50, 500, 500, 50, 50])
    latency = geofence_alarm_latency(crossed, np.array([25, 31]) * MINUTE)
    np.testing.assert_array_equal(latency, [np.nan, 60])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 600), max_size=40), st.sampled_from([0.0, 120.0, 300.0]))
def test_exits_and_returns_alternate(metres, dwell_s):
    crossed = fence(range(len(metres)), metres, dwell_s=dwell_s)
    assert abs(len(crossed.left) - len(crossed.entered)) <= 1
    both = np.sort(np.r_[crossed.left, crossed.entered])
    assert (np.diff(both) >= max(dwell_s, 1) * 1e6).all()
    assert crossed.false_exits <= len(crossed.left)


SQUARE = ([0, 1, 1, 0], [0, 0, 1, 1])


def test_the_edges_of_a_polygon_are_half_open():
    inside = point_in_polygon([0.5, 0, 1, 0.5, 0.5, 0, 1], [0.5, 0.5, 0.5, 0, 1, 0, 1], *SQUARE)
    assert inside.tolist() == [True, True, False, True, False, True, False]


def test_a_dent_is_outside_and_a_closed_ring_is_the_same_polygon():
    x, y = [0, 4, 4, 2, 0], [0, 0, 4, 1, 4]
    assert point_in_polygon([2, 0.5, np.nan], [3, 2, 1], x, y).tolist() == [False, True, False]
    assert point_in_polygon([2, 0.5], [3, 2], [*x, 0], [*y, 0]).tolist() == [False, True]


def test_two_corners_hold_nothing():
    with pytest.raises(ValueError, match="at least three corners"):
        point_in_polygon([0], [0], [0, 1], [0, 1])


def test_of_polygons_side_by_side_exactly_one_holds_a_point():
    x, y = np.random.default_rng(2).integers(0, 9, (2, 400)) / 4
    x, y = x[(x < 2) & (y < 2)], y[(x < 2) & (y < 2)]
    middle = (0.7, 1.2)
    corners = [(0, 0), (2, 0), (2, 2), (0, 2)]
    held = sum(
        point_in_polygon(x, y, [a[0], b[0], middle[0]], [a[1], b[1], middle[1]]).astype(int)
        for a, b in zip(corners, [*corners[1:], corners[0]], strict=True)
    )
    assert (held == 1).all()


def test_inside_a_convex_polygon_is_inside_its_triangles():
    spatial = pytest.importorskip("scipy.spatial")
    random = np.random.default_rng(8)
    angle = np.sort(random.uniform(0, 2 * np.pi, 15))
    ring = 80 * np.c_[np.cos(angle), np.sin(angle)]
    x, y = random.uniform(-100, 100, (2, 2000))
    triangles = spatial.Delaunay(ring).find_simplex(np.c_[x, y]) >= 0
    np.testing.assert_array_equal(point_in_polygon(x, y, *ring.T), triangles)


def test_inside_is_what_shapely_says_it_is():
    shapely = pytest.importorskip("shapely")
    random = np.random.default_rng(3)
    angle, radius = np.sort(random.uniform(0, 2 * np.pi, 40)), random.uniform(20, 100, 40)
    ring = np.c_[radius * np.cos(angle), radius * np.sin(angle)]
    x, y = random.uniform(-100, 100, (2, 2000))
    peer = shapely.contains_xy(shapely.Polygon(ring), x, y)
    np.testing.assert_array_equal(point_in_polygon(x, y, ring[:, 0], ring[:, 1]), peer)


@pytest.mark.parametrize(("lat0", "within_m"), [(55.6, 0.18), (59.33, 0.21), (69.0, 0.32)])
def test_distance_from_a_point_is_that_of_the_plane_near_it_and_of_the_sphere_far_away(lat0, within_m):
    random = np.random.default_rng(1)
    bearing, metres = random.uniform(0, 2 * np.pi, 500), random.uniform(0, 2000, 500)
    lat = lat0 + metres * np.cos(bearing) / DEGREE_M
    lon = 18.06 + metres * np.sin(bearing) / DEGREE_M / np.cos(np.radians(lat0))
    sphere = haversine(lat, lon, lat0, 18.06)
    assert np.abs(distance_from(lat, lon, lat0, 18.06) - sphere).max() <= within_m
    away = distance_from(lat + 1, lon, lat0, 18.06)
    assert np.array_equal(away, haversine(lat + 1, lon, lat0, 18.06))


def test_distance_of_a_position_that_is_missing_is_missing_and_the_date_line_is_no_wall():
    found = distance_from(np.array([59.33, np.nan]), np.array([np.nan, 18.0]), 59.33, 18.06)
    assert np.isnan(found).all()
    across = distance_from(np.array([0.0]), np.array([-179.95]), 0.0, 179.95)
    assert across == pytest.approx([0.1 * DEGREE_M], rel=1e-6)


def test_a_long_track_is_taken_piece_by_piece_to_the_same_positions_and_states():
    n = 3 * AT_A_TIME + 7
    random = np.random.default_rng(1)
    lat, lon = 59.33 + random.normal(0, 0.01, n), 18.06 + random.normal(0, 0.02, n)
    x, y = local_xy(lat, lon, 59.33, 18.06)
    distance = distance_from(lat, lon, 59.33, 18.06)
    assert distance == pytest.approx(np.hypot(x, y))
    pieces = [slice(at, at + 1000) for at in range(0, n, 1000)]
    assert np.array_equal(x, np.concatenate([local_xy(lat[p], lon[p], 59.33, 18.06)[0] for p in pieces]))
    square = [59.32, 59.34, 59.34, 59.32], [18.0, 18.0, 18.1, 18.1]
    inside = np.concatenate([point_in_polygon(lat[p], lon[p], *square) for p in pieces])
    assert np.array_equal(point_in_polygon(lat, lon, *square), inside)
    state = UNKNOWN
    accuracy = np.full(n, 10.0)
    for told, metres in zip(
        geofence_states(distance, accuracy, 700.0).tolist(), distance.tolist(), strict=True
    ):
        state = INSIDE if metres + 10 <= 700 else OUTSIDE if metres - 10 >= 750 else state
        assert told == state
