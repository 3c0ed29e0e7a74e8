"""Nights of rest written down minute by minute, with what they are to tell."""

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analysis.catalogue import METRICS
from analysis.epochs import BedEpochs
from analysis.pipeline.bed_nights import bed_night
from analysis.pipeline.measured import Measured
from analysis.pipeline.rest_nights import REST_METRICS, TURNING_METRICS, rest_night
from analysis.series import HOUR_US, MINUTE_US
from pilots.civil_time import noon
from tests.analysis.minutes import LYING, QUIET, RESTLESS, SILENT, UP, bed_of, minutes

ZONE = ZoneInfo("Europe/Stockholm")
DAY = date(2026, 1, 14)
NOON, NEXT = noon(DAY, ZONE), noon(DAY + timedelta(days=1), ZONE)


def rested(*beds: BedEpochs, start: int = NOON, end: int = NEXT) -> dict[str, Measured]:
    """What is told of the night as a whole."""
    return {
        figure.metric: figure for figure in rest_night(beds, start, end, ZONE) if figure.metric in METRICS
    }


def night(*parts: tuple[float, int], turned_at: Sequence[int] | None = None) -> BedEpochs:
    """Up until 22:00, then these hours, then up until noon."""
    hours = sum(each for each, _ in parts)
    return bed_of(NOON, minutes((10, UP), *parts, (14 - hours, UP)), turned_at=turned_at)


def test_a_night_tells_onset_unrest_and_absences() -> None:
    found = rested(
        night(
            (5 / 60, RESTLESS), (3, QUIET), (10 / 60, UP), (2 / 60, RESTLESS), (4, QUIET), (1 / 60, RESTLESS)
        )
    )
    # The ten minutes of onset may hold one that moved: from the last of the five restless ones on.
    assert found["rest_onset_min"].value == 4
    assert found["time_out_of_bed_min"].value == pytest.approx(10)
    assert found["longest_absence_min"].value == pytest.approx(10)
    still, moving = 7 * 60, 8
    assert found["rest_efficiency_percent"].value == pytest.approx(100 * still / (still + moving + 10))
    assert found["rest_fragmentation_index"].value == pytest.approx(100 * moving / (still + moving))
    assert {figure.reason for figure in found.values()} == {None}
    assert {figure.n for figure in found.values()} == {still + moving}
    assert {figure.coverage for figure in found.values()} == {1.0}


def test_each_short_still_stretch_breaks_rest_up() -> None:
    found = rested(night((4, QUIET), (1 / 60, RESTLESS), (1 / 60, QUIET), (1 / 60, RESTLESS), (4, QUIET)))
    # One of three still stretches lasts a minute.
    assert found["rest_fragmentation_index"].value == pytest.approx(100 * 2 / 483 + 100 / 3)


def test_a_nap_before_six_in_the_evening_is_not_the_night() -> None:
    kinds = minutes((2, UP), (2, QUIET), (6, UP), (8, QUIET), (6, UP))
    found = rested(bed_of(NOON, kinds))
    assert found["time_out_of_bed_min"].value == 0
    assert found["rest_onset_min"].value == 0


def test_a_whole_night_in_bed_had_no_absence() -> None:
    found = rested(night((8, QUIET)))
    assert (found["time_out_of_bed_min"].value, found["longest_absence_min"].value) == (0, 0)


def test_minutes_in_which_nothing_was_heard_are_no_time_out_of_bed() -> None:
    found = rested(night((3, QUIET), (5 / 60, UP), (2, SILENT), (5 / 60, UP), (3, QUIET)))
    assert found["time_out_of_bed_min"].value == pytest.approx(10)
    assert found["longest_absence_min"].value == pytest.approx(10)
    assert found["time_out_of_bed_min"].coverage == pytest.approx(16 / 18)


def test_a_night_nobody_lay_in_bed_has_no_rest_to_tell_of() -> None:
    assert rested(bed_of(NOON, minutes((24, UP)))) == {}
    figures = {each.metric: each for each in bed_night([bed_of(NOON, minutes((24, UP)))], NOON, NEXT)}
    assert (figures["time_in_bed_h"].value, figures["time_in_bed_h"].reason) == (0, None)
    assert (figures["bed_exits_per_night"].value, figures["bed_exits_per_night"].reason) == (None, "no_data")


def test_a_silent_night_has_no_rest_and_no_hours() -> None:
    silent = bed_of(NOON, minutes((24, SILENT)))
    found = rested(silent)
    assert set(found) == set(REST_METRICS)
    assert {(each.value, each.reason, each.coverage) for each in found.values()} == {(None, "no_data", 0.0)}
    assert {(each.value, each.reason) for each in bed_night([silent], NOON, NEXT)} == {(None, "no_data")}


def test_three_hours_in_bed_are_too_few_to_speak_of_the_night() -> None:
    found = rested(night((3, QUIET)))
    assert {figure.reason for figure in found.values()} == {"low_coverage"}
    assert set(found) == set(REST_METRICS)


def test_an_empty_bed_heard_for_half_of_the_night_does_not_say_that_nobody_lay_in_it() -> None:
    found = rested(bed_of(NOON, minutes((14, UP), (10, SILENT))))
    assert {(figure.value, figure.reason) for figure in found.values()} == {(None, "low_coverage")}


def test_a_night_that_told_too_little_lacks_its_turns_too() -> None:
    found = rested(night((4.5, QUIET), (9.5, SILENT), turned_at=[NOON + 12 * HOUR_US]))
    assert set(found) == {*REST_METRICS, *TURNING_METRICS}


def test_a_night_of_which_half_was_heard_is_not_told() -> None:
    found = rested(night((4.5, QUIET), (9.5, SILENT)))
    assert {(figure.value, figure.reason) for figure in found.values()} == {(None, "low_coverage")}


def test_a_bed_that_tells_no_movement_still_tells_absences() -> None:
    found = rested(night((3, LYING), (12 / 60, UP), (4, LYING)))
    assert found["time_out_of_bed_min"].value == pytest.approx(12)
    assert {found[metric].reason for metric in ("rest_onset_min", "rest_efficiency_percent")} == {"no_data"}


def test_a_bed_that_told_movement_for_half_of_the_night_has_too_little_of_it() -> None:
    found = rested(night((4, LYING), (12 / 60, UP), (4, QUIET)))
    assert found["longest_absence_min"].value == pytest.approx(12)
    assert found["rest_efficiency_percent"].reason == "low_coverage"


def test_rest_that_never_set_in_was_not_reached() -> None:
    found = rested(
        bed_of(NOON, np.where(np.arange(1440) % 5 == 0, RESTLESS, minutes((10, UP), (8, QUIET), (6, UP))))
    )
    assert (found["rest_onset_min"].value, found["rest_onset_min"].reason) == (None, "not_reached")


def test_who_was_in_bed_before_it_was_heard_has_no_known_onset() -> None:
    kinds = minutes((9.5, UP), (0.5, SILENT), (8, QUIET), (6, UP))
    found = rested(bed_of(NOON, kinds))
    assert (found["rest_onset_min"].value, found["rest_onset_min"].reason) == (None, "low_coverage")
    assert found["rest_efficiency_percent"].value == 100


def test_turns_and_the_positions_between_them() -> None:
    turned = [NOON + round(each * HOUR_US) for each in (12, 13, 17)]
    found = rested(night((8, QUIET), turned_at=turned))
    assert found["turns_per_night"].value == 3
    assert found["longest_time_in_position_h"].value == pytest.approx(4)
    # Positions of 2, 1, 4 and 1 h; four hours are too long.
    assert found["turning_compliance_percent"].value == pytest.approx(75)


def test_who_did_not_turn_lay_all_night_in_one_position() -> None:
    found = rested(night((8, QUIET), turned_at=[]))
    assert found["turns_per_night"].value == 0
    assert found["longest_time_in_position_h"].value == pytest.approx(8)
    assert found["turning_compliance_percent"].value == 0


def test_a_bed_that_cannot_tell_turns_says_nothing_of_them() -> None:
    assert not set(rested(night((8, QUIET)))) & set(TURNING_METRICS)


def test_of_two_beds_the_one_lain_in_longer_tells_the_rest() -> None:
    short = bed_of(NOON, minutes((10, UP), (1, RESTLESS), (13, UP)))
    found = rested(short, night((7, QUIET)))
    assert found["rest_efficiency_percent"].value == 100


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 28), 23), (date(2026, 10, 24), 25)], ids=["spring", "autumn"]
)
def test_the_night_of_a_clock_change_counts_the_minutes_that_passed(day: date, hours: int) -> None:
    start, end = noon(day, ZONE), noon(day + timedelta(days=1), ZONE)
    kinds = minutes((10, UP), (4, QUIET), (0.5, UP), (hours - 14.5 - 5, QUIET), (5, UP))
    found = rested(bed_of(start, kinds), start=start, end=end)
    assert found["time_out_of_bed_min"].value == pytest.approx(30)
    assert found["time_out_of_bed_min"].n == (hours - 15.5) * 60
    assert found["time_out_of_bed_min"].coverage == pytest.approx(1.0)


def test_every_figure_is_in_the_catalogue_for_a_night() -> None:
    for metric in (*REST_METRICS, *TURNING_METRICS):
        assert (METRICS[metric].period, METRICS[metric].section) == ("night", "rest")


def test_a_change_of_beds_in_the_night_keeps_the_minutes_apart() -> None:
    middle = NOON + 14 * HOUR_US
    whole = night((8, QUIET))
    found = rested(whole.within(NOON, middle), whole.within(middle + MINUTE_US, NEXT))
    # Four hours in each: the figures are of the first of them, whose exit was not seen.
    assert found["rest_efficiency_percent"].reason == "low_coverage"
