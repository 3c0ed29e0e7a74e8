"""Tasmota: what it weighs, how well it is heard, and that nobody's network is told."""

import pytest
from hypothesis import given

from ingest.decoders.tasmota import FORMAT
from ingest.refusal import Refused
from tests.ingest.decoders.home import aside, bed, broken, by, constructed, status, survives, told

SENSOR = {
    "Time": "2026-01-15T02:13:45",
    "HX711": {"Weight": 72, "WeightRaw": 72012, "AbsRaw": 8641440},
    "DHT22": {"Temperature": 21.4},
    "TempUnit": "C",
}
STATE = {
    "Time": "2026-01-15T02:13:45",
    "UptimeSec": 9011,
    "POWER": "ON",
    "Wifi": {"AP": 1, "SSId": "Hemma hos Greta", "BSSId": "02:00:00:AA:BB:CC", "RSSI": 62, "Signal": -69},
}


def test_the_message_under_shared_is_read_as_it_says() -> None:
    topic, payload, expected = constructed("bench-beds.json", 0)
    (heard,) = told(FORMAT, topic, payload).readings
    assert (heard.stream, heard.time) == (expected["stream"], None)
    assert heard.values == {"weight_kg": pytest.approx(expected["weight_kg"])}


def test_a_load_cell_is_a_weight_and_other_sensors_are_nothing() -> None:
    assert told(FORMAT, "tele/bed-03/SENSOR", SENSOR).readings == [bed("bed-03", weight_kg=72.0)]
    without = {key: value for key, value in SENSOR.items() if key != "HX711"}
    answer = told(FORMAT, "tele/bed-03/SENSOR", without)
    assert (list(answer.readings), answer.set_aside) == ([], aside("bed-03"))


def test_a_local_time_is_no_time_unless_the_model_names_the_zone() -> None:
    zoned = by(
        """
        name: vaagen
        title: Vågen
        formats: [tasmota]
        quality: decodes
        source: a test
        time: {field: Time, unit: local, zone: Europe/Stockholm}
        readings:
          - {stream: bed, columns: {weight_kg: {field: HX711.Weight, unit: kg}}}
        """
    )
    assert told(FORMAT, "tele/bed-03/SENSOR", SENSOR).readings[0].time is None
    (heard,) = told(FORMAT, "tele/bed-03/SENSOR", SENSOR, zoned).readings
    assert heard == bed("bed-03", 1_768_439_625_000_000, weight_kg=72.0)


def test_a_time_with_its_offset_is_the_devices_own() -> None:
    (heard,) = told(FORMAT, "tele/b/SENSOR", SENSOR | {"Time": "2026-01-15T02:13:45+01:00"}).readings
    assert heard.time == 1_768_439_625_000_000


@pytest.mark.parametrize("time", ["1970-01-01T00:00:12+00:00", "soon", 12, None, "0001-01-01T00:00:00+14:00"])
def test_a_clock_that_is_not_set_is_no_reason_to_lose_the_weight(time: object) -> None:
    (heard,) = told(FORMAT, "tele/b/SENSOR", SENSOR | {"Time": time}).readings
    assert heard == bed("b", weight_kg=72.0)


def test_the_state_tells_the_signal_and_nothing_of_the_network() -> None:
    answer = told(FORMAT, "tele/bed-03/STATE", STATE)
    assert answer.readings == (status("bed-03", rssi_dbm=-69.0),)
    assert "Greta" not in repr(answer)


@pytest.mark.parametrize("wifi", [None, {}, {"Signal": None}, {"Signal": 31}, {"Signal": 0}])
def test_a_signal_that_is_not_known_is_left_out(wifi: object) -> None:
    answer = told(FORMAT, "tele/bed-03/STATE", STATE | {"Wifi": wifi})
    assert (answer.readings, answer.set_aside) == ((), aside("bed-03"))


@pytest.mark.parametrize(("word", "online"), [(b"Online", True), (b"Offline", False)])
def test_the_last_will_tells_whether_it_is_there(word: bytes, online: bool) -> None:
    assert told(FORMAT, "tele/bed-03/LWT", word).readings == (status("bed-03", online=online),)
    assert "tele/+/LWT" in FORMAT.retained


def test_another_order_of_levels_names_the_same_device() -> None:
    assert told(FORMAT, "bed-03/tele/LWT", b"Online").readings == (status("bed-03", online=True),)
    assert told(FORMAT, "hus-2/tele/bed-03/LWT", b"Online").readings == (status("hus-2/bed-03", online=True),)


def test_other_messages_of_the_device_are_no_readings() -> None:
    assert told(FORMAT, "tele/bed-03/UPTIME", b"{}").set_aside == aside("bed-03")


@pytest.mark.parametrize(
    ("kind", "payload", "code"),
    [
        ("SENSOR", b"", "empty"),
        ("SENSOR", b"[]", "wrong_type"),
        ("SENSOR", b'{"HX711": {"Weight": NaN}}', "not_json"),
        ("SENSOR", b'{"HX711": {"Weight": "Greta"}}', "wrong_type"),
        ("SENSOR", b"{" * 400_000, "too_large"),
        ("STATE", b'{"Wifi": {"Signal": "Greta"}}', "wrong_type"),
        ("STATE", b'{"Wifi": {"SSId": "Gr\xe5ta", "Signal": "x"}}', "wrong_type"),
        ("LWT", b"Greta", "wrong_type"),
        ("LWT", b"\xff", "wrong_type"),
    ],
)
def test_what_is_wrong_is_refused_without_its_words(kind: str, payload: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        told(FORMAT, f"tele/bed-03/{kind}", payload)
    assert refused.value.code == code
    assert "Greta" not in str(refused.value)


@given(broken(SENSOR, STATE))
def test_nothing_but_a_refusal_comes_of_any_payload(payload: bytes) -> None:
    for kind in ("SENSOR", "STATE", "LWT"):
        survives(FORMAT, f"tele/bed-03/{kind}", payload)


@pytest.mark.parametrize("topic", ["", "tele", "tele/SENSOR", "SENSOR", "/"])
def test_a_topic_without_a_device_is_refused(topic: str) -> None:
    with pytest.raises(Refused, match="names no device"):
        told(FORMAT, topic, SENSOR)
