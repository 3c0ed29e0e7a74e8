from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from simulators.draws import Purpose, draws
from simulators.residents import Traits
from simulators.timing import HOUR, SECOND, wall_clock
from simulators.trackers import EARTH_RADIUS_M, Walk, fixes_of, hours_out_of_home, walks_of

STOCKHOLM = ZoneInfo("Europe/Stockholm")
HOME = (60.2, 15.6)


def days_with_walks() -> list[tuple[date, tuple[Walk, ...]]]:
    days = [date(2025, 3, 1) + timedelta(days=back) for back in range(60)]
    walked = [
        (day, walks_of(1, who, Traits.drawn(1, who), day, STOCKHOLM)) for day in days for who in range(4)
    ]
    return [(day, walks) for day, walks in walked if walks]


def test_time_out_of_home_is_what_a_walk_sampled_every_second_gives() -> None:
    for _, walks in days_with_walks():
        out = 0
        for walk in walks:
            seconds = np.arange(walk.start, walk.end, SECOND)
            out += int(np.count_nonzero(np.hypot(*walk.position(seconds)) > 100.0))
        assert hours_out_of_home(walks) * 3600 == pytest.approx(out, abs=2.0 * len(walks))


def test_walks_go_220_to_1500_m_out_for_20_to_120_minutes_by_daylight() -> None:
    for day, walks in days_with_walks():
        for walk in walks:
            assert 220.0 <= walk.max_distance_m <= 1500.0
            assert 20 * 60 <= (walk.end - walk.start) / SECOND <= 120 * 60
            assert wall_clock(day, 9.0, STOCKHOLM) < walk.start < walk.end < wall_clock(day, 19.0, STOCKHOLM)
            assert np.all(np.diff(walk.at) >= 0)
        assert all(first.end < second.start for first, second in pairwise(walks))


def test_fixes_are_never_more_than_ten_minutes_apart_and_follow_the_walk() -> None:
    for day, walks in days_with_walks()[:20]:
        start, end = wall_clock(day, 0.0, STOCKHOLM), wall_clock(day, 24.0, STOCKHOLM)
        fixes = fixes_of(draws(1, Purpose.FIXES, 0, day), walks, start, end, phase_s=123, home=HOME)
        assert np.diff(fixes.time).min() > 0
        assert np.diff(fixes.time).max() <= 600 * SECOND
        metres_a_degree = EARTH_RADIUS_M * np.pi / 180
        north = (fixes.lat - HOME[0]) * metres_a_degree
        east = (fixes.lon - HOME[1]) * metres_a_degree * np.cos(np.radians(HOME[0]))
        away = np.hypot(north, east)
        walking = np.any([(fixes.time >= walk.start) & (fixes.time <= walk.end) for walk in walks], axis=0)
        assert away[~walking].max() < 25.0
        assert away.max() == pytest.approx(max(walk.max_distance_m for walk in walks), abs=25.0)


def test_fixes_stand_on_the_same_rhythm_on_days_of_23_and_25_hours() -> None:
    for day, hours in ((date(2025, 3, 30), 23), (date(2025, 10, 26), 25)):
        start, end = wall_clock(day, 0.0, STOCKHOLM), wall_clock(day, 24.0, STOCKHOLM)
        assert end - start == hours * HOUR
        fixes = fixes_of(draws(1, Purpose.FIXES, 0, day), (), start, end, phase_s=37, home=HOME)
        assert len(fixes.time) == hours * 6
        assert set((fixes.time // SECOND % 600).tolist()) == {37}
