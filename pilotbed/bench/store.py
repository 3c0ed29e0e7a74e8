"""How fast and how small the store is, beside a raw log with checksums: the least that durable rows cost."""

import os
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from pilotbed.bench.figures import Figure, at_most
from pilotbed.bench.repeats import median_s
from simulators.beds import INTERVAL_S
from simulators.timing import HOUR, SECOND
from store import STREAMS, TIME_FROM_DEVICE, Batch
from store.duckdb_engine import DuckDBStore

START = 1_736_769_600 * SECOND  # 2025-01-13 12:00 UTC
STEP = INTERVAL_S * SECOND
DAY = 24 * HOUR
BEDS = 36
DAYS = 90
NEVER_FOLD = 10**9


def measure(*, quick: bool = False) -> list[Figure]:
    """DuckDB on the disk of the temporary folder; rows of a bed with load and movement."""
    with TemporaryDirectory(prefix="pilotbed-bench-") as folder:
        figures = []
        for rows in (1_000, 10_000, 36_000):
            commits = 5 if quick else max(20, 600_000 // rows)
            figures += _commits(Path(folder), rows, commits)
        figures += _late_and_repeated(Path(folder), 2_000 if quick else 10_000, 3 if quick else 25)
        figures += whole_pilot(Path(folder), days=2 if quick else DAYS)
    return figures


def _batches(rows: int, count: int, beds: int = BEDS) -> Iterator[Batch]:
    """Batches in order of time, each holding the next samples of all beds."""
    rng = np.random.default_rng(1)
    devices = tuple(f"bed-{number:02}" for number in range(beds))
    device = np.arange(rows, dtype=np.int32) % beds
    within = np.arange(rows, dtype=np.int64) // beds
    per_batch = int(within[-1]) + 1
    for number in range(count):
        time_us = START + (number * per_batch + within) * STEP
        yield Batch(
            stream=STREAMS["bed"],
            devices=devices,
            device=device,
            time=time_us,
            received=time_us + rng.lognormal(np.log(50_000), 0.5, rows).astype(np.int64),
            time_source=np.full(rows, TIME_FROM_DEVICE, dtype=np.int8),
            columns={
                "load_kg": rng.normal(110.0, 0.1, rows).round(2).astype(np.float32),
                "movement": rng.uniform(0.0, 1.0, rows).round(2).astype(np.float32),
            },
        )


def _commits(folder: Path, rows: int, commits: int) -> list[Figure]:
    batches = list(_batches(rows, commits))
    log = folder / f"rows-{rows}.log"
    with log.open("wb") as raw:
        began = time.perf_counter()
        for batch in batches:
            columns = [batch.device, batch.time, batch.received, batch.time_source, *batch.columns.values()]
            payload = b"".join(np.asarray(column).tobytes() for column in columns)
            raw.write(zlib.crc32(payload).to_bytes(4, "little") + payload)
            raw.flush()
            os.fsync(raw.fileno())
        floor = rows * commits / (time.perf_counter() - began)
    store = DuckDBStore(folder / f"rows-{rows}.duckdb")
    began = time.perf_counter()
    for batch in batches:
        store.commit([batch])
    taken = rows * commits / (time.perf_counter() - began)
    store.close()
    return [
        Figure(f"commit_{rows}_rows_per_s", f"rows in durable commits of {rows:,}", taken, "rows/s"),
        Figure(f"log_{rows}_rows_per_s", "  beside: a raw log with checksum and fsync", floor, "rows/s"),
    ]


def _late_and_repeated(folder: Path, rows: int, commits: int) -> list[Figure]:
    store = DuckDBStore(folder / "late.duckdb", fold_rows=NEVER_FOLD)
    batches = list(_batches(rows, commits))
    # The newest first: then every other one is late.
    store.commit([batches[-1]])
    began = time.perf_counter()
    for batch in batches[:-1]:
        store.commit([batch])
    late = rows * (commits - 1) / (time.perf_counter() - began)
    began = time.perf_counter()
    for batch in batches:
        store.commit([batch])
    repeated = rows * commits / (time.perf_counter() - began)
    began = time.perf_counter()
    store.fold("bed")
    fold = time.perf_counter() - began
    store.close()
    return [
        Figure("late_rows_per_s", f"late rows in commits of {rows:,}", late, "rows/s"),
        Figure("repeated_rows_per_s", "repeated rows, each recognised by its key", repeated, "rows/s"),
        Figure("fold_s", f"folding {rows * commits:,} late rows", fold, "s"),
    ]


def whole_pilot(folder: Path, *, days: int) -> list[Figure]:
    """The size of a pilot's readings on disk, and how long reading them takes."""
    file = folder / "pilot.duckdb"
    store = DuckDBStore(file)
    a_day = DAY // STEP * BEDS
    for batch in _batches(a_day // 4, days * 4):
        store.commit([batch])
    store.fold("bed")
    end = START + days * DAY
    read_all = median_s(lambda: store.read("bed", "bed-07", START, end, ["load_kg", "movement"]), 5)
    night = START + 5 * HOUR
    read_night = median_s(
        lambda: store.read("bed", "bed-07", night, night + 24 * HOUR, ["load_kg", "movement"]), 9
    )
    store.close()
    rows = a_day * days
    return [
        Figure(
            "read_all_ms",
            f"one bed's {days} days as arrays, of {rows:,} rows",
            read_all * 1e3,
            "ms",
            at_most(120.0),
        ),
        Figure("read_night_ms", "  one night of it", read_night * 1e3, "ms", at_most(3.0)),
        Figure(
            "bytes_per_row",
            "size of the folded file for each row, received within 20 to 150 ms",
            file.stat().st_size / rows,
            "bytes",
            at_most(8.0),
        ),
    ]
