"""Hours of nights written down minute by minute, with what each hour is to tell."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from analysis.catalogue import REST_HOURS
from analysis.epochs import BedEpochs
from analysis.pipeline.families import FAMILIES
from analysis.pipeline.measured import Measured
from analysis.pipeline.rest_nights import rest_night
from analysis.rest import rest_by_hour
from pilots.civil_time import noon
from tests.analysis.minutes import LYING, QUIET, RESTLESS, SILENT, UP, bed_of, minutes

ZONE = ZoneInfo("Europe/Stockholm")
DAY, SPRING, AUTUMN = date(2026, 1, 14), date(2026, 3, 28), date(2026, 10, 24)
ALL = [name.removeprefix("rest_percent_") for name in REST_HOURS]


def hours(*beds: BedEpochs, day: date = DAY) -> dict[str, Measured]:
    """By `h21` to `h06`, what is told of the night's hours."""
    start, end = noon(day, ZONE), noon(day + timedelta(days=1), ZONE)
    return {
        figure.metric.removeprefix("rest_percent_"): figure
        for figure in rest_night(beds, start, end, ZONE)
        if figure.metric in REST_HOURS
    }


def night(*parts: tuple[float, int], day: date = DAY) -> BedEpochs:
    """Up until 21:00, then these hours, then up until noon of the next day."""
    start, end = noon(day, ZONE), noon(day + timedelta(days=1), ZONE)
    lasted = (end - start) / 3.6e9 - 9 - sum(each for each, _ in parts)
    return bed_of(start, minutes((9, UP), *parts, (lasted, UP)))


def percents(found: dict[str, Measured]) -> list[float | None]:
    return [found[hour].value for hour in ALL]


def test_each_hour_tells_the_share_of_it_that_was_spent_in_bed_and_still() -> None:
    found = hours(
        night((0.5, UP), (0.75, QUIET), (0.25, RESTLESS), (0.5, QUIET), (4, QUIET), (0.5, UP), (2, QUIET))
    )
    # Half of 21 still; a quarter of 22 moving; up for half of 03, and from half past five on.
    assert percents(found) == [50, 75, 100, 100, 100, 100, 50, 100, 50, 0]
    assert {(figure.n, figure.coverage, figure.reason) for figure in found.values()} == {(60, 1.0, None)}


def test_a_night_tells_ten_hours_from_nine_in_the_evening_to_seven() -> None:
    assert list(hours(night((8, QUIET)))) == ALL
    assert set(REST_HOURS) <= set(FAMILIES["bed"].metrics)


def test_the_hour_that_spring_leaves_out_is_not_there_and_its_neighbours_keep_their_place() -> None:
    # In bed from 21 on by the clock; up for the hour after the gap, which the clock calls three.
    found = hours(night((5, QUIET), (1, UP), (3, QUIET), day=SPRING), day=SPRING)
    assert list(found) == [hour for hour in ALL if hour != "h02"]
    assert found["h01"].value == 100
    assert (found["h03"].value, found["h03"].coverage) == (0, 1.0)
    assert found["h06"].value == 100


def test_the_hour_that_autumn_repeats_counts_both_times() -> None:
    found = hours(night((5, QUIET), (1, UP), (1, QUIET), (4, QUIET), day=AUTUMN), day=AUTUMN)
    assert list(found) == ALL
    assert (found["h02"].value, found["h02"].n, found["h02"].coverage) == (50, 120, 1.0)
    assert {found[hour].value for hour in ALL if hour != "h02"} == {100}


def test_half_of_a_repeated_hour_unheard_is_half_of_its_coverage() -> None:
    found = hours(night((5, QUIET), (1, SILENT), (5, QUIET), day=AUTUMN), day=AUTUMN)
    assert (found["h02"].coverage, found["h02"].reason) == (0.5, "low_coverage")


def test_minutes_in_which_nothing_was_heard_are_left_out_and_lower_the_coverage_of_their_hour_only() -> None:
    found = hours(night((1, QUIET), (0.25, SILENT), (0.75, QUIET), (0.5, SILENT), (0.5, QUIET), (5, QUIET)))
    assert (found["h22"].value, found["h22"].n, found["h22"].coverage, found["h22"].reason) == (
        100,
        45,
        0.75,
        None,
    )
    assert (found["h23"].value, found["h23"].coverage, found["h23"].reason) == (100, 0.5, "low_coverage")
    assert found["h21"].coverage == found["h00"].coverage == 1


def test_an_hour_in_which_nothing_was_heard_says_so() -> None:
    found = hours(night((2, QUIET), (1, SILENT), (6, QUIET)))
    assert (found["h23"].value, found["h23"].coverage, found["h23"].reason) == (None, 0.0, "no_data")


def test_hours_stand_by_themselves_also_where_half_of_the_night_was_not_heard() -> None:
    start = noon(DAY, ZONE)
    found = hours(bed_of(start, minutes((9, UP), (5, QUIET), (10, SILENT))))
    assert [found[hour].value for hour in ALL[:5]] == [100] * 5
    assert {(found[hour].value, found[hour].reason) for hour in ALL[5:]} == {(None, "no_data")}


def test_a_night_nobody_lay_in_bed_has_no_hours() -> None:
    assert hours(bed_of(noon(DAY, ZONE), minutes((24, UP)))) == {}


def test_three_hours_in_bed_tell_of_no_hour() -> None:
    found = hours(night((3, QUIET)))
    assert {(figure.value, figure.reason) for figure in found.values()} == {(None, "low_coverage")}
    assert {figure.coverage for figure in found.values()} == {1.0}


def test_a_silent_night_has_no_data_for_any_hour() -> None:
    found = hours(bed_of(noon(DAY, ZONE), minutes((24, SILENT))))
    assert {(figure.value, figure.reason, figure.coverage) for figure in found.values()} == {
        (None, "no_data", 0.0)
    }


def test_a_bed_that_tells_no_movement_does_not_make_its_hours_out_of_bed_the_night() -> None:
    found = hours(night((1, UP), (8, LYING)))
    assert {(figure.value, figure.reason) for figure in found.values()} == {(None, "no_data")}


def test_minutes_cut_by_getting_up_are_neither_rest_nor_none() -> None:
    found = hours(night((1, QUIET), (0.1, LYING), (0.9, QUIET), (6, QUIET)))
    assert (found["h22"].value, found["h22"].n) == (100, 54)


def test_of_two_beds_the_one_lain_in_longer_tells_the_hours() -> None:
    nap = bed_of(noon(DAY, ZONE), minutes((9, UP), (1, RESTLESS), (14, UP)))
    assert hours(nap, night((9, QUIET)))["h21"].value == 100


def test_a_bed_that_came_in_the_night_tells_the_hours_from_then_on() -> None:
    start = noon(DAY, ZONE)
    whole = night((9, QUIET))
    found = hours(whole.within(start + 13 * 3_600_000_000, whole.end))
    assert found["h00"].reason == "no_data"
    assert found["h01"].value == 100


@given(kinds=arrays(np.int64, 1440, elements=st.integers(0, 4)), fewest=st.just(0.70))
def test_every_hour_lies_within_a_percentage_and_its_coverage_within_one(
    kinds: NDArray[np.int64], fewest: float
) -> None:
    for figure in hours(bed_of(noon(DAY, ZONE), kinds)).values():
        assert figure.value is None or 0 <= figure.value <= 100
        assert figure.coverage is not None
        assert 0 <= figure.coverage <= 1
        assert (figure.reason is None) <= (figure.coverage >= fewest)


def test_hours_that_do_not_fit_the_minutes_are_refused() -> None:
    with pytest.raises(ValueError, match="2 hours for 3 minutes"):
        rest_by_hour(np.ones(3), np.zeros(3), np.zeros(2, np.int64), hours=1)
