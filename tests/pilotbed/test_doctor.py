"""What `doctor` finds out about a broker beside a running service."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers import CONFIGURATION, Mosquitto, free_port
from tests.ingest.publishing import publish
from tests.pilotbed.conftest import PLAN
from tests.running import Installation, Service

DEFAULTS = "listener 1883\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service on Mosquitto that has taken a hundred messages since it started."""
    folder = tmp_path_factory.mktemp("doctor")
    broker = Mosquitto(folder)
    broker.start()
    installation = Installation(folder / "installation", PILOTBED_MQTT=broker.url)
    installation.add_pilot(PLAN)
    installation.run("device", "add", "natt", "bed-1", "--kind", "bed")
    with installation.up() as started:
        started.publish([("pilotbed/natt/bed-1/bed", {"weight_kg": 71})] * 100)
        yield started
    broker.stop()


def found(installation: Installation, *, exit_code: int = 0, **environment: str) -> dict[str, dict[str, str]]:
    """The findings by part, in these surroundings."""
    before = dict(installation.environment)
    installation.environment |= environment
    try:
        done = installation.run("doctor", "--json", exit_code=exit_code)
    finally:
        installation.environment = before
    return {finding["part"]: finding for finding in json.loads(done.stdout)}


def limits(folder: Path, text: str) -> str:
    file = folder / "mosquitto.conf"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_without_the_brokers_configuration_it_says_what_mosquittos_defaults_would_cover(
    service: Service,
) -> None:
    finding = found(service.installation)["broker's queue"]
    assert finding["state"] == "warning"
    assert "PILOTBED_MQTT_LIMITS" in finding["text"]
    assert "limit of 1000 messages lasts " in finding["text"]
    assert " messages a second of 17 bytes" in finding["text"]


def test_before_the_first_message_a_rate_is_assumed_and_said_so(service: Service, tmp_path: Path) -> None:
    broker = f"mqtt://127.0.0.1:{service.broker.port}"
    fresh = Installation(tmp_path / "fresh", PILOTBED_MQTT=broker, PILOTBED_MQTT_LIMITS=str(CONFIGURATION))
    finding = found(fresh)["broker's queue"]
    assert finding["state"] == "ok"
    assert "1 messages a second of 150 bytes, assumed because none has come yet" in finding["text"]


def test_where_nothing_is_kept_yet_it_says_how_to_begin_and_makes_nothing(tmp_path: Path) -> None:
    fresh = Installation(tmp_path / "fresh")
    parts = found(fresh)
    assert parts["registry"]["state"] == "warning"
    assert "there is none yet at sqlite:" in parts["registry"]["text"]
    assert f"pilotbed pilot add PLAN.yaml --data {fresh.data}" in parts["registry"]["text"]
    assert parts["store"]["state"] == parts["retention"]["state"] == "ok"
    assert f"pilotbed up --data {fresh.data} makes it" in parts["store"]["text"]
    assert not fresh.data.exists()


def test_the_deployed_limits_cover_a_weekend(service: Service, tmp_path: Path) -> None:
    file = limits(tmp_path, "persistence true\n" + CONFIGURATION.read_text(encoding="utf-8"))
    parts = found(service.installation, PILOTBED_MQTT_LIMITS=file)
    assert parts["broker"]["state"] == parts["broker's queue"]["state"] == "ok"
    assert parts["broker's crash"]["state"] == "ok"
    assert "what came since its last save" in parts["broker's crash"]["text"]


def test_defaults_that_would_drop_within_minutes_fail(service: Service, tmp_path: Path) -> None:
    publish(service.broker, [("pilotbed/natt/bed-1/bed", {"weight_kg": 71})] * 5000)
    parts = found(service.installation, exit_code=1, PILOTBED_MQTT_LIMITS=limits(tmp_path, DEFAULTS))
    assert parts["broker's queue"]["state"] == "failed"
    assert parts["broker's queue"]["text"].startswith("max_queued_messages 1000 lasts ")
    assert parts["broker's crash"]["state"] == "failed"
    assert "everything it holds, at a clean stop too" in parts["broker's crash"]["text"]


def test_less_than_a_weekend_and_a_small_window_are_warned_of(service: Service, tmp_path: Path) -> None:
    file = limits(tmp_path, "max_queued_messages 1000000\npersistence true\n")
    finding = found(service.installation, PILOTBED_MQTT_LIMITS=file)["broker's queue"]
    assert finding["state"] == "warning"
    assert "less than a weekend" in finding["text"]
    assert "max_inflight_messages 20 makes commits small" in finding["text"]


def test_a_broker_that_is_not_there_and_an_authority_that_cannot_be_read_fail(
    service: Service, tmp_path: Path
) -> None:
    parts = found(service.installation, exit_code=1, PILOTBED_MQTT=f"mqtt://127.0.0.1:{free_port()}")
    assert "cannot be reached" in parts["broker"]["text"]
    secure = f"mqtts://pilotbed:pass-word@127.0.0.1:{service.broker.port}"
    parts = found(
        service.installation, exit_code=1, PILOTBED_MQTT=secure, PILOTBED_MQTT_CA=str(tmp_path / "no.pem")
    )
    assert parts["broker"]["state"] == "failed"
    assert "PILOTBED_MQTT_CA" in parts["broker"]["text"]
    assert "pass-word" not in json.dumps(parts)


def test_accounts_that_differ_from_the_registry_fail(service: Service, tmp_path: Path) -> None:
    own = f"mqtt://pilotbed:secret@127.0.0.1:{service.broker.port}"
    around = {"PILOTBED_MQTT": own, "PILOTBED_MQTT_ACCOUNTS": str(tmp_path)}
    installation = Installation(tmp_path / "accounts", **around)
    installation.add_pilot(PLAN)
    assert "is not there" in found(installation, exit_code=1)["broker's accounts"]["text"]
    installation.run("device", "add", "natt", "bed-1", "--kind", "bed")
    installation.run("device", "password", "natt", "bed-1")
    assert found(installation)["broker's accounts"]["state"] == "ok"
    passwords = tmp_path / "passwords"
    passwords.write_text(passwords.read_text(encoding="utf-8").replace("bed-1:", "bed-2:"), encoding="utf-8")
    finding = found(installation, exit_code=1)["broker's accounts"]
    assert "does not say what the registry says" in finding["text"]
    assert "pilotbed device accounts" in finding["text"]
