"""A pilot that takes a while to compute: several people, a bed each, for most of a year."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from analysis.pipeline import Recomputed, recompute
from analysis.pipeline.families import FAMILIES
from analysis.pipeline.runs import WEIGHTS
from analysis.pipeline.weights import WEIGHT_METRICS
from pilots.civil_time import noon
from pilots.records import DailyValue
from pilots.registry import Registry
from store.duckdb_engine import DuckDBStore
from tests.analysis.beds import HOUR, bed
from tests.analysis.pipeline_pilot import PILOT, ZONE, SmallPilot
from tests.running import Installation

FIRST, DAYS = date(2025, 1, 13), 300
SLEEPERS = 4
UNITS = SLEEPERS * 11
"""Calendar months that the days are of."""

EVERY = 7
"""Of these nights one has readings: the others take time, too."""


def long_pilot(folder: Path) -> None:
    """Everything in `folder`, with nothing computed."""
    folder.mkdir()
    pilot = SmallPilot.open(folder, FIRST, FIRST + timedelta(days=DAYS - 1))
    more = pilot.registry.add_participants(PILOT, "intervention", SLEEPERS - 2, ["bed"])
    for number, code in enumerate((*pilot.codes, *more)):
        device = f"bed-{number}"
        pilot.stand(device, "bed", code=code)
        time, load, movement = [], [], []
        for night in pilot.days[number::EVERY]:
            start, end = noon(night, ZONE), noon(night + timedelta(days=1), ZONE)
            lying = [(start + 10 * HOUR, start + 18 * HOUR)]
            made = bed(number + night.toordinal(), start, end, lying, interval_s=60.0)
            time.append(made.time)
            load.append(made.load_kg)
            movement.append(made.movement)
        columns = {"load_kg": np.concatenate(load), "movement": np.concatenate(movement)}
        pilot.send("bed", device, np.concatenate(time), **columns)
    pilot.close()


def computed(folder: Path, **options: Any) -> Recomputed:
    """What a run over `folder` in this process says of itself."""
    registry = Registry.open(f"sqlite:{folder / 'registry.db'}")
    store = DuckDBStore.open(folder / "readings.duckdb")
    try:
        return recompute(registry, store, PILOT, **options)
    finally:
        store.close()
        registry.close()


def installation_of(folder: Path, **environment: str) -> Installation:
    """The command line on what lies in `folder`."""
    return Installation(
        folder / "installation",
        PILOTBED_REGISTRY=f"sqlite:{folder / 'registry.db'}",
        PILOTBED_STORE=f"duckdb:{folder / 'readings.duckdb'}",
        **environment,
    )


Window = tuple[str, date, str]
"""Participant, day and family of metrics."""


def whole_windows(folder: Path) -> dict[Window, list[DailyValue]]:
    """What stands of each window; fails where a value stands that is not said to have been made."""
    registry = Registry.open(f"sqlite:{folder / 'registry.db'}")
    try:
        family_of = {metric: family.name for family in FAMILIES.values() for metric in family.metrics}
        family_of |= dict.fromkeys(WEIGHT_METRICS, WEIGHTS)
        found: dict[Window, list[DailyValue]] = {
            (code, month + timedelta(days=number), family): []
            for (code, month), inputs in registry.month_inputs(PILOT).items()
            for family, prints in inputs.items()
            for number, print_ in enumerate(prints)
            if print_ is not None
        }
        for value in registry.daily_values(PILOT):
            found[value.participant, value.day, family_of[value.metric]].append(value)
        return found
    finally:
        registry.close()
