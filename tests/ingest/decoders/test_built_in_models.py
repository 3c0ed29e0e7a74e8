"""The models that come with the software, and those of an installation."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.formats import FORMATS
from ingest.decoders.models.reading import MODEL_FORMATS, ModelError
from ingest.decoders.models.shelf import built_in, load
from ingest.decoders.native import admit
from ingest.decoders.payload import as_instant
from ingest.decoders.told import Heard
from ingest.refusal import Refused
from store import STREAMS
from tests.ingest.decoders.written_models import BED, HEAD

HEARD_AT = 1_768_443_225_000_000  # 2026-01-15 02:13:45 UTC


def heard(name: str, fields: dict[str, Any]) -> list[Heard]:
    return list(built_in()[name].readings("a", fields, HEARD_AT).readings)


def test_the_built_in_models_hold_and_say_what_they_follow() -> None:
    assert {"milesight-vs373", "milesight-ws101", "dragino-trackerd", "emfit-qs"} <= built_in().keys()
    for found in built_in().values():
        assert set(found.formats) <= set(MODEL_FORMATS)
        assert found.source


def test_the_formats_that_read_by_a_model_are_those_that_models_may_name() -> None:
    reading = {name for name, each in FORMATS.items() if each.needs_model or each.model is not None}
    assert reading == set(MODEL_FORMATS)
    for name, each in FORMATS.items():
        assert each.model is None or name in built_in()[each.model].formats


def test_an_installation_adds_models_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(f"{HEAD}readings:\n{BED}", encoding="utf-8")
    assert load(tmp_path).keys() == built_in().keys() | {"m"}
    assert load(tmp_path / "not-there") == built_in()


def test_a_model_has_the_name_of_its_file_and_not_that_of_a_built_in_one(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(f"{HEAD}readings:\n{BED}", encoding="utf-8")
    with pytest.raises(ModelError, match=r'the model is named "m": name its file m\.yaml'):
        load(tmp_path)
    (tmp_path / "mine.yaml").unlink()
    text = f"{HEAD.replace('name: m', 'name: emfit-qs')}readings:\n{BED}"
    (tmp_path / "emfit-qs.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match="is that of a built-in model"):
        load(tmp_path)


# -- what each of them tells ---------------------------------------------------------------------------------

TOLD: dict[str, list[tuple[str, dict[str, Any], Any]]] = {
    "milesight-vs373": [
        ("in bed", {"detection_status": "in_bed"}, [("bed", {"occupied": True})]),
        ("out of bed", {"detection_status": "out_of_bed"}, [("bed", {"occupied": False})]),
        ("somewhere in the room", {"detection_status": "normal"}, ["not_a_reading"]),
        (
            "sub-region 1 is the bed",
            {"detection_status": "normal", "region_1_type": "bed", "region_1_occupancy": "occupied"},
            [("bed", {"occupied": True})],
        ),
        (
            "a fall, as the decoder of 2025 says it",
            {"events": [{"alarm_id": 12, "alarm_type": "fall", "alarm_status": "alarm_triggered"}]},
            [
                ("alarm", {"alarm": "fall-12", "stage": "raised", "cause": "fall"}),
                ("camera", {"event": "fall-12", "type": "fall_suspected", "state": "start"}),
            ],
        ),
        (
            "its end, as the decoder of 2026 says it",
            {"fall_alarm": {"alarm_id": "12", "alarm_status": "2"}},
            [
                ("alarm", {"alarm": "fall-12", "stage": "closed", "cause": "fall"}),
                ("camera", {"event": "fall-12", "type": "fall_suspected", "state": "end"}),
            ],
        ),
        (
            "out of bed, kept in the sensor and sent later",
            {
                "history": [
                    {
                        "timestamp": 1768400000,
                        "alarm_id": 3,
                        "alarm_type": "out_of_bed",
                        "alarm_status": "alarm_ignored",
                    }
                ]
            },
            [
                ("alarm", {"alarm": "out_of_bed-3", "stage": "cancelled", "cause": "bed_exit"}),
                ("camera", {"event": "out_of_bed-3", "type": "bed_exit", "state": "end"}),
            ],
        ),
        (
            "breathing",
            {"events": [{"alarm_id": 65535, "alarm_type": "bradypnea", "alarm_status": "x"}]},
            ["not_a_reading"],
        ),
    ],
    "milesight-vs370": [
        (
            "somebody there",
            {"battery": 100, "illuminance": "dim", "occupancy": "occupied"},
            [("bed", {"occupied": True}), ("status", {"battery_pct": 100})],
        )
    ],
    "milesight-vs341": [
        (
            "empty",
            {"battery": 99, "occupancy": "vacant"},
            [("bed", {"occupied": False}), ("status", {"battery_pct": 99})],
        )
    ],
    "milesight-ws101": [
        (
            "a press",
            {"battery": 16, "button_event": {"status": "short press", "msgid": 4}},
            [
                ("alarm", {"alarm": "button-2026-01-15T02:13:45Z", "stage": "raised", "cause": "button"}),
                ("status", {"battery_pct": 16}),
            ],
        ),
        ("a report", {"battery": 15}, [("status", {"battery_pct": 15})]),
    ],
    "milesight-at101": [
        (
            "a fix",
            {"battery": 90, "latitude": 59.3, "longitude": 18.1, "motion_status": "moving"},
            [("gps", {"lat": 59.3, "lon": 18.1}), ("status", {"battery_pct": 90})],
        ),
        ("no satellites", {"latitude": -0.000001, "longitude": -0.000001}, ["no_fix"]),
        ("a scan of Wi-Fi", {"wifi": [{"mac": "aa:bb:cc:dd:ee:ff", "rssi": -60}]}, ["network_position"]),
        (
            "positions from its memory",
            {"history": [{"timestamp": 1768400000, "latitude": 59.3, "longitude": 18.1}]},
            [("gps", {"lat": 59.3, "lon": 18.1})],
        ),
    ],
    "digital-matter-oyster": [
        (
            "a fix",
            {"fixFailed": False, "latitudeDeg": -32, "longitudeDeg": 116, "speedKmph": 18, "batV": 5.5},
            [("gps", {"lat": -32, "lon": 116, "speed_mps": 5})],
        ),
        ("the last known position again", {"fixFailed": True, "cached": {"latitudeDeg": -32}}, ["no_fix"]),
    ],
    "abeeway-tracker": [
        (
            "a fix 16 s ago",
            {"gpsLatitude": 48.9, "gpsLongitude": 2.3, "horizontalAccuracy": 7.84, "age": 16, "sosFlag": 0},
            [("gps", {"lat": 48.9, "lon": 2.3, "accuracy_m": 7.84})],
        ),
        ("no satellites", {"rawPositionType": "GPS_TIMEOUT", "sosFlag": 0}, ["no_fix"]),
        ("a scan of Wi-Fi", {"rawPositionType": "WIFI_BSSIDS_WITH_NO_CYPHER"}, ["network_position"]),
        (
            "an SOS begins",
            {"messageType": "EVENT", "eventType": "SOS_MODE_START", "sosFlag": 1},
            [("alarm", {"alarm": "sos-2026-01-15", "stage": "raised", "cause": "button"})],
        ),
        (
            "an SOS ends",
            {"messageType": "EVENT", "eventType": "SOS_MODE_END", "sosFlag": 0},
            [("alarm", {"alarm": "sos-2026-01-15", "stage": "closed", "cause": "button"})],
        ),
    ],
    "dragino-trackerd": [
        (
            "a fix",
            {"Latitude": 59.3, "Longitud": 18.1, "ALARM_status": "FALSE", "BatV": 3.9, "Date": 0, "Time": 0},
            [("gps", {"lat": 59.3, "lon": 18.1})],
        ),
        (
            "SOS without a fix",
            {"Latitude": 0, "Longitud": 0, "ALARM_status": "TRUE"},
            [("alarm", {"alarm": "sos-2026-01-15", "stage": "raised", "cause": "button"}), "no_fix"],
        ),
        ("a beacon", {"UUID": "aa", "RSSI": -70, "ALARM_status": "FALSE", "MD": 1}, ["network_position"]),
    ],
    "emfit-qs": [
        ("in bed", {"description": "present", "from": 1484197481}, [("bed", {"occupied": True})]),
        ("out of bed", {"description": "absent", "from": 1484197481000}, [("bed", {"occupied": False})]),
        ("no contact with the sensor", {"description": "sensor-error", "from": 1484197481}, ["stale"]),
        (
            "its own page",
            {"PRES": 1, "SER": "00129f", "TS": 0, "HR": 60, "ACT": 12},
            [("bed", {"occupied": True, "movement_raw": 12})],
        ),
        ("a night's summary", {"time_start": 1484256000, "bed_exit_count": 1}, ["not_a_reading"]),
    ],
}


@pytest.mark.parametrize(
    ("name", "fields", "expected"),
    [
        pytest.param(name, fields, told, id=f"{name}: {what}")
        for name, cases in TOLD.items()
        for what, fields, told in cases
    ],
)
def test_a_built_in_model_tells(name: str, fields: dict[str, Any], expected: list[Any]) -> None:
    told = built_in()[name].readings("a", fields, HEARD_AT)
    found: list[Any] = [(each.stream, each.values) for each in told.readings]
    assert found + [each.reason for each in told.set_aside] == expected
    for each in told.readings:
        admit(STREAMS[each.stream], each.values, each.time, HEARD_AT)


def test_positions_and_alarms_from_a_devices_memory_have_the_devices_time() -> None:
    kept = {"timestamp": 1768400000, "latitude": 59.3, "longitude": 18.1}
    assert heard("milesight-at101", {"history": [kept]})[0].time == 1_768_400_000_000_000
    kept = {"Latitude": 59.3, "Longitud": 18.1, "Date": "2026-1-5", "Time": "3:4:5"}
    assert heard("dragino-trackerd", kept)[0].time == as_instant("2026-01-05T03:04:05Z")


def test_an_old_fix_is_as_old_as_the_tracker_says() -> None:
    fields = {"gpsLatitude": 48.9, "gpsLongitude": 2.3, "age": 16}
    assert heard("abeeway-tracker", fields)[0].time == HEARD_AT - 16_000_000


ALARMS: list[tuple[str, str, dict[str, Any], list[str], list[str]]] = [
    (
        "milesight-vs373",
        "a fall whose clock cannot be read",
        {"fall_alarm": {"alarm_id": "12", "alarm_status": "1", "timestamp": "soon"}},
        ["fall-12"],
        ["not_a_reading"],
    ),
    (
        "milesight-vs373",
        "falls, one with a word that nobody knows",
        {"fall_alarm": {"alarm_id": "12, 13, 14", "alarm_status": "1, 9, 2"}},
        ["fall-12", "fall-14"],
        ["not_a_reading"],
    ),
    (
        "dragino-trackerd",
        "SOS with an empty latitude",
        {"ALARM_status": True, "Latitude": "", "Longitud": 18.1},
        ["sos-2026-01-15"],
        ["no_fix"],
    ),
    (
        "dragino-trackerd",
        "SOS on a day that no calendar has",
        {"ALARM_status": True, "Latitude": 59.3, "Longitud": 18.1, "Date": "2000-0-0", "Time": "0:0:0"},
        ["sos-2026-01-15"],
        ["no_fix"],
    ),
    (
        "abeeway-tracker",
        "SOS with a fix of no age",
        {"sosFlag": 1, "gpsLatitude": 48.9, "gpsLongitude": 2.3, "age": 1e305},
        ["sos-2026-01-15"],
        ["no_fix"],
    ),
]


@pytest.mark.parametrize(
    ("name", "fields", "alarms", "aside"),
    [pytest.param(name, *case, id=f"{name}: {what}") for name, what, *case in ALARMS],
)
def test_an_alarm_is_not_lost_for_what_stands_beside_it(
    name: str, fields: dict[str, Any], alarms: list[str], aside: list[str]
) -> None:
    told = built_in()[name].readings("a", fields, HEARD_AT)
    raised = [each for each in told.readings if each.stream == "alarm"]
    assert [each.values["alarm"] for each in raised] == alarms
    assert {each.time for each in raised} == {HEARD_AT}
    assert [each.reason for each in told.set_aside] == aside


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = sorted({name for cases in TOLD.values() for _, fields, _ in cases for name in fields})
SENT = st.sampled_from([fields for cases in TOLD.values() for _, fields, _ in cases])


@given(
    st.sampled_from(sorted(TOLD)),
    SENT,
    st.dictionaries(st.sampled_from(NAMES), JSON),
    st.none() | st.integers(),
)
def test_whatever_a_device_sends_is_told_set_aside_or_refused(
    name: str, fields: dict[str, Any], other: dict[str, Any], network_time: int | None
) -> None:
    try:
        told = built_in()[name].readings("a", fields | other, network_time)
    except Refused:
        return
    assert told.readings or told.set_aside


SURE: list[tuple[str, dict[str, Any], str]] = [
    ("milesight-vs373", {"fall_alarm": {"alarm_id": "12", "alarm_status": "1"}}, "fall-12"),
    ("dragino-trackerd", {"ALARM_status": True}, "sos-"),
    ("abeeway-tracker", {"eventType": "SOS_MODE_START"}, "sos-"),
]


@given(st.sampled_from(SURE), st.dictionaries(st.sampled_from([*NAMES, "timestamp"]), JSON))
def test_whatever_stands_beside_an_alarm_it_is_told(
    sure: tuple[str, dict[str, Any], str], beside: dict[str, Any]
) -> None:
    name, fields, alarm = sure
    told = heard(name, beside | fields)
    assert any(each.values["alarm"].startswith(alarm) for each in told if each.stream == "alarm")
