"""What lies or sits on a bed besides its resident: when it comes and goes, what it weighs, how it moves."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from simulators.draws import fault_draws
from simulators.faults.names import Fault, Faults
from simulators.residents import Night
from simulators.timing import HOUR, MINUTE, wall_clock

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

FOR_GOOD = 2**62
LONGEST_DAYS = 2
"""What does not stay for good is gone before the second day after the one on which it came ends."""

LINEN_EVERY_DAYS = 7


@dataclass(frozen=True, slots=True)
class Thing:
    """Something on the bed in [start, end) µs UTC; it moves in the share `restless` of its minutes."""

    start: int
    end: int
    kg: float
    restless: float = 0.0


Come = Callable[[np.random.Generator, Night, ZoneInfo], Iterator[Thing]]
"""What comes between noon of the day of a night and the next, at the latest in that night."""


def _duvet(rng: np.random.Generator, night: Night, zone: ZoneInfo) -> Iterator[Thing]:
    happens, laid, kg, taken = rng.random(4)
    if happens < 0.3:
        bedtime, rising = _in_bed(night)
        yield Thing(
            round(bedtime + HOUR / 2 + laid * (rising - bedtime - 1.5 * HOUR)),
            wall_clock(night.day, 34.0 + 8.0 * float(taken), zone),
            1.0 + 1.5 * float(kg),
        )


def _bag(rng: np.random.Generator, night: Night, zone: ZoneInfo) -> Iterator[Thing]:
    happens, put, kg, hours = rng.random(4)
    if happens < 0.4:
        start = wall_clock(night.day, 14.0 + 7.0 * float(put), zone)
        yield Thing(start, start + round((1.0 + 11.0 * hours) * HOUR), 2.0 + 6.0 * float(kg))


def _carer(rng: np.random.Generator, night: Night, zone: ZoneInfo) -> Iterator[Thing]:
    helps, sits, when, kg = rng.random(4)
    minutes = rng.uniform(3.0, 12.0, 2)
    if helps < 0.5:
        bedtime, rising = _in_bed(night)
        asleep = round(bedtime + HOUR + when * (rising - bedtime - 2 * HOUR))
        for start, lasts in zip((bedtime, asleep), minutes.tolist(), strict=True):
            yield Thing(start, start + round(lasts * MINUTE), 10.0 + 25.0 * float(kg), 0.5)
    if sits < 0.2:
        start = wall_clock(night.day, 13.0 + 5.0 * float(when), zone)
        yield Thing(start, start + round(2.0 * float(minutes[0]) * MINUTE), 60.0, 0.5)


def _linen(rng: np.random.Generator, night: Night, zone: ZoneInfo) -> Iterator[Thing]:
    start = wall_clock(night.day, 13.0 + 3.0 * float(rng.random()), zone)
    yield Thing(start, start + 8 * MINUTE, -12.0, 1.0)
    yield Thing(start + 8 * MINUTE, FOR_GOOD, 0.8 * float(rng.standard_normal()))


def _second_person(rng: np.random.Generator, night: Night, zone: ZoneInfo) -> Iterator[Thing]:
    happens, when, hours, kg = rng.random(4)
    if happens < 0.3:
        bedtime, rising = _in_bed(night)
        start = round(bedtime - HOUR / 2 + when * (rising - bedtime - HOUR))
        yield Thing(start, start + round((1.0 + 6.0 * hours) * HOUR), 50.0 + 40.0 * float(kg), 0.12)


def _pet(rng: np.random.Generator, night: Night, zone: ZoneInfo) -> Iterator[Thing]:
    happens, kg = rng.random(2)
    visits = int(rng.integers(1, 4))
    when, minutes = rng.random(visits), rng.uniform(10.0, 150.0, visits)
    if happens < 0.6:
        bedtime, rising = _in_bed(night)
        for after, lasts in zip(when.tolist(), minutes.tolist(), strict=True):
            start = round(bedtime - HOUR + after * (rising - bedtime))
            yield Thing(start, start + round(lasts * MINUTE), 3.0 + 4.0 * float(kg), 0.15)


def _in_bed(night: Night) -> tuple[int, int]:
    return int(night.in_bed[0, 0]), int(night.in_bed[-1, 1])


COME: Mapping[Fault, Come] = {
    Fault.DUVET_ADDED: _duvet,
    Fault.BAG_ON_BED: _bag,
    Fault.CARER_ON_BED: _carer,
    Fault.LINEN_CHANGE: _linen,
    Fault.TWO_PEOPLE: _second_person,
    Fault.PET: _pet,
}


def things_on_bed(
    faults: Faults,
    seed: int,
    resident: int,
    nights: Mapping[date, Night],
    until: date,
    zone: ZoneInfo,
) -> tuple[Thing, ...]:
    """Everything that may still lie on one resident's bed on the day `until`, in order of coming."""
    found: list[Thing] = []
    for fault in sorted(faults & COME.keys()):
        for night in _nights_that_count(fault, resident, nights, until):
            rng = fault_draws(seed, fault, resident, night.day)
            found += COME[fault](rng, night, zone)
    return tuple(sorted(found, key=lambda thing: thing.start))


def _nights_that_count(
    fault: Fault, resident: int, nights: Mapping[date, Night], until: date
) -> Iterator[Night]:
    if fault is Fault.LINEN_CHANGE:
        weekly = (day for day in nights if (day.toordinal() + resident) % LINEN_EVERY_DAYS == 0)
        yield from (nights[day] for day in weekly if day <= until)
        return
    for back in range(LONGEST_DAYS, -1, -1):
        night = nights.get(until - timedelta(days=back))
        if night is not None:
            yield night


def weight_kg(things: Sequence[Thing], time: Int64) -> Float64:
    """What the things weigh together at each `time` (n,) µs UTC, ascending."""
    weight = np.zeros(len(time))
    for thing in things:
        weight[slice(*np.searchsorted(time, (thing.start, thing.end)))] += thing.kg
    return weight
