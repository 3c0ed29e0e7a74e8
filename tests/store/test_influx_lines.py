"""Line protocol from columns, without a server."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from store import STREAMS
from store.influx_lines import reading_lines, stored_columns
from tests.store.readings import NOON, batch


def lines(stream: str, *rows: dict[str, Any]) -> list[str]:
    given_rows = batch(stream, [{"device": "d", "time": NOON} | row for row in rows])
    return reading_lines(given_rows, np.arange(len(given_rows)))


def test_a_row_says_which_columns_it_carries() -> None:
    assert lines("status", {"online": True, "received": NOON + 5}, {"battery_pct": 59.5}) == [
        f"status,device=d online=true,columns=1i,delay_us=5i,time_source=0i {NOON * 1000}",
        f"status,device=d battery_pct=59.5,columns=2i,delay_us=0i,time_source=0i {NOON * 1000}",
    ]


def test_a_row_that_carries_nothing_is_still_a_point() -> None:
    assert lines("bed", {}) == [f"bed,device=d columns=0i,delay_us=0i,time_source=0i {NOON * 1000}"]


def test_key_texts_are_tags_in_alphabetical_order_and_escaped() -> None:
    (line,) = lines("gps", {"zone": "a b,c=å", "zone_event": "enter"})
    assert line.startswith(r"gps,device=d,zone=a\ b\,c\=å,zone_event=enter ")


def test_text_is_quoted_and_escaped() -> None:
    (line,) = lines("status", {"firmware": 'v"1\\'})
    assert r'firmware="v\"1\\"' in line


def test_a_sequence_number_is_a_nanosecond_and_a_block_not_a_series() -> None:
    found = lines("bed", {"seq": 0}, {"seq": 998}, {"seq": 999}, {})
    assert [(line.split()[0], int(line.split()[2]) - NOON * 1000) for line in found] == [
        ("bed,device=d,seq_block=0", 1),
        ("bed,device=d,seq_block=0", 999),
        ("bed,device=d,seq_block=1", 1),
        ("bed,device=d", 0),
    ]


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_float32_stands_in_decimals_that_give_it_back_by_way_of_float64(value: float) -> None:
    (line,) = lines("bed", {"load_kg": value})
    written = line.split("load_kg=")[1].split(",")[0]
    assert np.float32(float(written)).tobytes() == np.float32(value).tobytes()


def test_the_bits_of_stored_columns_never_change() -> None:
    """What is stored names columns by these places: a new column stands behind the others."""
    expected = {
        "bed": "weight_kg load_kg load1_kg load2_kg load3_kg load4_kg movement movement_raw occupied",
        "gps": "lat lon accuracy_m speed_mps",
        "camera": "type zone confidence",
        "visit": "mode planned outcome role",
        "alarm": "cause outcome role",
        "status": "online battery_pct rssi_dbm firmware",
    }
    found = {name: [column.name for column in stored_columns(stream)] for name, stream in STREAMS.items()}
    assert found == {name: columns.split() for name, columns in expected.items()}
