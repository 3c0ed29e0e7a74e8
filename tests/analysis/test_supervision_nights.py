"""Nights of supervision with hand-made logs and beds."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analysis.epochs import BedEpochs
from analysis.pipeline.measured import Measured
from analysis.pipeline.stays import StayReadings
from analysis.pipeline.supervision_nights import SUPERVISION_METRICS, supervision_night
from analysis.pipeline.visit_nights import VISIT_METRICS, visit_night
from analysis.series import HOUR_US, MINUTE_US
from pilots.civil_time import noon
from pilots.plan import Costs
from tests.analysis.minutes import QUIET, RESTLESS, SILENT, UP, bed_of, minutes

ZONE = ZoneInfo("Europe/Stockholm")
DAY = date(2026, 1, 14)
NOON, NEXT = noon(DAY, ZONE), noon(DAY + timedelta(days=1), ZONE)
COSTS = Costs(visit_min=12, travel_min=9)
CLOSED = (19.0, "end", "shift_closed", None, None)

Visit = tuple[float, str, str, bool | None, str | None]


def log(*visits: Visit, start: int = NOON, end: int = NEXT) -> StayReadings:
    """Visits as hours after noon, name, mode, whether planned and outcome, in the order they came in."""
    time = np.array([NOON + round(visit[0] * HOUR_US) for visit in visits], np.int64)
    names = ("visit", "mode", "planned", "outcome")
    columns = {
        name: np.array([visit[place] for visit in visits], object) for place, name in enumerate(names, 1)
    }
    columns["planned"] = np.array([np.nan if visit[3] is None else visit[3] for visit in visits], np.float32)
    return StayReadings(start, end, None, time, time, columns)


def night(*visits: Visit, beds: tuple[BedEpochs, ...] = (), costs: Costs = COSTS) -> dict[str, Measured]:
    """One log that was closed."""
    figures = supervision_night([log(*visits, CLOSED)], beds, costs, NOON, NEXT)
    return {figure.metric: figure for figure in figures}


ASLEEP = bed_of(NOON, minutes((10, UP), (8, QUIET), (6, UP)))


def test_replaced_visits_are_planned_ones_done_by_camera_with_a_connection() -> None:
    found = night(
        (11.0, "a", "camera", True, "calm"),
        (12.0, "b", "camera", True, "escalated"),
        (12.1, "c", "physical", False, "helped"),
        (13.0, "d", "camera", True, "failed"),
        (13.2, "e", "physical", True, "calm"),
        (14.0, "f", "camera", False, "calm"),
    )
    assert found["replaced_visits_per_night"].value == 2
    assert found["escalated_camera_visits_percent"].value == pytest.approx(100 / 3)
    assert found["escalated_camera_visits_percent"].n == 3
    assert found["failed_camera_visits_percent"].value == pytest.approx(25)
    assert found["failed_camera_visits_percent"].n == 4
    # 2 × 21 min spared, four looks of half a minute, one escalation of 21 min.
    assert found["supervision_balance_min_per_night"].value == pytest.approx(2 * 21 - 4 * 0.5 - 21)


def test_planned_visits_are_of_both_modes_however_they_ended_and_nobodys_calls_are_not() -> None:
    found = night(
        (11.0, "a", "camera", True, "calm"),
        (12.0, "b", "camera", True, "failed"),
        (12.1, "c", "physical", False, "helped"),
        (13.2, "d", "physical", True, "calm"),
        (14.0, "e", "physical", True, "failed"),
    )
    assert (found["planned_visits_per_night"].value, found["planned_visits_per_night"].n) == (4, 5)
    assert found["planned_visits_per_night"].coverage == 1


@pytest.mark.parametrize("metric", ["planned_visits_per_night", "replaced_visits_per_night"])
def test_a_visit_counts_as_planned_unless_the_log_says_otherwise(metric: str) -> None:
    assert night((11.0, "a", "camera", None, "calm"))[metric].value == 1
    assert night((11.0, "a", "camera", False, "calm"))[metric].value == 0


def test_a_visit_logged_again_is_one_visit_as_it_was_logged_last() -> None:
    found = night((11.0, "a", "camera", True, None), (11.1, "a", "camera", True, "failed"))
    assert found["replaced_visits_per_night"].value == 0
    assert found["failed_camera_visits_percent"].value == 100


def test_a_night_whose_log_was_not_closed_is_absent_and_not_zero() -> None:
    open_log = log((11.0, "a", "camera", True, "calm"))
    for beds, lacking in (((), 5), ((ASLEEP,), 7)):
        figures = supervision_night([open_log], beds, COSTS, NOON, NEXT)
        assert len(figures) == lacking
        assert {(figure.value, figure.reason, figure.coverage) for figure in figures} == {(None, "no_log", 0)}


def test_a_closed_night_without_visits_had_none_and_has_no_shares() -> None:
    found = night(beds=(ASLEEP,))
    assert set(found) == {
        "planned_visits_per_night",
        "replaced_visits_per_night",
        "supervision_balance_min_per_night",
        "disturbances_avoided_per_night",
    }
    assert {figure.value for figure in found.values()} == {0}


def test_minutes_need_the_pilots_own_minutes() -> None:
    found = night((11.0, "a", "camera", True, "calm"), costs=Costs())
    assert "supervision_balance_min_per_night" not in found
    walked = night((11.0, "a", "camera", True, "calm"), costs=Costs(visit_min=12))
    assert walked["supervision_balance_min_per_night"].value == pytest.approx(11.5)


def test_a_replaced_visit_to_who_lay_still_is_a_disturbance_avoided() -> None:
    bed = bed_of(NOON, minutes((10, UP), (4, QUIET), (0.5, RESTLESS), (3.5, QUIET), (6, UP)))
    found = night(
        (9.0, "up", "camera", True, "calm"),
        (12.0, "asleep", "camera", True, "calm"),
        (14.4, "restless", "camera", True, "calm"),
        (16.0, "escalated", "camera", True, "escalated"),
        (16.5, "failed", "camera", True, "failed"),
        (17.0, "unplanned", "camera", False, "calm"),
        beds=(bed,),
    )
    assert found["disturbances_avoided_per_night"].value == 1
    assert found["disturbances_avoided_per_night"].n == 3
    assert found["disturbances_avoided_per_night"].coverage == 1


def test_without_a_bed_nothing_is_said_of_disturbances() -> None:
    found = night((12.0, "a", "camera", True, "calm"), (13.0, "b", "physical", True, "calm"))
    assert "disturbances_avoided_per_night" not in found
    assert "awakenings_after_visits_percent" not in found


def test_a_silent_bed_tells_of_no_disturbance_and_of_no_waking() -> None:
    found = night(
        (12.0, "a", "camera", True, "calm"),
        (13.0, "b", "physical", True, "calm"),
        beds=(bed_of(NOON, minutes((24, SILENT))),),
    )
    for metric in ("disturbances_avoided_per_night", "awakenings_after_visits_percent"):
        assert (found[metric].value, found[metric].reason, found[metric].coverage) == (
            None,
            "low_coverage",
            0,
        )


def test_disturbances_known_of_half_of_the_visits_have_low_coverage() -> None:
    bed = bed_of(NOON, minutes((10, UP), (3, QUIET), (11, SILENT)))
    found = night((12.0, "a", "camera", True, "calm"), (16.0, "b", "camera", True, "calm"), beds=(bed,))
    figure = found["disturbances_avoided_per_night"]
    assert (figure.value, figure.n, figure.coverage, figure.reason) == (1, 1, 0.5, "low_coverage")


@pytest.mark.parametrize(
    ("after", "woken"),
    [
        ((0.5, QUIET), 0),
        ((4 / 60, RESTLESS), 100),
        ((2 / 60, RESTLESS), 0),
        ((5 / 60, UP), 100),
    ],
    ids=["slept on", "moved for four minutes", "turned", "got up"],
)
def test_waking_after_a_visit_is_leaving_the_bed_or_moving_for_three_minutes(
    after: tuple[float, int], woken: float
) -> None:
    bed = bed_of(NOON, minutes((10, UP), (3, QUIET), after, (5 - after[0], QUIET), (6, UP)))
    found = night((13.0, "a", "physical", True, "calm"), beds=(bed,))
    figure = found["awakenings_after_visits_percent"]
    assert (figure.value, figure.n, figure.coverage) == (woken, 1, 1)


def test_who_rises_for_the_day_after_a_visit_was_woken_by_then() -> None:
    bed = bed_of(NOON, minutes((10, UP), (8.1, QUIET), (5.9, UP)))
    found = night((18.0, "a", "physical", True, "helped"), beds=(bed,))
    assert found["awakenings_after_visits_percent"].value == 100


def test_who_is_woken_within_the_minute_of_the_visit_is_woken_by_then() -> None:
    bed = bed_of(NOON, minutes((10, UP), (3, QUIET), (5 / 60, RESTLESS), (4 + 55 / 60, QUIET), (6, UP)))
    found = night((13.0 + 30 / 3600, "a", "physical", True, "calm"), beds=(bed,))
    assert found["awakenings_after_visits_percent"].value == 100


def test_who_moved_half_an_hour_later_was_not_woken_by_the_visit() -> None:
    bed = bed_of(NOON, minutes((10, UP), (3.5, QUIET), (0.1, RESTLESS), (4.4, QUIET), (6, UP)))
    assert (
        night((13.0, "a", "physical", True, "calm"), beds=(bed,))["awakenings_after_visits_percent"].value
        == 0
    )


def test_who_is_up_or_awake_cannot_be_woken() -> None:
    bed = bed_of(NOON, minutes((10, UP), (3, RESTLESS), (5, QUIET), (6, UP)))
    found = night(
        (9.0, "up", "physical", True, "helped"),
        (12.0, "awake", "physical", True, "helped"),
        (15.0, "asleep", "physical", True, "calm"),
        beds=(bed,),
    )
    figure = found["awakenings_after_visits_percent"]
    assert (figure.value, figure.n, figure.coverage) == (0, 1, 1)


def test_visits_whose_aftermath_was_not_heard_are_not_visits_without_waking() -> None:
    bed = bed_of(NOON, minutes((10, UP), (3, QUIET), (0.5, SILENT), (4.5, QUIET), (6, UP)))
    found = night(
        (13.0, "unheard", "physical", True, "calm"), (16.0, "heard", "physical", True, "calm"), beds=(bed,)
    )
    figure = found["awakenings_after_visits_percent"]
    assert (figure.value, figure.n, figure.coverage, figure.reason) == (0, 1, 0.5, "low_coverage")


def test_a_visit_not_made_wakes_nobody() -> None:
    found = night((13.0, "a", "physical", True, "failed"), beds=(ASLEEP,))
    assert "awakenings_after_visits_percent" not in found


def test_of_two_beds_the_one_that_is_lain_in_tells() -> None:
    empty = bed_of(NOON, minutes((24, UP)))
    for beds in ((ASLEEP, empty), (empty, ASLEEP)):
        found = night((13.0, "a", "camera", True, "calm"), beds=beds)
        assert found["disturbances_avoided_per_night"].value == 1


def test_two_rooms_may_number_their_visits_alike() -> None:
    middle = NOON + 12 * HOUR_US
    first = log((11.0, "1", "camera", True, "calm"), (11.5, *CLOSED[1:]), end=middle)
    second = log((13.0, "1", "camera", True, "calm"), CLOSED, start=middle)
    found = {each.metric: each for each in supervision_night([first, second], (), COSTS, NOON, NEXT)}
    assert found["replaced_visits_per_night"].value == 2
    assert found["replaced_visits_per_night"].coverage == 1


def test_a_log_that_was_there_for_half_of_the_night_covers_half_of_it() -> None:
    half = log((13.0, "1", "camera", True, "calm"), CLOSED, start=NOON + 12 * HOUR_US)
    figures = [*supervision_night([half], (), COSTS, NOON, NEXT), *visit_night([half], NOON, NEXT)]
    assert {(figure.coverage, figure.reason) for figure in figures} == {(0.5, "low_coverage")}


def test_visits_outside_the_night_belong_to_another() -> None:
    found = night((-1.0, "before", "camera", True, "calm"), (13.0, "in it", "camera", True, "calm"))
    assert found["replaced_visits_per_night"].n == 1


def test_what_was_spared_never_exceeds_what_was_replaced() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        kinds = rng.choice([QUIET, RESTLESS, UP, SILENT], 1440, p=[0.7, 0.1, 0.1, 0.1])
        visits = [
            (
                float(rng.uniform(0, 18)),
                str(number),
                str(rng.choice(["camera", "physical"])),
                bool(rng.integers(2)),
                str(rng.choice(["calm", "helped", "escalated", "failed"])),
            )
            for number in range(8)
        ]
        found = night(*sorted(visits), beds=(bed_of(NOON, kinds),))
        avoided = found.get("disturbances_avoided_per_night")
        if avoided is not None:
            assert 0 <= (avoided.value or 0) <= found["replaced_visits_per_night"].value
        assert set(found) <= set(SUPERVISION_METRICS)
        assert all(0 <= figure.coverage <= 1 for figure in found.values())


def test_visits_by_person_and_by_camera_are_counted_as_before() -> None:
    closed = log((11.0, "a", "camera", True, "calm"), (12.0, "b", "physical", True, "calm"), CLOSED)
    assert {each.metric: each.value for each in visit_night([closed], NOON, NEXT)} == dict.fromkeys(
        VISIT_METRICS, 1
    )


def test_a_bed_that_stood_there_for_part_of_the_night_tells_of_that_part() -> None:
    late = ASLEEP.within(NOON + 12 * HOUR_US + MINUTE_US, NEXT)
    found = night(
        (11.0, "before", "camera", True, "calm"), (13.0, "with it", "camera", True, "calm"), beds=(late,)
    )
    assert found["disturbances_avoided_per_night"].coverage == 0.5
