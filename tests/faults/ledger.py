"""What devices have published, to be held against what is stored: all of it, each once, unchanged."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import numpy as np

from store import STREAMS, TimeSeriesStore
from store.duckdb_engine import DuckDBStore

PILOT = "natt"
BEDS = ("bed-1", "bed-2", "bed-3")
START_S = 1_768_255_200
STEP_S = 1
ALWAYS = (0, 2**62)
SHOWN = 10

Message = tuple[str, bytes]
"""Topic and payload."""

Row = tuple[str, int, float]
"""A stored reading: device, time in µs UTC, weight in kg."""


class Ledger:
    """Readings with a time of their own each, and the weight that must be stored for it."""

    def __init__(self) -> None:
        self._weights: dict[tuple[str, int], float] = {}

    def __len__(self) -> int:
        return len(self._weights)

    def _next(self, device: str, time_s: int) -> float:
        # Hundredths up to 400 kg: neighbours differ, so a value that stands at another's time shows.
        weight = len(self._weights) % 40_000 / 100
        self._weights[device, time_s * 1_000_000] = weight
        return weight

    def singles(self, count: int) -> Iterator[Message]:
        """Messages of one reading each, from the beds in turn."""
        for _ in range(count):
            number, bed = divmod(len(self), len(BEDS))
            time_s = START_S + number * STEP_S
            body = {"time": time_s, "weight_kg": self._next(BEDS[bed], time_s)}
            yield f"pilotbed/{PILOT}/{BEDS[bed]}/bed", json.dumps(body).encode()

    def readings(self, device: str) -> list[tuple[int, float]]:
        """What one bed has published: seconds and weights, in time order."""
        return [(time // 1_000_000, weight) for (bed, time), weight in self._weights.items() if bed == device]

    def assert_stored_once(self, file: Path) -> None:
        """The DuckDB file, which nobody has open, holds exactly this, before and after folding."""
        store = DuckDBStore.open(file)
        try:
            self.assert_read_back(store)
            for stream in STREAMS:
                store.fold(stream)
            self.assert_read_back(store)
        finally:
            store.close()
        with duckdb.connect(str(file), read_only=True) as connection:
            rows = connection.execute(
                "SELECT name, time, weight_kg FROM bed_cold JOIN devices ON devices.id = bed_cold.device "
                f"WHERE name IN {BEDS}"
            ).fetchall()
        self._compare(rows)

    def assert_read_back(self, store: TimeSeriesStore) -> None:
        """The store answers exactly this, and counts as many."""
        rows: list[Row] = []
        for device in BEDS:
            readings = store.read("bed", device, *ALWAYS, columns=["weight_kg"])
            weights = readings.columns["weight_kg"].tolist()
            rows += zip([device] * len(readings), readings.time.tolist(), weights, strict=True)
        self._compare(rows)
        for device in BEDS:
            published = sum(1 for bed, _ in self._weights if bed == device)
            assert store.count("bed", device, *ALWAYS) == published
            assert int(store.hours("bed", device, *ALWAYS).readings.sum()) == published, "hours miscounted"

    def _compare(self, rows: Iterable[Row]) -> None:
        stored = list(rows)
        times = Counter((device, time) for device, time, _ in stored)
        weights = {(device, time): weight for device, time, weight in stored}
        wrong = {
            "missing": self._weights.keys() - weights.keys(),
            "extra": weights.keys() - self._weights.keys(),
            "stored twice": {key for key, count in times.items() if count > 1},
            "other values": {
                key
                for key, weight in self._weights.items()
                if key in weights and np.float32(weight) != np.float32(weights[key])
            },
        }
        assert not any(wrong.values()), f"of {len(self)} published:\n" + "\n".join(
            f"  {len(keys)} {what}: {', '.join(f'{device} {time}' for device, time in sorted(keys)[:SHOWN])}"
            for what, keys in wrong.items()
            if keys
        )
