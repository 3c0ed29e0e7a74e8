"""Devices that announced themselves, and wait for somebody to register them."""

from concurrent.futures import ThreadPoolExecutor

from pilots.records import Proposal
from pilots.registry import Registry
from pilots.registry.proposals import MAX_PROPOSALS
from tests.pilots.conftest import Clock

BED = Proposal("zigbee2mqtt", "bedframe-05", ("bed",))
BATTERY = Proposal("zigbee2mqtt", "bedframe-05", ("status",))
SCALE = Proposal("esphome", "bed-04", ("bed", "status"))


def test_what_topics_announce_is_proposed_by_adapter_and_address(registry: Registry) -> None:
    assert registry.proposals() == []
    registry.propose({"a/config": [BED], "b/config": [SCALE], "c/config": []})
    assert registry.proposals() == [SCALE, BED]


def test_a_topic_that_announces_something_else_proposes_that_instead(registry: Registry) -> None:
    registry.propose({"a/config": [BED, SCALE]})
    registry.propose({"a/config": [SCALE]})
    assert registry.proposals() == [SCALE]


def test_a_topic_that_takes_its_announcement_back_proposes_nothing(registry: Registry) -> None:
    registry.propose({"a/config": [BED], "b/config": [SCALE]})
    registry.propose({"a/config": []})
    assert registry.proposals() == [SCALE]


def test_what_several_topics_say_of_one_device_is_one_proposal(registry: Registry) -> None:
    registry.propose({"a/config": [BED], "b/config": [BATTERY]})
    assert registry.proposals() == [Proposal("zigbee2mqtt", "bedframe-05", ("bed", "status"))]
    registry.propose({"a/config": []})
    assert registry.proposals() == [], "of what kind a battery is nobody knows"


def test_a_device_that_is_registered_is_proposed_no_more(registry: Registry) -> None:
    registry.propose({"a/config": [BED], "b/config": [SCALE]})
    registry.add_device("natt", "bed-1", "bed", "zigbee2mqtt", "bedframe-05")
    assert registry.proposals() == [SCALE]


def test_to_be_proposed_changes_no_device(registry: Registry) -> None:
    before = registry.revision(), registry.figures_revision()
    registry.propose({"a/config": [BED]})
    assert (registry.revision(), registry.figures_revision()) == before
    assert registry.devices() == []


def test_the_same_again_is_not_written_again(registry: Registry, clock: Clock) -> None:
    registry.propose({"a/config": [SCALE]})
    clock.go_on(60)
    registry.propose({"b/config": [BED]})
    clock.go_on(60)
    registry.propose({"a/config": [SCALE]})
    registry.propose(many(MAX_PROPOSALS - 1))
    assert SCALE not in registry.proposals(), "it is still the oldest"
    assert BED in registry.proposals()


def test_beyond_so_many_the_oldest_go(registry: Registry, clock: Clock) -> None:
    registry.propose({"first/config": [SCALE]})
    clock.go_on(1)
    registry.propose(many(MAX_PROPOSALS))
    assert len(registry.proposals()) == MAX_PROPOSALS
    assert SCALE not in registry.proposals()
    clock.go_on(1)
    registry.propose({"last/config": [BED]})
    assert len(registry.proposals()) == MAX_PROPOSALS
    assert BED in registry.proposals()


def test_one_announcement_of_too_many_is_cut(registry: Registry) -> None:
    registry.propose(many(2 * MAX_PROPOSALS))
    assert len(registry.proposals()) == MAX_PROPOSALS


def test_topics_are_not_kept(registry: Registry) -> None:
    registry.propose({"homeassistant/sensor/gretas_rum/config": [BED]})
    with registry._reading() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM proposals").all()
    assert "greta" not in repr(rows)


def test_words_of_any_language_may_stand_in_an_address(registry: Registry) -> None:
    proposal = Proposal("zigbee2mqtt", "hus/sovrum 3 – säng 🛏", ("bed",))
    registry.propose({"säng/config": [proposal]})
    assert registry.proposals() == [proposal]


def test_of_two_that_propose_at_once_both_are_heard(registry: Registry) -> None:
    def propose(number: int) -> None:
        registry.propose({f"{number}/config": [Proposal("mqtt-bed", f"home/{number}", ("bed",))]})

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(propose, range(12)))
    assert len(registry.proposals()) == 12


def many(count: int) -> dict[str, list[Proposal]]:
    return {
        f"{number}/config": [Proposal("mqtt-bed", f"home/bed-{number}", ("bed",))] for number in range(count)
    }
