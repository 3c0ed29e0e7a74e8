"""What was built up day by day is what raw readings give at once, whatever happened on the way."""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from numpy.typing import NDArray

from pilots.civil_time import midnight, noon
from pilots.records import DailyValue
from tests.analysis.beds import HOUR, SECOND, bed
from tests.analysis.pipeline_pilot import PILOT, ZONE, SmallPilot

MINUTE = 60 * SECOND
DEVICES = {"bed-1": "bed", "bed-2": "bed", "gps-1": "gps", "log-1": "visits", "button-1": "alarm"}
INTERVAL_S = {"bed": 60.0, "gps": 600.0}

OFTEN_A_BED = st.sampled_from(("bed-1", "bed-2", *DEVICES))

MOMENTS = st.builds(float.__add__, st.integers(0, 160).map(float), st.sampled_from((0.0, 0.0, 0.4125)))
"""Hours since the night before the pilot: often whole ones, sometimes not even whole minutes."""


@dataclass(frozen=True)
class Stream:
    """Everything that a device will ever have to tell on one stream: times (n,) and columns (n,)."""

    device: str
    stream: str
    time: NDArray[np.int64]
    columns: Mapping[str, NDArray[Any]]


def _nights(first: date, last: date) -> list[int]:
    return [noon(date.fromordinal(day), ZONE) for day in range(first.toordinal(), last.toordinal() + 1)]


def _bed(first: date, last: date) -> Stream:
    nights = _nights(first, last)
    stays = [(night + 10 * HOUR, night + 18 * HOUR) for night in nights]
    made = bed(3, nights[0], nights[-1] + 24 * HOUR, stays, interval_s=60.0)
    return Stream("bed-1", "bed", made.time, {"load_kg": made.load_kg, "movement": made.movement})


def _bed_on_legs(first: date, last: date) -> Stream:
    """One that can tell turns, and is slept in an hour longer."""
    nights = _nights(first, last)
    stays = [(night + 9 * HOUR, night + 18 * HOUR) for night in nights]
    made = bed(8, nights[0], nights[-1] + 24 * HOUR, stays, interval_s=60.0)
    side = np.where((made.time // (45 * MINUTE)) % 2, 0.3, 0.2)
    legs = {"load1_kg": side, "load2_kg": 0.5 - side, "load3_kg": side, "load4_kg": 0.5 - side}
    return Stream("bed-2", "bed", made.time, {leg: made.load_kg * share for leg, share in legs.items()})


def _walks(start: int, end: int) -> Stream:
    time = np.arange(start, end, 10 * MINUTE)
    out = (time // HOUR) % 24 >= 20
    lat = np.where(out, 59.0 + 0.001 * ((time // (10 * MINUTE)) % 7), 59.0)
    return Stream("gps-1", "gps", time, {"lat": lat, "lon": np.full(len(time), 18.0)})


def _events(device: str, stream: str, rows: list[tuple[int, dict[str, object]]]) -> Stream:
    rows.sort(key=lambda row: row[0])
    names = sorted({name for _, row in rows for name in row})
    columns = {name: np.array([row.get(name) for _, row in rows], np.object_) for name in names}
    return Stream(device, stream, np.array([time for time, _ in rows], np.int64), columns)


def _visits(days: list[date]) -> Stream:
    rows: list[tuple[int, dict[str, object]]] = []
    for day in days:
        start = noon(day, ZONE)
        for number, (hours, mode) in enumerate(((11, "physical"), (14, "camera"), (14, "physical"))):
            rows.append((start + hours * HOUR, {"visit": f"{day}-{number}", "mode": mode, "outcome": "calm"}))
        rows.append((start + 18 * HOUR, {"visit": f"{day}-s", "mode": "shift_closed"}))
    return _events("log-1", "visit", rows)


def _alarms(device: str, days: list[date], hours: float) -> Stream:
    rows: list[tuple[int, dict[str, object]]] = []
    for day in days:
        raised = midnight(day, ZONE) + round(hours * HOUR)
        for stage, minutes in (("raised", 0), ("received", 0), ("acknowledged", 2), ("arrived", 20)):
            rows.append((raised + minutes * MINUTE, {"alarm": f"{device} {day}"[-20:], "stage": stage}))
    return _events(device, "alarm", rows)


def _charges(start: int, end: int) -> Stream:
    time = np.arange(start, end, 6 * HOUR)
    return Stream("gps-1", "status", time, {"battery_pct": 90.0 - np.arange(len(time)) % 40})


class History(RuleBasedStateMachine):
    """A pilot, and all that may happen to it; a subclass says when it takes place, and how far apart what
    happens lies."""

    first: date
    last: date
    stretch = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="history-"))
        self.pilot = self._open("built-up")
        days = [date.fromordinal(day) for day in range(self.first.toordinal() - 1, self.last.toordinal() + 2)]
        self.start, self.end = midnight(days[0], ZONE), midnight(days[-1], ZONE)
        self.streams = [
            _bed(days[0], self.last),
            _bed_on_legs(days[0], self.last),
            _walks(self.start, self.end),
            _visits(days[:-1]),
            _alarms("button-1", days[:-1], 23.95),
            _alarms("bed-1", days[2:3], 14.0),
            _charges(self.start, self.end),
        ]
        self.received = [np.zeros(len(stream.time), np.int64) for stream in self.streams]
        self.variant = [np.zeros(len(stream.time), np.int64) for stream in self.streams]
        self.stays: list[tuple[str, int, int, int | None]] = []

    def _open(self, name: str) -> SmallPilot:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        pilot = SmallPilot.open(folder, self.first, self.last)
        for device, kind in DEVICES.items():
            pilot.registry.add_device(PILOT, device, kind, interval_s=INTERVAL_S.get(kind))
        return pilot

    # -- what may happen -------------------------------------------------------------------------------

    @initialize(delivered=st.booleans())
    def begin(self, delivered: bool) -> None:
        self.homes: dict[int, float] = {}
        for device in DEVICES:
            self.stays.append((device, 0, self.start, None))
            self.pilot.registry.assign(PILOT, device, self.pilot.codes[0], self.start)
        if delivered:
            self.deliver_everything(1)

    @rule(
        number=st.integers(0, 6),
        between=st.tuples(MOMENTS, MOMENTS),
        every=st.sampled_from((1, 1, 2, 3)),
        delay_s=st.sampled_from((1, 40, 7200, 90_000)),
        variant=st.integers(0, 2),
    )
    def deliver(
        self, number: int, between: tuple[float, float], every: int, delay_s: int, variant: int
    ) -> None:
        """Some of a stream, early or late, again or for the first time, as it was or corrected."""
        stream = self.streams[number]
        bounds = [self._moment(each) for each in sorted(between)]
        rows = np.arange(*np.searchsorted(stream.time, bounds), every)
        if len(rows):
            self.received[number][rows] = stream.time[rows] + delay_s * SECOND
            self.variant[number][rows] = variant
            self._send(self.pilot, number, rows)

    @rule(delay_s=st.sampled_from((1, 90)))
    def deliver_everything(self, delay_s: int) -> None:
        for number in range(len(self.streams)):
            self.deliver(number, (0.0, 1000.0), 1, delay_s, 0)

    @rule(moment=MOMENTS)
    def recompute(self, moment: float) -> None:
        """Some days are not yet over; again there is nothing to do, whether what the last run completed is
        remembered or all is compared."""
        now_us = self._moment(moment)
        done = self.pilot.recompute(now_us=now_us)
        for forgotten in (False, True):
            made_from = self.pilot.registry.month_inputs(PILOT)
            again = self.pilot.recompute(now_us=now_us, forgotten=forgotten)
            assert (again.days, again.values, again.unchanged) == (0, 0, done.days + done.unchanged)
            assert self.pilot.registry.month_inputs(PILOT) == made_from

    @rule()
    def restart(self) -> None:
        self.pilot.reopen()

    @rule(
        device=OFTEN_A_BED,
        moments=st.lists(MOMENTS, min_size=1, max_size=3),
        pause_h=st.sampled_from((0.0, 0.0, 5.3)),
    )
    def hand_over(self, device: str, moments: list[float], pause_h: float) -> None:
        """The device's latest stay ends, and at once or later it stands with the other, and back again."""
        for moment in sorted(moments):
            place, (_, who, opened, _) = self._latest(device)
            ended = max(self._moment(moment), opened + 20 * SECOND)
            self._end(place, ended)
            again = ended + round(pause_h * HOUR)
            self.stays.append((device, 1 - who, again, None))
            self.pilot.registry.assign(PILOT, device, self.pilot.codes[1 - who], again)

    @rule(device=OFTEN_A_BED, moment=MOMENTS, over=st.booleans())
    def end_a_stay(self, device: str, moment: float, over: bool) -> None:
        """The device's latest stay ends; or it turns out that it did not."""
        place, (_, _, opened, _) = self._latest(device)
        self._end(place, max(self._moment(moment), opened + 20 * SECOND) if over else None)

    def _latest(self, device: str) -> tuple[int, tuple[str, int, int, int | None]]:
        return max((place, stay) for place, stay in enumerate(self.stays) if stay[0] == device)

    def _end(self, place: int, ended: int | None) -> None:
        device, who, opened, _ = self.stays[place]
        self.stays[place] = device, who, opened, ended
        self.pilot.registry.assign(PILOT, device, self.pilot.codes[who], opened, ended)

    def _moment(self, hours: float) -> int:
        return self.start + round(hours * self.stretch * HOUR)

    @rule(who=st.integers(0, 1), lat=st.sampled_from((59.0, 59.003)))
    def move_home(self, who: int, lat: float) -> None:
        self.homes[who] = lat
        self.pilot.registry.set_home(PILOT, self.pilot.codes[who], lat, 18.0)

    def _send(self, pilot: SmallPilot, number: int, rows: NDArray[np.int64]) -> None:
        stream, variant = self.streams[number], self.variant[number][rows]
        columns = {name: values[rows] for name, values in stream.columns.items()}
        if "load_kg" in columns:
            columns["load_kg"] = columns["load_kg"] + 0.7 * variant
        if "load1_kg" in columns:
            columns["load1_kg"] = np.where(variant > 0, np.nan, columns["load1_kg"])
        if "lat" in columns:
            columns["lat"] = columns["lat"] + 0.002 * variant
        if "stage" in columns or "mode" in columns:
            outcomes = (None, "test", "real") if "stage" in columns else ("calm", "helped", "failed")
            columns["outcome"] = np.array([outcomes[each] for each in variant], np.object_)
        received = self.received[number][rows]
        pilot.send(stream.stream, stream.device, stream.time[rows], received=received, **columns)

    # -- what must hold --------------------------------------------------------------------------------

    def teardown(self) -> None:
        try:
            self.pilot.recompute()
            built_up, sums = _figures(self.pilot), self.pilot.registry.month_sums(PILOT)
            self.pilot.forget()
            self.pilot.recompute()
            assert _figures(self.pilot) == built_up
            assert self.pilot.registry.month_sums(PILOT) == sums
            at_once = self._open("at-once")
            try:
                self._all_at_once(at_once)
                assert _figures(at_once) == built_up
            finally:
                at_once.close()
        finally:
            self.pilot.close()
            shutil.rmtree(self.folder)

    def _all_at_once(self, pilot: SmallPilot) -> None:
        for who, lat in self.homes.items():
            pilot.registry.set_home(PILOT, pilot.codes[who], lat, 18.0)
        for device, who, opened, ended in self.stays:
            pilot.registry.assign(PILOT, device, pilot.codes[who], opened, ended)
        for number, received in enumerate(self.received):
            rows = np.flatnonzero(received)
            if len(rows):
                self._send(pilot, number, rows)
        pilot.recompute()


def _figures(pilot: SmallPilot) -> dict[tuple[int, date, str], tuple[Any, ...]]:
    """Every daily value there is, whatever code its participant was given."""

    def all_but_code(value: DailyValue) -> tuple[Any, ...]:
        return value.value, value.ci_low, value.ci_high, value.n, value.coverage, value.reason

    return {
        (pilot.codes.index(value.participant), value.day, value.metric): all_but_code(value)
        for value in pilot.registry.daily_values(PILOT)
    }


class InSpring(History):
    """The night of 23 hours is the first, and the second month begins on the last day."""

    first, last = date(2026, 3, 28), date(2026, 4, 1)


class InAutumn(History):
    """The night of 25 hours is the second."""

    first, last = date(2026, 10, 23), date(2026, 10, 26)


class ForWeeks(History):
    """Long enough that a run need not compare all that those before it have completed."""

    first, last = date(2026, 6, 15), date(2026, 7, 9)
    stretch = 4.0


class WithPurges(ForWeeks):
    """What is made of a reading outlives it, and so is no longer what raw readings give."""

    @rule(device=OFTEN_A_BED, between=st.tuples(MOMENTS, MOMENTS))
    def purge(self, device: str, between: tuple[float, float]) -> None:
        self.pilot.store.delete(device, *(self._moment(each) for each in sorted(between)))

    def teardown(self) -> None:
        try:
            self.recompute(1000.0)
        finally:
            self.pilot.close()
            shutil.rmtree(self.folder)


@pytest.mark.parametrize(
    ("history", "examples"), [(InSpring, 9), (InAutumn, 9), (ForWeeks, 6), (WithPurges, 12)]
)
def test_built_up_day_by_day_is_what_raw_readings_give_at_once(history: type[History], examples: int) -> None:
    limits = settings(
        max_examples=examples,
        stateful_step_count=14,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],  # shrinking takes minutes, and so few steps can be read as they are
        suppress_health_check=[HealthCheck.too_slow],
    )
    run_state_machine_as_test(history, settings=limits)
