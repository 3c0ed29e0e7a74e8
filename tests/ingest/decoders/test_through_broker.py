"""Messages of real and documented devices, through a real broker into a store: each as its format says."""

import json
import math
from dataclasses import dataclass, field
from datetime import datetime
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

RADAR = Foreign("chirpstack", "0101010101010101", "bed", "milesight-vs373")
TRACKER = Foreign("chirpstack", "0101010101010101", "gps", "dragino-trackerd")
LR1110 = Foreign("chirpstack", "0016c001f000175a", "gps", "dragino-trackerd")


def _camera(name: str) -> Foreign:
    return Foreign("frigate", name, "camera")


def _event(kind: str, eui: str = RADAR.address) -> str:
    return f"application/17c82e96-be03-4f38-aef3-f83d48582d97/device/{eui}/event/{kind}"


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
            if name == "time" and isinstance(value, str):
                value = to_rfc3339(_us(value))
            if got != value:
                return False
        elif got is None or abs(float(got) - value) > 1e-4:
            return False
    return True


def _us(text: str) -> int:
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


NOTHING = {"not_a_reading": 1}

CASES = [
    # Without a codec an uplink is bytes that nobody here can read.
    Case("chirpstack-v4/events_01_up_uplink_event.json", _event("up"), RADAR, dead_letter="missing"),
    Case(
        "chirpstack-v4/events_02_status_margin_and_battery_status.json",
        _event("status"),
        RADAR,
        (("status", {"time": "2022-07-18T09:35:06.927172Z", "battery_pct": 88.3}),),
    ),
    Case("chirpstack-v4/events_03_join_device_join_event.json", _event("join"), RADAR, set_aside=NOTHING),
    Case(
        "chirpstack-v4/events_04_ack_confirmed_downlink_n_ack.json", _event("ack"), RADAR, set_aside=NOTHING
    ),
    Case(
        "chirpstack-v4/events_05_txack_downlink_transmission_ack.json",
        _event("txack"),
        RADAR,
        set_aside=NOTHING,
    ),
    Case("chirpstack-v4/events_06_log_log_or_error_event.json", _event("log"), RADAR, set_aside=NOTHING),
    # It does not say that a satellite receiver found the place.
    Case(
        "chirpstack-v4/events_07_location_location_event.json",
        _event("location"),
        TRACKER,
        set_aside={"network_position": 1},
    ),
    Case(
        "chirpstack-v4/events_08_integration_integration_event.json",
        _event("integration", LR1110.address),
        LR1110,
        set_aside=NOTHING,
    ),
    Case(
        "tts-v3/mqtt_02_example.json",
        "v3/app1@tenant/devices/dev1/up",
        Foreign("tts", "dev1", "bed", "milesight-vs373"),
        dead_letter="missing",
    ),
    Case("emfit-qs/latest_v2.json", "emfit/131/latest", Foreign("emfit", "131", "bed"), set_aside=NOTHING),
    Case(
        "emfit-qs/status.json",
        "emfit/131/status",
        Foreign("emfit", "131", "bed"),
        (("bed", {"time": "2017-01-12T05:04:41Z", "occupied": 0}),),
    ),
    Case(
        "frigate-docs/mqtt_01_frigate_events.json",
        "frigate/events",
        _camera("front_door"),
        (
            (
                "camera",
                {
                    "time": "2020-12-04T23:19:22.082975Z",
                    "event": "1607123955.475377-mxklsc",
                    "type": "person",
                    "state": "update",
                    "zone": "yard",
                    "confidence": 0.8789,
                },
            ),
        ),
    ),
    # Descriptions, faces, plates and what a classifier made of somebody: on the topic of events a dead letter
    # without payload, on their own topic nobody listens.
    Case(
        "frigate-docs/mqtt_02_generative_ai_description_update.json",
        "frigate/events",
        _camera("front_door"),
        dead_letter="wrong_type",
    ),
    Case(
        "frigate-docs/mqtt_03_face_recognition_update.json",
        "frigate/tracked_object_update",
        _camera("front_door_cam"),
    ),
    Case(
        "frigate-docs/mqtt_04_license_plate_recognition_update.json",
        "frigate/events",
        _camera("driveway_cam"),
        dead_letter="wrong_type",
    ),
    Case(
        "frigate-docs/mqtt_05_object_classification_update.json",
        "frigate/tracked_object_update",
        _camera("front_door_cam"),
    ),
    Case(
        "frigate-docs/mqtt_06_object_classification_update.json",
        "frigate/tracked_object_update",
        _camera("front_door_cam"),
    ),
    Case(
        "frigate-docs/mqtt_07_frigate_reviews.json",
        "frigate/reviews",
        _camera("front_cam"),
        (
            (
                "camera",
                {
                    "event": "1718987129.308396-fqk5ka",
                    "type": "review_alert",
                    "state": "update",
                    "zone": "front_yard",
                    "time_source": "received",
                },
            ),
        ),
    ),
    Case("frigate-docs/mqtt_08_frigate_triggers.json", "frigate/triggers", _camera("driveway")),
    Case(
        "scaip-constructed/mrq_bed_monitor_constructed.xml",
        "scaip/mrq",
        Foreign("scaip", "BED00017", "alarm"),
        (("alarm", {"alarm": "a1b2c3d4e5f6a7b8", "stage": "raised", "cause": "bed_exit"}),),
    ),
    Case(
        "scaip-constructed/mrq_gps_sos_constructed.xml",
        "scaip/mrq",
        Foreign("scaip", "TRK00042", "gps"),
        (
            ("alarm", {"alarm": "gps0000000000001", "stage": "raised", "cause": "button"}),
            ("gps", {"time": "2026-01-15T01:13:45Z", "lat": 59.336111, "lon": 18.072778}),
        ),
    ),
    # An answer to what was no alarm, or one that nobody has heard of.
    Case("scaip-constructed/mrs_ok_constructed.xml", "scaip/mrs", Foreign("scaip", "BED00017", "alarm")),
]


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
