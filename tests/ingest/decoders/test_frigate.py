"""Frigate: which people are told of, and that nothing else gets through."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.frigate import FORMAT
from ingest.decoders.models.model import Model
from ingest.decoders.native import admit
from ingest.decoders.told import Heard, SetAside, Told
from ingest.refusal import Refused
from store import STREAMS
from tests.parts import shared

RECEIVED_US = 1_771_200_900_000_000
EVENT = {
    "id": "1771200000.25-ab12cd",
    "camera": "rum_3",
    "label": "person",
    "false_positive": False,
    "start_time": 1771200000.25,
    "frame_time": 1771200012.5,
    "end_time": None,
    "score": 0.875,
    "current_zones": ["door"],
    "motionless_count": 0,
}
REVIEW: dict[str, Any] = {
    "id": "1771200000.25-xy98zw",
    "camera": "rum_3",
    "severity": "alert",
    "start_time": 1771200000.25,
    "end_time": None,
    "data": {"objects": ["person"], "zones": ["bed"], "detections": [EVENT["id"]], "audio": []},
}


def no_model(address: str) -> Model:
    raise AssertionError(f"nobody asks for a model of {address}")


def told(topic: str, payload: bytes) -> Told:
    return FORMAT.decode(f"frigate/{topic}", payload, no_model)


def event(kind: str, **changed: object) -> Told:
    message = {"type": kind, "before": EVENT, "after": EVENT | changed}
    return told("events", json.dumps(message).encode())


def review(kind: str, data: dict[str, object] | None = None, **changed: object) -> Told:
    message = {
        "type": kind,
        "before": REVIEW,
        "after": REVIEW | changed | {"data": REVIEW["data"] | (data or {})},
    }
    return told("reviews", json.dumps(message).encode())


def the_one(answer: Told) -> Heard:
    assert answer.set_aside == ()
    (heard,) = answer.readings
    return heard


def assert_set_aside(answer: Told, camera: str = "rum_3") -> None:
    assert list(answer.readings) == []
    assert answer.set_aside == (SetAside(camera, "not_a_reading"),)


def refused(topic: str, payload: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        told(topic, payload)
    return caught.value


# -- the documented examples -------------------------------------------------------------------------------


def documented(number: str) -> bytes:
    (file,) = shared("payloads/frigate-docs").glob(f"mqtt_{number}_*.json")
    return file.read_bytes()


def test_the_documented_event_is_a_person_in_a_zone() -> None:
    heard = the_one(told("events", documented("01")))
    assert heard.address == "front_door"
    assert heard.time == 1_607_123_962_082_975
    assert heard.values == {
        "event": "1607123955.475377-mxklsc",
        "type": "person",
        "state": "update",
        "zone": "yard",
        "confidence": 0.87890625,
    }
    admit(STREAMS["camera"], heard.values, heard.time, RECEIVED_US)


def test_the_documented_review_is_an_alert() -> None:
    heard = the_one(told("reviews", documented("07")))
    assert heard.address == "front_cam"
    assert heard.values == {
        "event": "1718987129.308396-fqk5ka",
        "type": "review_alert",
        "state": "update",
        "zone": "front_yard",
    }
    admit(STREAMS["camera"], heard.values, heard.time, RECEIVED_US)


@pytest.mark.parametrize("number", ["02", "03", "04", "05", "06", "08"])
@pytest.mark.parametrize("topic", ["tracked_object_update", "triggers", "events", "reviews"])
def test_the_documented_faces_plates_and_descriptions_are_refused_wherever_they_come(
    number: str, topic: str
) -> None:
    reason = str(refused(topic, documented(number)))
    assert not any(word in reason for word in ("John", "123ABC", "sedan", "delivery", "helmet", "trigger"))


# -- events ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "state", "time"),
    [
        ("new", "start", 1_771_200_000_250_000),
        ("update", "update", 1_771_200_012_500_000),
        ("end", "end", 1_771_200_020_000_000),
    ],
)
def test_an_event_starts_when_it_began_goes_on_at_its_frame_and_ends_at_its_end(
    kind: str, state: str, time: int
) -> None:
    heard = the_one(event(kind, end_time=1771200020 if kind == "end" else None))
    assert (heard.values["state"], heard.time) == (state, time)


def test_an_end_without_its_time_is_that_of_its_last_frame() -> None:
    """Some versions leave end_time empty."""
    assert the_one(event("end")).time == 1_771_200_012_500_000


def test_an_event_without_times_is_of_the_time_of_receipt() -> None:
    assert the_one(event("new", start_time=None)).time is None


@pytest.mark.parametrize("label", ["car", "dog", "face", "license_plate", "Anna", "amazon", ""])
def test_of_what_is_no_person_nothing_is_told(label: str) -> None:
    assert_set_aside(event("new", label=label))


def test_a_false_positive_is_not_told() -> None:
    assert_set_aside(event("new", false_positive=True))


def test_a_kind_of_message_that_is_new_to_us_is_set_aside() -> None:
    assert_set_aside(event("genai"))


@pytest.mark.parametrize("count", ["not_an_int", None, -1, [], 1e300])
def test_counts_may_be_anything_for_they_are_not_read(count: object) -> None:
    answer = event("update", motionless_count=count, position_changes=count, area=count)
    assert the_one(answer).values["state"] == "update"


def test_the_state_before_is_not_read() -> None:
    answer = told("events", json.dumps({"type": "new", "before": None, "after": EVENT}).encode())
    assert the_one(answer).values["event"] == EVENT["id"]


@pytest.mark.parametrize(
    ("zones", "zone"),
    [
        ([], None),
        (None, None),
        (["bed", "door"], "bed"),
        (["säng", "door"], "säng"),
        (["Anna Andersson", "door"], "door"),
        (["x" * 33], None),
        ([""], None),
    ],
)
def test_the_zone_is_the_first_that_is_one_word(zones: object, zone: str | None) -> None:
    assert the_one(event("update", current_zones=zones)).values["zone"] == zone


def test_a_score_that_is_none_is_refused_at_the_door() -> None:
    heard = the_one(event("update", score=1.5))
    with pytest.raises(Refused, match="confidence must be a number between 0 and 1"):
        admit(STREAMS["camera"], heard.values, heard.time, RECEIVED_US)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"id": "Anna Andersson"}, "out_of_range"),
        ({"id": "Anna"}, "out_of_range"),
        ({"id": ""}, "out_of_range"),
        ({"id": 17}, "wrong_type"),
        ({"camera": "Anna Andersson"}, "out_of_range"),
        ({"camera": None}, "wrong_type"),
        ({"label": ["person"]}, "wrong_type"),
        ({"score": "high"}, "wrong_type"),
        ({"start_time": "2026-01-15T02:13:45Z"}, "wrong_type"),
        ({"start_time": 1771200000250}, "milliseconds"),
        ({"start_time": 10**400}, "wrong_type"),
        ({"current_zones": "door"}, "wrong_type"),
        ({"current_zones": [17]}, "wrong_type"),
    ],
)
def test_a_field_of_another_kind_refuses_the_message_by_its_name(
    changed: dict[str, object], code: str
) -> None:
    with pytest.raises(Refused) as caught:
        event("new", **changed)
    assert caught.value.code == code
    assert "Anna" not in str(caught.value)
    assert code == "milliseconds" or next(iter(changed)) in str(caught.value)


# -- reviews -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("severity", "kind"), [("alert", "review_alert"), ("detection", "review_detection")])
def test_a_review_is_an_event_of_its_own_type(severity: str, kind: str) -> None:
    heard = the_one(review("new", severity=severity))
    assert heard.values == {"event": REVIEW["id"], "type": kind, "state": "start", "zone": "bed"}
    assert heard.time == 1_771_200_000_250_000


def test_a_review_ends_at_its_end() -> None:
    assert the_one(review("end", end_time=1771200060.5)).time == 1_771_200_060_500_000


def test_an_update_of_a_review_has_no_time_and_so_a_name_to_know_it_again_by() -> None:
    first, same, other = review("update"), review("update"), review("update", severity="detection")
    assert the_one(first).time is None
    assert first.key is not None
    assert first.key == same.key != other.key


def test_what_has_a_time_of_its_own_needs_no_name() -> None:
    assert event("update").key is None
    assert review("new").key is None


def test_a_recognised_person_is_a_person() -> None:
    answer = review("new", {"objects": ["person-verified"], "sub_labels": ["Anna"]})
    assert "Anna" not in str(the_one(answer).values)


@pytest.mark.parametrize("objects", [["car"], ["car-verified"], [], None, ["Anna"]])
def test_a_review_without_a_person_is_set_aside(objects: object) -> None:
    """Sounds, too, are gathered in reviews: they have no objects."""
    assert_set_aside(review("new", {"objects": objects, "audio": ["speech"]}))


def test_the_summary_that_a_language_model_makes_of_a_review_is_set_aside() -> None:
    assert_set_aside(review("genai", {"metadata": {"title": "Anna gets up", "scene": "Anna in her room"}}))


def test_a_severity_that_is_new_to_us_is_set_aside() -> None:
    assert_set_aside(review("new", severity="significant_motion"))


# -- availability ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "online"), [(b"online", True), (b"offline", False), (b"offline\n", False)]
)
def test_frigate_says_whether_it_can_be_heard(payload: bytes, online: bool) -> None:
    assert told("available", payload) == Told(online=online)
    assert "frigate/available" in FORMAT.retained


@pytest.mark.parametrize("payload", [b'"online"', b"ON", b"Anna"])
def test_another_word_for_availability_is_refused_unquoted(payload: bytes) -> None:
    assert str(refused("available", payload)) == "availability must be online or offline"


# -- whatever comes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "empty"),
        (b" " * 262_145, "too_large"),
        (b"{", "not_json"),
        (b'{"type": "new", "after": {"id": "\xff"}}', "not_json"),
        (b'{"type": NaN}', "not_json"),
        (b"[" * 100_000, "wrong_type"),
        (b'{"x": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", "not_json"),
        (b"[]", "wrong_type"),
        (b"17", "wrong_type"),
        (b"{}", "wrong_type"),
        (b'{"type": "new", "after": {}}', "wrong_type"),
        (b'{"type": "new", "after": null}', "wrong_type"),
    ],
)
@pytest.mark.parametrize("topic", ["events", "reviews"])
def test_what_is_no_message_of_frigate_is_refused(topic: str, payload: bytes, code: str) -> None:
    assert refused(topic, payload).code == code


def test_a_topic_that_is_not_read_is_refused_whatever_it_holds() -> None:
    assert refused("rum_3/person/snapshot", b"\xff\xd8\xff\xe0").code == "topic"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3)
    ),
    max_leaves=8,
)
MESSAGES = st.builds(
    lambda kind, after, changed: json.dumps({"type": kind, "after": after | changed}).encode(),
    st.sampled_from(["new", "update", "end"]) | VALUES,
    st.sampled_from([EVENT, REVIEW]),
    st.dictionaries(st.sampled_from([*EVENT, *REVIEW]), VALUES, max_size=4),
)


MUTATED = st.builds(
    lambda payload, at, put: payload[: at % len(payload)] + put + payload[at % len(payload) + 1 :],
    MESSAGES,
    st.integers(0, 10_000),
    st.binary(max_size=4),
)


@given(
    topic=st.sampled_from(["events", "reviews", "available", "else"]),
    payload=MESSAGES | MUTATED | st.binary(max_size=200),
)
def test_nothing_but_a_refusal_comes_of_any_payload(topic: str, payload: bytes) -> None:
    try:
        answer = told(topic, payload)
        for heard in answer.readings:
            admit(STREAMS[heard.stream], heard.values, heard.time, RECEIVED_US)
    except Refused:
        pass
