"""Messages of real and documented devices, through a real broker into a store: each as its format says."""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ingest.directory import Directory
from ingest.intake import Intake
from ingest.subscriber import Subscriber
from pilots.civil_time import to_rfc3339
from pilots.registry import Registry
from store import STREAMS, TIME_SOURCES, TimeSeriesStore
from tests.brokers import Mosquitto
from tests.ingest.publishing import publish
from tests.parts import SHARED, absent
from tests.waiting import wait_for

ALWAYS = (0, 2**62)
PAYLOADS = SHARED / "payloads"


@dataclass(frozen=True)
class Foreign:
    """A device as it is registered."""

    adapter: str
    address: str
    kind: str
    model: str | None = None


@dataclass(frozen=True)
class Case:
    """What a message of a file comes to: readings by stream and columns, a dead letter's code, or reasons for
    which nothing is read."""

    file: str
    topic: str
    device: Foreign
    readings: tuple[tuple[str, dict[str, Any]], ...] = ()
    dead_letter: str | None = None
    set_aside: dict[str, int] = field(default_factory=dict)


BY_TOPIC = {
    "tele/bed-03/SENSOR": Foreign("tasmota", "bed-03", "bed"),
    "bed-04/sensor/bed_weight/state": Foreign("esphome", "bed-04", "bed"),
    "home/bedroom/bed": Foreign("mqtt-bed", "home/bedroom/bed", "bed"),
    "zigbee2mqtt/bedframe-05": Foreign("zigbee2mqtt", "bedframe-05", "bed"),
    "owntracks/gps-17/phone": Foreign("owntracks", "gps-17/phone", "gps"),
    "owntracks/gps-17/phone/event": Foreign("owntracks", "gps-17/phone", "gps"),
    "senml/bed-06": Foreign("senml", "bed-06", "bed"),
    "positions": Foreign("traccar", "864893031234567", "gps"),
    "events": Foreign("traccar", "864893031234567", "gps"),
}

CAMERA = Foreign("frigate", "front_door", "camera")
LORA = Foreign("chirpstack", "0101010101010101", "bed", "milesight-vs373")


def _constructed() -> list[Any]:
    if not PAYLOADS.is_dir():
        return [pytest.param({}, id="absent")]
    return [
        pytest.param(case, id=f"{file.stem}-{number}")
        for file in sorted((PAYLOADS / "constructed").glob("*.json"))
        for number, case in enumerate(json.loads(file.read_text()), 1)
    ]


def _registered(registry: Registry, device: Foreign) -> str:
    registry.add_device("natt", "here", device.kind, device.adapter, device.address, model=device.model)
    return "here"


def _taken(tmp_path: Path, registry: Registry, store: TimeSeriesStore, topic: str, payload: bytes) -> None:
    """Publish one message, and wait until it is behind us."""
    broker = Mosquitto(tmp_path)
    broker.start()
    try:
        subscriber = Subscriber(broker.address, Intake(store, Directory(registry)), client_id="ingest")
        subscriber.start()
        wait_for(lambda: subscriber.trouble() is None, "the subscription")
        publish(
            broker.address,
            [(topic, payload), ("pilotbed/natt/alarm-1/status", {"online": True})],
        )
        wait_for(lambda: store.count("status", "alarm-1", *ALWAYS) == 1, "the message behind it")
        subscriber.stop()
    finally:
        broker.stop()


def _stored(store: TimeSeriesStore, device: str) -> list[dict[str, Any]]:
    """Every reading of the device as a row, absent columns as None."""
    found = []
    for name in STREAMS:
        readings = store.read(name, device, *ALWAYS)
        for row in range(len(readings)):
            reading: dict[str, Any] = {
                "stream": name,
                "time": to_rfc3339(int(readings.time[row])),
                "time_source": TIME_SOURCES[int(readings.time_source[row])],
            }
            for column, values in readings.columns.items():
                value = values[row]
                absent_ = value is None or (isinstance(value, (float, np.floating)) and math.isnan(value))
                reading[column] = None if absent_ else value
            found.append(reading)
    return found


def _fits(reading: dict[str, Any], expected: dict[str, Any]) -> bool:
    for name, value in expected.items():
        if name == "device":
            continue
        got = reading[name]
        if isinstance(value, bool) or value is None or isinstance(value, str):
            if name == "time":
                value = value and to_rfc3339(_us(value))
            if got != value:
                return False
        elif got is None or abs(float(got) - value) > 1e-4:
            return False
    return True


def _us(text: str) -> int:
    from datetime import datetime

    return round(datetime.fromisoformat(text).timestamp() * 1e6)


@pytest.mark.parametrize("case", _constructed())
def test_constructed_messages_are_read_as_they_say(
    case: dict[str, Any], tmp_path: Path, registry: Registry, store: TimeSeriesStore
) -> None:
    if not case:
        absent("shared", "there are no payloads beside the project")
    device = _registered(registry, BY_TOPIC[case["topic"]])
    sent = case["payload"]
    payload = sent.encode() if isinstance(sent, str) else json.dumps(sent).encode()
    _taken(tmp_path, registry, store, case["topic"], payload)
    expected = case["expect"] if isinstance(case["expect"], list) else [case["expect"]]
    stored, letters = _stored(store, device), store.dead_letters()
    for each in expected:
        if "dead_letter" in each:
            assert stored == []
            assert [each["dead_letter"] in stored.letter.reason for stored in letters] == [True]
        elif "readings" in each:
            assert len([one for one in stored if one["stream"] == each["stream"]]) == each["readings"]
        else:
            assert [one for one in stored if _fits(one, each)], (each, stored)
    assert len(letters) == sum("dead_letter" in each for each in expected)


CASES: list[Case] = []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_documented_messages_come_to_what_our_table_says(
    case: Case, tmp_path: Path, registry: Registry, store: TimeSeriesStore
) -> None:
    file = PAYLOADS / case.file
    if not file.exists():
        absent("shared", "there are no payloads beside the project")
    device = _registered(registry, case.device)
    payload = file.read_bytes()
    if case.file.startswith("emfit-qs/"):
        payload = json.dumps(json.loads(payload)["payload"]).encode()
    _taken(tmp_path, registry, store, case.topic, payload)
    stored = _stored(store, device)
    assert len(stored) == len(case.readings), stored
    for stream, columns in case.readings:
        assert [one for one in stored if one["stream"] == stream and _fits(one, columns)], (columns, stored)
    assert [letter.letter.code for letter in store.dead_letters()] == (
        [case.dead_letter] if case.dead_letter else []
    )
    assert dict(store.set_aside([device]).get(device, {})) == case.set_aside


def test_every_payload_beside_the_project_stands_in_a_table() -> None:
    if not PAYLOADS.is_dir():
        absent("shared", "there are no payloads beside the project")
    files = {str(file.relative_to(PAYLOADS)) for file in PAYLOADS.rglob("*.*") if file.name != "README.md"}
    assert files == {case.file for case in CASES} | {
        name for name in files if name.startswith("constructed/")
    }
