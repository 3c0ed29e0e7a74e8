"""What a process writes while it runs: a JSON object a line, a line for each change, and nobody's secrets."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.influx import Influx
from tests.ingest.publishing import publish
from tests.pilotbed.conftest import PLAN
from tests.running import Installation, Service
from tests.waiting import wait_for

LOST = "the store is not available; nothing is acknowledged"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    started = Mosquitto(tmp_path)
    started.start()
    yield started
    started.stop()


@pytest.fixture
def service(tmp_path: Path, broker: Mosquitto) -> Iterator[Service]:
    installation = Installation(tmp_path / "installation", PILOTBED_MQTT=broker.url)
    installation.add_pilot(PLAN)
    with installation.up() as running:
        yield running


def test_a_line_is_a_json_object_with_time_level_and_event(service: Service) -> None:
    service.get("/pilots")
    service.stop()
    for line in service.events:
        written = datetime.fromisoformat(line["timestamp"])
        assert written.tzinfo is not None
        assert abs((datetime.now(UTC) - written).total_seconds()) < 600
        assert line["level"] in ("info", "warning", "error")
        assert line["event"]


def test_a_life_from_start_to_end_is_a_line_a_step(service: Service, broker: Mosquitto) -> None:
    service.stop()
    steps = [
        "starting",
        "connected to the broker",
        "subscribed",
        "ready",
        "stopping",
        "stopped",
    ]
    assert [line["event"] for line in service.events if line["event"] in steps] == steps
    [starting] = service.said("starting")
    assert starting["version"].count(".") == 2
    assert starting["store"] == f"duckdb:{service.installation.data / 'readings.duckdb'}"
    assert starting["broker"] == broker.url


def test_a_broker_that_stays_away_is_one_line_and_its_return_another(
    service: Service, broker: Mosquitto
) -> None:
    broker.stop()
    wait_for(lambda: service.said("the broker cannot be reached"), "the loss")
    broker.start()
    wait_for(lambda: len(service.said("subscribed")) == 2, "the return", 60)
    assert len(service.said("lost the broker; reconnecting")) == 1
    assert len(service.said("the broker cannot be reached")) == 1


def test_a_store_that_stays_away_is_one_line_and_its_return_another(
    tmp_path: Path, broker: Mosquitto
) -> None:
    folder = tmp_path / "influxd"
    folder.mkdir()
    influx = Influx(folder)
    influx.start()
    installation = Installation(
        tmp_path / "server",
        PILOTBED_MQTT=broker.url,
        PILOTBED_STORE=influx.bucket(),
        PILOTBED_STORE_TOKEN=influx.token,
    )
    installation.add_pilot(PLAN)
    installation.run("device", "add", "natt", "bed-1", "--kind", "bed")
    worker = installation.start_worker("worker-1").ready()
    try:
        influx.stop()
        publish(broker.address, [("pilotbed/natt/bed-1/bed", {"weight_kg": 71})])
        wait_for(lambda: worker.said(LOST), "the loss")
        parts = json.loads(installation.run("doctor", "--json", exit_code=1).stdout)
        failed = {finding["part"]: finding["text"] for finding in parts if finding["state"] == "failed"}
        assert influx.url in failed["store"]
        assert influx.url in failed["ingest worker-1"], "why it does not commit now"
        influx.start()
        wait_for(lambda: worker.counter("pilotbed_ingest_acked_messages_total") == 1, "the return", 60)
    finally:
        worker.stop()
        influx.stop()
    assert len(worker.said(LOST)) == 1
    assert len(worker.said("the store is available again")) == 1


def test_no_line_holds_a_token_a_password_a_code_a_home_or_a_payload(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    installation.add_pilot(PLAN)
    [code] = installation.json("participant", "add", "natt", "--group", "intervention")["participants"]
    installation.run("device", "add", "natt", "bed-1", "--kind", "bed")
    installation.run("device", "assign", "natt", "bed-1", code, "--from", "2026-01-12T12:00")
    installation.run("participant", "home", "natt", code, "--lat", "59.31234", "--lon", "18.06543")
    with installation.up() as service:
        access = service.access
        with service.client() as administrator:
            assert administrator.get("/pilots/natt/participants").is_success
            assert administrator.get(f"/pilots/natt/participants/{code}").status_code == 404
        with service.client("a-stranger") as stranger:
            stranger.get("/pilots", params={"token": access["token"]})
        service.publish(
            [
                ("pilotbed/natt/bed-1/bed", {"weight_kg": 71.625}),
                ("pilotbed/natt/bed-1/bed", b'{"weight_kg": "anna"}'),
                ("pilotbed/natt/bed-9/bed", {"weight_kg": 71.625}),
            ]
        )
        service.analyse("natt")
    for secret in (access["token"], access["mqtt"]["password"], code, "59.3123", "18.0654", "71.625", "anna"):
        assert secret not in service.log


def test_a_log_for_people_is_text(installation: Installation) -> None:
    installation.environment["PILOTBED_LOG_FORMAT"] = "text"
    with installation.up() as service:
        pass
    assert " [info     ] starting " in service.log
