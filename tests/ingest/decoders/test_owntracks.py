"""What a message of OwnTracks tells: one test for each trap that phones set."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.models.model import Model
from ingest.decoders.native import MAX_PAYLOAD, Row, admit
from ingest.decoders.owntracks import FORMAT
from ingest.decoders.told import Heard, SetAside, Told
from ingest.refusal import Refused
from store import STREAMS
from tests.parts import shared

PHONE = "owntracks/gps-17/phone"
ADDRESS = "gps-17/phone"
TST = 1_771_200_000
AT = TST * 1_000_000
RECEIVED = AT + 300_000_000

FIX = {"_type": "location", "lat": 59.3301, "lon": 18.0581, "tst": TST}
CROSSING = {"_type": "transition", "event": "enter", "desc": "hem", "tst": TST, "wtst": TST - 9000, "t": "c"}


def no_model(address: str) -> Model:
    raise AssertionError("OwnTracks needs no model")


def told(message: Any, topic: str = PHONE) -> Told:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    return FORMAT.decode(topic, payload, no_model)


def refused(message: Any, topic: str = PHONE) -> Refused:
    with pytest.raises(Refused) as caught:
        told(message, topic)
    return caught.value


def position(message: dict[str, Any]) -> dict[str, Any]:
    """The columns of the one reading of gps that a message tells."""
    (reading,) = [each for each in told(message).readings if each.stream == "gps"]
    return reading.values


# -- fixes -------------------------------------------------------------------------------------------------


def test_a_location_is_a_position_at_the_time_of_its_fix() -> None:
    message = FIX | {"created_at": TST + 246, "acc": 15, "vel": 4, "alt": 440, "conn": "m", "tid": "17"}
    (reading,) = told(message).readings
    assert (reading.address, reading.stream, reading.time) == (ADDRESS, "gps", AT)
    assert reading.values == {
        "lat": 59.3301,
        "lon": 18.0581,
        "accuracy_m": 15,
        "speed_mps": pytest.approx(4 / 3.6),
    }


def test_a_battery_level_is_a_status_of_the_same_time() -> None:
    told_status = told(FIX | {"batt": 46}).readings[1]
    assert told_status == Heard(ADDRESS, "status", AT, {"battery_pct": 46})


@pytest.mark.parametrize("unknown", [{}, {"acc": 0, "vel": 0}, {"vel": -1}, {"acc": None, "vel": None}])
def test_zero_and_negative_figures_are_unknown(unknown: dict[str, Any]) -> None:
    assert position(FIX | unknown) == {"lat": 59.3301, "lon": 18.0581}


@pytest.mark.parametrize("batt", [-1, -100, None])
def test_a_negative_battery_level_is_unknown(batt: int | None) -> None:
    assert [reading.stream for reading in told(FIX | {"batt": batt}).readings] == ["gps"]


def test_an_empty_battery_is_told() -> None:
    assert told(FIX | {"batt": 0}).readings[1].values == {"battery_pct": 0}


@pytest.mark.parametrize(
    "unset",
    [{"lat": 0, "lon": 0}, {"lon": 0.0}, {"lat": -0.0}, {"acc": -1}, {"acc": -2_147_473}],
    ids=["both-zero", "longitude-zero", "latitude-zero", "negative-accuracy", "accuracy-overflown"],
)
def test_an_unset_coordinate_or_a_negative_accuracy_is_no_fix(unset: dict[str, Any]) -> None:
    assert told(FIX | unset) == Told((), (SetAside(ADDRESS, "no_fix"),))


@pytest.mark.parametrize("trigger", ["p", "l", "L"], ids=["ping", "fix-lost", "shutdown"])
def test_a_position_sent_again_is_no_fix_but_its_battery_is_told(trigger: str) -> None:
    """iOS puts the time of now on the place it last knew, so a ping would be a fix that nobody took."""
    message = FIX | {"t": trigger, "batt": 40, "created_at": TST + 900}
    assert told(message) == Told(
        (Heard(ADDRESS, "status", AT + 900_000_000, {"battery_pct": 40}),), (SetAside(ADDRESS, "no_fix"),)
    )


@pytest.mark.parametrize("trigger", ["u", "c", "b", "r", "t", "v", None])
def test_every_other_trigger_is_a_fix(trigger: str | None) -> None:
    assert position(FIX | {"t": trigger})["lat"] == 59.3301


def test_a_fix_sent_twice_is_the_same_reading() -> None:
    assert told(FIX | {"created_at": TST + 5}) == told(FIX | {"created_at": TST + 900})


def test_any_other_field_is_passed_over() -> None:
    private = {
        "SSID": "Svenssons",
        "BSSID": "aa:bb:cc:dd:ee:ff",
        "inregions": ["hos mamma"],
        "inrids": ["f7676c"],
        "poi": "apoteket",
        "tag": "utflykt",
        "name": "Anna",
        "face": "iVBORw0KGgo=",
        "image": "iVBORw0KGgo=",
        "topic": "owntracks/anna/phone",
    }
    assert told(FIX | private) == told(FIX)


# -- regions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", ["enter", "leave"])
def test_a_transition_is_a_zone_event_where_it_happened(event: str) -> None:
    message = CROSSING | {"event": event, "lat": 59.1, "lon": 18.1, "acc": 26.5}
    (reading,) = told(message, PHONE + "/event").readings
    assert reading == Heard(
        ADDRESS,
        "gps",
        AT,
        {"zone": "hem", "zone_event": event, "lat": 59.1, "lon": 18.1, "accuracy_m": 26.5},
    )


@pytest.mark.parametrize(
    "where",
    [
        {"lat": 0, "lon": 0, "acc": 0, "t": "b"},
        {"lat": 59.1, "lon": 18.1, "acc": 0, "t": "b"},
        {"lat": None, "lon": None},
        {},
    ],
    ids=["zeros", "last-known", "null", "none"],
)
def test_a_transition_without_a_measured_place_has_no_position(where: dict[str, Any]) -> None:
    assert position(CROSSING | where) == {"zone": "hem", "zone_event": "enter"}


@pytest.mark.parametrize(
    ("named", "zone"),
    [
        ({"desc": "Dagverksamheten Linden"}, "Dagverksamheten Linden"),
        ({"desc": " hem "}, "hem"),
        ({"desc": "hos mamma på Storgatan 12", "rid": "f7676c"}, "region-f7676c"),
        ({"desc": "hem:CA271EAE-5FA8-4E80-8F08-2A302A95A959:1:1"}, f"region-{TST - 9000}"),
        ({"desc": None}, f"region-{TST - 9000}"),
        ({"desc": "my favourite little coffee shop", "rid": "one that no app has made", "wtst": 1e300}, None),
    ],
)
def test_a_region_with_a_long_name_goes_by_its_number(named: dict[str, Any], zone: str | None) -> None:
    """A crossing must not be lost because somebody described the region in a sentence."""
    values = position(CROSSING | named)
    assert values == {"zone": zone, "zone_event": "enter"}
    assert admit(STREAMS["gps"], values, AT, RECEIVED).values.zone == zone


def test_a_transition_that_neither_enters_nor_leaves_is_refused_without_its_word() -> None:
    reason = refused(CROSSING | {"event": "Anna"})
    assert (reason.code, str(reason)) == ("out_of_range", "event must be enter or leave")


# -- messages that are no fix ------------------------------------------------------------------------------


def test_a_last_will_is_offline_at_receipt_whenever_the_phone_had_connected() -> None:
    assert told({"_type": "lwt", "tst": TST - 90_000}).readings == (
        Heard(ADDRESS, "status", None, {"online": False}),
    )
    assert told({"_type": "lwt", "tst": str(TST)}).readings[0].time is None


def test_an_encrypted_message_is_refused_with_the_way_out() -> None:
    reason = refused({"_type": "encrypted", "data": "AAAA"})
    assert reason.code == "encrypted"
    assert "encrypted payload" in str(reason)
    assert "AAAA" not in str(reason)


@pytest.mark.parametrize(
    "message",
    [
        {"_type": "card", "name": "Anna Svensson", "face": "iVBORw0KGgo=", "tid": "AS"},
        {"_type": "waypoint", "desc": "hemma hos mamma", "lat": 59, "lon": 18, "rad": 50, "tst": TST},
        {"_type": "waypoints", "waypoints": [{"_type": "waypoint", "desc": "x", "tst": TST}]},
        {"_type": "cmd", "action": "reportLocation"},
        {"_type": "steps", "tst": TST, "steps": 1234},
        {"_type": "beacon", "uuid": "x", "tst": TST},
        {"_type": "configuration", "password": "hemligt"},
        {"_type": "status", "iOS": {}},
        {"_type": "request", "request": "tour"},
        {"_type": "msg", "title": "Hej"},
    ],
    ids=lambda message: message["_type"],
)
def test_what_is_no_reading_is_set_aside_unread(message: dict[str, Any]) -> None:
    assert told(message) == Told((), (SetAside(ADDRESS, "not_a_reading"),))


@pytest.mark.parametrize(
    "payload",
    [
        b'{"_type":"Anna Svensson","lat":59.3,"lon":18.0,"tst":1771200000}',
        b'{"_type":"Anna Svensson","_type":"location","lat":59.3,"lon":18.0,"tst":1771200000}',
        b'{"_type":"location","_type":"Anna Svensson","lat":59.3,"lon":18.0,"tst":1771200000}',
    ],
    ids=["unknown", "unknown-then-known", "known-then-unknown"],
)
def test_an_unknown_type_is_refused_without_its_word(payload: bytes) -> None:
    reason = refused(payload)
    assert (reason.code, str(reason)) == ("wrong_type", "_type is none of the types of OwnTracks")


# -- what cannot be read -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "empty"),
        (b" " * (MAX_PAYLOAD + 1), "too_large"),
        (b"C2,561ebac3,v,50123456,65987654,0,0,11,0,5232", "not_json"),
        (b'{"_type":"location","lat":NaN,"lon":18,"tst":1}', "not_json"),
        (b'{"_type":"location","lat":1e999,"lon":18,"tst":1}', "wrong_type"),
        (b"[" * 100_000, "wrong_type"),
        (b'{"x":' * 30_000 + b"1" + b"}" * 30_000, "not_json"),
        (b"[]", "wrong_type"),
        (b'{"lat":59,"lon":18,"tst":1}', "wrong_type"),
    ],
    ids=["empty", "large", "csv", "nan", "infinite", "bomb", "nested", "array", "untyped"],
)
def test_a_payload_that_is_no_message_is_refused(payload: bytes, code: str) -> None:
    assert refused(payload).code == code


@pytest.mark.parametrize("field", ["lat", "lon", "tst"])
def test_a_location_without_place_or_time_is_refused_by_the_name_of_the_field(field: str) -> None:
    assert f"`{field}`" in str(refused({name: value for name, value in FIX.items() if name != field}))


def test_milliseconds_are_refused() -> None:
    assert refused(FIX | {"tst": TST * 1000}).code == "milliseconds"


def test_a_topic_without_a_device_is_refused() -> None:
    assert refused(FIX, "owntracks/gps-17").code == "topic"


def test_a_place_off_the_globe_is_refused_at_the_door() -> None:
    with pytest.raises(Refused, match="lat 91"):
        admit(STREAMS["gps"], position(FIX | {"lat": 91}), AT, RECEIVED)


# -- any payload -------------------------------------------------------------------------------------------

SECRET = "ett hemligt namn här"  # stands for what somebody has typed
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.just(SECRET)
    | st.sampled_from(["enter", "b", "p", "location", "transition", "lwt"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
MUTATED = st.builds(
    lambda message, changed, dropped: {
        name: value for name, value in (message | changed).items() if name != dropped
    },
    st.sampled_from(
        [FIX | {"acc": 5, "vel": 4, "batt": 40, "t": "u"}, CROSSING | {"lat": 59.1, "lon": 18.1}]
    ),
    st.dictionaries(
        st.sampled_from([*FIX, *CROSSING, "acc", "vel", "batt", "rid", "created_at"]), VALUES, max_size=3
    ),
    st.sampled_from([*FIX, *CROSSING]),
)


def heard_or_refused(topic: str, payload: bytes) -> None:
    """Decoded and admitted, or refused; and the words of the payload are in neither."""
    try:
        said = repr([admitted(each) for each in FORMAT.decode(topic, payload, no_model).readings])
    except Refused as reason:
        said = str(reason)
    assert SECRET not in said


def admitted(reading: Heard) -> Row:
    return admit(STREAMS[reading.stream], reading.values, reading.time, RECEIVED)


@given(MUTATED)
def test_a_mutated_message_is_read_or_refused_without_quoting_it(message: dict[str, Any]) -> None:
    heard_or_refused(PHONE, json.dumps(message).encode())


@given(st.text(), st.binary() | VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_under_any_topic_are_read_or_refused(topic: str, payload: bytes) -> None:
    heard_or_refused(topic, payload)


def test_the_constructed_messages_are_read_as_they_say() -> None:
    found = json.loads(shared("payloads/constructed/owntracks.json").read_text())
    outcomes = []
    for each in found:
        try:
            outcomes.append([reading.stream for reading in told(each["payload"], each["topic"]).readings])
        except Refused as reason:
            outcomes.append(reason.code)
    assert outcomes == [["gps", "status"], ["gps"], ["gps"], ["status"], "encrypted"]
