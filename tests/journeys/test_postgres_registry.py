"""The registry on a PostgreSQL server that is restarted: what arrives meanwhile waits, nothing is lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.influx import Influx
from tests.ingest.publishing import publish
from tests.journeys.first_pilot import TOPIC, prepared, weights
from tests.postgres import PASSWORD, Postgres
from tests.running import Service
from tests.waiting import wait_for

START = 1_768_255_200
MESSAGES = 500
ACKED = "pilotbed_ingest_acked_messages_total"


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """A server of this test, that it may stop."""
    server = Postgres()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def service(tmp_path: Path, postgres: Postgres) -> Iterator[Service]:
    mosquitto = Mosquitto(tmp_path)
    mosquitto.start()
    try:
        with (
            postgres.database() as registry,
            prepared(tmp_path, PILOTBED_MQTT=mosquitto.url, PILOTBED_REGISTRY=registry).up() as running,
        ):
            yield running
    finally:
        mosquitto.stop()


def burst(device: str) -> list[tuple[str, dict[str, float]]]:
    return [
        (TOPIC.replace("bed-07", device), {"time": START + 10 * k, "weight_kg": k / 100})
        for k in range(MESSAGES)
    ]


def stored(service: Service, device: str) -> list[float]:
    """The weights of a device's readings, in the order of their times."""
    page = service.get("/pilots/natt-2026/readings/bed", device=device, limit=1000)
    found: list[float] = page["columns"]["weight_kg"]
    return found


def test_a_device_that_was_just_registered_may_publish(service: Service) -> None:
    service.installation.run("device", "add", "natt-2026", "bed-08", "--kind", "bed")
    service.publish([(TOPIC.replace("bed-07", "bed-08"), {"time": START, "weight_kg": 71.2})])
    assert stored(service, "bed-08") == [71.2]
    assert service.get("/dead-letters")["items"] == []


def test_while_the_server_is_away_messages_wait_and_then_all_goes_on(
    service: Service, postgres: Postgres
) -> None:
    service.publish([(TOPIC, {"time": "2026-01-12T23:00:00+01:00", "weight_kg": 71.2})])
    assert weights(service, "2026-01-12T23:00:00") == [71.2]
    service.installation.run("device", "add", "natt-2026", "bed-08", "--kind", "bed")
    acknowledged = service.counter(ACKED)

    postgres.stop()
    publish(service.broker, burst("bed-08"))
    wait_for(lambda: f"127.0.0.1:{postgres.port}" in service.why_not_ready(), "a word on the registry")
    with service.client() as client:
        answer = client.get("/pilots")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.json()["detail"] == "The registry cannot answer now."
    refused = service.installation.run("device", "list", "natt-2026", exit_code=1)
    assert "cannot be opened" in refused.stderr
    assert service.counter(ACKED) == acknowledged

    postgres.start()
    wait_for(lambda: service.counter(ACKED) == acknowledged + MESSAGES, "every message's acknowledgement", 60)
    assert stored(service, "bed-08") == [k / 100 for k in range(MESSAGES)]
    assert service.get("/dead-letters")["items"] == []
    assert service.why_not_ready() == ""
    for text in (refused.stderr, service.log):
        assert PASSWORD not in text
    assert len(service.said("the store is not available; nothing is acknowledged")) == 1


def test_an_api_apart_is_not_ready_while_the_server_is_away(
    tmp_path: Path, postgres: Postgres, influx: Influx
) -> None:
    with postgres.database() as registry:
        installation = prepared(
            tmp_path,
            PILOTBED_REGISTRY=registry,
            PILOTBED_STORE=influx.bucket(),
            PILOTBED_STORE_TOKEN=influx.token,
        )
        with installation.start_api() as api:
            assert api.why_not_ready() == ""
            postgres.stop()
            reason = api.why_not_ready()
            assert f"127.0.0.1:{postgres.port}" in reason
            assert "registry" in reason
            assert PASSWORD not in reason
            postgres.start()
            wait_for(lambda: api.why_not_ready() == "", "the registry's return")


def test_asked_to_stop_while_the_server_is_away_it_leaves_in_order(
    service: Service, postgres: Postgres
) -> None:
    postgres.stop()
    assert service.terminate() == 0
    assert not service.installation.service_file.exists()
    postgres.start()
