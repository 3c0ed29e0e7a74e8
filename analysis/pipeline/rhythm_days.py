"""Rest and activity over a week: how alike its days were, from the bed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import isfinite
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from analysis.catalogue import METRICS
from analysis.epochs import MOVED, NOT_KNOWN, BedEpochs
from analysis.pipeline.measured import LOW_COVERAGE, NO_DATA, TOO_FEW_NIGHTS, Measured, absent, covered
from analysis.rhythm import interdaily_stability, intradaily_variability, l5_m10, relative_amplitude
from analysis.series import HOUR_US, MINUTE_US
from pilots.civil_time import local_hour, midnight

RHYTHM_METRICS = ("interdaily_stability", "intradaily_variability", "relative_amplitude")

DAYS = 7
"""Every weekday once."""

RHYTHM_BEFORE_US = (DAYS - 1) * 24 * HOUR_US + HOUR_US
"""An hour more, for the week with a day of 25 hours."""

FEWEST_MINUTES = 30
"""Of an hour: less says too little of the rest."""

EPOCH_MIN = 10
DAY_MIN = 1440


@dataclass(frozen=True, slots=True)
class LocalDay:
    """Activity of one local day, NaN where not known: means per hour (24,) and per ten minutes (144,), how
    many minutes are `known`, and whether they tell of any hour."""

    hours: NDArray[np.float64]
    tens: NDArray[np.float64]
    known: int
    tells: bool


def rhythm_day(
    beds: Sequence[BedEpochs], day: date, zone: ZoneInfo, known: dict[tuple[int, date], LocalDay]
) -> list[Measured]:
    """The rhythm of the seven local days that end with `day`; absent unless each of them tells something.

    A minute is active when the person moves in bed or is out of it, at rest when still in bed. Of a day on
    which nobody lay in bed nothing is known: the person slept elsewhere. `beds` hold the week; of several
    the one with more known minutes counts. `known` remembers the days of each bed.
    """
    week = [day - timedelta(days=before) for before in range(DAYS - 1, -1, -1)]
    weeks = [[_local_day(place, bed, each, zone, known) for each in week] for place, bed in enumerate(beds)]
    seen = max(weeks, key=lambda days: sum(each.known for each in days), default=None)
    if seen is None:
        return [absent(metric, NO_DATA) for metric in RHYTHM_METRICS]
    hourly = np.concatenate([each.hours for each in seen])
    stability, variability = interdaily_stability(hourly), intradaily_variability(hourly)
    windows = l5_m10(np.concatenate([each.tens for each in seen]), epoch_min=EPOCH_MIN)
    n, coverage = stability.n, stability.coverage
    told = sum(each.tells for each in seen)
    if 0 < told < DAYS:
        return [absent(metric, TOO_FEW_NIGHTS, n=n, coverage=coverage) for metric in RHYTHM_METRICS]
    found = (
        ("interdaily_stability", stability.value, stability.reason),
        ("intradaily_variability", variability.value, variability.reason),
        ("relative_amplitude", relative_amplitude(windows), windows.reason),
    )
    return [
        covered(metric, value, n=n, coverage=coverage, floor=METRICS[metric].coverage_floor)
        if isfinite(value)
        else absent(metric, LOW_COVERAGE if reason == LOW_COVERAGE else NO_DATA, n=n, coverage=coverage)
        for metric, value, reason in found
    ]


_Minutes = NDArray[np.bool_]
"""Which of a day's minutes are known, and which of these are active, (2, m)."""


def _local_day(
    place: int, bed: BedEpochs, day: date, zone: ZoneInfo, known: dict[tuple[int, date], LocalDay]
) -> LocalDay:
    if (place, day) not in known:
        start, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
        bounds = [max((at - bed.first_minute) // MINUTE_US, 0) for at in (start, end)]
        in_bed, moving = bed.in_bed[slice(*bounds)], bed.moving[slice(*bounds)]
        measured = moving != NOT_KNOWN
        up = ~measured & (in_bed == 0) & (in_bed > 0).any()
        minutes = np.array([measured | up, (moving == MOVED) | up])
        minutes = _clock(_placed(minutes, max(bed.first_minute, start), start, end), start, zone)
        running = np.zeros((2, DAY_MIN + 1), np.int64)
        np.cumsum(minutes, axis=1, out=running[:, 1:])
        hours = _shares(running[:, ::60], FEWEST_MINUTES)
        tens = _shares(running[:, ::EPOCH_MIN], EPOCH_MIN // 2)
        known[place, day] = LocalDay(hours, tens, int(running[0, -1]), bool(np.isfinite(hours).any()))
    return known[place, day]


def _placed(minutes: _Minutes, opened: int, start: int, end: int) -> _Minutes:
    """Minutes from `opened` on as those of [start, end), not known where there are none."""
    day = np.zeros((2, (end - start) // MINUTE_US), np.bool_)
    first = (opened - start) // MINUTE_US
    day[:, first : first + minutes.shape[1]] = minutes
    return day


def _clock(minutes: _Minutes, start: int, zone: ZoneInfo) -> _Minutes:
    """A day's minutes by the clock (2, 1440): an hour that a clock change leaves out is not known, of one
    that it repeats the first counts."""
    if minutes.shape[1] == DAY_MIN:
        return minutes
    day = np.zeros((2, DAY_MIN), np.bool_)
    for hour in range(minutes.shape[1] // 60 - 1, -1, -1):
        at = local_hour(start + hour * HOUR_US, zone) * 60
        day[:, at : at + 60] = minutes[:, hour * 60 : hour * 60 + 60]
    return day


def _shares(running: NDArray[np.int64], fewest: int) -> NDArray[np.float64]:
    """The active share of the minutes known in each stretch (k,), from their running numbers (2, k + 1)."""
    number, active = running[:, 1:] - running[:, :-1]
    return np.where(number >= fewest, active / np.maximum(number, 1), np.nan)
