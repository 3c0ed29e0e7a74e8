"""SenML: names, units and times as RFC 8428 resolves them, and which columns they are."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.senml import FORMAT
from ingest.decoders.told import Heard
from ingest.directory import Directory
from ingest.intake import Intake
from ingest.received import Received
from ingest.refusal import Refused
from pilots.registry import Registry
from store import TimeSeriesStore
from tests.ingest.decoders.home import (
    RECEIVED_US,
    aside,
    bed,
    broken,
    constructed,
    status,
    survives,
    told,
)

TOPIC = "senml/ward"
BASE_S = 1_771_200_000
BASE_US = BASE_S * 1_000_000


def heard(*records: dict[str, Any], topic: str = TOPIC) -> list[Heard]:
    return list(told(FORMAT, topic, list(records)).readings)


def one(name: str, unit: str | None, **value: Any) -> dict[str, Any]:
    """Values of the one reading of a device that measures one thing."""
    (reading,) = heard({"n": f"bed-06/{name}", "u": unit} | value)
    assert reading.address == "bed-06"
    return reading.values


def refused(*records: object) -> Refused:
    with pytest.raises(Refused) as caught:
        told(FORMAT, TOPIC, list(records))
    return caught.value


def test_the_pack_under_shared_is_read_as_it_says() -> None:
    topic, payload, expected = constructed("senml.json", 0)
    readings = told(FORMAT, topic, payload).readings
    assert len(readings) == expected["readings"]
    assert {each.stream for each in readings} == {expected["stream"]}
    assert [(each.address, each.time) for each in readings] == [
        ("bed-06", BASE_US + second * 1_000_000) for second in range(3)
    ]
    assert [each.values for each in readings] == [{"weight_kg": kg} for kg in (71.2, 71.3, 71.2)]


# -- base values -------------------------------------------------------------------------------------------


def test_base_values_hold_for_the_records_behind_them_until_the_next() -> None:
    readings = heard(
        {"bn": "bed-06/", "bt": BASE_S, "bu": "kg", "bv": 70},
        {"n": "weight", "v": 1.5},
        {"n": "weight", "v": -0.5, "t": 10, "u": "g"},
        {"bn": "bed-07/", "bt": BASE_S + 60, "bv": 0, "n": "weight", "v": 55},
    )
    assert readings == [
        bed("bed-06", BASE_US, weight_kg=71.5),
        bed("bed-06", BASE_US + 10_000_000, weight_kg=0.0695),
        bed("bed-07", BASE_US + 60_000_000, weight_kg=55.0),
    ]


def test_records_of_one_device_and_time_are_one_reading_of_each_stream() -> None:
    answer = told(
        FORMAT,
        TOPIC,
        [
            {"bn": "urn:dev:ow:10e2073a01080063:", "bt": BASE_S, "n": "weight", "u": "kg", "v": 71.2},
            {"n": "occupied", "vb": True},
            {"n": "battery", "u": "%EL", "v": 88},
            {"n": "temperature", "u": "Cel", "v": 31.5},
        ],
    )
    device = "urn:dev:ow:10e2073a01080063"
    assert answer.readings == [
        bed(device, BASE_US, weight_kg=71.2, occupied=True),
        status(device, BASE_US, battery_pct=88.0),
    ]
    assert list(answer.set_aside) == list(aside(device))


def test_a_pack_may_hold_several_devices() -> None:
    readings = heard(
        {"n": "ward-3/bed-06/weight", "u": "kg", "v": 71},
        {"n": "ward-3/bed-07/weight", "u": "kg", "v": 55},
    )
    assert [each.address for each in readings] == ["ward-3/bed-06", "ward-3/bed-07"]


@pytest.mark.parametrize(
    ("record", "device"),
    [
        ({"bn": "bed-06/", "n": "weight"}, "bed-06"),
        ({"bn": "bed-06:", "n": "weight"}, "bed-06"),
        ({"bn": "bed-06", "n": "weight"}, "bed-06"),
        ({"bn": "bed-06", "n": "/weight"}, "bed-06"),
        ({"bn": "ward-3/", "n": "bed-06/weight"}, "ward-3/bed-06"),
        ({"bn": "bed-06/weight"}, "bed-06"),
        ({"n": "bed-06/weight"}, "bed-06"),
        ({"n": "bed-06:Weight"}, "bed-06"),
        ({"n": "weight"}, "ward"),
    ],
)
def test_the_device_is_the_name_before_that_of_the_quantity(record: dict[str, Any], device: str) -> None:
    assert heard(record | {"u": "kg", "v": 71}) == [bed(device, weight_kg=71.0)]


# -- times -------------------------------------------------------------------------------------------------


def test_without_a_time_that_of_receipt_stands() -> None:
    assert heard({"n": "bed-06/weight", "v": 71}) == [bed("bed-06", weight_kg=71.0)]


def test_small_times_are_seconds_from_now_and_each_is_a_reading_of_its_own() -> None:
    readings = heard(
        {"bn": "bed-06/", "n": "weight", "v": 70, "t": -2},
        {"n": "weight", "v": 71, "t": -1.5},
        {"n": "weight", "v": 72},
        {"n": "weight", "v": 73, "t": 300},
    )
    assert [(each.time, each.age) for each in readings] == [
        (None, 2_000_000),
        (None, 1_500_000),
        (None, 0),
        (None, -300_000_000),
    ]


def test_seconds_from_now_are_counted_from_when_the_pack_reached_us(
    registry: Registry, store: TimeSeriesStore
) -> None:
    registry.add_device("natt", "bed-6", "bed", "senml", "bed-06")
    pack = [{"bn": "bed-06/", "n": "weight", "v": 70 + number, "t": number - 2} for number in range(3)]
    message = Received("senml/bed-06", json.dumps(pack).encode(), 1, False, RECEIVED_US)
    Intake(store, Directory(registry)).commit([message])
    stored = store.read("bed", "bed-6", 0, 2**62, ["weight_kg"])
    assert stored.time.tolist() == [RECEIVED_US - 2_000_000, RECEIVED_US - 1_000_000, RECEIVED_US]
    assert stored.columns["weight_kg"].tolist() == [70, 71, 72]


def test_a_time_from_2_to_the_28_on_is_an_instant() -> None:
    (reading,) = heard({"bn": "bed-06/", "bt": 2**28, "n": "weight", "v": 70})
    assert (reading.time, reading.age) == (2**28 * 1_000_000, 0)


@pytest.mark.parametrize(
    ("time", "code"), [(1.7712e12, "milliseconds"), (-1e300, "time"), (301, "future"), (2**28 - 1, "future")]
)
def test_a_time_that_cannot_be_is_refused(time: float, code: str) -> None:
    assert refused({"n": "bed-06/weight", "v": 1, "t": time}).code == code


# -- quantities and units ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "unit", "sent", "column", "value"),
    [
        ("weight", "g", 71_200, "weight_kg", 71.2),
        ("weight_kg", None, 71.2, "weight_kg", 71.2),
        ("load", "kg", 140, "load_kg", 140),
        ("load3", "kg", 35, "load3_kg", 35),
        ("movement", "/", 0.25, "movement", 0.25),
        ("movement", "%", 0.25, "movement", 0.25),
        ("movement", "/100", 25, "movement", 0.25),
        ("movement_raw", "count", 12, "movement_raw", 12),
        ("accuracy", "km", 0.02, "accuracy_m", 20),
        ("speed", "m/s", 1.5, "speed_mps", 1.5),
        ("speed", "km/h", 5.4, "speed_mps", 1.5),
        ("battery", "%EL", 88, "battery_pct", 88),
        ("battery", "/", 0.88, "battery_pct", 88),
        ("rssi", "dBm", -71, "rssi_dbm", -71),
        ("rssi", "dBW", -101, "rssi_dbm", -71),
        ("energy", "%EL", 88, "battery_pct", 88),
        ("weight", "kg", -0.0, "weight_kg", 0),
    ],
)
def test_a_quantity_is_a_column_by_its_name_or_by_a_unit_of_its_own(
    name: str, unit: str | None, sent: float, column: str, value: float
) -> None:
    assert one(name, unit, v=sent) == {column: pytest.approx(value)}


def test_the_per_cent_sign_is_the_ratio_itself_and_a_per_cent_where_it_can_be_no_ratio() -> None:
    assert one("battery", "%", v=0.97) == {"battery_pct": pytest.approx(97)}
    assert one("battery", "%", v=97) == {"battery_pct": pytest.approx(97)}


def test_latitude_and_longitude_are_a_position_by_their_units_alone() -> None:
    readings = heard(
        {"bn": "walker-1:", "bt": BASE_S, "n": "pos1", "u": "lat", "v": 59.33},
        {"n": "pos2", "u": "lon", "v": 18.06},
        {"n": "alt", "u": "m", "v": 31},
    )
    assert readings == [Heard("walker-1", "gps", BASE_US, {"lat": 59.33, "lon": 18.06})]


@pytest.mark.parametrize("value", [{"vb": True}, {"v": 1, "u": "/"}, {"v": 1}])
@pytest.mark.parametrize("name", ["occupied", "occupancy", "presence"])
def test_presence_is_a_boolean_or_a_switch(name: str, value: dict[str, Any]) -> None:
    assert one(name, None, **value) == {"occupied": True}


def test_an_alarm_is_told_by_words_and_a_word_in_several_streams_belongs_to_it() -> None:
    readings = heard(
        {"bn": "alarm-1/", "bt": BASE_S, "n": "alarm", "vs": "a-17"},
        {"n": "stage", "vs": "acknowledged"},
        {"n": "role", "vs": "night_staff"},
    )
    assert readings == [
        Heard("alarm-1", "alarm", BASE_US, {"alarm": "a-17", "stage": "acknowledged", "role": "night_staff"})
    ]


@pytest.mark.parametrize(
    "record",
    [
        {"n": "bed-06/temperature", "u": "Cel", "v": 21},
        {"n": "bed-06/weight", "u": "V", "v": 2.5},
        {"n": "bed-06/battery", "u": "V", "v": 2.9},
        {"n": "bed-06/battery", "u": "EL", "v": 3600},
        {"n": "bed-06/weight", "vs": "71.2"},
        {"n": "bed-06/weight", "vd": "aGk"},
        {"n": "bed-06/weight", "u": "kg", "s": 712},
        {"n": "bed-06/occupied", "v": 0.5, "u": "/"},
        {"n": "bed-06/state", "vs": "start"},
        {"n": "bed-06/role", "vs": "night_staff"},
        {"n": "bed-06/stage", "vs": "Greta har ramlat"},
        {"n": "bed-06/seq", "v": 1.5},
    ],
)
def test_what_no_column_takes_is_set_aside(record: dict[str, Any]) -> None:
    answer = told(FORMAT, TOPIC, [record])
    assert (list(answer.readings), list(answer.set_aside)) == ([], list(aside("bed-06")))


def test_a_free_text_beside_a_reading_is_left_out_and_the_reading_stands() -> None:
    answer = told(
        FORMAT,
        TOPIC,
        [{"bn": "bed-06/", "n": "weight", "v": 71}, {"n": "firmware", "vs": "Gretas säng, version 2"}],
    )
    assert answer.readings == [bed("bed-06", weight_kg=71.0)]
    assert "Greta" not in repr(answer)


def test_a_pack_of_base_values_alone_is_no_reading() -> None:
    assert told(FORMAT, TOPIC, [{"bn": "bed-06/", "bt": BASE_S}]).set_aside == aside(None)


# -- refusals ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [1, 5, 10, 26])
def test_versions_that_are_understood(version: int) -> None:
    assert one("weight", "kg", v=71, bver=version) == {"weight_kg": 71}


@pytest.mark.parametrize("version", [0, 11, 27, 42, 1e300])
def test_a_version_with_features_that_are_not_known_is_refused(version: float) -> None:
    assert refused({"bver": version, "n": "bed-06/weight", "v": 1}).code == "out_of_range"


def test_a_field_that_must_be_known_and_is_not_refuses_the_pack() -> None:
    record = {"n": "bed-06/weight", "v": 71}
    assert "RFC 8428" in str(refused(record, record | {"Greta_": 1}))
    assert "Greta" not in str(refused(record | {"Greta_": 1}))
    escaped = json.dumps([record | {"ct_": 1}]).replace("ct_", "ct\\u005f").encode()
    with pytest.raises(Refused):
        told(FORMAT, TOPIC, escaped)


def test_a_field_that_need_not_be_known_is_ignored() -> None:
    assert heard({"n": "bed_/weight", "v": 71, "ct": "60", "ut": 10}) == [bed("bed_", weight_kg=71.0)]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "empty"),
        (b"[]", "empty"),
        (b'{"n": "bed-06/weight", "v": 71}', "wrong_type"),
        (b'[{"n": "bed-06/weight", "v": "Greta"}]', "wrong_type"),
        (b'[{"n": "bed-06/weight", "v": 71, "vb": true}]', "wrong_type"),
        (b'[{"n": "bed-06/weight", "v": NaN}]', "not_json"),
        (b'[{"n": "bed-06/weight", "v": 1e999}]', "wrong_type"),
        (b'[{"n": "bed-06/weight", "v": 71}', "not_json"),
        (b'[{"x": ' + b"[" * 100_000, "not_json"),
        (b" " * 300_000, "too_large"),
    ],
)
def test_what_is_wrong_is_refused_without_its_words(payload: bytes, code: str) -> None:
    with pytest.raises(Refused) as caught:
        told(FORMAT, TOPIC, payload)
    assert caught.value.code == code
    assert "Greta" not in str(caught.value)


RECORD = {"bn": "bed-06/", "bt": BASE_S, "bv": 1.5, "bver": 10, "n": "weight", "u": "%", "v": 71.2, "t": -1}
NAMES = st.sampled_from(
    ["weight", "lat", "lon", "occupied", "alarm", "stage", "zone", "seq", "battery", "event", "state"]
)
UNITS = st.none() | st.sampled_from(["kg", "g", "lat", "lon", "/", "%", "%EL", "dBW", "count", "km"])
RECORDS = st.fixed_dictionaries(
    {"n": NAMES.map(lambda name: f"bed-06/{name}"), "u": UNITS},
    optional={
        "v": st.floats() | st.integers(),
        "vb": st.booleans(),
        "vs": st.text(max_size=5) | st.sampled_from(["raised", "start", "a-1"]),
        "t": st.floats(),
        "bt": st.floats(),
        "bv": st.floats(),
    },
)


@given(broken([RECORD, {"n": "occupied", "vb": True}, {"n": "stage", "vs": "raised", "s": 1}]))
def test_nothing_but_a_refusal_comes_of_any_payload(payload: bytes) -> None:
    survives(FORMAT, TOPIC, payload)


@given(st.lists(RECORDS, max_size=5))
def test_nothing_but_a_refusal_comes_of_any_pack(records: list[dict[str, Any]]) -> None:
    survives(FORMAT, TOPIC, json.dumps(records).encode())


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["bed-06", "bed-07"]), st.sampled_from(["weight", "load"]), st.integers(0, 400)
        ),
        min_size=1,
        max_size=8,
    )
)
def test_a_resolved_pack_tells_the_same(measured: list[tuple[str, str, int]]) -> None:
    with_bases = [
        {"bn": f"{device}/", "bt": BASE_S, "bu": "kg", "bv": 10, "n": name, "v": kg, "t": kg}
        for device, name, kg in measured
    ]
    resolved = [
        {"n": f"{device}/{name}", "u": "kg", "v": 10 + kg, "t": BASE_S + kg} for device, name, kg in measured
    ]
    assert heard(*with_bases) == heard(*resolved)
