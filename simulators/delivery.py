"""How readings of bed and tracker arrive one by one: lost, late, by a clock that is off, on a battery."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from pilots.civil_time import midnight
from simulators.condition import DAYS_A_CHARGE, FIRMWARE
from simulators.draws import Purpose, draws
from simulators.life import Life
from simulators.messages import Message, status_message
from simulators.story import Story
from simulators.timing import HOUR, MINUTE, SECOND
from simulators.truth import ServiceTruth, Truth

Int64 = NDArray[np.int64]

KINDS = ("bed", "gps")
DAY = 24 * HOUR
FROM_NOON = 12 * HOUR

CHARGED_AT = 0.6
"""Of a day before midnight UTC: in the morning, when somebody is up."""

FASTEST_S, FURTHER_S = 0.5, 1.5
"""A message takes half a second, and by chance some more."""


class Trouble(StrEnum):
    """One thing that goes wrong between a device and ingest."""

    OUTAGE = "outage"
    LOST_READINGS = "lost_readings"
    LATE_DELIVERY = "late_delivery"
    CLOCK_OFF = "clock_off"


TROUBLES = {
    Trouble.OUTAGE: "every other day bed and tracker are without power for 30-240 min, each by itself",
    Trouble.LOST_READINGS: "3 % of the messages never come",
    Trouble.LATE_DELIVERY: "every other day nothing comes through for 1-5 h and is delivered after that",
    Trouble.CLOCK_OFF: "each device's clock is between 4 min ahead and 10 min behind",
}
"""What each trouble does, in the order in which they are told."""

OUTAGE_MIN, DOWN_MIN, LOST_SHARE = (30.0, 240.0), (60.0, 300.0), 0.03
AHEAD_S, BEHIND_S = 240.0, 600.0


@dataclass(frozen=True, slots=True)
class _Sent:
    """What one device took and sent on one local day: readings at `time` (n,) µs UTC, each in a `message`.

    `received` (n,) µs UTC, -1 where it was lost. `off` is the time without power.
    """

    time: Int64
    columns: dict[str, NDArray[np.float64]]
    message: Int64
    received: Int64
    off: tuple[int, int]


class Delivery:
    """A story's bed and gps readings as they come, a message a minute or a fix, and status once an hour.

    The same story and troubles are delivered alike each time.
    """

    def __init__(self, story: Story, troubles: frozenset[Trouble]) -> None:
        self.story = story
        self.troubles = troubles

    def messages(self) -> Iterator[tuple[int, Message]]:
        """When each message was received, µs UTC, and the message, a device and day after the other."""
        for life in self.story.lives:
            for day in self.story.days:
                for kind in KINDS:
                    yield from self._messages(life, kind, day)
                yield from self._status(life, day)

    def truth(self) -> Truth:
        """The story's truth with the service of each whole day but the last, whose night is cut off."""
        told = self.story.truth
        served = tuple(
            msgspec.structs.replace(
                person, service=tuple(self._service(life, day) for day in self.story.days[:-1])
            )
            for person, life in zip(told.participants, self.story.lives, strict=True)
        )
        return msgspec.structs.replace(told, participants=served)

    def _messages(self, life: Life, kind: str, day: date) -> Iterator[tuple[int, Message]]:
        sent, device = self._sent[life.participant.number, kind, day], life.participant.devices[kind]
        shown = (sent.time - self._behind(life, kind)) // SECOND
        first = np.flatnonzero(np.diff(sent.message, prepend=-1))
        for begin, end in zip(first, np.append(first[1:], len(sent.time)), strict=True):
            if sent.received[begin] < 0:
                continue
            columns = {"time": shown[begin:end].tolist()} | {
                name: np.round(values[begin:end], 6).tolist() for name, values in sent.columns.items()
            }
            payload = msgspec.json.encode(columns)
            yield int(sent.received[begin]), Message(device, kind, payload, int(end - begin))

    def _status(self, life: Life, day: date) -> Iterator[tuple[int, Message]]:
        start, end = self._bounds(day)
        for kind in DAYS_A_CHARGE:
            behind = self._behind(life, kind) if kind in KINDS else 0
            for at in range(start + 5 * MINUTE, end, HOUR):
                told: dict[str, object] = {"online": True, "battery_pct": round(_charge(life, kind, at))}
                yield at + SECOND, status_message(life.participant.devices[kind], at - behind, told)

    @cached_property
    def _sent(self) -> dict[tuple[int, str, date], _Sent]:
        return {
            (life.participant.number, kind, day): self._take(life, kind, day)
            for life in self.story.lives
            for kind in KINDS
            for day in self.story.days
        }

    def _take(self, life: Life, kind: str, day: date) -> _Sent:
        start, end = self._bounds(day)
        rng = self._draws(life, kind, day)
        happens, when, lasts, fails, from_when, down_for = rng.random(6)
        off = _between(start, happens < 0.5, when, lasts, OUTAGE_MIN)
        down = _between(start, fails < 0.5, from_when, down_for, DOWN_MIN)
        if Trouble.OUTAGE not in self.troubles:
            off = (start, start)
        if Trouble.LATE_DELIVERY not in self.troubles:
            down = (start, start)
        time, columns = self._shown(life, kind, day, start, end)
        on = (time < off[0]) | (time >= off[1])
        time, columns = time[on], {name: values[on] for name, values in columns.items()}
        message = (time // MINUTE if kind == "bed" else np.arange(len(time))).astype(np.int64)
        place = np.cumsum(np.diff(message, prepend=-1) != 0) - 1
        last = np.append(np.flatnonzero(np.diff(message)), len(time) - 1)
        sent = time[last]
        takes = np.rint((FASTEST_S + rng.exponential(FURTHER_S, len(sent))) * SECOND).astype(np.int64)
        received = np.where((sent >= down[0]) & (sent < down[1]), down[1], sent) + takes
        if Trouble.LOST_READINGS in self.troubles:
            received[rng.random(len(received)) < LOST_SHARE] = -1
        return _Sent(time, columns, message, received[place], off)

    def _shown(
        self, life: Life, kind: str, day: date, start: int, end: int
    ) -> tuple[Int64, dict[str, NDArray[np.float64]]]:
        if kind == "gps":
            fixes = self.story.fixes(life, day, start, end)
            return fixes.time, {"lat": fixes.lat, "lon": fixes.lon, "accuracy_m": fixes.accuracy_m}
        samples = self.story.bed_samples(life, day, start, end)
        time = np.arange(start, end, (end - start) // len(samples.load_kg), dtype=np.int64)
        return time, {
            "load_kg": np.array(samples.load_kg, np.float64).round(2),
            "movement": np.array(samples.movement, np.float64).round(2),
        }

    def _service(self, life: Life, day: date) -> ServiceTruth:
        start, end = self._bounds(day)
        today = [self._sent[life.participant.number, kind, day] for kind in KINDS]
        stood = len(KINDS) * (end - start)
        taken = sum(len(each.time) for each in today)
        lost = sum(int((each.received < 0).sum()) for each in today)
        behind = [self._behind(life, kind) / SECOND for kind in KINDS]
        charges = [_charge(life, kind, at) for kind in DAYS_A_CHARGE for at in range(start, end, MINUTE)]
        return ServiceTruth(
            day,
            100.0 * (1.0 - sum(each.off[1] - each.off[0] for each in today) / stood),
            100.0 * lost / taken,
            max(_late_s(self._delays(life, "gps", start, end)), *self._bed_lateness_s(life, start, end)),
            max(behind, key=abs),
            min(charges),
        )

    def _bed_lateness_s(self, life: Life, start: int, end: int) -> tuple[float, float]:
        """Of the night that ends on the day and of the one that begins on it."""
        noon = start + FROM_NOON
        return (
            _late_s(self._delays(life, "bed", noon - DAY, noon)),
            _late_s(self._delays(life, "bed", noon, noon + DAY)),
        )

    def _delays(self, life: Life, kind: str, start: int, end: int) -> Int64:
        days = [self._sent[life.participant.number, kind, day] for day in self.story.days]
        time = np.concatenate([each.time for each in days])
        received = np.concatenate([each.received for each in days])
        counts = (time >= start) & (time < end) & (received >= 0)
        return np.asarray(received[counts] - time[counts], np.int64)

    def _behind(self, life: Life, kind: str) -> int:
        """How far a device's clock is behind, whole seconds in µs."""
        if Trouble.CLOCK_OFF not in self.troubles:
            return 0
        return round(float(self._draws(life, kind, None).uniform(-AHEAD_S, BEHIND_S))) * SECOND

    def _draws(self, life: Life, kind: str, day: date | None) -> np.random.Generator:
        device = life.participant.number * len(FIRMWARE) + list(FIRMWARE).index(kind)
        return draws(self.story.seed, Purpose.DELIVERY, device, day)

    def _bounds(self, day: date) -> tuple[int, int]:
        zone = self.story.plan.zone
        return midnight(day, zone), midnight(day + timedelta(days=1), zone)


def _between(
    start: int, happens: bool, when: float, lasts: float, minutes: tuple[float, float]
) -> tuple[int, int]:
    """A time within the day, [start, end) µs UTC, of no length when it does not happen."""
    begin = start + round(when * 18 * HOUR)
    shortest, longest = minutes
    return begin, begin + (round((shortest + lasts * (longest - shortest)) * MINUTE) if happens else 0)


def _late_s(delays: Int64) -> float:
    """The delay within which 95 of 100 readings came."""
    return float(np.quantile(delays, 0.95, method="inverted_cdf")) / SECOND if len(delays) else 0.0


def _charge(life: Life, kind: str, at: int) -> float:
    """What is left in a battery at an instant, percent: charged when 15 are left."""
    device = life.participant.number * len(FIRMWARE) + list(FIRMWARE).index(kind)
    return 100.0 - 85.0 * ((at / DAY + CHARGED_AT + 7 * device) % DAYS_A_CHARGE[kind]) / DAYS_A_CHARGE[kind]
