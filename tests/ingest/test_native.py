"""The native payload in its three shapes, and every reason for refusing one as a whole."""

import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoders.native import MAX_PAYLOAD, decode
from ingest.refusal import Refused
from store import STREAMS, TIME_FROM_DEVICE, TIME_FROM_RECEIPT

RECEIVED = 1_736_769_600_000_000  # 2025-01-13 12:00:00 UTC
BED = STREAMS["bed"]


def payload(message: Any) -> bytes:
    return json.dumps(message).encode()


def refusal(stream: str, body: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        decode(STREAMS[stream], body, RECEIVED)
    return caught.value


# -- the three shapes --------------------------------------------------------------------------------------


def test_one_object_is_one_reading() -> None:
    (row,) = decode(BED, payload({"time": "2025-01-13T12:59:59.25+01:00", "weight_kg": 71.5}), RECEIVED).rows
    assert row.time == RECEIVED - 750_000
    assert row.time_source == TIME_FROM_DEVICE
    assert row.values.weight_kg == 71.5
    assert row.values.load_kg is None


def test_an_array_is_a_reading_each() -> None:
    rows = decode(BED, payload([{"time": 1736769590, "weight_kg": 1}, {"weight_kg": 2}]), RECEIVED).rows
    assert [row.values.weight_kg for row in rows] == [1, 2]
    assert [row.time_source for row in rows] == [TIME_FROM_DEVICE, TIME_FROM_RECEIPT]


def test_columns_with_their_times() -> None:
    message = {"time": ["2025-01-13T11:00:00Z", 1736766010.5], "load_kg": [70, None], "movement": [0.5, 1]}
    block = decode(BED, payload(message), RECEIVED).block
    assert block is not None
    assert block.time.tolist() == [1_736_766_000_000_000, 1_736_766_010_500_000]
    np.testing.assert_array_equal(block.columns["load_kg"], np.array([70, np.nan], np.float32))
    assert block.columns["movement"].dtype == np.float32


def test_columns_with_start_and_interval() -> None:
    message = {"start": "2025-01-13T11:00:00Z", "interval_s": 0.1, "load_kg": [70, 71, 72]}
    block = decode(BED, payload(message), RECEIVED).block
    assert block is not None
    assert (block.time - 1_736_766_000_000_000).tolist() == [0, 100_000, 200_000]


def test_without_a_time_the_time_of_receipt_stands_and_is_marked() -> None:
    (row,) = decode(BED, payload({"weight_kg": 70}), RECEIVED).rows
    assert (row.time, row.time_source) == (RECEIVED, TIME_FROM_RECEIPT)


def test_unknown_fields_are_dropped_and_named() -> None:
    decoded = decode(BED, payload([{"weight_kg": 70, "colour": "red"}, {"weight_kg": 71, "fw": 2}]), RECEIVED)
    assert len(decoded.rows) == 2
    assert decoded.unknown_fields == ("colour", "fw")


def test_rows_of_columns_without_any_value_are_left_out() -> None:
    message = {
        "start": "2025-01-13T11:00:00Z",
        "interval_s": 10,
        "load_kg": [70, None, None, None],
        "occupied": [None, None, False, None],
        "seq": [1, 2, 3, None],
    }
    block = decode(BED, payload(message), RECEIVED).block
    assert block is not None
    assert (block.time - 1_736_766_000_000_000).tolist() == [0, 20_000_000]
    np.testing.assert_array_equal(block.columns["load_kg"], np.array([70, np.nan], np.float32))
    np.testing.assert_array_equal(block.columns["occupied"], np.array([np.nan, 0], np.float32))
    assert block.columns["seq"].tolist() == [1, 3]


def test_a_word_alone_is_a_value_of_its_row() -> None:
    message = {"time": [1736766000, 1736766060], "zone": ["hem", None], "zone_event": ["enter", None]}
    block = decode(STREAMS["gps"], payload(message), RECEIVED).block
    assert block is not None
    assert block.columns["zone"].tolist() == ["hem"]


def test_event_columns_keep_their_words() -> None:
    message = {
        "time": [1736766000, 1736766060],
        "alarm": ["1", "1"],
        "stage": ["raised", "acknowledged"],
        "role": [None, "night_staff"],
    }
    block = decode(STREAMS["alarm"], payload(message), RECEIVED).block
    assert block is not None
    assert block.columns["role"].tolist() == [None, "night_staff"]


# -- refused as a whole ------------------------------------------------------------------------------------

HOUR_AGO = "2025-01-13T11:00:00Z"

REFUSALS: dict[str, tuple[str, bytes, str, str]] = {
    "empty payload": ("bed", b"", "empty", "empty"),
    "empty array": ("bed", b"[]", "empty", "empty array"),
    "not JSON": ("bed", b"weight=70", "not_json", "not JSON"),
    "cut off": ("bed", b'{"weight_kg": 7', "not_json", "not JSON"),
    "not UTF-8": ("bed", b'{"weight_kg": "\xff\xfe"}', "not_json", "not JSON"),
    "trailing bytes": ("bed", b'{"weight_kg": 70} {}', "not_json", "not JSON"),
    "a bare number": ("bed", b"71.5", "wrong_type", "neither a reading"),
    "text for a number": ("bed", payload({"weight_kg": "71,5"}), "wrong_type", 'weight_kg "71,5"'),
    "a boolean for a number": ("bed", payload({"weight_kg": True}), "wrong_type", "weight_kg true"),
    "a number for a boolean": ("bed", payload({"occupied": 1}), "wrong_type", "occupied 1"),
    "NaN": ("bed", b'{"weight_kg": NaN}', "not_json", "not JSON"),
    "infinity": ("bed", b'{"weight_kg": 1e999}', "out_of_range", "weight_kg"),
    "too heavy": (
        "bed",
        payload({"weight_kg": 7150}),
        "out_of_range",
        "weight_kg 7150 must be a number between",
    ),
    "one value of a column too heavy": (
        "bed",
        payload({"start": HOUR_AGO, "interval_s": 10, "load_kg": [70, 5000]}),
        "out_of_range",
        "load_kg 5000",
    ),
    "a latitude off the globe": ("gps", payload({"lat": 159.3, "lon": 18}), "out_of_range", "lat 159.3"),
    "an unknown word": (
        "alarm",
        payload({"alarm": "1", "stage": "seen"}),
        "out_of_range",
        "raised, received",
    ),
    "free text": (
        "visit",
        payload({"visit": "1", "mode": "physical", "role": "a b c"}),
        "out_of_range",
        "role",
    ),
    "a zone of four words": (
        "gps",
        payload({"zone": "a b c d", "zone_event": "enter"}),
        "out_of_range",
        'zone "a b c d" must be a place of at most 32 characters in at most three words',
    ),
    "a type with capitals": (
        "camera",
        payload({"event": "e", "state": "start", "type": "BED"}),
        "out_of_range",
        "type must be a lower-case word of at most 32",
    ),
    "more than a whole share": ("bed", payload({"movement": 1.5}), "out_of_range", "between 0 and 1"),
    "unequal columns": (
        "bed",
        payload({"start": HOUR_AGO, "interval_s": 10, "load_kg": [70, 71], "movement": [0]}),
        "unequal_columns",
        "load_kg 2, movement 1",
    ),
    "more times than values": (
        "bed",
        payload({"time": [1736766000, 1736766010], "load_kg": [70]}),
        "unequal_columns",
        "time 2, load_kg 1",
    ),
    "columns without times": ("bed", payload({"load_kg": [70, 71]}), "time", "need their times"),
    "columns with both kinds of time": (
        "bed",
        payload({"time": [1736766000], "start": HOUR_AGO, "interval_s": 10, "load_kg": [70]}),
        "time",
        "one of them",
    ),
    "start without interval": ("bed", payload({"start": HOUR_AGO, "load_kg": [70]}), "time", "interval_s"),
    "interval zero": (
        "bed",
        payload({"start": HOUR_AGO, "interval_s": 0, "load_kg": [70]}),
        "time",
        "0.000001",
    ),
    "interval in which no clock counts, so that all readings had one time": (
        "bed",
        payload({"start": HOUR_AGO, "interval_s": 1e-7, "load_kg": [70, 71]}),
        "time",
        "0.000001",
    ),
    "no columns": ("bed", payload({"start": HOUR_AGO, "interval_s": 10}), "missing", "no columns"),
    "columns without any value": (
        "bed",
        payload({"start": HOUR_AGO, "interval_s": 10, "load_kg": [None, None]}),
        "missing",
        "no row of the columns has a value: each needs one of weight_kg, load_kg",
    ),
    "columns of sequence numbers alone": (
        "bed",
        payload({"start": HOUR_AGO, "interval_s": 10, "seq": [1, 2]}),
        "missing",
        "no row of the columns has a value",
    ),
    "empty columns": ("bed", payload({"time": [], "load_kg": []}), "empty", "empty"),
    "one value among columns": (
        "bed",
        payload({"start": HOUR_AGO, "interval_s": 10, "load_kg": 70, "movement": [0]}),
        "wrong_type",
        "load_kg",
    ),
    "columns inside an array": (
        "bed",
        payload([{"weight_kg": 1}, {"time": [1736766000], "weight_kg": [70]}]),
        "wrong_type",
        "element 1",
    ),
    "no value at all": ("bed", payload({"time": HOUR_AGO}), "missing", "no value"),
    "latitude alone": ("gps", payload({"lat": 59.3}), "missing", "come together"),
    "an alarm without its stage": ("alarm", payload({"alarm": "1"}), "missing", "stage"),
    "a time that is none": (
        "bed",
        payload({"time": "yesterday", "weight_kg": 70}),
        "time",
        'time "yesterday"',
    ),
    "a time without offset": (
        "bed",
        payload({"time": "2025-01-13T11:00:00", "weight_kg": 70}),
        "time",
        "offset",
    ),
    "ahead of our clock": (
        "bed",
        payload({"time": RECEIVED / 1e6 + 301, "weight_kg": 70}),
        "future",
        "301 s ahead",
    ),
    "before 2000": (
        "bed",
        payload({"time": "1999-12-31T23:59:59Z", "weight_kg": 70}),
        "too_old",
        "1999-12-31",
    ),
    "milliseconds": (
        "bed",
        payload({"time": 1736766000000, "weight_kg": 70}),
        "milliseconds",
        "milliseconds",
    ),
    "two mebibytes": ("bed", b" " * 2 * 1024 * 1024, "too_large", "2097152 bytes"),
    "one byte too many": ("bed", b" " * (MAX_PAYLOAD + 1), "too_large", str(MAX_PAYLOAD)),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refused_with_a_reason_a_human_understands(case: str) -> None:
    stream, body, code, words = REFUSALS[case]
    refused = refusal(stream, body)
    assert (refused.code, words in str(refused)) == (code, True), str(refused)


def test_five_minutes_ahead_is_accepted() -> None:
    assert decode(BED, payload({"time": RECEIVED / 1e6 + 299, "weight_kg": 70}), RECEIVED).rows


def test_a_payload_of_just_the_limit_is_accepted() -> None:
    body = payload({"weight_kg": 70})
    assert decode(BED, body + b" " * (MAX_PAYLOAD - len(body)), RECEIVED).rows


def test_the_reason_for_a_camera_never_repeats_what_was_sent() -> None:
    refused = refusal("camera", payload({"event": "e", "state": "start", "zone": "Anna Andersson!" * 9}))
    assert "Anna" not in str(refused)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["time", "start", "interval_s", "load_kg", "seq", "lat", "stage", "x"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


damaged = st.tuples(json_values, st.integers(0, 200), st.binary(max_size=3)).map(
    lambda drawn: (body := json.dumps(drawn[0]).encode())[: drawn[1]] + drawn[2] + body[drawn[1] :]
)


@given(stream=st.sampled_from(sorted(STREAMS)), message=json_values | st.binary(max_size=60) | damaged)
def test_nothing_but_a_refusal_is_ever_raised(stream: str, message: Any) -> None:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    with contextlib.suppress(Refused):
        decoded = decode(STREAMS[stream], body, RECEIVED)
        assert decoded.rows or decoded.block


NAIVE = {"min_value": datetime(2000, 1, 2), "max_value": datetime(2025, 1, 13)}  # noqa: DTZ001 - zone drawn


@given(moment=st.datetimes(**NAIVE, timezones=st.timezones()))
def test_a_time_with_any_offset_is_the_same_instant(moment: datetime) -> None:
    (row,) = decode(BED, payload({"time": moment.isoformat(), "weight_kg": 70}), RECEIVED).rows
    exact = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert row.time == exact


@given(st.lists(st.none() | st.floats(-50, 1000, width=32), min_size=1, max_size=50))
def test_columns_and_single_readings_give_the_same_values(loads: list[float | None]) -> None:
    times = [RECEIVED // 1_000_000 - 1000 + place for place in range(len(loads))]
    single: list[tuple[int, float]] = []
    for time, load in zip(times, loads, strict=True):
        with contextlib.suppress(Refused):
            (row,) = decode(BED, payload({"time": time, "load_kg": load}), RECEIVED).rows
            single.append((row.time, row.values.load_kg))
    columns: list[tuple[int, float]] = []
    with contextlib.suppress(Refused):
        block = decode(BED, payload({"time": times, "load_kg": loads}), RECEIVED).block
        assert block is not None
        columns = list(zip(block.time.tolist(), block.columns["load_kg"].tolist(), strict=True))
    assert columns == single
