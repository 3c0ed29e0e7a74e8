"""Pilots, participants, consents and homes in the registry."""

import pytest

from pilots.errors import (
    InvalidHome,
    ParticipantExists,
    PilotExists,
    PseudonymError,
    UnknownGroup,
    UnknownParticipant,
    UnknownPilot,
    UnknownScope,
)
from pilots.plan import read_plan
from pilots.pseudonyms import is_code
from pilots.registry import Registry
from tests.pilots.conftest import Clock
from tests.pilots.plans import MINIMAL, changed


def test_a_pilot_is_kept_with_its_plan_its_text_and_its_fingerprint(registry: Registry, clock: Clock) -> None:
    pilot = registry.pilot("natt")
    plan = read_plan(MINIMAL)
    assert (pilot.plan, pilot.plan_text, pilot.plan_hash) == (plan, MINIMAL, plan.fingerprint)
    assert pilot.plan.fingerprint == plan.fingerprint
    assert (pilot.stage, pilot.added_us) == ("planning", clock())


def test_the_same_plan_again_gives_the_pilot_that_stands(registry: Registry, clock: Clock) -> None:
    before = registry.pilot("natt")
    clock.go_on(60)
    assert registry.add_pilot(read_plan(MINIMAL), MINIMAL) == before
    assert registry.pilots() == [before]


def test_another_plan_of_the_same_name_is_refused(registry: Registry) -> None:
    other = changed("24", "25")
    with pytest.raises(PilotExists, match=r'pilot "natt" was added 2026-01-09T.*Z with another plan: change'):
        registry.add_pilot(read_plan(other), other)
    assert registry.pilot("natt").plan_text == MINIMAL


def test_an_unknown_pilot_is_named_with_those_there_are(registry: Registry) -> None:
    for ask in (registry.pilot, registry.participants, registry.homes, registry.daily_values):
        with pytest.raises(UnknownPilot, match='there is no pilot "dag": there are natt'):
            ask("dag")


def test_participants_are_codes_in_a_group_with_their_consents(registry: Registry, clock: Clock) -> None:
    codes = registry.add_participants("natt", "intervention", 3, ["bed", "gps"])
    assert len(set(codes)) == 3
    assert all(is_code(code) for code in codes)
    people = registry.participants("natt")
    assert {person.code for person in people} == set(codes)
    assert {(person.group, person.joined_us, person.left_us) for person in people} == {
        ("intervention", clock(), None)
    }
    consents = registry.consents("natt")
    assert {(each.participant, each.scope) for each in consents} == {
        (code, scope) for code in codes for scope in ("bed", "gps")
    }
    assert all(each.given_us == clock() and each.withdrawn_us is None for each in consents)


def test_a_simulation_gives_its_own_codes_and_times(registry: Registry) -> None:
    added = registry.add_participants("natt", "comparison", 1, [], codes=["k7q 4td"], joined_us=5)
    assert added == ["K7Q-4TD"]
    assert registry.participants("natt")[0].joined_us == 5
    with pytest.raises(ParticipantExists, match='pilot "natt" has participant K7Q-4TD already'):
        registry.add_participants("natt", "comparison", 1, [], codes=["K7Q-4TD"])


def test_participants_that_cannot_be_are_refused_and_none_is_added(registry: Registry) -> None:
    with pytest.raises(UnknownGroup, match='has no group "control": its plan has intervention, comparison'):
        registry.add_participants("natt", "control", 1, [])
    with pytest.raises(UnknownScope, match='no consent to "sound": choose among bed, gps, camera, forms'):
        registry.add_participants("natt", "intervention", 1, ["sound"])
    with pytest.raises(PseudonymError):
        registry.add_participants("natt", "intervention", 2, [], codes=["K7Q-4TD", "K7Q-4TE"])
    with pytest.raises(ValueError, match="1 different codes are given for 2 participants"):
        registry.add_participants("natt", "intervention", 2, [], codes=["K7Q-4TD", "K7Q-4TD"])
    with pytest.raises(ValueError, match="count is 0"):
        registry.add_participants("natt", "intervention", 0, [])
    assert registry.participants("natt") == []


def test_a_home_is_set_and_set_anew(registry: Registry) -> None:
    (code, other) = registry.add_participants("natt", "intervention", 2, ["gps"])
    registry.set_home("natt", code.lower(), 59.33, 18.06)
    assert registry.homes("natt")[code].radius_m == 100
    registry.set_home("natt", code, 60, 17, radius_m=250)
    home = registry.homes("natt")[code]
    assert (home.lat, home.lon, home.radius_m) == (60, 17, 250)
    assert other not in registry.homes("natt")


def test_a_home_outside_the_globe_or_of_a_stranger_is_refused(registry: Registry) -> None:
    (code,) = registry.add_participants("natt", "intervention", 1, ["gps"])
    for lat, lon, radius in [
        (91, 0, 100),
        (0, 181, 100),
        (float("nan"), 0, 100),
        (0, 0, 0),
        (0, 0, float("nan")),
    ]:
        with pytest.raises(InvalidHome):
            registry.set_home("natt", code, lat, lon, radius)
    with pytest.raises(UnknownParticipant, match="see `pilotbed participant list natt`"):
        registry.set_home("natt", "K7Q-4TD", 0, 0)
    assert registry.homes("natt") == {}
