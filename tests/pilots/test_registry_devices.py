"""Devices, and who they stood with when."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilots.errors import (
    AssignmentOverlap,
    DeviceExists,
    InvalidDevice,
    InvalidInterval,
    UnknownDevice,
    UnknownParticipant,
    UnknownPilot,
)
from pilots.plan import read_plan
from pilots.records import Assignment
from pilots.registry import Registry
from tests.pilots.plans import MINIMAL


@pytest.fixture
def codes(registry: Registry) -> list[str]:
    return registry.add_participants("natt", "intervention", 2, ["bed"])


@pytest.mark.parametrize(
    ("kind", "interval_s"), [("bed", 10), ("gps", 600), ("camera", None), ("alarm", None), ("visits", None)]
)
def test_the_expected_interval_follows_the_kind(registry: Registry, kind: str, interval_s: float) -> None:
    assert registry.add_device("natt", "x-1", kind).interval_s == interval_s
    assert registry.devices()[0].interval_s == interval_s


def test_a_device_keeps_what_it_was_given(registry: Registry) -> None:
    given = registry.add_device("natt", "gps.01", "gps", "owntracks", "user/phone", 60)
    assert registry.devices("natt") == [given]
    assert (given.adapter, given.address, given.interval_s) == ("owntracks", "user/phone", 60)


def test_the_same_device_again_is_the_same_and_changes_nothing(registry: Registry) -> None:
    first = registry.add_device("natt", "bed-1", "bed")
    revision = registry.revision()
    assert registry.add_device("natt", "bed-1", "bed", interval_s=10) == first
    assert registry.revision() == revision


def test_a_device_with_other_values_is_refused(registry: Registry) -> None:
    registry.add_device("natt", "bed-1", "bed")
    with pytest.raises(DeviceExists, match='"bed-1" is there with other values: pilot "natt", kind bed'):
        registry.add_device("natt", "bed-1", "gps")


def test_one_address_of_an_adapter_is_one_device(registry: Registry) -> None:
    registry.add_device("natt", "gps-1", "gps", "owntracks", "a/b")
    registry.add_device("natt", "gps-2", "gps", "traccar", "a/b")
    with pytest.raises(DeviceExists, match='address "a/b" of adapter "owntracks" belongs to device "gps-1"'):
        registry.add_device("natt", "gps-3", "gps", "owntracks", "a/b")


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a+", "#", "säng", "x" * 65, "bed\n"])
def test_a_name_that_no_topic_can_hold_is_refused(registry: Registry, name: str) -> None:
    with pytest.raises(InvalidDevice, match="a name is 1-64 of"):
        registry.add_device("natt", name, "bed")


def test_a_device_that_cannot_be_is_refused(registry: Registry) -> None:
    with pytest.raises(InvalidDevice, match='unknown kind "scale": it is one of bed, gps'):
        registry.add_device("natt", "x", "scale")
    with pytest.raises(InvalidDevice, match=r"interval 0\.0 s should be more than 0"):
        registry.add_device("natt", "x", "bed", interval_s=0)
    with pytest.raises(InvalidDevice, match="adapter"):
        registry.add_device("natt", "x", "bed", adapter="Own Tracks")
    with pytest.raises(InvalidDevice, match="address"):
        registry.add_device("natt", "x", "bed", address="")
    with pytest.raises(UnknownPilot):
        registry.add_device("dag", "x", "bed")
    assert registry.devices() == []


def test_a_device_stands_with_one_after_the_other(registry: Registry, codes: list[str]) -> None:
    registry.add_device("natt", "bed-1", "bed")
    registry.assign("natt", "bed-1", codes[1], 200)
    registry.assign("natt", "bed-1", codes[0], 100, 200)
    assert registry.assignments("natt") == [
        Assignment("bed-1", codes[0], 100, 200),
        Assignment("bed-1", codes[1], 200, None),
    ]


def test_an_open_assignment_is_ended_by_assigning_it_again(registry: Registry, codes: list[str]) -> None:
    registry.add_device("natt", "bed-1", "bed")
    registry.assign("natt", "bed-1", codes[0], 100)
    with pytest.raises(AssignmentOverlap, match=f'"bed-1" stands with {codes[0]} .*until further notice'):
        registry.assign("natt", "bed-1", codes[1], 500)
    registry.assign("natt", "bed-1", codes[0], 100, 500)
    registry.assign("natt", "bed-1", codes[1], 500)
    with pytest.raises(AssignmentOverlap):
        registry.assign("natt", "bed-1", codes[0], 100, 501)
    assert [each.end_us for each in registry.assignments("natt")] == [500, None]


def test_two_beds_may_stand_with_one_participant(registry: Registry, codes: list[str]) -> None:
    for device in ("bed-1", "bed-2"):
        registry.add_device("natt", device, "bed")
        registry.assign("natt", device, codes[0], 100)
    assert len(registry.assignments("natt")) == 2


def test_an_assignment_of_strangers_or_without_length_is_refused(
    registry: Registry, codes: list[str]
) -> None:
    registry.add_device("natt", "bed-1", "bed")
    with pytest.raises(UnknownDevice, match="add it with `pilotbed device add natt bed-2"):
        registry.assign("natt", "bed-2", codes[0], 0)
    with pytest.raises(UnknownParticipant):
        registry.assign("natt", "bed-1", "K7Q-4TD", 0)
    with pytest.raises(
        InvalidInterval, match="1970-01-01T00:00:01Z, not after it starts 1970-01-01T00:00:01Z"
    ):
        registry.assign("natt", "bed-1", codes[0], 1_000_000, 1_000_000)
    assert registry.assignments("natt") == []


def test_a_device_of_another_pilot_is_not_ours(registry: Registry, codes: list[str]) -> None:
    other = MINIMAL.replace("natt", "dag")
    registry.add_pilot(read_plan(other), other)
    registry.add_device("dag", "bed-1", "bed")
    with pytest.raises(UnknownDevice):
        registry.assign("natt", "bed-1", codes[0], 0)
    assert registry.devices("natt") == []


def test_the_revision_grows_with_every_change_and_only_then(registry: Registry, codes: list[str]) -> None:
    seen = [registry.revision()]
    registry.add_device("natt", "bed-1", "bed")
    seen.append(registry.revision())
    registry.assign("natt", "bed-1", codes[0], 100)
    seen.append(registry.revision())
    registry.assign("natt", "bed-1", codes[0], 100, 200)
    seen.append(registry.revision())
    assert seen == [1, 2, 3, 4], "adding the pilot is the first change"
    registry.assign("natt", "bed-1", codes[0], 100, 200)
    with pytest.raises(AssignmentOverlap):
        registry.assign("natt", "bed-1", codes[1], 150)
    registry.set_home("natt", codes[0], 59, 18)
    assert registry.revision() == 4


def test_of_two_assignments_at_once_one_stands(registry: Registry, codes: list[str]) -> None:
    registry.add_device("natt", "bed-1", "bed")

    def assign(attempt: int) -> bool:
        try:
            registry.assign("natt", "bed-1", codes[attempt % 2], 100 + attempt)
        except AssignmentOverlap:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(assign, range(16))) == 1
    assert len(registry.assignments("natt")) == 1


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.one_of(st.none(), st.integers(1, 10))), min_size=1, max_size=8)
)
def test_no_instant_ever_belongs_to_two(spans: list[tuple[int, int | None]]) -> None:
    with Registry.open("sqlite://") as registry:
        registry.add_pilot(read_plan(MINIMAL), MINIMAL)
        registry.add_device("natt", "bed-1", "bed")
        codes = registry.add_participants("natt", "intervention", len(spans), ["bed"])
        for code, (start, length) in zip(codes, spans, strict=True):
            try:
                registry.assign("natt", "bed-1", code, start, None if length is None else start + length)
            except AssignmentOverlap:
                continue
        standing = registry.assignments("natt")
        assert standing
        for before, after in pairwise(standing):
            assert before.end_us is not None
            assert before.end_us <= after.start_us
