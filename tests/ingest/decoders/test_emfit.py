"""What the answers of Emfit's interfaces tell, when a bridge republishes them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.emfit import FORMAT
from ingest.decoders.native import MAX_PAYLOAD
from ingest.decoders.payload import as_instant
from ingest.decoders.told import Heard, SetAside, Told
from ingest.refusal import Refused
from tests.ingest.decoders.registered import devices
from tests.parts import shared

MATTRESS = devices({"131": "emfit-qs"})
SINCE = as_instant("2017-01-12T05:04:41Z")


def told(message: Any, topic: str = "emfit/131/status") -> Told:
    return FORMAT.decode(topic, json.dumps(message).encode(), MATTRESS)


@pytest.mark.parametrize("since", [1484197481000, 1484197481], ids=["in milliseconds", "in seconds"])
@pytest.mark.parametrize(("description", "occupied"), [("present", True), ("absent", False)])
def test_a_state_is_told_from_when_it_began(description: str, occupied: bool, since: int) -> None:
    found = told({"DeviceIndex": 131, "description": description, "from": since})
    assert list(found.readings) == [Heard("131", "bed", SINCE, {"occupied": occupied})]


@pytest.mark.parametrize("description", ["network-error", "sensor-error", "undeployed", "something new"])
def test_a_sensor_that_cannot_tell_is_unknown_and_not_out_of_bed(description: str) -> None:
    found = told({"description": description, "from": 1484197481})
    assert not found.readings
    assert found.set_aside == (SetAside("131", "stale"),)


def test_the_page_of_the_device_itself_has_no_time() -> None:
    found = told(
        {"PRES": "1", "SER": "00129f", "TS": "0", "HR": "60", "RR": "14", "ACT": "12"}, "emfit/131/dvm"
    )
    assert list(found.readings) == [Heard("131", "bed", None, {"occupied": True, "movement_raw": 12.0})]


def test_the_documented_status_is_out_of_bed() -> None:
    answer = json.loads(shared("payloads/emfit-qs/status.json").read_text())["payload"]
    assert list(told(answer).readings) == [Heard("131", "bed", SINCE, {"occupied": False})]


def test_the_summary_of_a_night_holds_no_reading() -> None:
    answer = json.loads(shared("payloads/emfit-qs/latest_v2.json").read_text())["payload"]
    assert told(answer, "emfit/131/latest").set_aside == (SetAside("131", "not_a_reading"),)


def test_a_device_that_is_not_registered_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        told({"description": "present", "from": 1484197481}, "emfit/132/status")
    assert caught.value.code == "unknown_device"


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "empty"),
        (b"x" * (MAX_PAYLOAD + 1), "too_large"),
        (b"present", "not_json"),
        (b'[{"description": "present"}]', "wrong_type"),
        (b'{"a":' * 10_000, "not_json"),
        (b'{"description": "present", "from": "Kalle"}', "wrong_type"),
        (b'{"description": "present", "from": 1e999}', "wrong_type"),
    ],
)
def test_what_is_no_answer_is_refused(payload: bytes, code: str) -> None:
    with pytest.raises(Refused) as caught:
        FORMAT.decode("emfit/131/status", payload, MATTRESS)
    assert caught.value.code == code


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["description", "from", "PRES", "TS", "ACT"]), JSON))
def test_an_answer_with_any_fields_is_told_set_aside_or_refused(changed: dict[str, Any]) -> None:
    try:
        found = told({"description": "present", "from": 1484197481} | changed)
    except Refused:
        return
    assert found.readings or found.set_aside
