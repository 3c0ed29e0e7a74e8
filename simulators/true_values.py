"""How the truth of each metric is read off, by participant and date."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from functools import partial
from itertools import combinations
from zoneinfo import ZoneInfo

import numpy as np

from pilots.civil_time import midnight
from simulators.timing import HOUR, MINUTE
from simulators.truth import DayTruth, NightTruth, ServiceTruth, Truth, TurnTruth

Key = tuple[str, date]
"""A participant's code and the date of a night or day."""

Numbers = Mapping[Key, float]

TREND_NIGHTS = 28
CHANGE_BACK_DAYS, CHANGE_NIGHTS, CHANGE_HALF_WIDTH = 30, 7, 3
LONG_BACK_DAYS = 180
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


def _days(quantity: Callable[[DayTruth], float | None]) -> Callable[[Truth], Numbers]:
    return lambda truth: {
        (participant.code, day.day): value
        for participant in truth.participants
        for day in participant.days
        if (value := quantity(day)) is not None
    }


def _service(quantity: Callable[[ServiceTruth], float]) -> Callable[[Truth], Numbers]:
    return lambda truth: {
        (participant.code, day.day): quantity(day)
        for participant in truth.participants
        for day in participant.service
    }


def _turns(quantity: Callable[[TurnTruth], float]) -> Callable[[Truth], Numbers]:
    return _nights(lambda night: None if night.turns is None else quantity(night.turns))


def _rhythm(place: int) -> Callable[[Truth], Numbers]:
    return _days(lambda day: None if day.rhythm is None else day.rhythm[place])


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


def weight_changes(truth: Truth, back_days: int = CHANGE_BACK_DAYS) -> Numbers:
    """Median of the true weights of 7 nights up to each against 7 nights `back_days` before, percent."""
    changes: dict[Key, float] = {}
    for code, weights in _weights(truth):
        for day in weights:
            then = day - timedelta(days=back_days)
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
    """100 at nights by which true weight had fallen by over 5 percent in 30 or 180 days, 0 at others."""
    month, half_year = weight_changes(truth), weight_changes(truth, LONG_BACK_DAYS)
    return {
        key: 100.0 if min(percent, half_year.get(key, percent)) < -LOSS_PERCENT else 0.0
        for key, percent in month.items()
    }


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
    "weight_change_percent_180d": partial(weight_changes, back_days=LONG_BACK_DAYS),
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
    "interdaily_stability": _rhythm(0),
    "intradaily_variability": _rhythm(1),
    "relative_amplitude": _rhythm(2),
    "turns_per_night": _turns(lambda turns: float(turns.turns)),
    "longest_time_in_position_h": _turns(lambda turns: turns.longest_time_in_position_h),
    "turning_compliance_percent": _turns(lambda turns: turns.compliance_percent),
    "physical_visits_per_night": _nights(lambda night: float(night.physical_visits)),
    "camera_visits_per_night": _nights(lambda night: float(night.camera_visits)),
    "planned_visits_per_night": _nights(lambda night: float(night.planned_visits)),
    "replaced_visits_per_night": _nights(lambda night: float(night.replaced_visits)),
    "escalated_camera_visits_percent": _nights(
        lambda night: _percent(night.escalated_visits, night.camera_visits - night.failed_visits)
    ),
    "failed_camera_visits_percent": _nights(lambda night: _percent(night.failed_visits, night.camera_visits)),
    "disturbances_avoided_per_night": _nights(lambda night: float(night.disturbances_avoided)),
    "awakenings_after_visits_percent": _nights(
        lambda night: _percent(night.followed_by_waking, night.visits_at_rest)
    ),
    "supervision_balance_min_per_night": _nights(lambda night: night.freed_min),
    "time_out_of_home_h": _days(lambda day: day.time_out_of_home_h),
    "max_distance_from_home_m": _days(lambda day: day.max_distance_from_home_m),
    "radius_of_gyration_m": _days(lambda day: day.radius_of_gyration_m),
    "activity_area_km2": _days(lambda day: day.activity_area_km2),
    "places_per_day": _days(lambda day: float(day.places)),
    "outing_straightness": _days(lambda day: day.outing_straightness),
    "outing_sinuosity_per_sqrt_m": _days(lambda day: day.outing_sinuosity_per_sqrt_m),
    "alarms_per_device_day": alarm_rates,
    "device_uptime_percent": _service(lambda day: day.uptime_percent),
    "reading_loss_percent": _service(lambda day: day.loss_percent),
    "reading_lateness_s": _service(lambda day: day.lateness_s),
    "clock_offset_s": _service(lambda day: day.clock_offset_s),
    "battery_percent": _service(lambda day: day.battery_percent),
    "position_accuracy_m": _days(lambda day: day.position_accuracy_m),
}
"""How the truth of each metric of the catalogue is read off, by participant and date."""
