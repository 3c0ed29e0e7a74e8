"""How fast alarms are answered, by week, by hour of the day and by unit."""

from datetime import timedelta

import pytest

from analysis.pipeline import PilotData
from analysis.pipeline.divided_response import response_parts
from tests.analysis.pilot_world import BASELINE, PILOT, open_world


@pytest.fixture
def world(tmp_path):
    yield from open_world(tmp_path)


def parts(world, **chosen):
    chosen = {"suppress": False, "stage": "acknowledged", "group": "intervention"} | chosen
    return response_parts(PilotData(world.registry, world.store, world.pilot), **chosen)


def devices(world, count):
    return [
        world.device(code, f"alarm-{place}") for place, code in enumerate(world.people("intervention", count))
    ]


def test_weeks_stand_from_the_plans_first_to_the_last_with_data(world):
    for device in devices(world, 5):
        world.alarm(device, "first", world.at(BASELINE, 3), acknowledged=10)
        world.alarm(device, "third", world.at(BASELINE + timedelta(days=15), 3), acknowledged=30)
    found = parts(world, by="week")
    assert [(row.n, row.median_s, row.reason) for row in found] == [
        (5, 10.0, None),
        (0, None, "no_data"),
        (5, 30.0, None),
    ]
    assert found[0].time_us == world.at(BASELINE, 0)
    assert {row.phase for row in found} == {"baseline"}


def test_an_hour_is_the_local_clocks(world):
    for device in devices(world, 5):
        world.alarm(device, "a", world.at(BASELINE, 3), acknowledged=10)
    found = parts(world, by="hour")
    assert [row.hour for row in found] == list(range(24))
    assert [row.hour for row in found if row.n] == [3]


def test_an_hour_of_few_is_hidden_with_another_that_would_tell_of_it(world):
    for place, device in enumerate(devices(world, 7)):
        world.alarm(device, "night", world.at(BASELINE, 3), acknowledged=10)
        if place < 6:
            world.alarm(device, "morning", world.at(BASELINE, 7), acknowledged=10)
        if place < 2:
            world.alarm(device, "noon", world.at(BASELINE, 12), acknowledged=10)
    hidden = {row.hour: row.reason for row in parts(world, by="hour", suppress=True) if row.suppressed}
    assert hidden == {12: "too_few_participants", 7: "by_subtraction"}


def test_a_week_of_few_is_hidden_with_another_of_its_phase_whatever_other_phases_hide(world):
    for place, device in enumerate(devices(world, 8)):
        for week in (0, 1):
            world.alarm(device, f"b{week}", world.at(BASELINE + timedelta(weeks=week), 3), acknowledged=10)
            world.alarm(device, f"p{week}", world.at(PILOT + timedelta(weeks=week), 3), acknowledged=10)
        if place < 2:
            world.alarm(device, "b", world.at(BASELINE + timedelta(weeks=2), 3), acknowledged=10)
        if place > 3:
            world.alarm(device, "p", world.at(PILOT + timedelta(weeks=2), 3), acknowledged=10)
    hidden = [(row.phase, row.reason) for row in parts(world, by="week", suppress=True) if row.suppressed]
    assert sorted(hidden) == [
        (phase, reason)
        for phase in ("baseline", "pilot")
        for reason in ("by_subtraction", "too_few_participants")
    ]


def test_there_is_a_row_for_each_stage_and_group_of_a_part(world):
    devices(world, 1)
    found = parts(world, by="hour", stage=None, group=None)
    assert [(row.hour, row.group, row.stage) for row in found[:4]] == [
        (0, "intervention", "acknowledged"),
        (0, "intervention", "arrived"),
        (0, "comparison", "acknowledged"),
        (0, "comparison", "arrived"),
    ]


def test_who_sees_groups_cannot_choose_a_window(world):
    with pytest.raises(ValueError, match="all phases together"):
        parts(world, by="hour", suppress=True, window=(0, None))


@pytest.mark.parametrize("wrong", [{"by": "month"}, {"by": "hour", "closed": "ignored"}])
def test_what_does_not_exist_is_refused(world, wrong):
    with pytest.raises(ValueError, match="take"):
        parts(world, **wrong)
