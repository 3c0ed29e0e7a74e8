import numpy as np
import pytest

from analysis.pipeline import PilotData
from analysis.pipeline.response import response_rows
from analysis.survival import cumulative_incidence, incidence_at, incidence_quantile
from tests.analysis.pilot_world import BASELINE, HOUR, PILOT, SECOND, open_world


@pytest.fixture
def world(tmp_path):
    yield from open_world(tmp_path)


def rows(world, **chosen):
    chosen = {"suppress": False} | chosen
    return {
        (row.phase, row.group, row.stage): row
        for row in response_rows(PilotData(world.registry, world.store, world.pilot), **chosen)
    }


ACKNOWLEDGED = ("baseline", "intervention", "acknowledged")
ARRIVED = ("baseline", "intervention", "arrived")


def five_residents(world, group="intervention", prefix="alarm"):
    return [world.device(code, f"{prefix}-{place}") for place, code in enumerate(world.people(group, 5))]


def test_there_is_a_row_for_every_phase_group_and_stage(world):
    assert list(rows(world)) == [
        (phase, group, stage)
        for phase in ("baseline", "pilot")
        for group in ("intervention", "comparison")
        for stage in ("acknowledged", "arrived")
    ]
    assert {row.reason for row in rows(world).values()} == {"no_data"}


def test_median_and_share_within_target(world):
    for device in five_residents(world):
        for number, seconds in enumerate((30, 40, 50, 100)):
            world.alarm(device, f"a{number}", world.at(BASELINE, number), acknowledged=seconds)
    row = rows(world)[ACKNOWLEDGED]
    assert (row.n, row.censored, row.median_s) == (20, 0, 40.0)
    assert row.share_within_target == pytest.approx(0.75)  # the plan's target is 60 s


def test_an_alarm_closed_without_the_stage_competes_by_default(world):
    for device in five_residents(world):
        world.alarm(device, "a", world.at(BASELINE), arrived=100, closed=200)
        world.alarm(device, "b", world.at(BASELINE, 1), closed=50)
        world.alarm(device, "c", world.at(BASELINE, 2), arrived=300, closed=400)
    competing, censored = rows(world)[ARRIVED], rows(world, closed="censored")[ARRIVED]
    assert (competing.censored, competing.median_s) == (0, 300.0)
    assert (censored.censored, censored.median_s) == (5, 100.0)


def test_an_open_alarm_is_censored_at_the_latest_event_of_all_devices(world):
    devices = five_residents(world)
    for device in devices:
        world.alarm(device, "open", world.at(BASELINE))
    world.alarm(devices[0], "last", world.at(BASELINE) + 900 * SECOND, acknowledged=1)
    row = rows(world)[ACKNOWLEDGED]
    assert (row.n, row.censored) == (6, 5)


def test_a_median_not_reached_is_absent_with_its_reason(world):
    for device in five_residents(world):
        world.alarm(device, "a", world.at(BASELINE), closed=10)
    row = rows(world)[ACKNOWLEDGED]
    assert (row.median_s, row.ci_high, row.reason) == (None, None, "not_reached")
    assert row.share_within_target == 0


def test_tests_and_alarms_of_nobody_are_left_out(world):
    (device, *_) = five_residents(world)
    world.alarm(device, "real", world.at(BASELINE), acknowledged=10)
    world.alarm(device, "cause", world.at(BASELINE, 1), cause="test", acknowledged=20)
    world.alarm(device, "outcome", world.at(BASELINE, 2), outcome="test", acknowledged=20)
    world.registry.add_device(world.pilot, "shelf", "alarm")
    world.alarm("shelf", "nobody", world.at(BASELINE, 3), acknowledged=20)
    assert rows(world)[ACKNOWLEDGED].n == 1


def test_a_stage_without_a_raise_is_no_alarm(world):
    (device, *_) = five_residents(world)
    world.alarm(device, "a", None, acknowledged=world.at(BASELINE) / SECOND)
    assert rows(world)[ACKNOWLEDGED].n == 0


def test_an_alarm_belongs_to_the_phase_and_participant_of_its_raise(world):
    (person,) = world.people("intervention", 1)
    (neighbour,) = world.people("comparison", 1)
    world.registry.add_device(world.pilot, "button", "alarm")
    moved = world.at(PILOT, 0) - HOUR
    world.registry.assign(world.pilot, "button", person, 0, moved)
    world.registry.assign(world.pilot, "button", neighbour, moved)
    world.alarm("button", "before", moved - SECOND, acknowledged=7200)
    world.alarm("button", "after", moved, acknowledged=7200)
    found = rows(world)
    assert found[ACKNOWLEDGED].n == 1
    assert found[("baseline", "comparison", "acknowledged")].n == 1
    assert found[("pilot", "comparison", "acknowledged")].n == 0


def test_start_and_end_choose_by_the_raise(world):
    (device, *_) = five_residents(world)
    for hour in range(4):
        world.alarm(device, f"a{hour}", world.at(BASELINE, hour), acknowledged=10)
    chosen = rows(world, start=world.at(BASELINE, 1), end=world.at(BASELINE, 3))
    assert chosen[ACKNOWLEDGED].n == 2


def test_many_alarms_of_four_residents_are_hidden(world):
    for device in five_residents(world)[:4]:
        for number in range(10):
            world.alarm(device, f"a{number}", world.at(BASELINE, number), acknowledged=10)
    row = rows(world, suppress=True)[ACKNOWLEDGED]
    assert (row.suppressed, row.reason, row.n, row.median_s) == (True, "too_few_participants", None, None)
    assert rows(world)[ACKNOWLEDGED].n == 40


def test_one_resident_has_no_cluster_interval_but_a_greenwood_one(world):
    (device, *_) = five_residents(world)
    for number in range(20):
        world.alarm(device, f"a{number}", world.at(BASELINE, number), acknowledged=10 + number)
    cluster, greenwood = rows(world)[ACKNOWLEDGED], rows(world, interval="greenwood")[ACKNOWLEDGED]
    assert (cluster.ci_low, cluster.reason) == (None, "too_few_participants")
    assert greenwood.ci_low < greenwood.median_s < greenwood.ci_high


def test_greenwood_is_the_curve_of_all_alarms(world):
    random = np.random.default_rng(3)
    seconds = np.round(random.exponential(60, 100))
    for place, device in enumerate(five_residents(world)):
        for number in range(20):
            wait = float(seconds[place * 20 + number])
            world.alarm(device, f"a{number}", world.at(BASELINE, number), acknowledged=wait)
    row = rows(world, interval="greenwood")[ACKNOWLEDGED]
    curve = cumulative_incidence(seconds, np.ones(100, np.int8))
    median, share = incidence_quantile(curve), incidence_at(curve, 60)
    assert (row.median_s, row.ci_low, row.ci_high) == (median.value, median.ci_low, median.ci_high)
    assert (row.share_within_target, row.share_ci_low) == pytest.approx((share.value, share.ci_low))


@pytest.mark.parametrize("wrong", [{"interval": "wald"}, {"closed": "ignored"}])
def test_what_does_not_exist_is_refused(world, wrong):
    five_residents(world)
    world.alarm("alarm-0", "a", world.at(BASELINE), acknowledged=10)
    with pytest.raises(ValueError, match="take"):
        rows(world, **wrong)
