"""A DuckDB file that cannot be written now, and what is held in memory afterwards."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from store import StoreUnavailable
from store.duckdb_engine import DuckDBStore
from tests.store.readings import NOON, bed

ROOT = Path(__file__).resolve().parents[2]
ALWAYS = (0, 2**62)

FULL_DISK = """
import resource, sys
from store import StoreUnavailable
from store.duckdb_engine import DuckDBStore
from tests.store.readings import NOON, bed
store = DuckDBStore.open(sys.argv[1])
store.commit([bed("b", [NOON], [1])])
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, resource.RLIM_INFINITY))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
times = list(range(NOON + 1, NOON + 200_000))
for _ in range(3):
    try:
        store.commit([bed("b", times, [k % 300 + k / 7 % 1 for k in range(len(times))])])
    except StoreUnavailable:
        print("unavailable")
"""


def test_a_full_disk_is_no_refusal_of_the_rows(tmp_path: Path) -> None:
    path = tmp_path / "readings.duckdb"
    told = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert told.stdout.split() == ["unavailable"] * 3, told.stderr
    store = DuckDBStore.open(path)
    assert store.count("bed", "b", *ALWAYS) == 1
    store.close()


def test_after_a_fatal_error_reads_go_on_and_the_next_commit_is_made(tmp_path: Path) -> None:
    store = DuckDBStore.open(tmp_path / "readings.duckdb")
    store.commit([bed("a", [NOON], [1])])
    connection = store._connection
    assert connection is not None
    store._abandon(connection, reopen=True)
    assert store.count("bed", "a", *ALWAYS) == 1
    assert store.commit([bed("a", [NOON], [1]), bed("b", [NOON], [2])]).repeated == 1
    assert store.count("bed", "b", *ALWAYS) == 1
    store.close()


def test_a_question_is_answered_although_the_file_is_opened_anew_under_it(tmp_path: Path) -> None:
    store = DuckDBStore.open(tmp_path / "readings.duckdb")
    store.commit([bed("a", [NOON + k for k in range(1000)], [1] * 1000)])
    done = threading.Event()

    def ask() -> int:
        asked = 0
        while not done.is_set():
            (quality,) = store.quality(iter(["a"]), *ALWAYS)
            assert (quality.readings, store.count("bed", "a", *ALWAYS)) == (1000, 1000)
            asked += 1
        return asked

    with ThreadPoolExecutor(2) as readers:
        asking = [readers.submit(ask) for _ in range(2)]
        for _ in range(20):
            with store._writing:  # as a commit has
                assert store._connection is not None
                store._abandon(store._connection, reopen=True)
            time.sleep(0.02)
        done.set()
        assert all(each.result() for each in asking)
    store.close()


def test_a_store_that_was_lost_is_opened_again_by_the_next_commit(tmp_path: Path) -> None:
    disk, elsewhere = tmp_path / "disk", tmp_path / "elsewhere"
    disk.mkdir()
    store = DuckDBStore.open(disk / "readings.duckdb")
    store.commit([bed("a", [NOON], [1])])
    connection = store._connection
    assert connection is not None
    disk.rename(elsewhere)
    store._abandon(connection, reopen=True)
    with pytest.raises(StoreUnavailable, match="lost"):
        store.read("bed", "a", *ALWAYS)
    elsewhere.rename(disk)
    assert store.commit([bed("a", [NOON], [1])]).repeated == 1
    assert store.count("bed", "a", *ALWAYS) == 1
    store.close()


def test_a_fold_that_fails_does_not_undo_the_commit(tmp_path: Path) -> None:
    store = DuckDBStore(tmp_path / "readings.duckdb", fold_rows=1)
    store.commit([bed("b", [NOON], [1])])
    store.fold("bed")
    assert store._connection is not None
    other = store._connection.cursor()
    other.begin()
    other.execute("DELETE FROM bed_cold")  # not committed: a fold that touches the row conflicts with it
    assert store.commit([bed("b", [NOON], [2])]).repeated == 1
    assert store._tiers.late["bed"] == 1, "the fold was not possible"
    other.rollback()
    other.close()
    assert store.read("bed", "b", *ALWAYS).columns["load_kg"].tolist() == [2]
    store.commit([bed("b", [NOON + 10], [3])])
    assert store._tiers.late["bed"] == 0, "the fold was made up for"
    assert store.read("bed", "b", *ALWAYS).columns["load_kg"].tolist() == [2, 3]
    store.close()


def test_what_needs_more_memory_than_duckdb_was_given_is_tried_again_with_more(tmp_path: Path) -> None:
    store = DuckDBStore(tmp_path / "readings.duckdb", memory_mib=4)
    times = [NOON + k for k in range(200_000)]
    with capture_logs() as logs:
        for first in range(0, len(times), 40_000):
            part = times[first : first + 40_000]
            store.commit([bed(name, part, [k % 300 for k in part]) for name in ("a", "b", "c")])
    assert {"event": "DuckDB needs more memory", "log_level": "info", "mib": 8} in logs
    assert [store.count("bed", name, *ALWAYS) for name in ("a", "b", "c")] == [len(times)] * 3
    store.close()


def test_keys_that_a_failed_commit_left_behind_refuse_no_rows(tmp_path: Path) -> None:
    """DuckDB 2.0 leaves keys of a transaction in the index that ran out of memory, also in the file."""
    store = DuckDBStore(tmp_path / "readings.duckdb", memory_mib=32)
    store.commit([bed("a", [NOON + 10**12], [1])])
    late = [NOON + k for k in range(360_000)]
    store.commit([bed("a", late, [k % 300 for k in late])])
    assert store.count("bed", "a", *ALWAYS) == len(late) + 1
    store.close()
