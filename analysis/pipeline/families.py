"""Families of metrics: what is computed together, window by window, and what it needs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from analysis.epochs import BedEpochs
from analysis.pipeline.bed_nights import BED_METRICS, bed_night
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
from analysis.pipeline.stays import StayReadings
from analysis.pipeline.visit_nights import VISIT_COLUMNS, VISIT_METRICS, visit_night
from analysis.pipeline.windows import Window
from pilots.records import Home

EPOCHS = "bed"
"""The stream that is given as epochs; of the others readings are given."""


@dataclass(frozen=True, slots=True)
class Need:
    """A stream that a family reads, and how far before and after its window. Of epochs all `columns` come."""

    stream: str
    columns: tuple[str, ...] = ()
    before_us: int = 0
    after_us: int = 0


@dataclass(frozen=True, slots=True)
class Given:
    """What a family is given for one window: of each stay with a device that sends it, in the window and
    as far around it as was asked for."""

    window: Window
    home: Home | None
    beds: Sequence[BedEpochs]
    readings: Mapping[str, Sequence[StayReadings]]


@dataclass(frozen=True, slots=True)
class Family:
    """Metrics made together of one kind of window.

    A window is due when a device that sends the first of `needs` stood with the participant in it. The
    first of `metrics` is made for every such window, the others where there is something to say.
    """

    name: str
    period: Literal["night", "day"]
    metrics: tuple[str, ...]
    needs: tuple[Need, ...]
    compute: Callable[[Given], list[Measured]]

    @property
    def sees_home(self) -> bool:
        """Whether the home point bears on it."""
        return any(need.stream == "gps" for need in self.needs)


def _bed(given: Given) -> list[Measured]:
    return bed_night(given.beds, given.window.start, given.window.end)


def _gps(given: Given) -> list[Measured]:
    return gps_day(given.readings["gps"], given.home, given.window.start, given.window.end)


def _visits(given: Given) -> list[Measured]:
    return visit_night(given.readings["visit"], given.window.start, given.window.end)


def _alarms(given: Given) -> list[Measured]:
    return alarm_day(given.readings["alarm"], given.window.start, given.window.end)


FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family("bed", "night", BED_METRICS, (Need(EPOCHS),), _bed),
        Family("gps", "day", GPS_METRICS, (Need("gps", GPS_COLUMNS, GPS_MARGIN_US, GPS_MARGIN_US),), _gps),
        Family("visits", "night", VISIT_METRICS, (Need("visit", VISIT_COLUMNS),), _visits),
        Family(
            "alarms",
            "day",
            ALARM_METRICS,
            (Need("alarm", ALARM_COLUMNS, ALARM_MARGIN_US, ALARM_MARGIN_US),),
            _alarms,
        ),
    )
}
