"""Answers of InfluxQL as arrays, without a server."""

import numpy as np

from store import STREAMS
from store.influx_tables import no_readings, readings, tables, types_of
from tests.store.readings import NOON

BED = STREAMS["bed"]
WANTED = [BED.column("load_kg"), BED.column("occupied")]
HEADER = "name,tags,time,columns,delay_us,time_source,load_kg,occupied,seq\n"


def bed_rows(*rows: str) -> bytes:
    return (HEADER + "".join(f"bed,,{row}\n" for row in rows)).encode()


def test_a_column_counts_only_where_its_bit_is_set() -> None:
    answer = bed_rows(f"{NOON * 1000},2,5,0,70.1,true,", f"{NOON * 1000 + 1000},256,5,1,70.1,true,")
    (table,) = tables(answer, types_of(BED, ["load_kg", "occupied", "seq"]))
    found = readings(table, BED, "b", WANTED)
    assert found.time.tolist() == [NOON, NOON + 1]
    assert found.received.tolist() == [NOON + 5, NOON + 6]
    assert found.time_source.tolist() == [0, 1]
    np.testing.assert_array_equal(found.columns["load_kg"], np.array([70.1, np.nan], np.float32))
    np.testing.assert_array_equal(found.columns["occupied"], np.array([np.nan, 1], np.float32))


def test_a_row_that_is_being_written_is_not_there_yet() -> None:
    answer = bed_rows(
        f"{NOON * 1000},2,0,0,1,,",
        f"{NOON * 1000 + 1000},,0,0,1,,",
        f"{NOON * 1000 + 2000},2,,0,1,,",
        f"{NOON * 1000 + 3000},2,0,0,,,",
        f"{NOON * 1000 + 4000},0,0,0,,,",
    )
    (table,) = tables(answer, types_of(BED, ["load_kg", "occupied", "seq"]))
    assert readings(table, BED, "b", WANTED).time.tolist() == [NOON, NOON + 4]


def test_rows_of_one_microsecond_stand_in_the_order_of_their_key() -> None:
    answer = bed_rows(
        f"{NOON * 1000 + 1},2,0,0,3,,999", f"{NOON * 1000 + 3},2,0,0,2,,2", f"{NOON * 1000 + 1000},2,0,0,4,,"
    )
    (table,) = tables(answer, types_of(BED, ["load_kg", "occupied", "seq"]))
    assert readings(table, BED, "b", WANTED).columns["load_kg"].tolist() == [2, 3, 4]


def test_statements_that_found_nothing_leave_no_table() -> None:
    answer = b"name,tags,time,first\nbed,device=b,1,2\n\nname,tags,time,last\nbed,device=b,3,4\n"
    first, last = tables(answer, {})
    assert (first["first"].to_pylist(), last["last"].to_pylist()) == (["2"], ["4"])
    assert tables(b"", {}) == []


def test_nothing_found_has_the_types_of_something_found() -> None:
    nothing = no_readings(BED, "b", WANTED)
    assert len(nothing) == 0
    assert nothing.columns["occupied"].dtype == np.float32
    assert nothing.time.dtype == np.int64
