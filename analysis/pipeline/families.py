"""Families of metrics: what is computed together, from one stream of one participant, window by window."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from analysis.pipeline.days import (
    ALARM_COLUMNS,
    ALARM_MARGIN_US,
    ALARM_METRICS,
    GPS_COLUMNS,
    GPS_MARGIN_US,
    GPS_METRICS,
    alarm_day,
    gps_day,
)
from analysis.pipeline.measured import Measured
from analysis.pipeline.nights import (
    BED_COLUMNS,
    BED_MARGIN_US,
    BED_METRICS,
    VISIT_COLUMNS,
    VISIT_METRICS,
    bed_night,
    visit_night,
)
from analysis.pipeline.stays import StayReadings
from analysis.pipeline.windows import Window
from pilots.records import Home

Compute = Callable[[Sequence[StayReadings], Home | None, int, int], list[Measured]]


@dataclass(frozen=True, slots=True)
class Family:
    """Metrics made together from one stream.

    The first of `metrics` is made for every window, the others where there is something to say. Readings
    of `columns` are read `days_at_once` and given to `compute` with `margin_us` around the window.
    `heavy` work is worth sending to another process.
    """

    name: str
    stream: str
    period: Literal["night", "day"]
    metrics: tuple[str, ...]
    columns: tuple[str, ...]
    margin_us: int
    days_at_once: int
    heavy: bool
    compute: Compute


@dataclass(frozen=True, slots=True)
class Unit:
    """Work that needs nothing but itself: some windows of one participant and family, with their readings."""

    family: str
    participant: str
    home: Home | None
    windows: tuple[Window, ...]
    readings: tuple[StayReadings, ...]


def compute(unit: Unit) -> list[list[Measured]]:
    """The figures of each window of the unit, each made from the readings in its own reach only."""
    family = FAMILIES[unit.family]
    return [
        family.compute(
            [
                readings.within(window.start - family.margin_us, window.end + family.margin_us)
                for readings in unit.readings
                if readings.start < window.end and readings.end > window.start
            ],
            unit.home,
            window.start,
            window.end,
        )
        for window in unit.windows
    ]


def _bed(readings: Sequence[StayReadings], _: Home | None, start: int, end: int) -> list[Measured]:
    return bed_night(readings, start, end)


def _visits(readings: Sequence[StayReadings], _: Home | None, start: int, end: int) -> list[Measured]:
    return visit_night(readings, start, end)


def _alarms(readings: Sequence[StayReadings], _: Home | None, start: int, end: int) -> list[Measured]:
    return alarm_day(readings, start, end)


A_MONTH = 31
"""A bed's month is some ten megabytes in memory."""

A_YEAR = 366
"""Events are few: a year of them is read as fast as a night."""

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family("bed", "bed", "night", BED_METRICS, BED_COLUMNS, BED_MARGIN_US, A_MONTH, True, _bed),
        Family("gps", "gps", "day", GPS_METRICS, GPS_COLUMNS, GPS_MARGIN_US, A_MONTH, False, gps_day),
        Family("visits", "visit", "night", VISIT_METRICS, VISIT_COLUMNS, 0, A_YEAR, False, _visits),
        Family(
            "alarms", "alarm", "day", ALARM_METRICS, ALARM_COLUMNS, ALARM_MARGIN_US, A_YEAR, False, _alarms
        ),
    )
}
