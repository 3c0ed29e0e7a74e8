import pytest

from analysis.pipeline import PilotData, evaluate, metric_rows
from pilots.errors import UnknownPilot
from tests.analysis.pilot_world import BASELINE, PILOT, open_world

VISITS, EXITS = "physical_visits_per_night", "bed_exits_per_night"


@pytest.fixture
def world(tmp_path):
    yield from open_world(tmp_path)


def data_of(world):
    return PilotData(world.registry, world.store, world.pilot)


def test_days_stand_by_participant_ascending_however_they_are_read(world):
    first, second = sorted(world.people("intervention", 2))
    world.days(second, BASELINE, VISITS, [3.0])
    world.days(first, PILOT, VISITS, [2.0])
    world.days(first, BASELINE, VISITS, [1.0])
    world.days(first, BASELINE, EXITS, [9.0])
    one, all_of_them = data_of(world), data_of(world)
    assert list(all_of_them.all_days()) == [EXITS, VISITS]
    for data in (one, all_of_them):
        assert {code: [day.value for day in days] for code, days in data.days(VISITS).items()} == {
            first: [1.0, 2.0],
            second: [3.0],
        }
        assert not data.days("weight_kg")


def test_one_metric_read_before_all_stands_once(world):
    code = world.people("intervention", 1)[0]
    world.days(code, BASELINE, VISITS, [1.0, 2.0])
    data = data_of(world)
    assert len(data.days(VISITS)[code]) == 2
    assert len(data.all_days()[VISITS][code]) == 2


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


def test_members_stand_by_group_also_where_there_are_none(world):
    codes = world.people("comparison", 3)
    members = data_of(world).members
    assert list(members) == ["intervention", "comparison"]
    assert (list(members["intervention"]), sorted(members["comparison"])) == ([], sorted(codes))


def test_a_pilot_there_is_not_is_refused_by_what_asks(world):
    with pytest.raises(UnknownPilot):
        metric_rows(PilotData(world.registry, world.store, "none"), VISITS, by="phase", suppress=False)
