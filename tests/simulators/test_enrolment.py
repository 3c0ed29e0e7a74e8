from collections.abc import Iterator
from pathlib import Path

import pytest

from pilots.errors import UnknownPilot
from pilots.plan import Plan, read_plan
from pilots.pseudonyms import is_code
from pilots.registry import Registry
from simulators.enrolment import enrol
from simulators.errors import StoryMismatch
from simulators.story import Story


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    opened = Registry.open(f"sqlite:{tmp_path / 'registry.sqlite'}")
    yield opened
    opened.close()


def test_everybody_gets_a_home_and_four_devices_from_the_first_day_on(
    registry: Registry, plan: Plan, plan_text: str
) -> None:
    registry.add_pilot(plan, plan_text)
    story = Story(plan, 1)
    enrol(story, registry)
    people = registry.participants(plan.pilot)
    assert [each.group for each in people].count("intervention") == 4
    assert all(is_code(each.code) for each in people)
    assert set(registry.homes(plan.pilot)) == {each.code for each in people}
    intervals = {each.kind: each.interval_s for each in registry.devices(plan.pilot)}
    assert intervals == {"bed": 10.0, "gps": 600.0, "alarm": None, "visits": None}
    assignments = registry.assignments(plan.pilot)
    assert len(assignments) == 6 * 4
    assert {each.start_us for each in assignments} == {plan.phase_start(plan.phases[0])}
    assert {each.scope for each in registry.consents(plan.pilot)} == {"bed", "gps", "camera", "forms"}


def test_everybody_lives_in_the_unit_of_the_story_where_the_plan_has_units(
    registry: Registry, plan: Plan, plan_text: str
) -> None:
    text = plan_text.replace("units:", "# units:") + "\nunits: [A, B]\n"
    with_units = read_plan(text)
    registry.add_pilot(with_units, text)
    story = Story(with_units, 1)
    enrol(story, registry)
    units = {each.code: each.unit for each in registry.participants(plan.pilot)}
    assert units == {each.code: each.unit_name for each in story.participants}
    assert set(units.values()) == {"A", "B"}


def test_device_names_say_nothing_about_who_has_them(plan: Plan) -> None:
    story = Story(plan, 1)
    assert story.participants[0].devices["bed"] == "sim-test.bed-01"
    assert story.participants[0].devices == Story(plan, 2).participants[0].devices


def test_enrolling_again_changes_nothing(registry: Registry, plan: Plan, plan_text: str) -> None:
    registry.add_pilot(plan, plan_text)
    enrol(Story(plan, 1), registry)
    before = (registry.participants(plan.pilot), registry.assignments(plan.pilot), registry.revision())
    enrol(Story(plan, 1, days=3), registry)
    assert (
        registry.participants(plan.pilot),
        registry.assignments(plan.pilot),
        registry.revision(),
    ) == before


def test_an_enrolment_that_was_cut_short_is_completed(registry: Registry, plan: Plan, plan_text: str) -> None:
    registry.add_pilot(plan, plan_text)
    story = Story(plan, 1)
    registry.add_participants(plan.pilot, "intervention", 1, ["bed"], codes=[story.participants[2].code])
    enrol(story, registry)
    assert len(registry.participants(plan.pilot)) == 6


def test_another_seed_is_not_mixed_into_the_same_pilot(
    registry: Registry, plan: Plan, plan_text: str
) -> None:
    registry.add_pilot(plan, plan_text)
    enrol(Story(plan, 1), registry)
    with pytest.raises(StoryMismatch, match="6 participants that seed 2 does not know"):
        enrol(Story(plan, 2), registry)


def test_a_pilot_has_to_be_added_first(registry: Registry, plan: Plan) -> None:
    with pytest.raises(UnknownPilot):
        enrol(Story(plan, 1), registry)
