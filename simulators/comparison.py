"""Estimates against the realised truth: what an analysis found, what was there, and whether that is right."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np

from pilots.civil_time import midnight
from pilots.records import DailyValue
from simulators.timing import HOUR, SECOND
from simulators.tolerances import CHANGE, LARGEST, MEAN, MEAN_ABSOLUTE, TOLERANCES, Tolerance
from simulators.truth import AlarmTruth, DayTruth, NightTruth, PhaseTruth, Truth

Key = tuple[str, date]
"""A participant's code and the date of a night or day."""

Numbers = Mapping[Key, float]

MOST_PRESENT = 0.95
"""An estimate that leaves out more than one night in twenty has not been shown to be right."""

TREND_NIGHTS = 28
CHANGE_BACK_DAYS, CHANGE_NIGHTS, CHANGE_HALF_WIDTH = 30, 7, 3


class ResponseMedian(Protocol):
    """What is read of a row of response times; `median_s` is None where half is never reached."""

    @property
    def phase(self) -> str | None: ...
    @property
    def group(self) -> str | None: ...
    @property
    def stage(self) -> str: ...
    @property
    def median_s(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One metric, one way of comparing. `n` of `expected` values were there to be compared.

    Ways: *mean* sets the means over nights or days against each other; *mean absolute error* and
    *largest error* look at every night or day by itself (estimate and truth are then the means, or those
    of the worst one); *median …* compares medians of the cumulative incidence; *change* is the mean over
    the intervention group's participants of second phase less first, wash-in left out.
    """

    metric: str
    way: str
    unit: str
    estimate: float | None
    truth: float | None
    error: float
    tolerance: float
    within: bool
    n: int
    expected: int


def compare(
    truth: Truth, values: Iterable[DailyValue], responses: Iterable[ResponseMedian] = ()
) -> list[ComparisonRow]:
    """A row for every tolerance of `TOLERANCES` that has a truth, in that order.

    A metric without any value is not within. What a short story has no truth of is left out: a trend in
    its first weeks, a change without a second phase.

    `values` are daily values under the names of the catalogue; one with a reason counts as absent.
    `responses` are rows per phase (wash-in included) and group for stages `acknowledged` and `arrived`;
    without any, response times are left out.
    """
    found: dict[str, dict[Key, float]] = {}
    for value in values:
        if value.value is not None and value.reason is None:
            found.setdefault(value.metric, {})[value.participant, value.day] = value.value
    medians = list(responses)
    rows: list[ComparisonRow] = []
    for tolerance in TOLERANCES:
        if tolerance.metric in STAGES:
            rows += _compare_medians(tolerance, truth, medians)
            continue
        true = TRUE_VALUES[tolerance.metric](truth)
        estimated = found.get(tolerance.metric, {})
        if not true or (tolerance.way == CHANGE and math.isnan(phase_change(truth, true))):
            continue
        rows.append(_compare_values(tolerance, truth, true, estimated))
    return rows


def _compare_values(tolerance: Tolerance, truth: Truth, true: Numbers, estimated: Numbers) -> ComparisonRow:
    shared = [key for key in true if key in estimated]
    n, expected = len(shared), len(true)
    if not shared:
        return _row(tolerance, None, None, math.inf, n, expected)
    estimates = np.array([estimated[key] for key in shared])
    truths = np.array([true[key] for key in shared])
    errors = np.abs(estimates - truths)
    if tolerance.way == LARGEST:
        worst = int(errors.argmax())
        estimate, actual, error = estimates[worst], truths[worst], errors[worst]
    elif tolerance.way == MEAN_ABSOLUTE:
        estimate, actual, error = estimates.mean(), truths.mean(), errors.mean()
    elif tolerance.way == MEAN:
        estimate, actual = estimates.mean(), truths.mean()
        error = abs(estimate - actual)
    else:
        changes = [phase_change(truth, {key: values[key] for key in shared}) for values in (estimated, true)]
        estimate, actual = changes
        error = abs(estimate - actual) if all(map(math.isfinite, changes)) else math.inf
    return _row(tolerance, float(estimate), float(actual), float(error), n, expected)


def _row(
    tolerance: Tolerance,
    estimate: float | None,
    truth: float | None,
    error: float,
    n: int,
    expected: int,
    where: str = "",
) -> ComparisonRow:
    way = f"{tolerance.way}: {where}" if where else tolerance.way
    within = error <= tolerance.limit and n >= MOST_PRESENT * expected
    return ComparisonRow(
        tolerance.metric,
        way,
        tolerance.unit,
        estimate,
        truth,
        error,
        tolerance.limit,
        within,
        n,
        expected,
    )


def phase_change(truth: Truth, values: Numbers, group: str = "intervention") -> float:
    """Mean over a group's participants of the second phase's mean less the first's; NaN without both.

    Days of wash-in and participants who lack one of the phases are left out.
    """
    if len(truth.phases) < 2:
        return math.nan
    differences = []
    for participant in truth.participants:
        if participant.group != group:
            continue
        means = []
        for phase in truth.phases[:2]:
            inside = [
                value
                for (code, day), value in values.items()
                if code == participant.code and phase.evaluated_from <= day <= phase.end
            ]
            if inside:
                means.append(float(np.mean(inside)))
        if len(means) == 2:
            differences.append(means[1] - means[0])
    return float(np.mean(differences)) if differences else math.nan


def _nights(quantity: Callable[[NightTruth], float]) -> Callable[[Truth], Numbers]:
    return lambda truth: {
        (participant.code, night.night): quantity(night)
        for participant in truth.participants
        for night in participant.nights
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


def alarm_rates(truth: Truth) -> Numbers:
    """Alarms per 24 hours of each local day: the same alarms are more of a day of 23 hours."""
    zone = ZoneInfo(truth.timezone)
    rates: dict[Key, float] = {}
    for participant in truth.participants:
        for day in participant.days:
            hours = (midnight(day.day + timedelta(days=1), zone) - midnight(day.day, zone)) / HOUR
            rates[participant.code, day.day] = day.alarms * 24.0 / hours
    return rates


TRUE_VALUES: Mapping[str, Callable[[Truth], Numbers]] = {
    "weight_kg": _nights(lambda night: night.weight_kg),
    "weight_trend_kg_per_30d": weight_trends,
    "weight_change_percent_30d": weight_changes,
    "bed_exits_per_night": _nights(lambda night: float(len(night.exits))),
    "restlessness_percent": _nights(lambda night: night.restlessness_percent),
    "time_in_bed_h": _nights(lambda night: night.time_in_bed_h),
    "physical_visits_per_night": _nights(lambda night: float(night.physical_visits)),
    "camera_visits_per_night": _nights(lambda night: float(night.camera_visits)),
    "time_out_of_home_h": _days(lambda day: day.time_out_of_home_h),
    "max_distance_from_home_m": _days(lambda day: day.max_distance_from_home_m),
    "alarms_per_device_day": alarm_rates,
}
"""How the truth of each metric of the catalogue is read off, by participant and date."""

STAGES: Mapping[str, tuple[str, Callable[[AlarmTruth], int | None]]] = {
    "time_to_acknowledge_s": ("acknowledged", lambda alarm: alarm.acknowledged),
    "time_to_arrive_s": ("arrived", lambda alarm: alarm.arrived),
}
"""The stage whose time from raised a response metric takes."""


def true_median_s(truth: Truth, metric: str, phase: PhaseTruth, group: str) -> float | None:
    """The time by which half of a whole phase's and group's alarms had reached the stage, None when never.

    Alarms that ended without the stage stay in the whole: that is the cumulative incidence, exactly,
    because only alarms older than any chain lasts were still open at the end. Tests are left out.
    """
    _, reached = STAGES[metric]
    alarms = _alarms(truth, phase, group)
    times = sorted(at - alarm.raised for alarm in alarms if (at := reached(alarm)) is not None)
    half = -(-len(alarms) // 2)
    return times[half - 1] / SECOND if 0 < half <= len(times) else None


def _alarms(truth: Truth, phase: PhaseTruth, group: str) -> list[AlarmTruth]:
    return [
        alarm
        for participant in truth.participants
        if participant.group == group
        for alarm in participant.alarms
        if phase.start <= alarm.day <= phase.end and alarm.cause != "test"
    ]


def _compare_medians(
    tolerance: Tolerance, truth: Truth, medians: list[ResponseMedian]
) -> list[ComparisonRow]:
    stage, _ = STAGES[tolerance.metric]
    rows = []
    for row in medians:
        phases = [phase for phase in truth.phases if phase.name == row.phase]
        if row.stage != stage or row.group is None or not phases:
            continue
        actual = true_median_s(truth, tolerance.metric, phases[0], row.group)
        if actual is None or row.median_s is None:
            error = 0.0 if actual is row.median_s else math.inf
        else:
            error = abs(row.median_s - actual)
        n = len(_alarms(truth, phases[0], row.group))
        rows.append(_row(tolerance, row.median_s, actual, error, n, n, where=f"{row.phase}, {row.group}"))
    return rows
