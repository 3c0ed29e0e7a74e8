"""What the ingest benchmark sends: a pilot with beds, and their messages as devices write them."""

from pathlib import Path

import msgspec
import numpy as np

from pilotbed.installation import plan_from
from pilots.plan import demo_plan_text
from pilots.registry import Registry
from store import TimeSeriesStore, open_store

PILOT = "demo"
BEDS = 36
START_S = 1_736_769_600  # 2025-01-13 12:00 UTC
BAD_ONE_IN = 100
SAMPLES_A_MINUTE = 60

_encode = msgspec.json.Encoder().encode

Messages = list[tuple[str, bytes]]
"""Pairs of topic and payload."""


def prepare(folder: Path) -> None:
    """A registry in `folder` that knows the pilot and its beds."""
    folder.mkdir(parents=True, exist_ok=True)
    registry = open_registry(folder)
    text = demo_plan_text()
    registry.add_pilot(plan_from(text, "demo.yaml"), text)
    for number in range(BEDS):
        registry.add_device(PILOT, device(number), "bed")
    registry.close()


def open_registry(folder: Path) -> Registry:
    return Registry.open(f"sqlite:{folder / 'registry.sqlite'}")


def open_readings(folder: Path) -> TimeSeriesStore:
    return open_store(f"duckdb:{folder / 'readings.duckdb'}")


def device(number: int) -> str:
    return f"{PILOT}.bed-{number + 1:02}"


def topic(number: int) -> str:
    return f"pilotbed/{PILOT}/{device(number)}/bed"


def single_readings(first: int, count: int) -> Messages:
    """Messages of one reading each, four cells and movement, from all beds in turn; one in a hundred is
    no JSON, as after a torn transmission."""
    cells = np.random.default_rng(first).uniform(15.0, 30.0, (count, 4)).round(2).tolist()
    messages = []
    for row, (load1, load2, load3, load4) in enumerate(cells, first):
        number, turn = row % BEDS, row // BEDS
        payload = (
            b'{"time":%d.5,"load1_kg":%.2f,"load2_kg":%.2f,"load3_kg":%.2f,"load4_kg":%.2f,"movement":0.12}'
            % (START_S + turn, load1, load2, load3, load4)
        )
        messages.append((topic(number), payload[:-9] if row % BAD_ONE_IN == 0 else payload))
    return messages


def minutes_of_samples(first: int, count: int) -> Messages:
    """Messages of a minute of samples each, one a second, in columns, from all beds in turn."""
    rng = np.random.default_rng(first)
    loads = rng.normal(72.0, 4.0, (count, SAMPLES_A_MINUTE)).round(2)
    movements = rng.uniform(0.0, 1.0, (count, SAMPLES_A_MINUTE)).round(2)
    return [
        (
            topic(row % BEDS),
            _encode(
                {
                    "start": START_S + SAMPLES_A_MINUTE * (row // BEDS),
                    "interval_s": 1,
                    "load_kg": load.tolist(),
                    "movement": movement.tolist(),
                }
            ),
        )
        for row, (load, movement) in enumerate(zip(loads, movements, strict=True), first)
    ]
