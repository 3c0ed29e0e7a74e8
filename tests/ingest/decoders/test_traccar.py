"""What a position or an event forwarded by Traccar tells: one test for each trap of trackers and servers."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.models.model import Model
from ingest.decoders.native import MAX_PAYLOAD, Row, admit
from ingest.decoders.payload import as_instant
from ingest.decoders.told import Heard, SetAside, Told
from ingest.decoders.traccar import CAUSES, FORMAT
from ingest.refusal import Refused
from store import STREAMS
from tests.parts import shared

TRACKER = "864893031234567"
FIXED, SENT, SERVED = (f"2026-01-15T02:13:{second}.000+00:00" for second in ("30", "45", "51"))
DEVICE = {"id": 3, "uniqueId": TRACKER, "name": "Anna Svensson", "phone": "070 123 45 67", "status": "online"}
POSITION = {
    "id": 0,
    "attributes": {},
    "deviceId": 3,
    "protocol": "minifinder2",
    "serverTime": SERVED,
    "deviceTime": SENT,
    "fixTime": FIXED,
    "valid": True,
    "latitude": 59.33611,
    "longitude": 18.07278,
    "altitude": 21.0,
    "speed": 1.9,
    "course": 88.0,
    "address": None,
    "accuracy": 9.0,
    "network": None,
}
EVENT = {
    "id": 771,
    "attributes": {},
    "deviceId": 3,
    "type": "alarm",
    "eventTime": SENT,
    "positionId": 9912,
    "geofenceId": 0,
    "maintenanceId": 0,
}


def us(text: str) -> int:
    found = as_instant(text)
    assert found is not None
    return found


RECEIVED = us(SERVED) + 1_000_000


def no_model(address: str) -> Model:
    raise AssertionError("Traccar needs no model")


def told(message: Any, topic: str = "positions") -> Told:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    return FORMAT.decode(topic, payload, no_model)


def position(**changed: Any) -> Told:
    return told({"position": POSITION | changed, "device": DEVICE})


def event(cause: dict[str, Any] | None = None, **changed: Any) -> Told:
    """An event, with the position that caused it where one is given."""
    message = {"event": EVENT | changed, "device": DEVICE}
    return told(message | ({"position": POSITION | cause} if cause is not None else {}), "events")


def refused(message: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        told(message)
    return caught.value


# -- positions ---------------------------------------------------------------------------------------------


def test_a_position_is_a_reading_at_the_time_of_its_fix_with_its_speed_in_metres_a_second() -> None:
    (reading,) = position().readings
    assert (reading.address, reading.stream, reading.time) == (TRACKER, "gps", us(FIXED))
    assert reading.values == {
        "lat": 59.33611,
        "lon": 18.07278,
        "accuracy_m": 9,
        "speed_mps": pytest.approx(0.97744, abs=1e-5),
    }


def test_a_battery_level_is_a_status_at_the_devices_own_time() -> None:
    status = position(attributes={"batteryLevel": 41.0, "motion": True}).readings[1]
    assert status == Heard(TRACKER, "status", us(SENT), {"battery_pct": 41})


@pytest.mark.parametrize("level", [-1, -100, None])
def test_a_negative_battery_level_is_unknown(level: float | None) -> None:
    assert [each.stream for each in position(attributes={"batteryLevel": level}).readings] == ["gps"]


def test_an_accuracy_of_zero_and_a_negative_speed_are_unknown_but_standing_still_is_known() -> None:
    assert set(position(accuracy=0.0, speed=-1.94).readings[0].values) == {"lat", "lon"}
    assert position(speed=0.0).readings[0].values["speed_mps"] == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"valid": False},
        {"outdated": True},
        {"latitude": 0.0, "longitude": 0.0},
        {"accuracy": -1},
        {"valid": False, "fixTime": "1980-01-06T00:00:19.000+00:00"},
        {"valid": False, "fixTime": None},
    ],
    ids=["invalid", "outdated", "zeros", "negative-accuracy", "never-a-fix", "no-time-of-fix"],
)
def test_a_position_without_a_fix_is_set_aside_but_its_battery_is_told(changed: dict[str, Any]) -> None:
    found = position(**changed, attributes={"batteryLevel": 41})
    assert [reading.stream for reading in found.readings] == ["status"]
    assert found.set_aside == [SetAside(TRACKER, "no_fix")]


@pytest.mark.parametrize(
    "changed",
    [
        {"attributes": {"approximate": True}, "fixTime": SENT},
        {"valid": False, "network": {"radioType": "gsm", "cellTowers": [{"cellId": 1}]}},
        {"outdated": True, "network": {"wifiAccessPoints": [{"macAddress": "aa:bb:cc:dd:ee:ff"}]}},
    ],
    ids=["looked-up", "masts", "wifi"],
)
def test_a_place_known_from_the_network_is_no_position(changed: dict[str, Any]) -> None:
    assert position(**changed) == Told([], [SetAside(TRACKER, "network_position")])


def test_a_fix_stays_one_where_masts_were_heard_too() -> None:
    assert position(network={"cellTowers": [{"cellId": 1}]}) == position()


def test_the_last_position_sent_again_is_the_same_reading_as_before() -> None:
    """Newer servers do not say that it is outdated, but leave it the time of its fix."""
    again = position(deviceTime="2026-01-15T02:23:45.000+00:00", serverTime="2026-01-15T02:23:46.000+00:00")
    assert again == position()


def test_an_alarm_of_a_position_is_left_to_its_event() -> None:
    found = position(attributes={"alarm": "sos"})
    assert [reading.stream for reading in found.readings] == ["gps"]
    assert found.set_aside == [SetAside(TRACKER, "not_a_reading")]


def test_names_addresses_and_other_fields_are_passed_over() -> None:
    private = {
        "address": "Storgatan 12",
        "attributes": {"operator": "x", "driverUniqueId": "Anna", "image": "i"},
    }
    assert position(**private) == position()


@pytest.mark.parametrize("topic", ["positions", "events", "traccar/kommunen", ""])
def test_positions_and_events_are_told_apart_whatever_their_topic(topic: str) -> None:
    found = [
        told({kind: sent, "device": DEVICE}, topic).readings[0].stream
        for kind, sent in (("position", POSITION), ("event", EVENT))
    ]
    assert found == ["gps", "alarm"]


# -- alarms ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "cause"),
    [
        ("sos", "button"),
        ("fallDown", "fall"),
        ("geofence", "geofence"),
        ("geofenceEnter", "geofence"),
        ("geofenceExit", "geofence"),
        ("lowBattery", "low_battery"),
        ("removing", "technical"),
        ("tampering", "technical"),
        ("powerOff", "technical"),
        ("fault", "technical"),
    ],
)
def test_an_alarm_is_raised_under_the_number_of_its_event(word: str, cause: str) -> None:
    assert event(attributes={"alarm": word}).readings == (
        Heard(TRACKER, "alarm", us(SENT), {"alarm": "771", "stage": "raised", "cause": cause}),
    )


@pytest.mark.parametrize("attributes", [{"alarm": "general"}, {"alarm": "Anna"}, {}, None])
def test_an_alarm_for_an_unknown_reason_is_raised_without_one(attributes: dict[str, str] | None) -> None:
    assert event(attributes=attributes).readings[0].values == {"alarm": "771", "stage": "raised"}


def test_every_cause_is_one_of_ours() -> None:
    assert set(CAUSES.values()) <= set(STREAMS["alarm"].column("cause").choices)


def test_a_server_that_stores_no_events_gives_them_no_number_so_cause_and_time_name_the_alarm() -> None:
    found = event(id=0, attributes={"alarm": "sos"})
    assert found.readings[0].values["alarm"] == f"button-{us(SENT) // 1_000_000}"
    assert event(id=0).readings[0].values["alarm"] == f"alarm-{us(SENT) // 1_000_000}"
    assert found.key is None  # two alarms of one instant are two messages


def test_an_alarm_with_neither_number_nor_time_is_refused() -> None:
    assert refused({"event": EVENT | {"id": 0, "eventTime": None}, "device": DEVICE}).code == "missing"


@pytest.mark.parametrize(
    "clock",
    ["1970-01-01T00:00:12.000+00:00", "1999-12-31T23:59:59.000+00:00", "2026-01-15T10:13:45.000+00:00"],
    ids=["1970", "1999", "eight-hours-ahead"],
)
def test_an_alarm_is_not_lost_by_a_wrong_clock_but_raised_at_receipt(clock: str) -> None:
    (reading,) = event(cause={}, eventTime=clock, attributes={"alarm": "sos"}).readings
    assert (reading.time, reading.values["alarm"]) == (None, "771")


def test_an_alarm_that_waited_in_the_tracker_keeps_its_time() -> None:
    assert event(cause={}, eventTime="2026-01-14T22:00:00.000+00:00").readings[0].time == us(
        "2026-01-14T22:00:00+00:00"
    )


def test_a_battery_level_of_a_tracker_with_a_wrong_clock_does_not_cost_its_fix() -> None:
    found = position(attributes={"batteryLevel": 41}, deviceTime="2026-01-15T10:13:45.000+00:00")
    assert [(each.stream, each.time) for each in found.readings] == [("gps", us(FIXED)), ("status", None)]


def test_an_event_sent_twice_is_told_by_its_key_and_another_of_the_same_number_is_not() -> None:
    """After its database was made anew, a server counts from one again."""
    assert event().key == event().key
    keys = {
        event().key,
        event(eventTime=FIXED).key,
        event(id=772).key,
        told({"event": EVENT, "device": {"uniqueId": "other"}}).key,
    }
    assert len(keys) == 4


# -- other events ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "crossing"), [("geofenceEnter", "enter"), ("geofenceExit", "leave")])
def test_a_geofence_is_named_by_its_number_never_by_its_name(kind: str, crossing: str) -> None:
    message = {
        "event": EVENT | {"type": kind, "geofenceId": 7},
        "geofence": {"id": 7, "name": "Hos mamma", "area": "CIRCLE (59.3 18.0, 100)"},
        "position": POSITION,
        "device": DEVICE,
    }
    assert told(message).readings == (
        Heard(TRACKER, "gps", us(SENT), {"zone_event": crossing, "zone": "geofence-7"}),
    )


def test_a_crossing_of_a_fence_without_a_number_is_told_all_the_same() -> None:
    assert event(type="geofenceEnter").readings[0].values == {"zone_event": "enter"}


@pytest.mark.parametrize(
    ("kind", "online"), [("deviceOnline", True), ("deviceOffline", False), ("deviceUnknown", False)]
)
def test_connections_are_status(kind: str, online: bool) -> None:
    assert event(type=kind).readings == (Heard(TRACKER, "status", us(SENT), {"online": online}),)


@pytest.mark.parametrize(
    "kind", ["deviceMoving", "deviceStopped", "deviceInactive", "commandResult", "maintenance", "made up"]
)
def test_other_events_are_set_aside(kind: str) -> None:
    found = event(type=kind, attributes={"result": "Anna Svensson"})
    assert (found.readings, found.set_aside) == ((), (SetAside(TRACKER, "not_a_reading"),))


# -- what cannot be read -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "empty"),
        (b" " * (MAX_PAYLOAD + 1), "too_large"),
        (b"not json", "not_json"),
        (b"[]", "wrong_type"),
        (b'{"device":{"uniqueId":"1"}}', "missing"),
        (b'{"device":{"uniqueId":"1"},"position":null}', "missing"),
        (b'{"device":{"uniqueId":"1"},"position":[]}', "wrong_type"),
        (b'{"position":{"latitude":59}}', "wrong_type"),
        (b'{"device":{"uniqueId":"1"},"position":{"latitude":1e999,"longitude":1}}', "wrong_type"),
        (b'{"device":{"uniqueId":"1"},"event":{"type":"alarm","id":' + b"9" * 5000 + b"}}", "wrong_type"),
        (b'{"device":{"uniqueId":"1"},"position":' + b'{"x":' * 30_000 + b"1" + b"}" * 30_001, "not_json"),
    ],
    ids=[
        "empty",
        "large",
        "text",
        "array",
        "neither",
        "null",
        "no-object",
        "no-device",
        "infinite",
        "huge-number",
        "nested",
    ],
)
def test_a_payload_that_is_neither_position_nor_event_is_refused(payload: bytes, code: str) -> None:
    assert refused(payload).code == code


@pytest.mark.parametrize("clock", ["yesterday", "2026-01-15T02:13:30", "", "2026-13-45T00:00:00Z"])
def test_a_fix_at_no_instant_is_refused_without_quoting_it(clock: str) -> None:
    reason = refused({"position": POSITION | {"fixTime": clock}, "device": DEVICE})
    assert (reason.code, str(reason).split()[0]) == ("time", "fixTime")
    assert not clock or clock not in str(reason)


def test_a_fix_without_its_time_is_refused() -> None:
    assert refused({"position": POSITION | {"fixTime": None}, "device": DEVICE}).code == "missing"


# -- any payload -------------------------------------------------------------------------------------------

SECRET = "ett hemligt namn här"  # stands for what somebody has typed
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.just(SECRET)
    | st.sampled_from(["alarm", "sos", "geofenceExit", "deviceOnline", "0001-01-01T00:00:00+23:59"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


def changed(original: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The object with other values in some of its fields, and without others."""
    fields = st.sampled_from(sorted(original))
    return st.builds(
        lambda other, without: {
            name: value for name, value in (original | other).items() if name not in without
        },
        st.dictionaries(fields, VALUES, max_size=3),
        st.sets(fields, max_size=1),
    )


MUTATED = st.fixed_dictionaries(
    {"device": changed(DEVICE) | VALUES},
    optional={
        "event": changed(EVENT) | VALUES,
        "position": changed(POSITION | {"attributes": {"batteryLevel": 40, "alarm": "sos"}}) | VALUES,
    },
)


def heard_or_refused(payload: bytes) -> None:
    """Decoded and admitted, or refused; and the words of the payload are in neither."""
    try:
        said = repr([admitted(each) for each in told(payload).readings])
    except Refused as reason:
        said = str(reason)
    assert SECRET not in said


def admitted(reading: Heard) -> Row:
    return admit(STREAMS[reading.stream], reading.values, reading.time, RECEIVED)


@given(MUTATED)
def test_a_mutated_message_is_read_or_refused_without_quoting_it(message: dict[str, Any]) -> None:
    heard_or_refused(json.dumps(message).encode())


@given(st.binary() | VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused(payload: bytes) -> None:
    heard_or_refused(payload)


def test_the_constructed_messages_are_read_as_they_say() -> None:
    found = json.loads(shared("payloads/constructed/traccar.json").read_text())
    readings = [reading for each in found for reading in told(each["payload"], each["topic"]).readings]
    assert [reading.stream for reading in readings] == ["gps", "status", "alarm"]
    assert {reading.address for reading in readings} == {TRACKER}
    for reading in readings:
        admitted(reading)
