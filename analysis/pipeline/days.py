"""A local day, midnight to midnight: positions against the home, and alarms."""

from collections.abc import Sequence
from math import inf, isfinite

import numpy as np

from analysis.alarms import REACHED, AlarmTable, alarm_rate, alarm_table, response_intervals
from analysis.catalogue import METRICS
from analysis.from_home import GpsDay, Tracks, days_from_home
from analysis.pipeline.measured import (
    LOW_COVERAGE,
    NO_DATA,
    NO_HOME,
    NOT_REACHED,
    Measured,
    absent,
    covered,
)
from analysis.pipeline.outdoor_days import LIFESPACE_METRICS, lifespace_days
from analysis.pipeline.stays import StayReadings, in_time_order
from analysis.series import HOUR_US
from analysis.survival import QuantileEstimate, brookmeyer_crowley, cumulative_incidence
from pilots.records import Home

GPS_COLUMNS = ("lat", "lon", "accuracy_m")
GPS_METRICS = ("time_out_of_home_h", "max_distance_from_home_m")

GPS_MARGIN_US = 2 * HOUR_US
"""Fixes around midnight close the edges of the day."""

ALARM_COLUMNS = ("alarm", "stage", "cause", "outcome")
ALARM_METRICS = ("alarms_per_device_day", "time_to_acknowledge_s", "time_to_arrive_s")

ALARM_MARGIN_US = 24 * HOUR_US
"""Stages come after midnight too, and sometimes are timed before the raise."""

DAY_US = 24 * HOUR_US


def gps_days(
    trackers: Sequence[Sequence[StayReadings]], home: Home | None, start: Sequence[int], end: Sequence[int]
) -> list[list[Measured]]:
    """Time out of home, largest distance from it, and life-space on each day [start, end) µs UTC, (d,) each.

    Of several trackers on a day all fixes count; the one that reports most seldom says what a gap is.
    """
    if home is None:
        return [[absent(metric, NO_HOME) for metric in (*GPS_METRICS, *LIFESPACE_METRICS)] for _ in start]
    tracks = _tracks(trackers)
    days = days_from_home(
        tracks,
        home_lat=home.lat,
        home_lon=home.lon,
        radius_m=home.radius_m,
        start=np.array(start, np.int64),
        end=np.array(end, np.int64),
    )
    return [
        [
            _gps("time_out_of_home_h", days.out(day)),
            _gps("max_distance_from_home_m", days.far(day)),
            *lifespace,
        ]
        for day, lifespace in enumerate(lifespace_days(tracks, days, home))
    ]


def _tracks(trackers: Sequence[Sequence[StayReadings]]) -> Tracks:
    ordered = [in_time_order(each, GPS_COLUMNS) for each in trackers]
    lat, lon, accuracy_m = (
        np.concatenate([np.empty(0), *(columns[name] for _, columns in ordered)]) for name in GPS_COLUMNS
    )
    intervals = [[each.interval_s for each in day if each.interval_s is not None] for day in trackers]
    return Tracks(
        np.concatenate([np.empty(0, np.int64), *(time for time, _ in ordered)]),
        lat,
        lon,
        accuracy_m,
        np.cumsum([0, *(len(time) for time, _ in ordered)]),
        [max(day, default=None) for day in intervals],
    )


def _gps(metric: str, day: GpsDay) -> Measured:
    if np.isfinite(day.value):
        floor = METRICS[metric].coverage_floor
        return covered(metric, day.value, n=day.n, coverage=day.coverage, floor=floor)
    return absent(metric, LOW_COVERAGE if day.n else NO_DATA, n=day.n, coverage=day.coverage)


def alarm_day(devices: Sequence[StayReadings], start: int, end: int) -> list[Measured]:
    """Alarms raised on the day [start, end) µs UTC, per device-day, and the median times to answer them.

    `devices` hold the day and up to `ALARM_MARGIN_US` around it, of the devices with alarms; each has its
    own alarms, tests left out. Days without an alarm have
    a rate of 0, and no times at all: there was nothing to answer.
    """
    stood = [max(min(device.end, end) - max(device.start, start), 0) for device in devices]
    if not any(stood):
        return [absent(metric, NO_DATA) for metric in ALARM_METRICS]
    raised = [_raised(device, start, end) for device in devices]
    rate = alarm_rate(sum(len(table) for table in raised), sum(stood) / DAY_US)
    result = [
        covered(
            "alarms_per_device_day",
            rate.value,
            n=rate.n,
            coverage=max(stood) / (end - start),
            floor=METRICS["alarms_per_device_day"].coverage_floor,
            ci_low=rate.ci_low,
            ci_high=rate.ci_high,
        )
    ]
    if rate.n:
        result.append(_median(raised, "time_to_acknowledge_s", "acknowledged", end + ALARM_MARGIN_US))
        result.append(_median(raised, "time_to_arrive_s", "arrived", end + ALARM_MARGIN_US))
    return result


def _raised(device: StayReadings, start: int, end: int) -> AlarmTable:
    """The device's alarms that were raised in [start, end), without tests."""
    alarm, stage = (device.columns[name].tolist() for name in ("alarm", "stage"))
    day = range(*device.time.searchsorted((start, end)).tolist())
    here = {alarm[reading] for reading in day if stage[reading] == "raised"}
    told = [reading for reading, name in enumerate(alarm) if name in here]
    table = alarm_table(device.time[told], *(device.columns[name][told] for name in ALARM_COLUMNS))
    at = table.at["raised"]
    row = np.flatnonzero((at >= start) & (at < end) & ~table.test)
    return AlarmTable(
        table.alarm[row],
        {stage: times[row] for stage, times in table.at.items()},
        table.cause[row],
        table.outcome[row],
        table.test[row],
    )


def _median(tables: Sequence[AlarmTable], metric: str, stage: str, end: int) -> Measured:
    answers = [response_intervals(table, stage, end=end) for table in tables]
    seconds = np.concatenate([answer.seconds for answer in answers])
    code = np.concatenate([answer.code for answer in answers])
    if len(seconds) == 1:  # as on most days with an alarm: what the curve would say, without making it
        median = QuantileEstimate(float(seconds[0]) if code[0] == REACHED else inf, inf, inf)
    else:
        median = brookmeyer_crowley(cumulative_incidence(seconds, code))
    if not isfinite(median.value):
        return absent(metric, NOT_REACHED, n=len(seconds))
    low, high = (limit if isfinite(limit) else None for limit in (median.ci_low, median.ci_high))
    return Measured(metric, median.value, len(seconds), None, None, low, high)
