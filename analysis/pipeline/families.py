"""Families of metrics: what is computed together, window by window, and what it needs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from analysis.catalogue import REST_HOURS
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
    gps_days,
)
from analysis.pipeline.measured import Measured
from analysis.pipeline.outdoor_days import LIFESPACE_METRICS, OUTING_METRICS
from analysis.pipeline.rest_nights import REST_METRICS, TURNING_METRICS, rest_night
from analysis.pipeline.rhythm_days import RHYTHM_BEFORE_US, RHYTHM_METRICS, LocalDay, rhythm_day
from analysis.pipeline.service_days import SERVICE_METRICS, service_day
from analysis.pipeline.stays import StayReadings
from analysis.pipeline.supervision_nights import (
    SUPERVISION_COLUMNS,
    SUPERVISION_METRICS,
    supervision_night,
)
from analysis.pipeline.visit_nights import VISIT_METRICS, visit_night
from analysis.pipeline.windows import Window
from pilots.plan import Costs
from pilots.records import Home

EPOCHS = "bed"
"""The stream that is given as epochs; of the others readings are given."""


@dataclass(frozen=True, slots=True)
class Need:
    """A stream that a family reads, and how far before and after its window. Epochs come whole in `columns`,
    and `uncut` in time where the family cuts them itself."""

    stream: str
    columns: tuple[str, ...] = ()
    before_us: int = 0
    after_us: int = 0
    uncut: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """What a family is given for one window: of each stay with a device that sends it, in the window and
    as far around it as was asked for. `local_days` are shared by the windows of a unit, which see each day
    several times."""

    window: Window
    zone: ZoneInfo
    costs: Costs
    home: Home | None
    beds: Sequence[BedEpochs]
    bed_intervals_s: Sequence[float | None]
    readings: Mapping[str, Sequence[StayReadings]]
    local_days: dict[tuple[int, date], LocalDay]


@dataclass(frozen=True, slots=True)
class Family:
    """Metrics made together of one kind of window.

    A window is due when a device stood with the participant in it that sends one of `due_by`. The first of
    `metrics` is made for every such window, the others where there is something to say. A change of the
    pilot's costs or of the home point makes anew what `sees_costs` or `sees_home`. `compute` makes those
    of a unit's windows, each from what is given for it alone.
    """

    name: str
    period: Literal["night", "day"]
    metrics: tuple[str, ...]
    needs: tuple[Need, ...]
    compute: Callable[[Sequence[Given]], list[list[Measured]]]
    due_by: tuple[str, ...]
    sees_costs: bool = False
    sees_home: bool = False


def _one_by_one(
    compute: Callable[[Given], list[Measured]],
) -> Callable[[Sequence[Given]], list[list[Measured]]]:
    return lambda given: [compute(each) for each in given]


@_one_by_one
def _bed(given: Given) -> list[Measured]:
    window = given.window
    return [
        *bed_night(given.beds, window.start, window.end),
        *rest_night(given.beds, window.start, window.end, given.zone),
    ]


@_one_by_one
def _rhythm(given: Given) -> list[Measured]:
    return rhythm_day(given.beds, given.window.day, given.zone, given.local_days)


def _gps(given: Sequence[Given]) -> list[list[Measured]]:
    windows = [each.window for each in given]
    return gps_days(
        [each.readings["gps"] for each in given],
        given[0].home if given else None,
        [window.start for window in windows],
        [window.end for window in windows],
    )


@_one_by_one
def _visits(given: Given) -> list[Measured]:
    logs, window = given.readings["visit"], given.window
    return [
        *visit_night(logs, window.start, window.end),
        *supervision_night(logs, given.beds, given.costs, window.start, window.end),
    ]


@_one_by_one
def _alarms(given: Given) -> list[Measured]:
    return alarm_day(given.readings["alarm"], given.window.start, given.window.end)


@_one_by_one
def _service(given: Given) -> list[Measured]:
    told = given.readings["status"]
    window = given.window
    return service_day(
        given.beds, given.bed_intervals_s, given.readings["gps"], told, window.start, window.end
    )


_BEDS, _WEEK = Need(EPOCHS), Need(EPOCHS, before_us=RHYTHM_BEFORE_US, uncut=True)
_FIXES = Need("gps", GPS_COLUMNS, GPS_MARGIN_US, GPS_MARGIN_US)
_ALARMS = Need("alarm", ALARM_COLUMNS, ALARM_MARGIN_US, ALARM_MARGIN_US)
_STATUS = Need("status", ("battery_pct",))

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family(
            "bed",
            "night",
            (*BED_METRICS, *REST_METRICS, *TURNING_METRICS, *REST_HOURS),
            (_BEDS,),
            _bed,
            (EPOCHS,),
        ),
        Family("rhythm", "day", RHYTHM_METRICS, (_WEEK,), _rhythm, (EPOCHS,)),
        Family(
            "gps",
            "day",
            (*GPS_METRICS, *LIFESPACE_METRICS, *OUTING_METRICS),
            (_FIXES,),
            _gps,
            ("gps",),
            sees_home=True,
        ),
        Family(
            "visits",
            "night",
            (*VISIT_METRICS, *SUPERVISION_METRICS),
            (Need("visit", SUPERVISION_COLUMNS), _BEDS),
            _visits,
            ("visit",),
            sees_costs=True,
        ),
        Family("alarms", "day", ALARM_METRICS, (_ALARMS,), _alarms, ("alarm",)),
        Family("service", "day", SERVICE_METRICS, (_STATUS, _BEDS, _FIXES), _service, (EPOCHS, "gps")),
    )
}
