from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilots.civil_time import local_date, midnight, night_date, noon, now, parse_time, to_rfc3339
from pilots.errors import UnreadableTime

STOCKHOLM = ZoneInfo("Europe/Stockholm")
HOUR_US = 3_600_000_000
zones = st.sampled_from(["Europe/Stockholm", "America/Los_Angeles", "Asia/Kathmandu", "Africa/Cairo", "UTC"])
days = st.dates(date(2000, 1, 1), date(2099, 12, 30))
instants = st.integers(946_684_800_000_000, 4_102_444_800_000_000)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 27), 24), (date(2026, 3, 28), 23), (date(2026, 10, 24), 25), (date(2026, 10, 25), 24)],
)
def test_a_night_has_the_hours_that_the_clock_change_leaves_it(day: date, hours: int) -> None:
    assert noon(day + timedelta(days=1), STOCKHOLM) - noon(day, STOCKHOLM) == hours * HOUR_US


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_day_has_the_hours_that_the_clock_change_leaves_it(day: date, hours: int) -> None:
    assert midnight(day + timedelta(days=1), STOCKHOLM) - midnight(day, STOCKHOLM) == hours * HOUR_US


def test_midnight_that_a_clock_change_removes_is_the_first_instant_of_the_day() -> None:
    cairo = ZoneInfo("Africa/Cairo")  # 2025-04-25 begins at 01:00
    assert to_rfc3339(midnight(date(2025, 4, 25), cairo), cairo) == "2025-04-25T01:00:00+03:00"
    assert local_date(midnight(date(2025, 4, 25), cairo) - 1, cairo) == date(2025, 4, 24)


def test_noon_opens_the_night_and_the_instant_before_closes_the_last() -> None:
    opening = noon(date(2026, 3, 28), STOCKHOLM)
    assert night_date(opening, STOCKHOLM) == date(2026, 3, 28)
    assert night_date(opening - 1, STOCKHOLM) == date(2026, 3, 27)


@given(days, zones)
def test_midnight_and_noon_fall_on_their_own_date(day: date, name: str) -> None:
    zone = ZoneInfo(name)
    assert local_date(midnight(day, zone), zone) == day
    assert local_date(midnight(day, zone) - 1, zone) == day - timedelta(days=1)
    assert local_date(noon(day, zone), zone) == day


@given(instants, zones)
def test_every_instant_lies_within_the_night_and_the_day_that_name_it(time_us: int, name: str) -> None:
    zone = ZoneInfo(name)
    night, day = night_date(time_us, zone), local_date(time_us, zone)
    assert noon(night, zone) <= time_us < noon(night + timedelta(days=1), zone)
    assert midnight(day, zone) <= time_us < midnight(day + timedelta(days=1), zone)


@given(instants, zones)
def test_written_and_read_again_an_instant_is_the_same(time_us: int, name: str) -> None:
    assert parse_time(to_rfc3339(time_us, ZoneInfo(name))) == time_us
    assert parse_time(to_rfc3339(time_us)) == time_us


def test_utc_is_written_with_z_and_a_zone_with_its_offset() -> None:
    assert to_rfc3339(0) == "1970-01-01T00:00:00Z"
    assert to_rfc3339(0, STOCKHOLM) == "1970-01-01T01:00:00+01:00"


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-09T21:00:00+01:00",
        "2026-03-09T20:00:00Z",
        "2026-03-09t20:00:00z",
        "2026-03-09 20:00:00.000000999Z",
        "2026-03-09T20:00Z",
    ],
)
def test_forms_of_one_instant_are_read_alike(text: str) -> None:
    assert parse_time(text) == parse_time("2026-03-09T21:00:00+01:00")


def test_without_offset_a_time_is_local_to_the_default_zone() -> None:
    assert parse_time("2026-03-09T21:00", STOCKHOLM) == parse_time("2026-03-09T20:00:00Z")
    assert parse_time("2026-07-09T21:00:00.5", STOCKHOLM) == parse_time("2026-07-09T19:00:00.5Z")


def test_a_date_alone_is_its_midnight_in_the_default_zone() -> None:
    assert parse_time("2026-03-09", STOCKHOLM) == midnight(date(2026, 3, 9), STOCKHOLM)


@pytest.mark.parametrize("text", ["2026-03-09T21:00:00", "2026-03-09"])
def test_without_offset_and_without_zone_a_time_is_refused(text: str) -> None:
    with pytest.raises(UnreadableTime, match=f'"{text}" has no offset: write it as 2026-03-09T'):
        parse_time(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "1768000000",
        "2026-02-30T10:00:00Z",
        "2026-03-09T25:00:00Z",
        "2026-03-09T21:00:00+25:00",
        "2026-03-09T21:00:00Z Z",
        "2026-W10-1T10:00:00Z",
        "٢٠٢٦-03-09T21:00:00Z",
    ],
)
def test_what_is_not_a_time_is_refused_by_name(text: str) -> None:
    with pytest.raises(UnreadableTime, match="is not a time"):
        parse_time(text)


@pytest.mark.parametrize(
    ("text", "what"), [("2026-03-29T02:30", "does not exist"), ("2026-10-25T02:30", "is there twice")]
)
def test_a_local_time_that_a_clock_change_removes_or_repeats_asks_for_an_offset(text: str, what: str) -> None:
    with pytest.raises(UnreadableTime, match=f"{what} in Europe/Stockholm .*write {text}:00\\+0"):
        parse_time(text, STOCKHOLM)


def test_now_is_now() -> None:
    assert abs(now() / 1e6 - datetime.now(UTC).timestamp()) < 5
