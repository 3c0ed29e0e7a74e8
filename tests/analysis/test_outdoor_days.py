"""Days out with known ways."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analysis.geo import EARTH_RADIUS_M
from analysis.pipeline.days import GPS_METRICS, gps_days
from analysis.pipeline.measured import Measured
from analysis.pipeline.outdoor_days import LIFESPACE_METRICS, OUTING_METRICS
from analysis.pipeline.stays import StayReadings
from analysis.series import HOUR_US, MINUTE_US
from pilots.civil_time import midnight
from pilots.records import Home

ZONE = ZoneInfo("Europe/Stockholm")
DAY = date(2026, 1, 14)
START, END = midnight(DAY, ZONE), midnight(DAY + timedelta(days=1), ZONE)
HOME = Home(59.0, 18.0, 100.0)

Fix = tuple[float, float, float]
"""Hour, metres east of home, metres north of it."""


def tracker(*fixes: Fix, accuracy_m: float = 5.0, interval_s: float | None = 600.0) -> StayReadings:
    hour, east, north = (np.array(each, np.float64) for each in zip(*fixes, strict=True))
    time = START + np.round(hour * HOUR_US).astype(np.int64)
    lat = HOME.lat + np.degrees(north / EARTH_RADIUS_M)
    lon = HOME.lon + np.degrees(east / EARTH_RADIUS_M / np.cos(np.radians(HOME.lat)))
    columns = {"lat": lat, "lon": lon, "accuracy_m": np.full(len(time), accuracy_m)}
    return StayReadings(START, END, interval_s, time, time, columns)


def day(*fixes: Fix, home: Home | None = HOME, accuracy_m: float = 5.0) -> dict[str, Measured]:
    trackers = [tracker(*fixes, accuracy_m=accuracy_m)] if fixes else []
    return {figure.metric: figure for figure in gps_days([trackers], home, [START], [END])[0]}


def at_home(since: float, until: float) -> list[Fix]:
    """A fix every ten minutes, a metre to this side and that."""
    hours = np.arange(round(since * 6), round(until * 6)) / 6
    return [(float(hour), float(place % 3 - 1), float(place % 2)) for place, hour in enumerate(hours)]


WALK = [(12.0 + step / 6, 0.0, 300.0 * step) for step in range(1, 7)]
"""An hour straight north, 300 m at a time, as far as 1,800 m."""


def test_a_straight_walk_is_straight_and_does_not_wind() -> None:
    found = day(*at_home(0, 12.01), *WALK, *at_home(13.2, 24))
    assert found["outing_straightness"].value == pytest.approx(1, abs=0.001)
    assert found["outing_sinuosity_per_sqrt_m"].value == pytest.approx(0, abs=0.01)
    assert found["max_distance_from_home_m"].value == pytest.approx(1800, abs=1)


def test_a_walk_with_a_right_angle_is_as_straight_as_its_diagonal() -> None:
    corner = [(12 + step / 6, 0.0, 400.0 * step) for step in range(1, 4)]
    corner += [(12.5 + step / 6, 400.0 * step, 1200.0) for step in range(1, 4)]
    found = day(*[(hour / 6, 0.0, 0.0) for hour in range(73)], *corner, *at_home(13.2, 24))
    assert found["outing_straightness"].value == pytest.approx(1 / np.sqrt(2), abs=0.001)


def test_the_longest_outing_is_the_one_that_lasted_longest() -> None:
    """Not the one in which the tracker reported most often: half an hour of fixes by the minute."""
    often = [(6 + minute / 60, 200.0 * (minute % 2 + 1), 0.0) for minute in range(1, 31)]
    found = day(*at_home(0, 6.01), *often, *at_home(6.6, 12.01), *WALK, *at_home(13.2, 24))
    assert found["outing_straightness"].value == pytest.approx(1, abs=0.001)


def test_a_short_way_has_no_shape() -> None:
    found = day(*at_home(0, 12.01), *WALK[:4], *at_home(12.9, 24))
    assert not set(found) & set(OUTING_METRICS)
    assert found["max_distance_from_home_m"].value == pytest.approx(1200, abs=1)


def test_a_day_at_home_reaches_nowhere_and_has_one_place() -> None:
    found = day(*at_home(0, 24))
    assert found["radius_of_gyration_m"].value == pytest.approx(1, abs=0.2)
    assert found["activity_area_km2"].value < 1e-5
    assert found["places_per_day"].value == 1
    assert not set(found) & set(OUTING_METRICS)


def test_two_places_are_home_and_the_one_stayed_at() -> None:
    shop = [(10 + step / 6, 800.0, 0.0) for step in range(7)]
    found = day(*at_home(0, 9.9), *shop, *at_home(11.2, 24))
    assert found["places_per_day"].value == 2


def test_half_the_day_at_each_of_two_places_reaches_half_their_distance() -> None:
    here = [(step / 6, 0.0, 0.0) for step in range(72)]
    there = [(12 + step / 6, 1000.0, 0.0) for step in range(72)]
    found = day(*here, *there)
    assert found["radius_of_gyration_m"].value == pytest.approx(500, rel=0.001)


def test_the_area_is_that_of_the_square_walked_round() -> None:
    corners = [(0.0, 0.0), (1000.0, 0.0), (1000.0, 1000.0), (0.0, 1000.0)]
    fixes = [(step / 6, *corners[step % 4]) for step in range(144)]
    # 95 % of the fixes, all corners among them.
    assert day(*fixes)["activity_area_km2"].value == pytest.approx(1, rel=0.001)


def test_fixes_on_one_line_enclose_no_area_to_tell() -> None:
    found = day(*[(step / 6, 0.0, 10.0 * step) for step in range(144)])
    assert (found["activity_area_km2"].value, found["activity_area_km2"].reason) == (None, "on_a_line")


def test_a_few_hours_of_fixes_are_no_day() -> None:
    found = day(*at_home(8, 12.01), *WALK)
    assert {figure.reason for figure in found.values()} == {"low_coverage"}
    assert found["places_per_day"].coverage == pytest.approx(5 / 24, abs=0.01)


def test_a_day_without_a_usable_fix_tells_of_no_life_space() -> None:
    for found in (day(*at_home(0, 24), accuracy_m=500.0), day()):
        assert set(found) == {*GPS_METRICS, *LIFESPACE_METRICS}
        assert {(figure.value, figure.reason) for figure in found.values()} == {(None, "no_data")}


def test_without_a_home_point_nothing_is_told() -> None:
    found = day(*at_home(0, 24), home=None)
    assert {(figure.metric, figure.reason) for figure in found.values()} == {
        (metric, "no_home") for metric in (*GPS_METRICS, *LIFESPACE_METRICS)
    }


def test_days_beside_do_not_bear_on_the_day() -> None:
    around = [(-1.0, 5000.0, 0.0), *at_home(0, 24), (24.5, 5000.0, 0.0)]
    found = day(*around)
    assert found["max_distance_from_home_m"].value < 2
    assert found["places_per_day"].n == 144


def test_two_trackers_tell_of_one_day() -> None:
    morning, evening = tracker(*at_home(0, 12)), tracker(*at_home(12, 24), interval_s=300.0)
    found = {each.metric: each for each in gps_days([[morning, evening]], HOME, [START], [END])[0]}
    assert found["places_per_day"].value == 1
    assert found["places_per_day"].coverage == pytest.approx(1, abs=0.01)
    assert found["places_per_day"].n == 144


def test_days_made_together_tell_what_each_tells_alone() -> None:
    """The fixes beside a day are given for both days, and of one there are none."""
    away, walked = (
        tracker(*[(hour / 6, 900.0, 0.0) for hour in range(50, 60)]),
        tracker(*at_home(-2, 12), *WALK),
    )
    rare = tracker(
        *[(float(hour), 20.0 * (hour % 3), 500.0 * (hour % 2)) for hour in range(24)], interval_s=3600.0
    )
    trackers = [[walked], [away], [], [rare], [away, walked]]
    starts, ends = [START] * 5, [END] * 5
    alone = [gps_days([each], HOME, [START], [END])[0] for each in trackers]
    assert gps_days(trackers, HOME, starts, ends) == alone
    assert len({figure.value for figures in alone for figure in figures}) > 12
    assert gps_days([], HOME, [], []) == []


def test_hours_of_a_day_with_a_clock_change_are_those_that_passed() -> None:
    spring = date(2026, 3, 29)
    start, end = midnight(spring, ZONE), midnight(spring + timedelta(days=1), ZONE)
    assert end - start == 23 * HOUR_US
    time = np.arange(start - HOUR_US, end + HOUR_US, 10 * MINUTE_US)
    away = (time >= start + 6 * HOUR_US) & (time < start + 9 * HOUR_US)
    columns = {
        "lat": np.where(away, 59.01, 59.0),
        "lon": np.full(len(time), 18.0),
        "accuracy_m": np.full(len(time), 5.0),
    }
    out = gps_days([[StayReadings(start, end, 600.0, time, time, columns)]], HOME, [start], [end])[0][0]
    assert (out.value, out.coverage) == (pytest.approx(3), pytest.approx(1))
