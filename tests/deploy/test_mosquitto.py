"""The deployed Mosquitto: who gets in, who may publish what, and what nobody can take from ingest."""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.accounts import hash_password, new_password, write_accounts
from ingest.address import BrokerAddress
from pilots.plan import read_plan
from pilots.registry import Registry
from tests.deploy.clients import Connected
from tests.deploy.deployed import PASSWORD, USER, DeployedMosquitto, make_certificate
from tests.pilots.plans import MINIMAL
from tests.waiting import wait_for

INGEST = "pilotbed-ingest"
OWN, ANOTHERS = "pilotbed/natt/bed-1/bed", "pilotbed/natt/bed-2/bed"


class Site:
    """A broker, and the registry whose accounts it knows."""

    def __init__(self, folder: Path) -> None:
        self.broker = DeployedMosquitto(folder)
        self.registry = Registry.open(f"sqlite:///{folder}/registry.db")
        self.registry.add_pilot(read_plan(MINIMAL), MINIMAL)
        self.passwords: dict[str, str] = {}
        for name in ("bed-1", "bed-2"):
            self.add_device(name)
        self.passwords["gateway"] = new_password()
        self.registry.set_account(
            "gateway",
            hash_password(self.passwords["gateway"]),
            topic_filters=["owntracks/+/+", f"{ANOTHERS}/+"],
        )
        self.write()

    def add_device(self, name: str) -> None:
        self.passwords[name] = new_password()
        self.registry.add_device("natt", name, "bed")
        self.registry.set_account(name, hash_password(self.passwords[name]), pilot="natt")

    def write(self) -> None:
        address = self.broker.internal()
        write_accounts(self.broker.accounts, self.registry.accounts, address, client_id=INGEST)

    def reload(self) -> None:
        """Let the broker know what the registry knows, as the path unit does."""
        self.write()
        self.broker.reload()

    def device(self, name: str) -> BrokerAddress:
        return self.broker.device(name, self.passwords[name])

    def ingest(self) -> Connected:
        return Connected(self.broker.internal(), INGEST, persistent=True)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    made.broker.start()
    yield made
    made.broker.stop()
    made.registry.close()


def everything_until(listener: Connected, last: str) -> list[str]:
    """The topics that came up to the last one: what was published before it and is not there was denied."""
    wait_for(lambda: last in listener.topics, f"a message on {last}")
    return listener.topics


def test_a_device_publishes_below_its_own_topic_and_nowhere_else(site: Site) -> None:
    with site.ingest() as ingest, Connected(site.device("bed-1")) as device:
        ingest.subscribe("pilotbed/#")
        for topic in (ANOTHERS, "pilotbed/dag/bed-1/bed", "owntracks/a/b", OWN):
            device.publish(topic)
        assert everything_until(ingest, OWN) == [OWN]


def test_a_bridge_publishes_what_its_filters_match_and_nothing_else(site: Site) -> None:
    with site.ingest() as ingest, Connected(site.device("gateway")) as bridge:
        ingest.subscribe("pilotbed/#")
        for topic in (ANOTHERS, OWN, f"{ANOTHERS}/1/2", f"{ANOTHERS}/1"):
            bridge.publish(topic)
        assert everything_until(ingest, f"{ANOTHERS}/1") == [f"{ANOTHERS}/1"]


def test_the_service_reads_and_cannot_publish(site: Site) -> None:
    with site.ingest() as ingest, Connected(site.device("bed-1")) as device:
        ingest.subscribe("pilotbed/#")
        ingest.subscribe("$SYS/broker/version")
        wait_for(lambda: "$SYS/broker/version" in ingest.topics, "the broker's version")
        ingest.publish(OWN, b"not mine")
        device.publish(OWN)
        wait_for(lambda: OWN in ingest.topics, "the device's message")
        assert (OWN, b"not mine") not in ingest.messages


@pytest.mark.parametrize("wanted", ["#", "pilotbed/#", OWN, "$SYS/#", "$share/other/pilotbed/#"])
def test_a_device_that_subscribes_gets_nothing(site: Site, wanted: str) -> None:
    with (
        site.ingest() as ingest,
        Connected(site.device("bed-1")) as device,
        Connected(site.device("bed-2")) as curious,
    ):
        ingest.subscribe("$share/a-name-that-devices-do-not-know/pilotbed/#")
        curious.subscribe(wanted)
        for _ in range(10):
            device.publish(OWN)
        wait_for(lambda: len(ingest.messages) == 10, "all messages, none of them taken from ingest")
        # A message of its own would have come before this answer.
        curious.subscribe("nothing/to/hear")
        assert curious.messages == []


def test_workers_share_what_is_published(site: Site) -> None:
    share = "$share/a-name-that-devices-do-not-know/pilotbed/#"
    with (
        Connected(site.broker.internal(), f"{INGEST}-1", persistent=True) as first,
        Connected(site.broker.internal(), f"{INGEST}-2", persistent=True) as second,
        Connected(site.device("bed-1")) as device,
    ):
        first.subscribe(share)
        second.subscribe(share)
        for number in range(20):
            device.publish(OWN, str(number).encode())
        wait_for(lambda: len(first.messages) + len(second.messages) == 20, "all messages")
        assert {payload for _, payload in first.messages + second.messages} == {
            str(number).encode() for number in range(20)
        }
        assert first.messages
        assert second.messages


def test_a_device_that_calls_itself_ingest_does_not_put_ingest_out(site: Site) -> None:
    with site.ingest() as ingest:
        ingest.subscribe("pilotbed/#")
        with Connected(site.device("bed-1"), INGEST, persistent=True) as device:
            assert device.refusal is None
            assert not device.had_session
            device.publish(OWN)
            assert everything_until(ingest, OWN) == [OWN]
        assert ingest.lost == 0


def test_a_device_that_calls_itself_ingest_gets_nothing_of_what_waits_for_ingest(site: Site) -> None:
    with site.ingest() as ingest:
        ingest.subscribe("pilotbed/#")
    with Connected(site.device("bed-2")) as other:
        for _ in range(10):
            other.publish(ANOTHERS)
    with Connected(site.device("bed-1"), INGEST, persistent=True) as device:
        assert not device.had_session
        device.subscribe("pilotbed/#")
        assert device.messages == []
    with site.ingest() as back:
        assert back.had_session
        wait_for(lambda: len(back.messages) == 10, "everything that waited")


@pytest.mark.parametrize("password", [None, "", "wrong"])
def test_nobody_gets_in_without_the_right_password(site: Site, password: str | None) -> None:
    for address in (site.broker.device("bed-1", password), site.broker.internal("bed-1", password or "")):
        with Connected(address, reconnect=False) as device:
            assert device.refusal == "Not authorized"


@pytest.mark.parametrize("internal", [True, False])
def test_nobody_gets_in_without_a_name(site: Site, internal: bool) -> None:
    address = (
        BrokerAddress("127.0.0.1", site.broker.internal_port) if internal else site.broker.device(None, None)
    )
    with Connected(address, reconnect=False) as stranger:
        assert stranger.refusal == "Not authorized"


def test_a_password_with_other_letters_is_the_same_in_our_hash_and_in_the_brokers(site: Site) -> None:
    assert "å" in PASSWORD
    with Connected(site.broker.internal(USER, PASSWORD)) as service:
        assert service.refusal is None


def test_a_new_device_gets_in_after_a_reload_and_nobody_is_put_out_by_it(site: Site) -> None:
    with site.ingest() as ingest, Connected(site.device("bed-1")) as standing:
        ingest.subscribe("pilotbed/#")
        site.add_device("bed-3")
        with Connected(site.device("bed-3"), reconnect=False) as too_early:
            assert too_early.refusal == "Not authorized"
        site.reload()

        def gets_in() -> bool:
            with Connected(site.device("bed-3"), reconnect=False) as device:
                if device.refusal is None:
                    device.publish("pilotbed/natt/bed-3/bed")
                return device.refusal is None

        wait_for(gets_in, "the new device")
        standing.publish(OWN)
        assert everything_until(ingest, OWN) == ["pilotbed/natt/bed-3/bed", OWN]
        assert (ingest.lost, standing.lost) == (0, 0)


def test_a_device_whose_account_is_taken_away_is_put_out_and_not_let_in_again(site: Site) -> None:
    with Connected(site.device("bed-1"), reconnect=False) as device:
        site.registry.remove_account("bed-1", pilot="natt")
        site.reload()
        wait_for(lambda: device.lost, "the end of its connection")
    with Connected(site.device("bed-1"), reconnect=False) as again:
        assert again.refusal == "Not authorized"


def test_a_new_password_puts_out_whoever_has_the_old_one(site: Site) -> None:
    old = site.device("bed-1")
    with Connected(old, reconnect=False) as device:
        site.passwords["bed-1"] = new_password()
        site.registry.set_account("bed-1", hash_password(site.passwords["bed-1"]), pilot="natt")
        site.reload()
        wait_for(lambda: device.lost, "the end of its connection")
    with Connected(site.device("bed-1")) as device:
        assert device.refusal is None


def test_devices_are_heard_over_tls_only(site: Site) -> None:
    address = site.device("bed-1")
    plain = BrokerAddress(address.host, address.port, address.user, address.password)
    with Connected(plain, reconnect=False) as device:
        assert not device.is_connected


def test_a_device_sees_through_a_broker_of_another_authority_or_name(site: Site, tmp_path: Path) -> None:
    make_certificate(tmp_path / "another", "localhost")
    address = site.device("bed-1")
    with pytest.raises(ssl.SSLCertVerificationError, match="certificate verify failed"):
        Connected(replace(address, ca=tmp_path / "another" / "ca.pem"))
    with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
        Connected(replace(address, host="127.0.0.1"))


def test_what_waits_for_ingest_outlives_a_clean_stop_of_the_broker(site: Site) -> None:
    with site.ingest() as ingest:
        ingest.subscribe("pilotbed/#")
    with Connected(site.device("bed-1")) as device:
        for _ in range(2_000):
            device.publish(OWN)
    assert site.broker.stop() == 0
    site.broker.start()
    with site.ingest() as back:
        wait_for(lambda: len(back.messages) == 2_000, "everything that waited")


def test_more_than_a_device_has_to_say_at_once_ends_its_connection(site: Site) -> None:
    with Connected(site.device("bed-1"), reconnect=False) as device:
        device._client.publish(OWN, b"x" * 5_000_000, qos=1)
        wait_for(lambda: device.lost, "the end of its connection")
