import weakref

import pytest

from analysis.pipeline import PilotData, evaluate, metric_rows, response_parts
from pilots.errors import UnknownPilot
from tests.analysis.pilot_world import BASELINE, PILOT, open_world
from tests.store.readings import batch

VISITS, EXITS = "physical_visits_per_night", "bed_exits_per_night"


@pytest.fixture
def world(tmp_path):
    yield from open_world(tmp_path)


def data_of(world):
    return PilotData(world.registry, world.store, world.pilot)


def test_days_stand_by_group_participant_and_day(world):
    other = world.people("comparison", 1)[0]
    first, second = sorted(world.people("intervention", 2))
    world.days(other, BASELINE, VISITS, [4.0])
    world.days(second, BASELINE, VISITS, [3.0])
    world.days(first, PILOT, VISITS, [2.0])
    world.days(first, BASELINE, VISITS, [1.0])
    world.days(first, BASELINE, EXITS, [9.0])
    data = data_of(world)
    told = [(value.participant, value.day, value.value) for value in data.days(VISITS).values()]
    assert told == [
        (first, BASELINE, 1.0),
        (first, PILOT, 2.0),
        (second, BASELINE, 3.0),
        (other, BASELINE, 4.0),
    ]
    assert len(data.days("weight_kg")) == 0


def test_the_last_day_is_of_whichever_metric_says_anything(world):
    code = world.people("intervention", 1)[0]
    assert data_of(world).last_day is None
    world.days(code, BASELINE, VISITS, [1.0])
    world.days(code, PILOT, EXITS, [None], coverage=0.0, reason="no_data")
    assert data_of(world).last_day == PILOT


def test_everything_told_of_it_is_of_one_moment(world):
    code = world.people("intervention", 1)[0]
    device = world.device(code, "alarm-1")
    world.days(code, BASELINE, VISITS, [1.0])
    data = data_of(world)
    before = data.fingerprint, metric_rows(data, VISITS, by="phase", suppress=False)
    world.days(code, BASELINE, VISITS, [7.0])
    world.alarm(device, "a", world.at(BASELINE))
    assert evaluate(data, suppress=False).data_fingerprint == before[0]
    assert metric_rows(data, VISITS, by="phase", suppress=False) == before[1]
    assert data_of(world).fingerprint != before[0]


def test_a_fingerprint_stays_that_of_the_values_that_are_told(world):
    code = world.people("intervention", 1)[0]
    world.days(code, BASELINE, VISITS, [1.0])
    data = data_of(world)
    before = data.fingerprint
    world.days(code, BASELINE, VISITS, [7.0])
    assert [value.value for value in data.days(VISITS).values()] == [1.0]
    assert data_of(world).fingerprint != before
    world.days(code, BASELINE, VISITS, [1.0])
    assert data_of(world).fingerprint == before


def test_alarms_of_a_device_are_taken_over_until_it_sends_more_or_moves(world):
    first, second = world.people("intervention", 2)
    moves, stays = world.device(first, "alarm-1"), world.device(first, "alarm-2")
    for device in (moves, stays):
        world.alarm(device, "a", world.at(BASELINE))

    def anew(before):
        return PilotData(world.registry, world.store, world.pilot, before=before).alarms

    before = data_of(world)
    read = before.alarms
    world.alarm(moves, "a", None, acknowledged=60)
    world.alarm(moves, "b", world.at(PILOT, 11))
    world.registry.assign(world.pilot, moves, first, 0, world.at(PILOT, 0))
    world.registry.assign(world.pilot, moves, second, world.at(PILOT, 0))
    after = anew(before)
    assert after.by_device[stays] is read.by_device[stays]
    assert [after.participants[each] for each in after.participant] == [first, second, first]
    assert after.device.tolist() == [moves, moves, stays]
    assert len(read.table) == 2
    world.store.delete(moves, world.at(PILOT, 0), world.at(PILOT, 24))
    assert anew(before).device.tolist() == [moves, stays]


def test_daily_values_are_taken_over_until_one_of_them_or_who_takes_part_changes(world):
    first, second = world.people("intervention", 2)
    world.days(first, BASELINE, VISITS, [1.0])
    device = world.device(first, "alarm-1")

    def anew(before):
        return PilotData(world.registry, world.store, world.pilot, before=before)

    read = data_of(world)
    before = read.days(VISITS)
    world.alarm(device, "a", world.at(BASELINE))
    unasked = anew(read)
    after_an_alarm = anew(unasked)
    assert after_an_alarm.days(VISITS) is before
    world.days(second, BASELINE, VISITS, [2.0])
    after_a_value = anew(after_an_alarm)
    assert after_a_value.days(VISITS).value.tolist() == data_of(world).days(VISITS).value.tolist()
    assert len(after_a_value.days(VISITS)) == 2
    world.people("comparison", 1)
    joined = anew(after_a_value).days(VISITS)
    assert joined is not after_a_value.days(VISITS)
    assert len(before) == 1


def test_no_reading_of_a_pilot_holds_the_one_before(world):
    code = world.people("intervention", 1)[0]
    device = world.device(code, "alarm-1")
    world.alarm(device, "a", world.at(BASELINE))
    world.days(code, BASELINE, VISITS, [1.0])
    before = data_of(world)
    held = [weakref.ref(part) for part in (before.alarms, before.days(VISITS))]
    world.alarm(device, "b", world.at(PILOT))
    world.days(code, BASELINE, VISITS, [2.0])
    after = PilotData(world.registry, world.store, world.pilot, before=before)
    assert (len(after.alarms.table), len(after.days(VISITS))) == (2, 1)
    del before
    assert [part() for part in held] == [None, None]


def test_an_event_that_only_moves_the_end_of_the_data_is_told_of(world):
    device = world.device(world.people("intervention", 1)[0], "alarm-1")
    world.alarm(device, "a", world.at(BASELINE), acknowledged=60)
    before = data_of(world)
    weeks = response_parts(before, by="week", suppress=False)
    world.store.commit(
        [batch("alarm", [{"device": device, "alarm": "a", "stage": "acknowledged", "time": world.at(PILOT)}])]
    )
    after = data_of(world)
    assert len(response_parts(after, by="week", suppress=False)) > len(weeks)
    assert after.fingerprint != before.fingerprint


def test_who_joins_while_it_is_read_is_of_a_later_moment(world):
    code = world.people("intervention", 1)[0]
    world.days(code, BASELINE, VISITS, [1.0])
    data = data_of(world)
    assert data.members["intervention"] == [code]
    world.days(world.people("intervention", 1)[0], BASELINE, VISITS, [7.0])
    assert [value.participant for value in data.days(VISITS).values()] == [code]


def test_members_stand_by_group_also_where_there_are_none(world):
    codes = world.people("comparison", 3)
    members = data_of(world).members
    assert list(members) == ["intervention", "comparison"]
    assert (list(members["intervention"]), sorted(members["comparison"])) == ([], sorted(codes))


def test_a_pilot_there_is_not_is_refused_by_what_asks(world):
    with pytest.raises(UnknownPilot):
        metric_rows(PilotData(world.registry, world.store, "none"), VISITS, by="phase", suppress=False)
