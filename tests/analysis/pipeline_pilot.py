"""A small pilot in a real registry and a real store, in one temporary folder."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from analysis.pipeline.daily import Recomputed, recompute
from analysis.pipeline.last_run import LastRun
from pilots.civil_time import midnight, noon
from pilots.daily_columns import DailyColumns, MonthOfValues
from pilots.plan import read_plan
from pilots.registry import Registry
from store import STREAMS, Batch
from store.duckdb_engine import DuckDBStore
from tests.analysis.beds import HOUR, SECOND, bed

PILOT = "natt-2026"
ZONE = ZoneInfo("Europe/Stockholm")


@dataclass
class SmallPilot:
    """A pilot from `first` to `last` with two participants; devices and readings are added by the test."""

    registry: Registry
    store: DuckDBStore
    first: date
    last: date
    codes: tuple[str, str]
    folder: Path
    last_run: LastRun = field(default_factory=LastRun)

    @classmethod
    def open(cls, folder: Path, first: date, last: date) -> "SmallPilot":
        text = f"""
pilot: {PILOT}
title: Natt
timezone: Europe/Stockholm
phases:
  - {{name: baseline, start: {first}, end: {last}}}
groups: {{intervention: 2}}
"""
        registry = Registry.open(f"sqlite:///{folder}/registry.db")
        registry.add_pilot(read_plan(text), text)
        one, other = registry.add_participants(PILOT, "intervention", 2, ["bed", "gps"])
        store = DuckDBStore.open(folder / "readings.duckdb")
        return cls(registry, store, first, last, (one, other), folder)

    def reopen(self) -> None:
        """Close everything, and open it again."""
        self.close()
        self.registry = Registry.open(f"sqlite:///{self.folder}/registry.db")
        self.store = DuckDBStore.open(self.folder / "readings.duckdb")
        self.last_run = LastRun()

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=day) for day in range((self.last - self.first).days + 1)]

    def stand(self, device: str, kind: str, *, code: str | None = None, start: int | None = None) -> None:
        """Put a device with a participant from `start` (default: the first midnight) on."""
        if device not in {each.device for each in self.registry.devices(PILOT)}:
            self.registry.add_device(PILOT, device, kind)
        opening = midnight(self.first, ZONE) if start is None else start
        self.registry.assign(PILOT, device, code or self.codes[0], opening)

    def send(
        self,
        stream: str,
        device: str,
        time: Iterable[int],
        *,
        received: NDArray[np.int64] | None = None,
        **columns: object,
    ) -> None:
        """Commit readings of one device, received a second after they were taken unless it is said when."""
        at = np.array(time, np.int64)
        came = at + SECOND if received is None else received
        kinds: Mapping[str, str] = {column.name: column.kind for column in STREAMS[stream].columns}
        arrays = {
            name: np.array(values, np.object_ if kinds[name] == "text" else np.float64)
            for name, values in columns.items()
        }
        zeros = np.zeros(len(at), np.int32)
        self.store.commit([Batch(STREAMS[stream], (device,), zeros, at, came, zeros.astype(np.int8), arrays)])

    def sleep(self, device: str, nights: Iterable[date], *, weight_kg: float = 70.0, seed: int = 1) -> None:
        """Send whole nights, noon to noon, in bed from 22 to 7 with ten minutes up at two."""
        for night in nights:
            start, end = noon(night, ZONE), noon(night + timedelta(days=1), ZONE)
            up = start + 14 * HOUR
            stays = [(start + 10 * HOUR, up), (up + 600 * SECOND, end - 5 * HOUR)]
            made = bed(seed + night.toordinal(), start, end, stays, weight_kg=weight_kg)
            self.send("bed", device, made.time, load_kg=made.load_kg, movement=made.movement)

    def recompute(
        self, *, workers: int = 1, now_us: int | None = None, forgotten: bool = False
    ) -> Recomputed:
        """As a service does, which remembers its last run, or with that `forgotten`."""
        last_run = LastRun() if forgotten else self.last_run
        return recompute(self.registry, self.store, PILOT, workers=workers, now_us=now_us, last_run=last_run)

    def made_from(self, family: str, participant: int = 0) -> dict[date, int]:
        """{day: fingerprint of what the family's values of that day were made from}."""
        return {
            month + timedelta(days=number): print_
            for (code, month), inputs in self.registry.month_inputs(PILOT).items()
            if code == self.codes[participant]
            for number, print_ in enumerate(inputs.get(family, ()))
            if print_ is not None
        }

    def forget(self) -> None:
        """Everything that has been computed is computed anew the next time, from the raw readings."""
        months = self.registry.month_inputs(PILOT)
        emptied = [MonthOfValues(*key, DailyColumns(), (), {}, before) for key, before in months.items()]
        self.registry.put_months(PILOT, emptied)
        for device in self.registry.devices(PILOT):
            blocks = self.store.epochs(device.device, 0, 2**62)
            self.store.put_epochs([replace(block, fingerprint=0, content=b"") for block in blocks])

    def values(self, metric: str, participant: int = 0) -> dict[date, float | None]:
        """{day: value} of one metric, absent ones as None."""
        return {day: value.value for day, value in self.rows(metric, participant).items()}

    def rows(self, metric: str, participant: int = 0):  # type: ignore[no-untyped-def]
        """{day: daily value} of one metric."""
        found = self.registry.daily_values(PILOT, metric=metric, participant=self.codes[participant])
        return {value.day: value for value in found}

    def close(self) -> None:
        self.store.close()
        self.registry.close()
