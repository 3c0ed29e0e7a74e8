"""Accounts at the broker: of devices, and of bridges that publish for many."""

import pytest

from pilots.errors import AccountExists, InvalidAccount, UnknownDevice, UnknownPilot
from pilots.records import Account
from pilots.registry import Registry
from tests.pilots.conftest import Clock

HASH = "$7$101$c2FsdA==$aGFzaA=="


def test_a_device_without_a_password_has_no_account(registry: Registry) -> None:
    registry.add_device("natt", "bed-1", "bed")
    assert registry.accounts() == []


def test_a_device_gets_an_account_of_its_own_name(registry: Registry, clock: Clock) -> None:
    registry.add_device("natt", "bed-1", "bed")
    registry.set_account("bed-1", HASH, pilot="natt")
    assert registry.accounts() == [Account("bed-1", "natt", "bed-1", (), HASH, clock.now_us)]


def test_a_new_password_takes_the_place_of_the_old(registry: Registry) -> None:
    registry.add_device("natt", "bed-1", "bed")
    registry.set_account("bed-1", HASH, pilot="natt")
    registry.set_account("bed-1", "other", pilot="natt")
    assert [account.password_hash for account in registry.accounts()] == ["other"]


def test_a_bridge_has_topic_filters_and_no_pilot(registry: Registry, clock: Clock) -> None:
    registry.set_account("gateway", HASH, topic_filters=["owntracks/+/+", "v3/+/devices/+/up"])
    assert registry.accounts() == [
        Account("gateway", None, None, ("owntracks/+/+", "v3/+/devices/+/up"), HASH, clock.now_us)
    ]


def test_accounts_are_listed_by_name(registry: Registry) -> None:
    registry.add_device("natt", "bed-1", "bed")
    registry.set_account("gateway", HASH, topic_filters=["a/#"])
    registry.set_account("bed-1", HASH, pilot="natt")
    assert [account.name for account in registry.accounts()] == ["bed-1", "gateway"]


def test_a_bridge_cannot_be_named_as_a_device_even_one_without_an_account(registry: Registry) -> None:
    registry.add_device("natt", "bed-1", "bed")
    with pytest.raises(AccountExists, match='bridge "bed-1": a device of pilot "natt" has that name'):
        registry.set_account("bed-1", HASH, topic_filters=["a/#"])


def test_a_device_named_as_a_bridge_gets_no_account(registry: Registry) -> None:
    registry.set_account("gateway", HASH, topic_filters=["a/#"])
    registry.add_device("natt", "gateway", "bed")
    with pytest.raises(AccountExists, match="remove it with `pilotbed bridge remove gateway`"):
        registry.set_account("gateway", HASH, pilot="natt")


@pytest.mark.parametrize("name", ["", "a b", "a:b", "gate+way", "x" * 65, "gateway\n"])
def test_a_bridge_has_a_name_that_a_password_file_can_hold(registry: Registry, name: str) -> None:
    with pytest.raises(InvalidAccount, match="a name is 1-64 of"):
        registry.set_account(name, HASH, topic_filters=["a/#"])


def test_a_bridge_without_filters_could_publish_nothing_and_is_refused(registry: Registry) -> None:
    with pytest.raises(InvalidAccount, match="--topic FILTER"):
        registry.set_account("gateway", HASH)


def test_a_device_that_is_not_there_gets_no_account(registry: Registry) -> None:
    with pytest.raises(UnknownDevice, match="pilotbed device add natt bed-1"):
        registry.set_account("bed-1", HASH, pilot="natt")
    with pytest.raises(UnknownPilot):
        registry.set_account("bed-1", HASH, pilot="dag")
    assert registry.accounts() == []


def test_an_account_is_removed_once(registry: Registry) -> None:
    registry.add_device("natt", "bed-1", "bed")
    registry.set_account("bed-1", HASH, pilot="natt")
    assert registry.remove_account("bed-1", pilot="natt")
    assert not registry.remove_account("bed-1", pilot="natt")
    with pytest.raises(UnknownDevice):
        registry.remove_account("bed-2", pilot="natt")


def test_removing_a_bridge_leaves_a_device_alone(registry: Registry) -> None:
    registry.add_device("natt", "bed-1", "bed")
    registry.set_account("bed-1", HASH, pilot="natt")
    assert not registry.remove_account("bed-1")
    assert len(registry.accounts()) == 1
