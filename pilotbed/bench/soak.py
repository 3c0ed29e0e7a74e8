"""A long run at a steady rate, and its ledger: what was published against what is stored, key by key."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from pilotbed.bench.ingest_processes import (
    ACKNOWLEDGED,
    MEMORY_BYTES,
    publisher,
    up,
    wait_for_acknowledged,
)
from pilotbed.bench.mosquitto import mosquitto
from pilotbed.bench.traffic import BAD_ONE_IN, BEDS, START_S, device, open_readings, prepare, single_readings
from pilotbed.settings import settings
from simulators.timing import SECOND

MIB = 1024**2
SAMPLE_S = 10.0
HALF_A_SECOND = SECOND // 2


@dataclass(frozen=True, slots=True)
class Ledger:
    """`missing` were published and are not stored, `foreign` the reverse, `doubled` stand twice.

    Memory is the service's, in the first and the last tenth of the run, and the most.
    """

    minutes: float
    messages_per_s: float
    published: int
    good: int
    bad: int
    acknowledged: int
    dead_letters: int
    stored: int
    missing: int
    foreign: int
    doubled: int
    longest_lag_s: float
    memory_first_mib: float
    memory_last_mib: float
    memory_most_mib: float

    @property
    def balances(self) -> bool:
        """Every good reading once, every bad message a dead letter, and nothing else."""
        return (
            self.missing == self.foreign == self.doubled == 0
            and self.stored == self.good
            and self.dead_letters == self.bad
        )


def soak(minutes: float, per_s: int, say: Callable[[int, int], None]) -> Ledger:
    """Publish to `pilotbed up` through Mosquitto; `say` hears (acknowledged, all) meanwhile.

    Raises `CannotRun` without Mosquitto, or when the last messages are not acknowledged.
    """
    count = int(minutes * 60 * per_s)
    with TemporaryDirectory(prefix="pilotbed-soak-") as folder, mosquitto(Path(folder) / "broker") as broker:
        chosen = settings(data=Path(folder) / "data", registry="", store="", mqtt=str(broker))
        prepare(chosen.data)
        memory, lags = [], []
        with up(chosen) as (_, service):
            with publisher(broker, single_readings, 0, count, per_s) as publishing:
                began = publishing.begin()
                while (seen := service.samples())[ACKNOWLEDGED] < count:
                    memory.append(seen[MEMORY_BYTES] / MIB)
                    lags.append(seen["pilotbed_ingest_lag_seconds"])
                    say(int(seen[ACKNOWLEDGED]), count)
                    time.sleep(min(SAMPLE_S, minutes * 6))
                    if time.monotonic() - began > minutes * 60 + SAMPLE_S:
                        break
                ended = wait_for_acknowledged(service, count)
            acknowledged = int(service.samples()[ACKNOWLEDGED])
            dead = sum(
                item["dead_letters"] for item in service.get("/api/v1/pilots/demo/quality").json()["items"]
            )
        missing, foreign, doubled, stored = _compared(chosen.data, count)
    tenth = max(1, len(memory) // 10)
    bad = -(-count // BAD_ONE_IN)
    return Ledger(
        minutes=minutes,
        messages_per_s=count / (ended - began),
        published=count,
        good=count - bad,
        bad=bad,
        acknowledged=acknowledged,
        dead_letters=dead,
        stored=stored,
        missing=missing,
        foreign=foreign,
        doubled=doubled,
        longest_lag_s=max(lags),
        memory_first_mib=float(np.median(memory[:tenth])),
        memory_last_mib=float(np.median(memory[-tenth:])),
        memory_most_mib=max(memory),
    )


def _compared(data: Path, count: int) -> tuple[int, int, int, int]:
    """(missing, foreign, doubled, stored) over all beds, by the times of their readings."""
    rows = np.arange(count, dtype=np.int64)
    good = rows[rows % BAD_ONE_IN != 0]
    missing = foreign = doubled = stored = 0
    store = open_readings(data)
    for number in range(BEDS):
        turns = good[good % BEDS == number] // BEDS
        sent = (START_S + turns) * SECOND + HALF_A_SECOND
        kept = store.read("bed", device(number), 0, 2**62, ["load1_kg"]).time
        missing += len(np.setdiff1d(sent, kept))
        foreign += len(np.setdiff1d(kept, sent))
        doubled += len(kept) - len(np.unique(kept))
        stored += len(kept)
    store.close()
    return missing, foreign, doubled, stored
