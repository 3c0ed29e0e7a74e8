from datetime import timedelta

import pytest

from analysis.pipeline.quality import quality
from store import DeadLetter, IntakeCounts
from store.losses import Loss, loss_letter
from tests.analysis.pilot_world import BASELINE, HOUR, PILOT, SECOND, open_world
from tests.store.readings import batch


@pytest.fixture
def world(tmp_path):
    yield from open_world(tmp_path)


def send(world, device, start, hours, interval_s=10.0, stream="bed", **columns):
    columns = columns or {"load_kg": 70.0}
    count = round(hours * 3600 / interval_s)
    times = [start + round(place * interval_s * SECOND) for place in range(count)]
    world.store.commit([batch(stream, [{"device": device, "time": time, **columns} for time in times])])


def look(world, **chosen):
    chosen = {"start": world.at(BASELINE, 0), "end": world.at(BASELINE, 24)} | chosen
    chosen.setdefault("now_us", chosen["end"] or world.at(BASELINE, 24))
    return quality(world.registry, world.store, world.pilot, **chosen)


def only(world, **chosen):
    (item,) = look(world, **chosen).items
    return item


@pytest.fixture
def person(world):
    return world.people("intervention", 1)[0]


def test_coverage_is_readings_over_expected(world, person):
    send(world, world.device(person, "bed-1", "bed"), world.at(BASELINE, 0), 18)
    item = only(world)
    assert (item.readings, item.expected, item.coverage) == (6480, 8640, pytest.approx(0.75))
    assert look(world).summary.coverage == pytest.approx(0.75)


def test_a_burst_does_not_make_up_for_a_silence(world, person):
    send(world, world.device(person, "bed-1", "bed"), world.at(BASELINE, 0), 6, interval_s=2.0)
    assert only(world).coverage == pytest.approx(0.25, abs=0.001)


def test_only_the_time_with_a_participant_is_expected(world, person):
    send(
        world, world.device(person, "bed-1", "bed", start=world.at(BASELINE, 12)), world.at(BASELINE, 12), 12
    )
    item = only(world)
    assert (item.expected, item.coverage) == (4320, pytest.approx(1.0))


def test_silence_is_counted_from_the_last_reading(world, person):
    send(world, world.device(person, "bed-1", "bed"), world.at(BASELINE, 0), 18)
    found = look(world)
    assert found.items[0].silent_minutes == pytest.approx(360, abs=0.2)
    assert (found.summary.devices, found.summary.silent) == (1, 1)


def test_a_sensor_that_reports_seldom_may_be_silent_for_longer(world, person):
    for name, interval_s in (("bed-1", 10), ("bed-2", 3600)):
        send(world, world.device(person, name, "bed", interval_s=interval_s), world.at(BASELINE, 0), 18)
    over = [each.silent_over_minutes for each in look(world).items]
    assert over == [pytest.approx(360 - 120, abs=0.2), pytest.approx(360 - 6 * 60, abs=0.2)]


def test_a_device_never_heard_is_silent_since_it_was_given_out(world, person):
    world.device(person, "bed-1", "bed", start=world.at(BASELINE, 20))
    item = only(world)
    assert (item.readings, item.first, item.coverage, item.silent_minutes) == (0, None, 0.0, 240)


def test_a_device_handed_back_is_not_silent(world, person):
    world.device(person, "bed-1", "bed")
    world.registry.assign(world.pilot, "bed-1", person, 0, world.at(BASELINE, 12))
    assert only(world).silent_minutes is None


def test_nothing_is_expected_of_an_alarm_button_that_sends_no_status(world, person):
    device = world.device(person, "alarm-1")
    world.alarm(device, "a", world.at(BASELINE), acknowledged=5)
    item = only(world)
    assert (item.readings, item.expected, item.coverage, item.silent_minutes) == (2, None, None, None)
    assert look(world).summary.coverage is None


def test_a_later_status_without_battery_leaves_the_last_charge_standing(world, person):
    device = world.device(person, "alarm-1")
    for hour, told in ((6, {"battery_pct": 81}), (7, {"online": 0})):
        world.store.commit([batch("status", [{"device": device, "time": world.at(BASELINE, hour), **told}])])
    assert only(world).battery_pct == 81.0


def test_an_alarm_button_that_sends_status_can_fall_silent_and_tells_its_battery(world, person):
    device = world.device(person, "alarm-1")
    world.store.commit(
        [batch("status", [{"device": device, "time": world.at(BASELINE, 6), "battery_pct": 81}])]
    )
    item = only(world)
    assert (item.silent_minutes, item.battery_pct) == (18 * 60, 81.0)
    assert look(world).summary.silent == 0  # once a day is often enough


OVER = 10_000 * HOUR
"""So long after its last phase the pilot is looked at."""


@pytest.mark.parametrize("asked", [None, OVER - HOUR, OVER])
def test_a_finished_pilot_is_looked_at_when_its_last_phase_ended(world, person, asked):
    end = world.at(PILOT + timedelta(days=28), 0)
    send(world, world.device(person, "bed-1", "bed"), end - HOUR, 1)
    until = None if asked is None else end + asked
    item = only(world, start=end - HOUR, end=until, now_us=end + OVER)
    assert (item.silent_minutes < 1, item.coverage) == (True, 1.0)


def test_of_a_finished_pilot_nothing_is_expected_afterwards(world, person):
    end = world.at(PILOT + timedelta(days=28), 0)
    send(world, world.device(person, "bed-1", "bed"), end - HOUR, 1)
    found = look(world, start=end + HOUR, end=end + OVER)
    assert (found.summary.coverage, found.summary.silent) == (None, 0)


def test_what_the_broker_lost_is_told_of_any_time_that_is_asked_for(world, person):
    """The installation goes on when one of its pilots has finished."""
    end = world.at(PILOT + timedelta(days=28), 0)
    send(world, world.device(person, "bed-1", "bed"), end - HOUR, 1)
    loss = Loss(end + 2 * HOUR, end + 3 * HOUR)
    world.store.commit([], [loss_letter(loss, loss.end)])
    assert look(world, start=end + HOUR, end=end + OVER).summary.broker_losses == [loss]


def test_what_goes_on_after_the_last_phase_can_fall_silent(world, person):
    end = world.at(PILOT + timedelta(days=28), 0)
    send(world, world.device(person, "bed-1", "bed"), end, 1)
    assert only(world, start=end, end=end + 4 * HOUR).coverage == pytest.approx(0.25, abs=0.001)


def test_before_the_first_phase_the_last_week_is_shown(world, person):
    now = world.at(BASELINE - timedelta(days=10))
    send(world, world.device(person, "bed-1", "bed"), now - HOUR, 1)
    assert only(world, start=None, end=None, now_us=now).readings == 360


def test_counts_that_the_intake_kept_stand_with_the_device(world, person):
    device = world.device(person, "bed-1", "bed")
    row = batch("bed", [{"device": device, "time": world.at(BASELINE), "load_kg": 70.0}])
    letter = DeadLetter(
        world.at(BASELINE), f"pilotbed/natt-2026/{device}/bed", "not JSON", "json", 3, "0", b"abc",
        pilot="natt-2026", device=device,
    )  # fmt: skip
    counts = IntakeCounts({(device, "colour"): 2}, set_aside={(device, "no_fix"): 3})
    world.store.commit([row], [letter], counts)
    world.store.commit([row])
    item = only(world)
    assert (item.readings, item.duplicates, item.dead_letters) == (1, 1, 1)
    assert item.unknown_fields == {"colour": 2}
    assert item.set_aside == {"no_fix": 3}


def test_lateness_is_that_of_the_main_stream(world, person):
    device = world.device(person, "bed-1", "bed")
    time = world.at(BASELINE)
    late = {"device": device, "time": time, "received": time + 30 * SECOND, "load_kg": 70.0}
    world.store.commit([batch("bed", [late])])
    item = only(world)
    assert (item.lateness_p95_s, item.clock_offset_s) == pytest.approx((30.0, 30.0), rel=0.02)
