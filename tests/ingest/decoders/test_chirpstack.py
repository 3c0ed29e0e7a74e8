"""What an event of ChirpStack v4 tells: one test for each trap of the network server and its codecs."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.chirpstack import FORMAT
from ingest.decoders.native import MAX_PAYLOAD
from ingest.decoders.payload import as_instant
from ingest.decoders.told import Heard, SetAside, Told
from ingest.refusal import Refused
from tests.ingest.decoders.registered import devices
from tests.parts import shared

EUI = "24e124707c0000ff"
TIME = "2026-01-15T02:13:45.775023242+00:00"
AT = as_instant("2026-01-15T02:13:45.775023Z")
BED = devices({EUI: "milesight-vs341"})


def event(**more: Any) -> dict[str, Any]:
    return {
        "deduplicationId": "3ac7",
        "time": TIME,
        "deviceInfo": {"deviceName": "Anna Svensson", "devEui": EUI, "tags": {"room": "12"}},
    } | more


def told(kind: str, message: Any, model_of: Any = BED, eui: str = EUI) -> Told:
    return FORMAT.decode(f"application/a/device/{eui}/event/{kind}", json.dumps(message).encode(), model_of)


def refusal(kind: str, message: Any, model_of: Any = BED) -> Refused:
    with pytest.raises(Refused) as caught:
        told(kind, message, model_of)
    return caught.value


def test_an_uplink_is_what_its_model_says_at_the_time_the_network_heard_it() -> None:
    found = told("up", event(object={"battery": 99.0, "occupancy": "occupied"}))
    assert found.readings == [
        Heard(EUI, "bed", AT, {"occupied": True}),
        Heard(EUI, "status", AT, {"battery_pct": 99.0}),
    ]


def test_one_uplink_by_several_gateways_has_one_key() -> None:
    first, again = (told("up", event(object={"battery": 5}, rxInfo=[{"rssi": rssi}])) for rssi in (-30, -90))
    assert first.key == again.key == "up:3ac7"


def test_a_status_sent_with_an_uplink_has_a_key_of_its_own() -> None:
    assert told("status", event(batteryLevel=88.3)).key == "status:3ac7"


def test_the_eui_may_be_written_in_capitals_on_either_side() -> None:
    in_capitals = devices({EUI.upper(): "milesight-vs341"})
    assert told("up", event(object={"battery": 5}), in_capitals).readings[0].address == EUI.upper()
    sent = event(object={"battery": 5}, deviceInfo={"devEui": EUI.upper()})
    assert told("up", sent).readings[0].address == EUI


def test_a_device_that_is_not_registered_is_refused() -> None:
    assert refusal("up", event(object={"battery": 5}), devices({})).code == "unknown_device"


def test_an_uplink_without_a_codec_is_refused_with_the_way_out() -> None:
    refused = refusal("up", event(data="AXVk"))
    assert refused.code == "missing"
    assert "choose a codec in the device profile" in str(refused)


def test_an_uplink_without_data_is_no_reading() -> None:
    assert told("up", event()).set_aside == (SetAside(EUI, "not_a_reading"),)


def test_what_the_codec_leaves_out_is_absent() -> None:
    (reading,) = told("up", event(object={"occupancy": "vacant"})).readings
    assert reading.values == {"occupied": False}


def test_a_status_tells_the_battery() -> None:
    assert told("status", event(margin=10, batteryLevel=88.3)).readings == (
        Heard(EUI, "status", AT, {"battery_pct": 88.3}),
    )


def test_a_status_without_a_level_is_an_empty_battery() -> None:
    assert told("status", event()).readings[0].values == {"battery_pct": 0.0}


@pytest.mark.parametrize("flag", ["externalPowerSource", "batteryLevelUnavailable"])
def test_a_status_of_a_device_without_a_battery_is_no_reading(flag: str) -> None:
    assert told("status", event(**{flag: True})).set_aside == (SetAside(EUI, "not_a_reading"),)


@pytest.mark.parametrize("source", ["GPS", "GEO_RESOLVER_GNSS"])
def test_a_place_by_satellites_is_a_position(source: str) -> None:
    place = {"latitude": 59.3, "longitude": 18.1, "altitude": 2, "source": source, "accuracy": 12}
    (reading,) = told("location", event(location=place)).readings
    assert (reading.stream, reading.time) == ("gps", AT)
    assert reading.values == {"lat": 59.3, "lon": 18.1, "accuracy_m": 12}


@pytest.mark.parametrize(
    "source", ["UNKNOWN", "CONFIG", "GEO_RESOLVER_TDOA", "GEO_RESOLVER_RSSI", "GEO_RESOLVER_WIFI", None]
)
def test_a_place_that_is_worked_out_from_the_radio_is_not(source: str | None) -> None:
    place = {"latitude": 59.3, "longitude": 18.1} | ({"source": source} if source else {})
    assert told("location", event(location=place)).set_aside == (SetAside(EUI, "network_position"),)


def test_a_place_without_coordinates_is_no_fix() -> None:
    assert told("location", event(location={"source": "GPS"})).set_aside == (SetAside(EUI, "no_fix"),)


def test_an_accuracy_of_0_is_unknown() -> None:
    place = {"latitude": 59.3, "longitude": 18.1, "source": "GPS"}
    assert "accuracy_m" not in told("location", event(location=place)).readings[0].values


@pytest.mark.parametrize("kind", ["join", "ack", "txack", "log", "integration", "something-new"])
def test_what_the_network_tells_of_itself_is_no_reading(kind: str) -> None:
    assert told(kind, event(object={"battery": 5})).set_aside == (SetAside(EUI, "not_a_reading"),)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "empty"),
        (b"x" * (MAX_PAYLOAD + 1), "too_large"),
        (b"{", "not_json"),
        (b'{"deviceInfo": {"devEui": "\xff"}}', "not_json"),
        (b"[" * 100_000, "wrong_type"),
        (b'{"object": ' + b'{"a": ' * 10_000, "not_json"),
        (b"{}", "wrong_type"),
        (b'{"deviceInfo": {"devEui": 5}}', "wrong_type"),
    ],
)
def test_what_is_no_event_is_refused(payload: bytes, code: str) -> None:
    with pytest.raises(Refused) as caught:
        FORMAT.decode("application/a/device/b/event/up", payload, BED)
    assert caught.value.code == code


def test_no_reason_quotes_a_name() -> None:
    wrong = [
        event(object={"battery": "Anna Svensson"}),
        event(object="Anna Svensson"),
        event(deviceInfo="Anna Svensson"),
        event(location={"latitude": "Anna Svensson"}),
    ]
    for message in wrong:
        assert "Anna" not in str(refusal("up", message))


DOCUMENTED: dict[str, tuple[str, Any]] = {
    "events_01_up_uplink_event": ("up", "refused: missing"),
    "events_02_status_margin_and_battery_status": ("status", {"battery_pct": 88.3}),
    "events_03_join_device_join_event": ("join", "not_a_reading"),
    "events_04_ack_confirmed_downlink_n_ack": ("ack", "not_a_reading"),
    "events_05_txack_downlink_transmission_ack": ("txack", "not_a_reading"),
    "events_06_log_log_or_error_event": ("log", "not_a_reading"),
    "events_07_location_location_event": ("location", "network_position"),
    "events_08_integration_integration_event": ("integration", "not_a_reading"),
}
"""What each documented example tells: values, a reason for setting aside, or why it is refused."""


def test_every_documented_event_is_in_the_table() -> None:
    assert {path.stem for path in shared("payloads/chirpstack-v4").glob("*.json")} == DOCUMENTED.keys()


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_documented_event_tells(name: str) -> None:
    kind, expected = DOCUMENTED[name]
    payload = shared(f"payloads/chirpstack-v4/{name}.json").read_bytes()
    model_of = devices(dict.fromkeys(("0101010101010101", "0016c001f000175a"), "milesight-vs341"))
    assert outcome(kind, payload, model_of) == expected


def outcome(kind: str, payload: bytes, model_of: Any) -> Any:
    try:
        found = FORMAT.decode(f"application/a/device/b/event/{kind}", payload, model_of)
    except Refused as refused:
        return f"refused: {refused.code}"
    (told,) = found.readings or found.set_aside
    return told.values if isinstance(told, Heard) else told.reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    [
        "deduplicationId",
        "time",
        "deviceInfo",
        "data",
        "object",
        "batteryLevel",
        "location",
        "externalPowerSource",
    ]
)
KINDS = st.sampled_from(["up", "status", "location", "join", "x"])


@given(KINDS, st.dictionaries(FIELDS, JSON))
def test_an_event_with_any_fields_is_told_set_aside_or_refused(kind: str, changed: dict[str, Any]) -> None:
    message = event(object={"battery": 5, "occupancy": "vacant"}, location={"latitude": 1.0, "source": "GPS"})
    try:
        found = told(kind, message | changed)
    except Refused:
        return
    assert found.readings or found.set_aside


@given(KINDS, st.binary(max_size=200))
def test_any_bytes_are_told_or_refused(kind: str, payload: bytes) -> None:
    with pytest.raises(Refused):
        FORMAT.decode(f"application/a/device/b/event/{kind}", payload, BED)
