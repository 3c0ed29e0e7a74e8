"""ESPHome: one topic for each entity, a bare number or ON and OFF."""

import pytest
from hypothesis import given

from ingest.decoders.esphome import FORMAT
from ingest.refusal import Refused
from tests.ingest.decoders.home import aside, bed, broken, constructed, status, survives, told

SENSOR = "bed-04/sensor/{}/state"
BINARY = "bed-04/binary_sensor/{}/state"


def test_the_message_under_shared_is_read_as_it_says() -> None:
    topic, payload, expected = constructed("bench-beds.json", 1)
    (heard,) = told(FORMAT, topic, payload).readings
    assert (heard.address, heard.stream, heard.time) == ("bed-04", expected["stream"], None)
    assert heard.values == {"weight_kg": pytest.approx(expected["weight_kg"])}


@pytest.mark.parametrize(
    ("entity", "column"),
    [
        ("weight", "weight_kg"),
        ("bed_weight", "weight_kg"),
        ("load", "load_kg"),
        ("bed_load", "load_kg"),
        ("movement", "movement_raw"),
        ("bed_movement", "movement_raw"),
    ],
)
def test_the_model_knows_an_entity_by_its_id(entity: str, column: str) -> None:
    assert told(FORMAT, SENSOR.format(entity), b"12.5").readings == [bed("bed-04", **{column: 12.5})]


@pytest.mark.parametrize("entity", ["occupied", "bed_occupied", "bed_occupancy", "bed_presence", "in_bed"])
def test_a_binary_sensor_is_on_or_off(entity: str) -> None:
    assert told(FORMAT, BINARY.format(entity), b"ON").readings == [bed("bed-04", occupied=True)]
    assert told(FORMAT, BINARY.format(entity), b"OFF").readings == [bed("bed-04", occupied=False)]


def test_battery_and_signal_are_the_nodes_status() -> None:
    assert told(FORMAT, SENSOR.format("battery_level"), b"88").readings == [
        status("bed-04", battery_pct=88.0)
    ]
    assert told(FORMAT, SENSOR.format("wifi_signal"), b"-61").readings == [status("bed-04", rssi_dbm=-61.0)]


@pytest.mark.parametrize("entity", ["temperature", "leg1_weight", "weight_raw", "bed"])
def test_an_entity_that_the_model_does_not_know_is_set_aside(entity: str) -> None:
    answer = told(FORMAT, SENSOR.format(entity), b"18.1")
    assert (list(answer.readings), answer.set_aside) == ([], aside("bed-04"))


@pytest.mark.parametrize("word", [b"nan", b"NaN", b"unknown", b"unavailable", b"None", b" "])
def test_a_value_that_is_not_known_is_stale_and_never_zero(word: bytes) -> None:
    for topic in (SENSOR.format("bed_weight"), BINARY.format("occupied")):
        answer = told(FORMAT, topic, word)
        assert (answer.readings, answer.set_aside) == ((), aside("bed-04", "stale"))


def test_the_status_tells_whether_the_node_is_there() -> None:
    assert told(FORMAT, "bed-04/status", b"online").readings == (status("bed-04", online=True),)
    assert told(FORMAT, "bed-04/status", b"offline").readings == (status("bed-04", online=False),)


def test_a_prefix_may_have_levels() -> None:
    assert told(FORMAT, "hus/rum-3/sensor/weight/state", b"70").readings == [bed("hus/rum-3", weight_kg=70.0)]
    assert told(FORMAT, "hus/rum-3/status", b"online").readings == (status("hus/rum-3", online=True),)


def test_only_the_status_says_something_about_now_when_the_broker_had_kept_it() -> None:
    assert FORMAT.retained == ("{address}/status",)


@pytest.mark.parametrize(
    ("topic", "payload", "code"),
    [
        (SENSOR.format("weight"), b"72,4", "wrong_type"),
        (SENSOR.format("weight"), b"1_000", "wrong_type"),
        (SENSOR.format("weight"), b"inf", "wrong_type"),
        (SENSOR.format("weight"), b"ON", "wrong_type"),
        (SENSOR.format("weight"), b"", "empty"),
        (SENSOR.format("weight"), b"1" * 300_000, "too_large"),
        (BINARY.format("occupied"), b"1", "wrong_type"),
        ("bed-04/status", b"dozing", "wrong_type"),
        ("bed-04/switch/lamp/state", b"ON", "topic"),
        ("bed-04/sensor/weight", b"72", "topic"),
    ],
)
def test_what_is_wrong_is_refused(topic: str, payload: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        told(FORMAT, topic, payload)
    assert refused.value.code == code


@given(broken(72.4, "ON"))
def test_nothing_but_a_refusal_comes_of_any_payload(payload: bytes) -> None:
    for topic in (SENSOR.format("bed_weight"), BINARY.format("occupied"), "bed-04/status", "status", ""):
        survives(FORMAT, topic, payload)
