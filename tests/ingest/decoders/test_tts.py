"""What a message of The Things Stack v3 tells: one test for each trap of the server and its formatters."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.native import MAX_PAYLOAD
from ingest.decoders.payload import as_instant
from ingest.decoders.told import Heard, SetAside, Told
from ingest.decoders.tts import FORMAT
from ingest.refusal import Refused
from tests.ingest.decoders.registered import devices
from tests.parts import shared

RECEIVED = "2026-01-15T02:13:45.775023242Z"
AT = as_instant("2026-01-15T02:13:45.775023Z")
IDS = {"device_id": "bed-12", "dev_eui": "24E124707C0000FF", "application_ids": {"application_id": "home"}}
BED = devices({"bed-12": "milesight-vs341"})


def uplink(**more: Any) -> dict[str, Any]:
    return {
        "end_device_ids": IDS,
        "received_at": "2026-01-15T02:13:46Z",
        "uplink_message": {"session_key_id": "AWiZ", "frm_payload": "AXVk", "received_at": RECEIVED} | more,
    }


def told(message: Any, model_of: Any = BED) -> Told:
    return FORMAT.decode("v3/home@ttn/devices/bed-12/up", json.dumps(message).encode(), model_of)


def refusal(message: Any, model_of: Any = BED) -> Refused:
    with pytest.raises(Refused) as caught:
        told(message, model_of)
    return caught.value


def test_an_uplink_is_what_its_model_says_at_the_time_the_network_heard_it() -> None:
    found = told(uplink(decoded_payload={"battery": 99, "occupancy": "occupied"}))
    assert found.readings == [
        Heard("bed-12", "bed", AT, {"occupied": True}),
        Heard("bed-12", "status", AT, {"battery_pct": 99.0}),
    ]


def test_without_the_networks_time_that_of_the_first_gateway_with_a_clock_stands() -> None:
    message = uplink(
        decoded_payload={"battery": 5},
        received_at=None,
        rx_metadata=[{"rssi": -90}, {"time": "2026-01-15T02:13:44Z"}, {"time": "2026-01-15T02:13:43Z"}],
    )
    assert told(message).readings[0].time == as_instant("2026-01-15T02:13:44Z")


def key(**more: Any) -> str | None:
    return told(uplink(decoded_payload={"battery": 5}, **more)).key


def test_a_frame_counter_that_is_missing_is_0() -> None:
    assert key() == key(f_cnt=0)
    assert key(f_cnt=7) != key()


def test_an_uplink_sent_again_has_the_same_key() -> None:
    assert key(f_cnt=7, received_at="2026-01-15T02:13:59Z") == key(f_cnt=7)


def test_a_counter_that_starts_anew_makes_other_keys() -> None:
    assert key(f_cnt=7, received_at="2026-01-16T02:13:45Z") != key(f_cnt=7)


def test_a_message_simulated_at_the_console_is_no_reading() -> None:
    message = uplink(decoded_payload={"battery": 5}) | {"simulated": True}
    assert told(message).set_aside == (SetAside("bed-12", "console_test"),)
    assert not told(message).readings


@pytest.mark.parametrize("address", ["bed-12", "24E124707C0000FF", "24e124707c0000ff"])
def test_a_device_may_be_registered_by_its_id_or_by_its_eui(address: str) -> None:
    found = told(uplink(decoded_payload={"battery": 5}), devices({address: "milesight-vs341"}))
    assert found.readings[0].address == address


def test_a_device_that_is_not_registered_is_refused() -> None:
    assert refusal(uplink(decoded_payload={"battery": 5}), devices({})).code == "unknown_device"


def test_an_uplink_without_a_formatter_is_refused_with_the_way_out() -> None:
    refused = refusal(uplink())
    assert refused.code == "missing"
    assert "choose a payload formatter" in str(refused)


def test_an_uplink_without_a_payload_is_no_reading() -> None:
    assert told(uplink(frm_payload="")).set_aside == (SetAside("bed-12", "not_a_reading"),)


def test_the_battery_that_the_network_asked_for_is_told_once() -> None:
    battery = {"f_cnt": 7, "value": 90.1, "received_at": RECEIVED}
    asked = uplink(frm_payload="", f_cnt=7, last_battery_percentage=battery)
    found = told(asked)
    assert found.readings == (Heard("bed-12", "status", AT, {"battery_pct": 90.1}),)
    assert not found.set_aside
    assert not told(uplink(frm_payload="", f_cnt=8, last_battery_percentage=battery)).readings


def test_what_the_device_says_of_its_battery_goes_before_what_the_network_says() -> None:
    battery = {"value": 90.1, "received_at": RECEIVED}
    (reading,) = told(uplink(decoded_payload={"battery": 5}, last_battery_percentage=battery)).readings
    assert reading.values == {"battery_pct": 5}


def test_the_last_known_places_of_a_device_are_not_where_it_is_now() -> None:
    place = {"frm-payload": {"latitude": 59.3, "longitude": 18.1, "source": "SOURCE_GPS"}}
    assert [
        each.stream for each in told(uplink(decoded_payload={"battery": 5}, locations=place)).readings
    ] == ["status"]


def solved(**place: Any) -> dict[str, Any]:
    return {"end_device_ids": IDS, "received_at": RECEIVED, "location_solved": {"location": place}}


def test_a_place_by_satellites_is_a_position() -> None:
    (reading,) = told(solved(latitude=59.3, longitude=18.1, accuracy=12, source="SOURCE_GPS")).readings
    assert (reading.stream, reading.time) == ("gps", AT)
    assert reading.values == {"lat": 59.3, "lon": 18.1, "accuracy_m": 12}


@pytest.mark.parametrize(
    "source",
    ["SOURCE_WIFI_RSSI_GEOLOCATION", "SOURCE_LORA_TDOA_GEOLOCATION", "SOURCE_REGISTRY", "SOURCE_UNKNOWN"],
)
def test_a_place_that_is_worked_out_from_the_radio_is_not(source: str) -> None:
    found = told(solved(latitude=59.3, longitude=18.1, source=source))
    assert found.set_aside == (SetAside("bed-12", "network_position"),)


def test_a_join_is_no_reading() -> None:
    assert told({"end_device_ids": IDS, "join_accept": {"session_key_id": "AWiZ"}}).set_aside == (
        SetAside("bed-12", "not_a_reading"),
    )


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "empty"),
        (b"x" * (MAX_PAYLOAD + 1), "too_large"),
        (b"{", "not_json"),
        (b"{}", "wrong_type"),
        (b'{"end_device_ids": {"device_id": 5}}', "wrong_type"),
        (
            b'{"end_device_ids": {"device_id": ""}, "uplink_message": {"decoded_payload": {}}}',
            "unknown_device",
        ),
        (b'{"uplink_message": {"decoded_payload": ' + b'{"a": ' * 10_000, "not_json"),
    ],
)
def test_what_is_no_message_is_refused(payload: bytes, code: str) -> None:
    with pytest.raises(Refused) as caught:
        FORMAT.decode("v3/home/devices/bed-12/up", payload, BED)
    assert caught.value.code == code


def test_no_reason_quotes_what_a_device_sent() -> None:
    for fields in ({"battery": "Anna Svensson"}, "Anna Svensson"):
        assert "Anna" not in str(refusal(uplink(decoded_payload=fields)))


def test_the_documented_example_has_no_formatter() -> None:
    payload = shared("payloads/tts-v3/mqtt_02_example.json").read_bytes()
    with pytest.raises(Refused) as caught:
        FORMAT.decode("v3/app1/devices/dev1/up", payload, devices({"dev1": "milesight-vs341"}))
    assert caught.value.code == "missing"


def test_the_documented_example_with_a_formatter_is_heard_when_its_gateway_heard_it() -> None:
    message = json.loads(shared("payloads/tts-v3/mqtt_02_example.json").read_text())
    message["uplink_message"]["decoded_payload"] = {"occupancy": "vacant"}
    found = told(message, devices({"4200000000000000": "milesight-vs341"}))
    time = as_instant("2019-01-29T13:02:34.981Z")
    assert found.readings == [Heard("4200000000000000", "bed", time, {"occupied": False})]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    ["session_key_id", "f_cnt", "frm_payload", "decoded_payload", "received_at", "rx_metadata"]
)


@given(st.dictionaries(FIELDS, JSON), JSON)
def test_a_message_with_any_fields_is_told_set_aside_or_refused(
    changed: dict[str, Any], simulated: Any
) -> None:
    message = uplink(decoded_payload={"battery": 5, "occupancy": "vacant"})
    message["uplink_message"] |= changed
    try:
        found = told(message | {"simulated": simulated})
    except Refused:
        return
    assert found.readings or found.set_aside


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(payload: bytes) -> None:
    with pytest.raises(Refused):
        FORMAT.decode("v3/home/devices/bed-12/up", payload, BED)
