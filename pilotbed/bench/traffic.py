"""What the ingest benchmark sends: a pilot with beds, and their messages as devices write them."""

from pathlib import Path

import numpy as np

from pilotbed.installation import plan_from
from pilots.plan import demo_plan_text
from pilots.registry import Registry
from simulators.beds import INTERVAL_S, BedSamples
from simulators.messages import SAMPLES_AN_HOUR, bed_messages
from simulators.timing import HOUR, SECOND
from store import TimeSeriesStore, open_store

PILOT = "demo"
BEDS = 36
START_S = 1_736_769_600  # 2025-01-13 12:00 UTC

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


def single_readings(count: int) -> Messages:
    """Messages of one reading each, four cells and movement, from all beds in turn."""
    cells = np.random.default_rng(1).uniform(15.0, 30.0, (count, 4)).round(2).tolist()
    messages = []
    for row, (first, second, third, fourth) in enumerate(cells):
        number, turn = row % BEDS, row // BEDS
        payload = (
            b'{"time":%d.5,"load1_kg":%.2f,"load2_kg":%.2f,"load3_kg":%.2f,"load4_kg":%.2f,"movement":0.12}'
            % (START_S + INTERVAL_S * turn, first, second, third, fourth)
        )
        messages.append((topic(number), payload))
    return messages


def hours_of_samples(count: int) -> Messages:
    """Messages of an hour of samples each, in columns, from all beds in turn."""
    rng = np.random.default_rng(1)
    hours = -(-count // BEDS)
    messages: list[list[tuple[str, bytes]]] = []
    for number in range(BEDS):
        samples = BedSamples(
            START_S * SECOND // HOUR * HOUR,
            rng.normal(72.0, 4.0, hours * SAMPLES_AN_HOUR).astype(np.float32),
            rng.uniform(0.0, 1.0, hours * SAMPLES_AN_HOUR).astype(np.float32),
        )
        messages.append([(topic(number), each.payload) for each in bed_messages(device(number), samples)])
    return [messages[row % BEDS][row // BEDS] for row in range(count)]
