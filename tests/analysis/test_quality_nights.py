"""Coverage by device and night, or day where the device is no bed."""

from datetime import date, timedelta

import pytest

from analysis.pipeline.quality_nights import quality_nights
from pilots.civil_time import midnight, noon
from tests.analysis.pilot_world import BASELINE, HOUR, SECOND, open_world
from tests.store.readings import batch

INTERVAL_S = 60.0
SPRING, AUTUMN = date(2026, 3, 28), date(2026, 10, 24)
"""Nights on which the clocks change: 23 and 25 hours."""


@pytest.fixture
def world(tmp_path):
    yield from open_world(tmp_path)


@pytest.fixture
def person(world):
    return world.people("intervention", 1)[0]


def send(world, device, start, end, interval_s=INTERVAL_S, stream="bed"):
    step = round(interval_s * SECOND)
    columns = {"load_kg": 70.0} if stream == "bed" else {"lat": 59.3, "lon": 18.1}
    rows = [{"device": device, "time": time, **columns} for time in range(start, end, step)]
    world.store.commit([batch(stream, rows)])


def nights(world, start, end, worst=40, now_us=None):
    return quality_nights(
        world.registry,
        world.store,
        world.pilot,
        start=start,
        end=end,
        now_us=now_us or end,
        worst=worst,
    )


def bed(world, person, name="bed-1", **given):
    return world.device(person, name, "bed", interval_s=INTERVAL_S, **given)


def noon_of(world, day):
    return noon(day, world.plan.zone)


def after(day, days=1):
    return day + timedelta(days=days)


def test_a_night_runs_from_noon_to_noon_and_is_labelled_by_the_date_it_begins(world, person):
    first, second, third = (noon_of(world, after(BASELINE, days)) for days in (0, 1, 2))
    device = bed(world, person)
    send(world, device, first, second)
    send(world, device, second, second + 6 * HOUR)
    found = nights(world, first, third)
    assert [(night.day, night.time, night.device) for night in found] == [
        (day, midnight(day, world.plan.zone), device) for day in (BASELINE, after(BASELINE))
    ]
    assert [night.coverage for night in found] == [1.0, pytest.approx(0.25, abs=0.001)]


def test_other_devices_have_days_from_midnight_to_midnight(world, person):
    device = world.device(person, "gps-1", "gps", interval_s=INTERVAL_S)
    first, second = (midnight(after(BASELINE, days), world.plan.zone) for days in (0, 1))
    send(world, device, first, first + 12 * HOUR, stream="gps")
    (day,) = nights(world, first, second)
    assert (day.day, day.coverage) == (BASELINE, pytest.approx(0.5, abs=0.001))


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25)])
def test_nights_with_a_clock_change_are_as_long_as_they_are(world, person, day, hours):
    device = bed(world, person)
    start, end = noon_of(world, day), noon_of(world, after(day))
    assert end - start == hours * HOUR
    send(world, device, start, end)
    (whole,) = nights(world, start, end)
    assert (whole.day, whole.coverage) == (day, 1.0)
    world.store.delete(device, end - HOUR, end)
    (less,) = nights(world, start, end)
    assert less.coverage == pytest.approx((hours - 1) / hours, abs=0.001)


def test_only_nights_on_which_something_was_expected_have_a_row(world, person):
    second, third = noon_of(world, after(BASELINE)), noon_of(world, after(BASELINE, 2))
    device = bed(world, person, start=second)
    world.registry.assign(world.pilot, device, person, second, third)
    world.device(person, "alarm-1", "alarm")
    found = nights(world, noon_of(world, BASELINE), noon_of(world, after(BASELINE, 5)))
    assert [(night.day, night.coverage) for night in found] == [(after(BASELINE), 0.0)]


def test_of_a_night_that_reaches_out_of_the_interval_the_part_within_counts(world, person):
    device = bed(world, person, start=noon_of(world, BASELINE) + 6 * HOUR)
    start = noon_of(world, BASELINE)
    send(world, device, start + 6 * HOUR, start + 9 * HOUR)
    (tonight,) = nights(world, start, start + 24 * HOUR, now_us=start + 12 * HOUR)
    assert tonight.coverage == pytest.approx(0.5, abs=0.001)


def test_the_worst_devices_by_coverage_are_told_by_time_and_device(world):
    start, end = noon_of(world, BASELINE), noon_of(world, after(BASELINE, 2))
    people = world.people("intervention", 3)
    for number, person in enumerate(people):
        device = bed(world, person, f"bed-{number}")
        send(world, device, start, start + (3 - number) * 12 * HOUR)
    found = nights(world, start, end, worst=2)
    assert [(night.day, night.device) for night in found] == [
        (BASELINE, "bed-1"),
        (BASELINE, "bed-2"),
        (after(BASELINE), "bed-1"),
        (after(BASELINE), "bed-2"),
    ]


def test_late_readings_fill_the_night_they_are_of_and_repeats_count_once(world, person):
    device = bed(world, person)
    start, end = noon_of(world, BASELINE), noon_of(world, after(BASELINE))
    send(world, device, start + 12 * HOUR, end)
    for _ in range(2):
        send(world, device, start + 6 * HOUR, start + 12 * HOUR)
    (night,) = nights(world, start, end)
    assert night.coverage == pytest.approx(0.75, abs=0.001)


def test_a_pilot_without_devices_has_no_nights(world):
    assert nights(world, noon_of(world, BASELINE), noon_of(world, after(BASELINE))) == []


def test_after_the_last_phase_there_are_nights_only_where_something_still_comes(world, person):
    device = bed(world, person)
    end = noon_of(world, world.plan.phases[-1].end)
    send(world, device, end, end + 6 * HOUR)
    found = nights(world, end, end + 240 * HOUR)
    assert [(night.day, night.coverage) for night in found] == [
        (world.plan.phases[-1].end, pytest.approx(0.5, abs=0.001))
    ]
    assert nights(world, end + 48 * HOUR, end + 240 * HOUR) == []
    send(world, device, end + 24 * HOUR, end + 27 * HOUR)
    assert len(nights(world, end, end + 48 * HOUR)) == 2
