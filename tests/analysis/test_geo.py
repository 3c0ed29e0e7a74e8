from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.geo import (
    INSIDE,
    OUTSIDE,
    UNKNOWN,
    geofence_states,
    haversine,
    longest_gap_s,
    max_distance_from_home,
    time_out_of_home,
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
