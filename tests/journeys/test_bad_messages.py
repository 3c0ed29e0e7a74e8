"""What becomes of a message that is no reading: a dead letter with its reason, while intake goes on."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.brokers import Mosquitto
from tests.journeys.first_pilot import TOPIC, mosquitto_pub, prepared, weights
from tests.running import Service
from tests.waiting import wait_for

PAYLOADS = {
    "": "the payload is empty",
    "{weight_kg: 71.2}": "the payload is not JSON in UTF-8",
    '{"weight_kg": NaN}': "the payload is not JSON in UTF-8",
    '{"weight_kg": "seventy"}': 'weight_kg "seventy" must be a number between -50 and 500 kg',
    '{"weight_kg": 712}': "weight_kg 712 must be a number between -50 and 500 kg",
    '{"time": ["2026-01-12T23:00:00Z"], "weight_kg": [71.2, 71.3]}': "the columns have unequal lengths",
    '{"time": "2126-01-12T23:00:00Z", "weight_kg": 71.2}': "ahead of our clock",
    '{"time": "1999-12-31T23:00:00Z", "weight_kg": 71.2}': "is before 2000",
    '{"time": 1768255200000, "weight_kg": 71.2}': "looks like milliseconds",
    '{"time": "2026-01-12T23:00:00", "weight_kg": 71.2}': "send RFC 3339 with offset",
    "[]": "the payload is an empty array",
    "{}": "the reading has no value",
    '{"weight_kg": 71.2}' + " " * 2 * 1024 * 1024: "the payload has 2097171 bytes; at most 262144",
}
"""Payloads that are no readings, and what their reason says."""

TOPICS = {
    "pilotbed/natt-2027/bed-07/bed": "there is no pilot 'natt-2027'; add it with: pilotbed pilot add",
    "pilotbed/natt-2026/säng-7/bed": "may hold only letters, digits, _ . -",
    "pilotbed/natt-2026/bed 07/bed": "may hold only letters, digits, _ . -",
    "pilotbed/natt-2026/bed-07/gps": "device 'bed-07' is of kind 'bed': it may publish bed,",
    "pilotbed/natt-2026/bed-07/heart": "there is no stream 'heart'; streams are bed,",
    "pilotbed/natt-2026/bed-07": "is not pilotbed/PILOT/DEVICE/STREAM",
}
"""Topics that lead nowhere, and what their reason says."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = Path(tmp_path_factory.mktemp("bad"))
    mosquitto = Mosquitto(folder)
    mosquitto.start()
    try:
        with prepared(folder, PILOTBED_MQTT=mosquitto.url).up() as running:
            yield running
    finally:
        mosquitto.stop()


def letters(service: Service, topic: str) -> list[dict[str, Any]]:
    return [letter for letter in service.get("/dead-letters")["items"] if letter["topic"] == topic]


def test_every_bad_payload_is_a_dead_letter_with_a_reason_and_intake_goes_on(service: Service) -> None:
    for payload in PAYLOADS:
        mosquitto_pub(service, TOPIC, payload)
    time = "2026-01-12T23:00:00"
    mosquitto_pub(service, TOPIC, json.dumps({"time": f"{time}+01:00", "weight_kg": 71.2}))
    wait_for(lambda: weights(service, time) == [71.2], "the good reading behind the bad ones")
    listed = service.installation.json("dead-letters", "list")
    assert [(letter["topic"], letter["size"]) for letter in listed] == [
        (TOPIC, len(payload)) for payload in PAYLOADS
    ]
    for letter, reason in zip(listed, PAYLOADS.values(), strict=True):
        assert reason in letter["reason"]


def test_every_wrong_topic_is_a_dead_letter_that_says_what_to_do(service: Service) -> None:
    for topic in TOPICS:
        mosquitto_pub(service, topic, '{"weight_kg": 71.2}')
    wait_for(lambda: all(letters(service, topic) for topic in TOPICS), "the dead letters")
    for topic, reason in TOPICS.items():
        [letter] = letters(service, topic)
        assert reason in letter["reason"]


def test_a_dead_letter_is_counted(service: Service) -> None:
    topic = "pilotbed/natt-2026/bed-01/bed"
    before = service.counter("pilotbed_ingest_dead_letters_total")
    mosquitto_pub(service, topic, '{"weight_kg": 71.2}')
    wait_for(lambda: service.counter("pilotbed_ingest_dead_letters_total") == before + 1, "the count")


def test_a_dead_letter_of_an_unknown_device_is_a_reading_once_the_device_is_registered(
    service: Service,
) -> None:
    topic = "pilotbed/natt-2026/bed-08/bed"
    mosquitto_pub(service, topic, '{"time": "2026-01-12T23:00:00+01:00", "weight_kg": 62}')
    wait_for(lambda: letters(service, topic), "the dead letter")
    [letter] = letters(service, topic)
    assert "pilotbed device add natt-2026 bed-08 --kind" in letter["reason"]

    refused = service.installation.run("dead-letters", "replay", letter["id"], exit_code=1)
    assert "has no device 'bed-08'" in refused.stderr
    service.installation.run("device", "add", "natt-2026", "bed-08", "--kind", "bed")
    replayed = service.installation.json("dead-letters", "replay", letter["id"])

    assert replayed == {"id": letter["id"], "readings": 1}
    assert letters(service, topic) == []
    stored = service.get("/pilots/natt-2026/readings/bed", device="bed-08")["columns"]
    assert (stored["time"], stored["weight_kg"]) == (["2026-01-12T22:00:00Z"], [62])


def test_a_dead_letter_can_be_dropped(service: Service) -> None:
    topic = "pilotbed/natt-2026/bed-09/bed"
    mosquitto_pub(service, topic, '{"weight_kg": 71.2}')
    wait_for(lambda: letters(service, topic), "the dead letter")
    [letter] = letters(service, topic)
    service.installation.run("dead-letters", "drop", letter["id"])
    assert letters(service, topic) == []
    gone = service.installation.run("dead-letters", "show", letter["id"], exit_code=1)
    assert f"There is no dead letter {letter['id']}" in gone.stderr
