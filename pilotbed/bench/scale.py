"""What one machine holds: hundreds of residents over a year, from minute epochs to daily values."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from analysis.bed_reduction import bed_epochs
from analysis.epoch_bytes import packed
from analysis.epochs import BedEpochs
from analysis.pipeline import Recomputed, recompute
from analysis.pipeline.due import Sources
from analysis.pipeline.families import EPOCHS
from analysis.pipeline.last_run import LastRun
from analysis.pipeline.months import BED_MARGIN_US
from analysis.pipeline.processes import Processes
from analysis.series import HOUR_US, MINUTE_US, SECOND_US
from pilotbed.bench.figures import Figure, at_most
from pilotbed.bench.memory import process_tree_bytes
from pilotbed.installation import plan_from
from pilots.civil_time import midnight, noon
from pilots.daily_columns import DailyColumns, MonthOfValues
from pilots.plan import Plan
from pilots.registry import Registry
from store import STREAMS, TIME_FROM_DEVICE, Batch, EpochBlock, TimeSeriesStore, open_store

WORKERS = 2
FIRST = date(2025, 1, 13)
HOME = 59.33, 18.06
TEMPLATES = 24
"""Different nights that the residents share: making a year of readings for each would take hours."""

VISITS_H = (11, 14, 17, 19)
"""After noon: two looks by camera, one visit, and the end of the shift."""

MORE_NIGHTS = 2
"""After the year: one computed as a service does, one by the command line."""

Columns = Mapping[str, NDArray[Any]]
_Done = TypeVar("_Done")


@dataclass(frozen=True, slots=True)
class Size:
    """How many residents, and for how many days."""

    residents: int
    days: int

    @property
    def resident_years(self) -> float:
        return self.residents * self.days / 365


WHOLE, QUICK = Size(200, 365), Size(4, 12)


def measure(*, quick: bool = False) -> list[Figure]:
    """A year of everybody from stored epochs, with one process and with two; one more night by a service,
    whose processes stand ready and which remembers its last run, the one that completed the night before; one
    by the command line; one resident's year from raw readings."""
    size = QUICK if quick else WHOLE
    with _pilot(size) as pilot:
        pilot.store_year()
        pilot.store_epochs()
        runs: dict[int, tuple[Recomputed, float, int]] = {}
        for workers in (1, WORKERS):
            pilot.forget_values()
            before = time.process_time()
            runs[workers] = _measured(partial(pilot.recompute, workers, pilot.noon_after(0)))
            held_s = time.process_time() - before
        with Processes() as processes:
            evening = pilot.noon_after(0) + BED_MARGIN_US
            pilot.store_until(evening)
            pilot.recompute(WORKERS, evening, processes)
            pilot.store_until(pilot.noon_after(1))
            night, night_s, night_memory = _measured(
                lambda: pilot.recompute(WORKERS, pilot.noon_after(1), processes)
            )
        pilot.store_until(pilot.noon_after(2))
        _, command_s, _ = _measured(pilot.recompute_by_command)
        pilot.store_raw(0)
        raw, raw_s, _ = _measured(lambda: pilot.recompute(1, pilot.noon_after(MORE_NIGHTS)))
    done, taken, memory = runs[WORKERS]
    alone = runs[1][1]
    what = f"{size.residents} residents, {size.days} days"
    return [
        Figure(
            "year_s",
            f"from stored minute epochs to {done.values:,} daily values: {what}, {WORKERS} processes",
            taken,
            "s",
            at_most(60),
        ),
        Figure("year_mib", "  memory of all processes, the most", memory / 2**20, "MiB", at_most(1536)),
        Figure("year_alone_s", "  in one process", alone, "s"),
        Figure("speed_up", f"  {WORKERS} processes against one", alone / taken, "x"),
        Figure(
            "parent_s",
            "  processor time of the process that reads and writes, beside the two that compute",
            held_s,
            "s",
        ),
        Figure(
            "resident_year_s",
            "  seconds of one core for a resident-year from epochs",
            alone / size.resident_years,
            "s",
        ),
        Figure(
            "night_s",
            f"one new night of {size.residents} residents, from raw: {night.values:,} values, by a service",
            night_s,
            "s",
            at_most(2),
        ),
        Figure("night_mib", "  memory of all processes, the most", night_memory / 2**20, "MiB"),
        Figure("night_command_s", "  by pilotbed analyse, from its start to its end", command_s, "s"),
        Figure(
            "resident_year_raw_s",
            f"one resident's {size.days} days of raw readings every 10 s: {raw.values:,} values",
            raw_s,
            "s",
        ),
    ]


def _measured(run: Callable[[], _Done]) -> tuple[_Done, float, int]:
    """What was done, in how many seconds, and the most memory that all processes took together."""
    most = 0
    over = threading.Event()

    def watch() -> None:
        nonlocal most
        while not over.wait(0.2):
            most = max(most, process_tree_bytes(os.getpid()) or 0)

    watching = threading.Thread(target=watch)
    watching.start()
    began = time.perf_counter()
    try:
        done = run()
        return done, time.perf_counter() - began, most
    finally:
        over.set()
        watching.join()


@contextmanager
def _pilot(size: Size) -> Iterator["_Pilot"]:
    last = FIRST + timedelta(days=size.days + MORE_NIGHTS - 1)
    text = f"""
pilot: scale
title: Scale
timezone: Europe/Stockholm
phases:
  - {{name: baseline, start: {FIRST}, end: {last}}}
groups: {{intervention: {size.residents}}}
costs: {{visit_min: 12, travel_min: 9}}
"""
    with TemporaryDirectory(prefix="pilotbed-bench-") as folder:
        plan = plan_from(text, "scale.yaml")
        with closing(Registry.open(f"sqlite:{Path(folder) / 'registry.sqlite'}")) as registry:
            registry.add_pilot(plan, text)
            with closing(_Pilot(plan, size, registry, f"duckdb:{Path(folder) / 'readings.duckdb'}")) as pilot:
                yield pilot


class _Pilot:
    """Residents with a bed, a tracker, a visit log and an alarm button each."""

    def __init__(self, plan: Plan, size: Size, registry: Registry, address: str) -> None:
        self._plan, self._size, self._registry, self._address = plan, size, registry, address
        self._store: TimeSeriesStore = open_store(address)
        self._last_run = LastRun()
        self._rng = np.random.default_rng(1)
        self._nights = [FIRST + timedelta(days=day) for day in range(size.days + MORE_NIGHTS)]
        self._over = FIRST + timedelta(days=size.days)
        self._opens, self._closes = midnight(FIRST, plan.zone), midnight(self._over, plan.zone)
        self._stored = self._closes
        codes = registry.add_participants(plan.pilot, "intervention", size.residents, ["bed", "gps"])
        for number, code in enumerate(codes):
            registry.set_home(plan.pilot, code, *HOME, 100)
            for kind, interval_s in (("bed", 10), ("gps", 600), ("visits", None), ("alarm", None)):
                device = f"{kind}-{number}"
                registry.add_device(plan.pilot, device, kind, interval_s=interval_s)
                registry.assign(plan.pilot, device, code, self._opens)

    def close(self) -> None:
        self._store.close()

    def noon_after(self, nights: int) -> int:
        """The noon, µs UTC, after the year and so many nights more."""
        return noon(self._over + timedelta(days=nights), self._plan.zone)

    def recompute(self, workers: int, now_us: int, processes: Processes | None = None) -> Recomputed:
        """Of what is over by then."""
        return recompute(
            self._registry,
            self._store,
            self._plan.pilot,
            workers=workers,
            now_us=now_us,
            processes=processes,
            last_run=self._last_run,
        )

    def recompute_by_command(self) -> None:
        """Of all that has come, in a process of its own that opens everything first."""
        self._store.close()
        chosen = {
            "PILOTBED_REGISTRY": self._registry.url,
            "PILOTBED_STORE": self._address,
            "PILOTBED_WORKERS": str(WORKERS),
        }
        with TemporaryDirectory(prefix="pilotbed-bench-") as data:
            command = [sys.executable, "-m", "pilotbed", "analyse", self._plan.pilot, "--data", data]
            subprocess.run(command, env=os.environ | chosen, check=True, capture_output=True)
        self._store = open_store(self._address)

    def forget_values(self) -> None:
        """As if nothing had been computed but the epochs."""
        pilot = self._plan.pilot
        for (code, month), before in self._registry.month_inputs(pilot).items():
            end = (month + timedelta(days=31)).replace(day=1)
            values = self._registry.daily_values(pilot, participant=code, start=month, end=end)
            gone = [(value.metric, value.day) for value in values]
            emptied = MonthOfValues(code, month, DailyColumns(), gone, {}, before)
            self._registry.put_months(pilot, [emptied])
        self._last_run = LastRun()

    def store_year(self) -> None:
        """Everything but the beds' readings, of which one an hour stands for all."""
        for number in range(self._size.residents):
            self._walks(number, self._opens, self._closes)
            self._visits(number, self._nights[: self._size.days])
            self._alarms(number, self._opens, self._closes)
            days = np.arange(self._opens, self._closes, 24 * HOUR_US)
            self._commit("status", f"bed-{number}", days, battery_pct=np.linspace(100, 20, len(days)))
            hours = np.arange(self._opens - 6 * HOUR_US, self._closes, HOUR_US)
            self._commit("bed", f"bed-{number}", hours, load_kg=np.full(len(hours), 42.0))

    def store_epochs(self) -> None:
        """The beds' nights reduced, as if their readings had been."""
        moment = self.noon_after(0)
        devices = [device for device in self._registry.devices(self._plan.pilot) if device.kind == "bed"]
        sources = Sources.read(self._store, self._plan, devices, moment)
        windows = sources.windows[EPOCHS].all
        templates: dict[int, list[BedEpochs]] = {}
        for number, bed in enumerate(devices):
            wanted = sources.reduced.blocks(bed.device).wanted.tolist()
            blocks = []
            for place, (window, fingerprint) in enumerate(zip(windows, wanted, strict=True)):
                length = window.end - window.start
                if length not in templates:
                    templates[length] = [self._night(length) for _ in range(TEMPLATES)]
                night = templates[length][(7 * number + place) % TEMPLATES]
                content = packed(_moved(night, window.start))
                blocks.append(EpochBlock(bed.device, window.start, window.end, fingerprint, content))
            self._store.put_epochs(blocks)

    def store_until(self, end: int) -> None:
        """Raw readings of everybody, from those stored last on."""
        start, self._stored = self._stored, end
        night = max(opens for each in self._nights if (opens := noon(each, self._plan.zone)) <= start)
        visited = VISITS_H[0] * HOUR_US
        nights = [each for each in self._nights if start < noon(each, self._plan.zone) + visited < end]
        for number in range(self._size.residents):
            time, columns = self._readings(start, end, night)
            self._commit("bed", f"bed-{number}", time, **columns)
            self._walks(number, start, end)
            self._visits(number, nights)

    def store_raw(self, number: int) -> None:
        """A year of one resident's bed, raw."""
        for night in self._nights:
            start = noon(night, self._plan.zone)
            time, columns = self._readings(start, noon(night + timedelta(days=1), self._plan.zone), start)
            self._commit("bed", f"bed-{number}", time + SECOND_US, **columns)

    def _night(self, length: int) -> BedEpochs:
        start = noon(FIRST, self._plan.zone)
        time, columns = self._readings(start - 6 * HOUR_US, start + length + 6 * HOUR_US, start)
        return bed_epochs(time, columns, interval_s=10, start=start, end=start + length, received=time)

    def _readings(self, opens: int, closes: int, night: int) -> tuple[NDArray[np.int64], Columns]:
        """A bed every 10 s: occupied for nine hours from ten on, left twice, moving in a tenth of minutes."""
        rng = self._rng
        time = np.arange(opens, closes, 10 * SECOND_US, dtype=np.int64)
        into = night + 10 * HOUR_US + int(rng.normal(0, 20)) * MINUTE_US
        lying = (time >= into) & (time < into + 9 * HOUR_US)
        for hour in rng.uniform(1, 8, 2):
            up = into + int(hour * HOUR_US)
            lying &= ~((time >= up) & (time < up + 8 * MINUTE_US))
        minute = (time - opens) // MINUTE_US
        moving = rng.random(int(minute[-1]) + 1)[minute] < 0.1
        load = 42 + np.where(lying, rng.normal(70, 0.2), 0.0) + rng.normal(0, 0.1, len(time))
        load += np.where(lying & moving, rng.normal(0, 4, len(time)), 0.0)
        movement = np.where(lying, np.where(moving, 0.6, 0.01), 0.0)
        return time, {"load_kg": load.astype(np.float32), "movement": movement.astype(np.float32)}

    def _walks(self, number: int, start: int, end: int) -> None:
        time = np.arange(start, end, 600 * SECOND_US, dtype=np.int64)
        hour = (time // HOUR_US) % 24
        out = (hour >= 12) & (hour < 14)
        angle = np.cumsum(self._rng.normal(0, 0.3, len(time)))
        metres = np.where(out, 300 + 200 * np.sin(np.linspace(0, 400, len(time))), 8.0)
        lat = HOME[0] + metres * np.cos(angle) / 111_000
        lon = HOME[1] + metres * np.sin(angle) / 56_000
        accuracy = np.full(len(time), 10.0)
        self._commit("gps", f"gps-{number}", time, lat=lat, lon=lon, accuracy_m=accuracy)

    def _visits(self, number: int, nights: list[date]) -> None:
        start = np.array([noon(night, self._plan.zone) for night in nights], np.int64)
        time = (start[:, None] + np.array(VISITS_H) * HOUR_US).ravel()
        mode = np.array(["camera", "physical", "camera", "shift_closed"] * len(nights), object)
        outcome = np.array(["calm", "helped", "calm", None] * len(nights), object)
        visit = np.array([f"v{at}" for at in time.tolist()], object)
        planned = np.ones(len(time))
        self._commit(
            "visit", f"visits-{number}", time, visit=visit, mode=mode, planned=planned, outcome=outcome
        )

    def _alarms(self, number: int, start: int, end: int) -> None:
        raised = np.sort(self._rng.integers(start, end, max(round((end - start) / HOUR_US / 48), 1)))
        stages = (("raised", 0), ("acknowledged", 90), ("arrived", 600), ("closed", 1200))
        time = (raised[:, None] + np.array([s for _, s in stages]) * SECOND_US).ravel()
        alarm = np.repeat([f"a{at}" for at in raised.tolist()], len(stages)).astype(object)
        stage = np.array([name for name, _ in stages] * len(raised), object)
        self._commit("alarm", f"alarm-{number}", time, alarm=alarm, stage=stage)

    def _commit(self, stream: str, device: str, time: NDArray[np.int64], **columns: NDArray[Any]) -> None:
        zeros = np.zeros(len(time), np.int32)
        source = np.full(len(time), TIME_FROM_DEVICE, np.int8)
        batch = Batch(STREAMS[stream], (device,), zeros, time, time + SECOND_US, source, columns)
        self._store.commit([batch])


def _moved(night: BedEpochs, start: int) -> BedEpochs:
    """The same night at another time."""
    by = start - night.start
    return replace(
        night,
        start=start,
        end=night.end + by,
        seen=night.seen + by,
        since=night.since + by,
        away=night.away + by,
        still_at=night.still_at + by,
        turned_at=night.turned_at + by,
    )
