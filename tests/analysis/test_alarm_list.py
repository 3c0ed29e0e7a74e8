import pytest

from analysis.pipeline.alarm_list import alarms
from analysis.pipeline.pilot_data import PilotData
from tests.analysis.pilot_world import BASELINE, SECOND, open_world


@pytest.fixture
def world(tmp_path):
    yield from open_world(tmp_path)


@pytest.fixture
def device(world):
    return world.device(world.people("intervention", 1)[0], "alarm-1")


def listed(world, **chosen):
    chosen = {"now_us": world.at(BASELINE) + 1000 * SECOND} | chosen
    return alarms(PilotData(world.registry, world.store, world.pilot), **chosen)


def test_the_stage_is_the_highest_seen_whatever_came_last(world, device):
    world.alarm(device, "a", world.at(BASELINE), arrived=30, acknowledged=40, cause="fall")
    (row,) = listed(world)
    assert (row.stage, row.stage_code, row.cause) == ("arrived", 4, "fall")
    assert (row.acknowledged_us - row.raised_us, row.closed_us) == (40 * SECOND, None)


def test_open_leaves_out_closed_and_cancelled(world, device):
    world.alarm(device, "open", world.at(BASELINE), acknowledged=1)
    world.alarm(device, "closed", world.at(BASELINE, 1), closed=1)
    world.alarm(device, "cancelled", world.at(BASELINE, 2), cancelled=1)
    assert [row.alarm for row in listed(world, open_only=True)] == ["open"]
    assert len(listed(world)) == 3


def test_alarms_ascend_by_their_raise_within_start_and_end(world, device):
    for hour in (3, 1, 2):
        world.alarm(device, f"a{hour}", world.at(BASELINE, hour))
    assert [row.alarm for row in listed(world)] == ["a1", "a2", "a3"]
    chosen = listed(world, start=world.at(BASELINE, 2), end=world.at(BASELINE, 3))
    assert [row.alarm for row in chosen] == ["a2"]


def test_an_alarm_known_only_by_its_close_is_listed_without_a_raise(world, device):
    world.alarm(device, "a", None, closed=world.at(BASELINE) / SECOND)
    (row,) = listed(world)
    assert (row.raised_us, row.stage, row.over_target_s) == (None, "closed", None)


@pytest.mark.parametrize(
    ("stages", "over"),
    [
        ({"acknowledged": 60, "arrived": 600}, 0.0),
        ({"acknowledged": 90, "arrived": 600}, 30.0),
        ({"acknowledged": 10, "arrived": 700}, 100.0),
        ({"acknowledged": 10}, 400.0),  # still nobody there after 1000 s
        ({"arrived": 90}, 30.0),  # nobody pressed acknowledge, and somebody came
        ({"dispatched": 90, "arrived": 600}, 30.0),
        ({"arrived": 90, "acknowledged": 700}, 30.0),
        ({"closed": 75}, 15.0),
        ({"closed": 75, "acknowledged": 900}, 15.0),
        ({"acknowledged": 50, "arrived": 560}, -10.0),  # over, and nothing is waited for
        ({}, 940.0),
    ],
)
def test_over_target_is_the_slower_stage_until_it_came_or_now(world, device, stages, over):
    world.alarm(device, "a", world.at(BASELINE), **stages)  # targets: 60 s and 600 s
    assert listed(world)[0].over_target_s == over


@pytest.mark.parametrize(
    ("stages", "after_s", "over"),
    [
        ({}, 20, -40.0),  # 40 s left to acknowledge
        ({}, 60, 0.0),
        ({"acknowledged": 10}, 100, -500.0),  # acknowledged in time: 500 s left to arrive
        ({"acknowledged": 90}, 100, 30.0),  # acknowledged too late, whatever is left to arrive
        ({"arrived": 20}, 100, -40.0),
    ],
)
def test_an_alarm_within_its_target_tells_the_time_left(world, device, stages, after_s, over):
    world.alarm(device, "a", world.at(BASELINE), **stages)
    (row,) = listed(world, now_us=world.at(BASELINE) + after_s * SECOND)
    assert row.over_target_s == over


def test_alarms_of_a_device_are_told_apart_by_their_moment_whichever_are_asked_for(world, device):
    world.alarm(device, "b", world.at(BASELINE))
    world.alarm(device, "a", world.at(BASELINE), closed=1)
    world.alarm(device, "c", world.at(BASELINE, 13))
    assert [(row.alarm, row.place) for row in listed(world)] == [("a", 1), ("b", 2), ("c", 1)]
    assert [(row.alarm, row.place) for row in listed(world, open_only=True)] == [("b", 2), ("c", 1)]
