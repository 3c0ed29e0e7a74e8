"""The whole way with the deployed Mosquitto: `pilotbed up`, accounts from the command line, TLS, reload."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.deploy.clients import Connected
from tests.deploy.deployed import PASSWORD, USER, DeployedMosquitto
from tests.ingest.publishing import publish
from tests.pilots.plans import MINIMAL
from tests.running import Installation
from tests.waiting import wait_for

READING = {"weight_kg": 71.2}


class Site:
    """A broker and an installation that knows it; nothing runs yet."""

    def __init__(self, folder: Path) -> None:
        self.broker = DeployedMosquitto(folder / "broker")
        self.installation = Installation(
            folder / "installation",
            PILOTBED_MQTT=f"mqtts://{USER}:{quote(PASSWORD)}@localhost:{self.broker.device_port}",
            PILOTBED_MQTT_CA=str(self.broker.ca),
            PILOTBED_MQTT_ACCOUNTS=str(self.broker.accounts),
        )
        self.installation.add_pilot(MINIMAL)

    def add_device(self, name: str) -> str:
        """Register it; returns its password."""
        self.installation.run("device", "add", "natt", name, "--kind", "bed")
        return str(self.installation.json("device", "password", "natt", name)["password"])

    def as_device(self, name: str, password: str) -> None:
        """Let commands connect as this device."""
        self.installation.environment["PILOTBED_MQTT"] = (
            f"mqtts://{name}:{password}@localhost:{self.broker.device_port}"
        )


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    made.installation.run("device", "accounts")
    yield made
    made.broker.stop()


def test_what_devices_and_bridges_publish_over_tls_is_stored_and_what_they_may_not_is_not(site: Site) -> None:
    password = site.add_device("bed-1")
    site.add_device("bed-2")
    bridge = site.installation.json("bridge", "add", "gateway", "--topic", "pilotbed/natt/bed-2/status")
    site.broker.start()
    with site.installation.up() as service:
        publish(
            site.broker.device("bed-1", password),
            [("pilotbed/natt/bed-2/bed", READING), ("pilotbed/natt/bed-1/bed", READING)],
        )
        publish(
            site.broker.device(bridge["user"], bridge["password"]),
            [("pilotbed/natt/bed-1/bed", READING), ("pilotbed/natt/bed-2/status", {"online": True})],
        )
        committed = "pilotbed_ingest_committed_messages_total"
        wait_for(lambda: service.counter(committed) >= 2, "the commit")
        held = {
            (device, stream)
            for stream in ("bed", "status")
            for device in service.get(f"/pilots/natt/readings/{stream}")["columns"]["device"]
        }
        assert held == {("bed-1", "bed"), ("bed-2", "status")}
        assert service.counter(committed) == 2


def test_send_publishes_as_the_device_and_says_so_where_the_broker_would_drop_it(site: Site) -> None:
    password = site.add_device("bed-1")
    site.broker.start()
    refused = site.installation.run("send", "bed-1", "bed", "weight_kg=71", exit_code=1)
    assert "pilotbed may not publish for bed-1" in refused.stderr
    site.as_device("bed-1", password)
    with Connected(site.broker.internal()) as listener:
        listener.subscribe("pilotbed/#")
        site.installation.run("send", "bed-1", "bed", "weight_kg=71")
        wait_for(lambda: listener.topics == ["pilotbed/natt/bed-1/bed"], "the reading")


def test_send_says_that_the_broker_refuses_a_wrong_password(site: Site) -> None:
    site.add_device("bed-1")
    site.as_device("bed-1", "another")
    site.broker.start()
    refused = site.installation.run("send", "bed-1", "bed", "weight_kg=71", exit_code=1)
    assert "refused the connection: Not authorized" in refused.stderr


def test_send_trusts_no_authority_that_it_is_not_given(site: Site) -> None:
    site.as_device("bed-1", site.add_device("bed-1"))
    site.broker.start()
    del site.installation.environment["PILOTBED_MQTT_CA"]
    refused = site.installation.run("send", "bed-1", "bed", "weight_kg=71", exit_code=1)
    assert "certificate verify failed" in refused.stderr


def test_run_sh_lets_the_broker_know_of_accounts_that_come_and_go(site: Site) -> None:
    site.broker.start_reloading()
    password = site.add_device("bed-1")

    def gets_in() -> bool:
        with Connected(site.broker.device("bed-1", password), reconnect=False) as device:
            return device.refusal is None

    wait_for(gets_in, "the new device")
    site.installation.run("device", "password", "natt", "bed-1", "--revoke")
    wait_for(lambda: not gets_in(), "the end of its account")


def test_run_sh_ends_as_the_broker_ends(site: Site) -> None:
    site.broker.start_reloading()
    assert site.broker.stop() == 0
    assert site.broker.saved.stat().st_size > 0
    (site.broker.accounts / "passwords").unlink()
    with pytest.raises(AssertionError, match="Unable to open pwfile"):
        site.broker.start_reloading()
