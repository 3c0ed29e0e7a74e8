"""From nothing to the first reading, on the broker that pilotbed brings and on Mosquitto."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.brokers import Mosquitto
from tests.journeys.first_pilot import TOPIC, mosquitto_pub, prepared, weights
from tests.running import Service
from tests.waiting import wait_for


@pytest.fixture(scope="module", params=["embedded", "mosquitto"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = Path(tmp_path_factory.mktemp("first"))
    if request.param == "embedded":
        with prepared(folder).up() as running:
            yield running
        return
    mosquitto = Mosquitto(folder)
    mosquitto.start()
    try:
        with prepared(folder, PILOTBED_MQTT=mosquitto.url).up() as running:
            yield running
    finally:
        mosquitto.stop()


def test_a_reading_sent_with_nothing_to_install_is_in_the_apis_answer(service: Service) -> None:
    time = "2026-01-12T23:00:00"
    sent = service.installation.json("send", "bed-07", "bed", f"time={time}+01:00", "weight_kg=71.2")
    assert sent == {"topic": TOPIC, "payload": {"time": f"{time}+01:00", "weight_kg": 71.2}}
    wait_for(lambda: weights(service, time) == [71.2], "the reading in the API's answer")


def test_a_reading_from_mosquitto_pub_is_in_the_apis_answer(service: Service) -> None:
    time = "2026-01-13T23:00:00"
    mosquitto_pub(service, TOPIC, json.dumps({"time": f"{time}+01:00", "weight_kg": 70.5}))
    wait_for(lambda: weights(service, time) == [70.5], "the reading in the API's answer")


def test_a_reading_without_a_time_stands_at_its_receipt(service: Service) -> None:
    mosquitto_pub(service, TOPIC, '{"occupied": true}')
    readings: dict[str, list[Any]] = {}

    def has_come() -> bool:
        answer = service.get("/pilots/natt-2026/readings/bed", start="2026-06-28T00:00:00Z")
        readings.update(answer["columns"])
        return bool(readings["time"])

    wait_for(has_come, "the reading in the API's answer")
    assert readings["time"] == readings["received"]
    assert (readings["time_source"], readings["occupied"]) == (["received"], [True])
