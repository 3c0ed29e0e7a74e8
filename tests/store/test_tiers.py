"""Readings wait in the tables that take them fast, and end in the one where they lie in order."""

from pathlib import Path

import duckdb
import pytest

from store import IntakeCounts
from store.duckdb_engine import DuckDBStore
from store.duckdb_schema import BOOKKEEPING, SCHEMA_VERSION, create_readings
from store.duckdb_tiers import LONG_RUN
from store.streams import STREAMS
from tests.store.readings import NOON, bed

STEP = 10_000_000
ALWAYS = (0, 2**62)


def table(path: Path, name: str) -> list[tuple[int, int, float]]:
    """(device, time, load_kg) as the rows lie in a closed file."""
    with duckdb.connect(str(path), read_only=True) as file:
        return file.execute(f"SELECT device, time, load_kg FROM {name}").fetchall()


def test_folded_rows_lie_device_by_device_in_order_of_time_each_key_once(tmp_path: Path) -> None:
    path = tmp_path / "readings.duckdb"
    store = DuckDBStore.open(path)
    for turn in range(5):
        store.commit([bed(name, [NOON + turn * STEP], [turn]) for name in ("a", "b")])
    store.commit([bed("b", [NOON + 2 * STEP], [99])])
    store.commit([bed("a", [NOON - STEP], [7])])
    before = [store.read("bed", name, *ALWAYS).columns["load_kg"].tolist() for name in ("a", "b")]
    assert before == [[7, 0, 1, 2, 3, 4], [0, 1, 99, 3, 4]]
    store.fold("bed")
    assert [store.read("bed", name, *ALWAYS).columns["load_kg"].tolist() for name in ("a", "b")] == before
    store.commit([bed("a", [NOON + 9 * STEP], [9]), bed("b", [NOON], [50])])
    assert store.read("bed", "a", *ALWAYS).columns["load_kg"].tolist() == [7, 0, 1, 2, 3, 4, 9]
    assert store.read("bed", "b", *ALWAYS).columns["load_kg"].tolist() == [50, 1, 99, 3, 4]
    store.fold("bed")
    store.fold("bed")
    store.close()
    rows = table(path, "bed_cold")
    assert len({row[:2] for row in rows}) == len(rows) == 12
    assert rows[:6] == [(1, NOON + step * STEP, load) for step, load in enumerate([7, 0, 1, 2, 3, 4], -1)]
    assert table(path, "bed_fresh") == table(path, "bed_hot") == []


def test_a_long_run_of_one_device_need_not_wait(tmp_path: Path) -> None:
    path = tmp_path / "readings.duckdb"
    store = DuckDBStore.open(path)
    store.commit([bed("a", [NOON], [1.0])])
    store.commit([bed("a", [NOON + k * STEP for k in range(1, LONG_RUN + 1)], [2.0] * LONG_RUN)])
    readings = store.read("bed", "a", *ALWAYS)
    assert (readings.time[1:] > readings.time[:-1]).all(), "in order of time, wherever the rows stand"
    assert len(readings) == LONG_RUN + 1
    store.close()
    assert len(table(path, "bed_fresh")) == 1
    assert len(table(path, "bed_cold")) == LONG_RUN


@pytest.mark.parametrize("tier", ["bed_fresh", "bed_hot"])
def test_rows_that_waited_when_the_file_was_closed_are_found_again(tmp_path: Path, tier: str) -> None:
    path = tmp_path / "readings.duckdb"
    store = DuckDBStore.open(path)
    store.commit([bed("a", [NOON + STEP], [2])])
    if tier == "bed_hot":
        store.fold("bed")
        store.commit([bed("a", [NOON], [1])])
    store.close()
    assert len(table(path, tier)) == 1
    store = DuckDBStore.open(path)
    assert store.commit([bed("a", [NOON + STEP], [3])]).repeated == 1
    assert store.read("bed", "a", *ALWAYS).columns["load_kg"].tolist()[-1] == 3
    assert store.delete("a", *ALWAYS) == (2 if tier == "bed_hot" else 1)
    assert len(store.read("bed", "a", *ALWAYS)) == 0
    store.close()


def test_a_file_of_the_first_schema_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "readings.duckdb"
    with duckdb.connect(str(path)) as old:
        for statement in BOOKKEEPING:
            old.execute(statement)
        for stream in STREAMS.values():
            old.execute(create_readings(f"{stream.name}_cold", stream, keyed=False))
            old.execute(create_readings(f"{stream.name}_hot", stream, keyed=True))
        old.execute("INSERT INTO schema_version VALUES (1)")
        old.execute("INSERT INTO devices VALUES (1, 'a')")
        for name, time, load in (("cold", NOON, 1), ("cold", NOON + STEP, 2), ("hot", NOON, 5)):
            old.execute(
                f"INSERT INTO bed_{name} (device, time, received, time_source, load_kg) "
                "VALUES (1, $time, $time, 0, $load)",
                {"time": time, "load": load},
            )
    store = DuckDBStore.open(path)
    store.commit([bed("a", [NOON + 2 * STEP], [3])])
    assert store.read("bed", "a", *ALWAYS).columns["load_kg"].tolist() == [5, 2, 3]
    store.close()
    with duckdb.connect(str(path), read_only=True) as file:
        assert file.execute("SELECT version FROM schema_version").fetchall() == [(SCHEMA_VERSION,)]


def test_a_file_of_the_second_schema_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "readings.duckdb"
    counts = IntakeCounts(unknown_fields={("a", "colour"): 2})
    store = DuckDBStore.open(path)
    store.commit([bed("a", [NOON], [1])], counts=counts)
    store.close()
    with duckdb.connect(str(path)) as old:
        old.execute("DROP TABLE set_aside")
        old.execute("UPDATE schema_version SET version = 2")
    store = DuckDBStore.open(path)
    store.commit([bed("a", [NOON + STEP], [2])], counts=IntakeCounts(set_aside={("a", "no_fix"): 3}))
    assert store.read("bed", "a", *ALWAYS).columns["load_kg"].tolist() == [1, 2]
    assert (store.unknown_fields(["a"]), store.set_aside(["a"])) == (
        {"a": {"colour": 2}},
        {"a": {"no_fix": 3}},
    )
    store.close()
    with duckdb.connect(str(path), read_only=True) as file:
        assert file.execute("SELECT version FROM schema_version").fetchall() == [(SCHEMA_VERSION,)]
