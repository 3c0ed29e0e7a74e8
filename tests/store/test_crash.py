"""Killed at any moment, the store has every batch it said it committed, each reading once."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from store.duckdb_engine import DuckDBStore
from tests.store.crash_writer import ROWS, message
from tests.store.readings import bed

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("fold_rows", [60, 10_000], ids=["killed while folding", "killed while appending"])
@pytest.mark.parametrize("run", range(3))
def test_nothing_committed_is_lost_and_nothing_is_doubled(tmp_path: Path, fold_rows: int, run: int) -> None:
    path = tmp_path / "readings.duckdb"
    writer = subprocess.Popen(
        [sys.executable, "-m", "tests.store.crash_writer", str(path), str(fold_rows)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert writer.stdout is not None
    for _ in range(5):
        assert writer.stdout.readline()
    time.sleep(random.Random(run).uniform(0.0, 0.5))
    writer.kill()
    said, _ = writer.communicate()
    committed = 5 + len(said.splitlines())

    store = DuckDBStore(path, fold_rows=fold_rows)
    readings = store.read("bed", "b", 0, 2**62, columns=["load_kg"])
    whole = len(readings) // ROWS
    assert len(readings) == whole * ROWS, "a batch was torn"
    assert whole in (committed, committed + 1), "a committed batch is missing"
    assert len(set(readings.time.tolist())) == len(readings)
    times, loads = message(whole - 1)
    assert store.commit([bed("b", times, loads)]).repeated == len(times), "the redelivered batch is known"
    assert store.hours("bed", "b", 0, 2**62).readings.sum() == len(readings)
    store.close()
    DuckDBStore(path).close()
