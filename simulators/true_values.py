"""How the truth of each metric is read off, by participant and date."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import numpy as np

from pilots.civil_time import midnight
from simulators.timing import HOUR, MINUTE
from simulators.truth import DayTruth, NightTruth, Truth

Key = tuple[str, date]
"""A participant's code and the date of a night or day."""

Numbers = Mapping[Key, float]

TREND_NIGHTS = 28
CHANGE_BACK_DAYS, CHANGE_NIGHTS, CHANGE_HALF_WIDTH = 30, 7, 3
LOSS_PERCENT = 5.0
GAIN_NIGHTS, GAIN_KG = 3, 2.0


def _nights(quantity: Callable[[NightTruth], float | None]) -> Callable[[Truth], Numbers]:
    """What every night has; None where this one has none."""
    return lambda truth: {
        (participant.code, night.night): value
        for participant in truth.participants
        for night in participant.nights
        if (value := quantity(night)) is not None
    }


def _days(quantity: Callable[[DayTruth], float]) -> Callable[[Truth], Numbers]:
    return lambda truth: {
        (participant.code, day.day): quantity(day)
        for participant in truth.participants
        for day in participant.days
    }


def _weights(truth: Truth) -> Iterable[tuple[str, dict[date, float]]]:
    for participant in truth.participants:
        yield participant.code, {night.night: night.weight_kg for night in participant.nights}


def weight_trends(truth: Truth) -> Numbers:
    """The slope (Theil-Sen) through the true weights of the 28 nights that end with each, kg per 30 days."""
    slopes: dict[Key, float] = {}
    for code, weights in _weights(truth):
        for day in weights:
            window = [day - timedelta(days=back) for back in range(TREND_NIGHTS)]
            nights = [night for night in window if night in weights]
            if len(nights) == TREND_NIGHTS:
                x = np.array([night.toordinal() for night in nights], dtype=np.float64)
                y = np.array([weights[night] for night in nights])
                first, second = np.triu_indices(len(x), 1)
                pairs = (y[second] - y[first]) / (x[second] - x[first])
                slopes[code, day] = 30.0 * float(np.median(pairs))
    return slopes


def weight_changes(truth: Truth) -> Numbers:
    """Median of the true weights of 7 nights up to each against 7 nights around 30 days before, percent."""
    changes: dict[Key, float] = {}
    for code, weights in _weights(truth):
        for day in weights:
            then = day - timedelta(days=CHANGE_BACK_DAYS)
            late = [day - timedelta(days=back) for back in range(CHANGE_NIGHTS)]
            early = [
                then + timedelta(days=shift) for shift in range(-CHANGE_HALF_WIDTH, CHANGE_HALF_WIDTH + 1)
            ]
            if all(night in weights for night in early + late):
                before = float(np.median([weights[night] for night in early]))
                now = float(np.median([weights[night] for night in late]))
                changes[code, day] = 100.0 * (now - before) / before
    return changes


def weight_loss_flags(truth: Truth) -> Numbers:
    """100 at nights by which true weight had fallen by over 5 percent in 30 days, 0 at others."""
    return {key: 100.0 if percent < -LOSS_PERCENT else 0.0 for key, percent in weight_changes(truth).items()}


def fluid_gain_flags(truth: Truth) -> Numbers:
    """100 at nights by which true weight had risen by over 2 kg within three nights, 0 at others."""
    flags: dict[Key, float] = {}
    for code, weights in _weights(truth):
        kg = list(weights.values())
        for place, day in enumerate(weights):
            recent = kg[max(0, place - GAIN_NIGHTS) : place + 1]
            rises = [late - early for early, late in combinations(recent, 2)]
            if rises:
                flags[code, day] = 100.0 if max(rises) > GAIN_KG else 0.0
    return flags


def alarm_rates(truth: Truth) -> Numbers:
    """Alarms per 24 hours of each local day: the same alarms are more of a day of 23 hours."""
    zone = ZoneInfo(truth.timezone)
    rates: dict[Key, float] = {}
    for participant in truth.participants:
        for day in participant.days:
            hours = (midnight(day.day + timedelta(days=1), zone) - midnight(day.day, zone)) / HOUR
            rates[participant.code, day.day] = day.alarms * 24.0 / hours
    return rates


def _absences_min(night: NightTruth) -> list[float]:
    return [(back - left) / MINUTE for left, back in night.exits]


def _percent(part: int, whole: int) -> float | None:
    return 100.0 * part / whole if whole else None


TRUE_VALUES: Mapping[str, Callable[[Truth], Numbers]] = {
    "weight_kg": _nights(lambda night: night.weight_kg),
    "weight_trend_kg_per_30d": weight_trends,
    "weight_change_percent_30d": weight_changes,
    "weight_loss_screening_percent": weight_loss_flags,
    "fluid_gain_screening_percent": fluid_gain_flags,
    "bed_exits_per_night": _nights(lambda night: float(len(night.exits))),
    "restlessness_percent": _nights(lambda night: night.restlessness_percent),
    "time_in_bed_h": _nights(lambda night: night.time_in_bed_h),
    "time_out_of_bed_min": _nights(lambda night: sum(_absences_min(night))),
    "longest_absence_min": _nights(lambda night: max(_absences_min(night), default=0.0)),
    "rest_onset_min": _nights(lambda night: night.rest_onset_min),
    "rest_efficiency_percent": _nights(lambda night: night.rest_efficiency_percent),
    "rest_fragmentation_index": _nights(lambda night: night.rest_fragmentation_index),
    "physical_visits_per_night": _nights(lambda night: float(night.physical_visits)),
    "camera_visits_per_night": _nights(lambda night: float(night.camera_visits)),
    "replaced_visits_per_night": _nights(lambda night: float(night.replaced_visits)),
    "escalated_camera_visits_percent": _nights(
        lambda night: _percent(night.escalated_visits, night.camera_visits - night.failed_visits)
    ),
    "failed_camera_visits_percent": _nights(lambda night: _percent(night.failed_visits, night.camera_visits)),
    "time_out_of_home_h": _days(lambda day: day.time_out_of_home_h),
    "max_distance_from_home_m": _days(lambda day: day.max_distance_from_home_m),
    "alarms_per_device_day": alarm_rates,
}
"""How the truth of each metric of the catalogue is read off, by participant and date."""
