from datetime import date
from zoneinfo import ZoneInfo

import pytest

from simulators.effect import Effect
from simulators.staff import visits_of
from simulators.timing import HOUR, wall_clock

STOCKHOLM = ZoneInfo("Europe/Stockholm")


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2025, 3, 29), 9), (date(2025, 6, 1), 10), (date(2025, 10, 25), 11)]
)
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_shift_lasts_from_21_to_07_by_the_wall_clock_and_closes_its_log(
    day: date, hours: int, share: float
) -> None:
    for resident in range(30):
        visits = visits_of(1, resident, day, STOCKHOLM, effect=Effect(), share=share)
        opens = wall_clock(day, 21.0, STOCKHOLM)
        assert [visit.time for visit in visits] == sorted(visit.time for visit in visits)
        assert all(opens <= visit.time <= opens + hours * HOUR for visit in visits)
        assert [visit.mode for visit in visits].count("shift_closed") == 1
        assert visits[-1].mode == "shift_closed"
        assert visits[-1].time == opens + hours * HOUR
        assert len({visit.visit for visit in visits}) == len(visits)


def test_a_camera_that_fails_or_sees_trouble_brings_a_person_within_minutes() -> None:
    for resident in range(200):
        visits = visits_of(2, resident, date(2025, 6, 1), STOCKHOLM, effect=Effect(), share=1.0)
        for visit in visits:
            if visit.mode == "camera" and visit.outcome != "calm":
                assert any(
                    0 < other.time - visit.time <= HOUR // 5 and other.mode == "physical" for other in visits
                )
