"""Zigbee2MQTT: events beside their action, presence, and states that are repeated for no new reason."""

import pytest
from hypothesis import given

from ingest.decoders.models.shelf import built_in
from ingest.decoders.zigbee2mqtt import FORMAT
from ingest.refusal import Refused
from tests.ingest.decoders.home import aside, bed, broken, constructed, status, survives, told

TOPIC = "zigbee2mqtt/bedframe-05"
VIBRATION = {"battery": 97, "action": "vibration", "strength": 12, "linkquality": 81}


def test_the_message_under_shared_is_read_as_it_says() -> None:
    topic, payload, expected = constructed("bench-beds.json", 3)
    heard = told(FORMAT, topic, payload).readings[0]
    assert (heard.address, heard.stream, heard.time) == ("bedframe-05", expected["stream"], None)
    assert heard.values == {"movement_raw": expected["movement_raw"]}


def test_a_vibration_is_movement_and_the_battery_a_status_and_link_quality_is_no_signal_strength() -> None:
    assert told(FORMAT, TOPIC, VIBRATION).readings == [
        bed("bedframe-05", movement_raw=12.0),
        status("bedframe-05", battery_pct=97.0),
    ]


@pytest.mark.parametrize("action", [None, "", "tilt", "drop"])
def test_a_strength_that_is_repeated_without_its_vibration_is_no_movement(action: str | None) -> None:
    answer = told(FORMAT, TOPIC, VIBRATION | {"action": action})
    assert answer.readings == [status("bedframe-05", battery_pct=97.0)]


@pytest.mark.parametrize("field", ["occupancy", "presence"])
def test_presence_is_an_occupied_bed(field: str) -> None:
    assert told(FORMAT, TOPIC, {field: True}).readings == [bed("bedframe-05", occupied=True)]
    assert told(FORMAT, TOPIC, {field: False}).readings == [bed("bedframe-05", occupied=False)]
    assert told(FORMAT, TOPIC, {field: None}).set_aside == aside("bedframe-05")


def test_movement_and_presence_in_one_message_are_one_reading() -> None:
    answer = told(FORMAT, TOPIC, VIBRATION | {"occupancy": True})
    assert answer.readings[0] == bed("bedframe-05", movement_raw=12.0, occupied=True)
    assert [heard.stream for heard in answer.readings] == ["bed", "status"]


def test_a_contact_is_presence_only_where_the_model_says_that_a_mat_closes_it() -> None:
    assert told(FORMAT, TOPIC, {"contact": True}).set_aside == aside("bedframe-05")
    mat = built_in()["zigbee2mqtt-bed-mat"]
    (heard,) = told(FORMAT, TOPIC, {"contact": True}, lambda address: mat).readings
    assert heard == bed("bedframe-05", occupied=True)


@pytest.mark.parametrize(
    "last_seen", ["2026-02-16T00:00:00.250Z", "2026-02-16T01:00:00.250+01:00", 1_771_200_000_250]
)
def test_a_state_that_is_sent_again_keeps_the_time_at_which_the_device_was_heard(last_seen: object) -> None:
    (heard,) = told(FORMAT, TOPIC, {"occupancy": True, "last_seen": last_seen}).readings
    assert heard.time == 1_771_200_000_250_000


@pytest.mark.parametrize("last_seen", [None, "", "2026-02-16T00:00:00", "nu", -5, 10**400, 1e300, True, []])
def test_without_an_instant_the_time_of_receipt_stands(last_seen: object) -> None:
    (heard,) = told(FORMAT, TOPIC, {"occupancy": True, "last_seen": last_seen}).readings
    assert heard == bed("bedframe-05", occupied=True)


@pytest.mark.parametrize(
    ("payload", "online"),
    [
        (b'{"state": "online"}', True),
        (b'{"state": "offline"}', False),
        (b"online", True),
        (b"offline", False),
    ],
)
def test_availability_is_an_object_or_a_bare_word(payload: bytes, online: bool) -> None:
    answer = told(FORMAT, f"{TOPIC}/availability", payload)
    assert answer.readings == (status("bedframe-05", online=online),)


def test_a_friendly_name_may_have_levels() -> None:
    assert told(FORMAT, "zigbee2mqtt/hus/rum 3", {"presence": True}).readings == [
        bed("hus/rum 3", occupied=True)
    ]
    answer = told(FORMAT, "zigbee2mqtt/hus/rum 3/availability", b"online")
    assert answer.readings == (status("hus/rum 3", online=True),)


@pytest.mark.parametrize("level", ["state", "devices", "info", "logging", "availability"])
def test_the_bridge_is_nobodys_device(level: str) -> None:
    answer = told(FORMAT, f"zigbee2mqtt/bridge/{level}", b'{"network_key": "secret"}')
    assert (answer.readings, answer.set_aside) == ((), aside(None))
    assert FORMAT.denied == ("zigbee2mqtt/bridge/#",)


@pytest.mark.parametrize("topic", [TOPIC, f"{TOPIC}/availability"])
def test_an_empty_message_clears_what_the_broker_kept_and_is_no_reading(topic: str) -> None:
    assert told(FORMAT, topic, b"").set_aside == aside("bedframe-05")


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (TOPIC, b'{"occupancy": "Greta"}'),
        (TOPIC, b'{"action": "vibration", "strength": "Greta"}'),
        (TOPIC, b"Greta"),
        (f"{TOPIC}/availability", b"Greta"),
        (f"{TOPIC}/availability", b'{"state": "Greta"}'),
    ],
)
def test_what_is_wrong_is_refused_without_its_words(topic: str, payload: bytes) -> None:
    with pytest.raises(Refused) as refused:
        told(FORMAT, topic, payload)
    assert "Greta" not in str(refused.value)


@given(broken(VIBRATION | {"occupancy": True, "last_seen": 1_771_200_000_250}, {"state": "online"}))
def test_nothing_but_a_refusal_comes_of_any_payload(payload: bytes) -> None:
    for topic in (TOPIC, f"{TOPIC}/availability", "zigbee2mqtt/", ""):
        survives(FORMAT, topic, payload)
