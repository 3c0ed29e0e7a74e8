"""How the truth of metrics that are pooled over a group's alarms is read off, by phase and group."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from simulators.timing import SECOND
from simulators.truth import AlarmTruth, PhaseTruth, Truth

SHIFTS_A_DAY = 3
NIGHT_FROM_H, NIGHT_UNTIL_H = 21, 7

Figure = Callable[[Truth, PhaseTruth, str], float | None]
"""Of a whole phase and a group; None where there is none."""

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
    alarms = alarms_behind(truth, phase, group)
    times = sorted(at - alarm.raised for alarm in alarms if (at := reached(alarm)) is not None)
    half = -(-len(alarms) // 2)
    return times[half - 1] / SECOND if 0 < half <= len(times) else None


def alarms_behind(truth: Truth, phase: PhaseTruth, group: str) -> list[AlarmTruth]:
    """The alarms of a whole phase and group, tests left out."""
    return [
        alarm
        for participant in truth.participants
        if participant.group == group
        for alarm in participant.alarms
        if phase.start <= alarm.day <= phase.end and alarm.cause != "test"
    ]


def _response(metric: str, truth: Truth, phase: PhaseTruth, group: str) -> float | None:
    return true_median_s(truth, metric, phase, group)


def _outcome_percent(outcome: str, truth: Truth, phase: PhaseTruth, group: str) -> float | None:
    known = [alarm for alarm in alarms_behind(truth, phase, group) if alarm.outcome is not None]
    return 100.0 * sum(alarm.outcome == outcome for alarm in known) / len(known) if known else None


def _night_percent(truth: Truth, phase: PhaseTruth, group: str) -> float | None:
    zone, alarms = ZoneInfo(truth.timezone), alarms_behind(truth, phase, group)
    hours = [datetime.fromtimestamp(alarm.raised / SECOND, zone).hour for alarm in alarms]
    at_night = sum(not NIGHT_UNTIL_H <= hour < NIGHT_FROM_H for hour in hours)
    return 100.0 * at_night / len(alarms) if alarms else None


def _alarms_per_shift(truth: Truth, phase: PhaseTruth, group: str) -> float:
    days = (min(phase.end, truth.last) - phase.start).days + 1
    return len(alarms_behind(truth, phase, group)) / (SHIFTS_A_DAY * days)


def _floods_per_week(truth: Truth, phase: PhaseTruth, group: str) -> float:
    zone, end = ZoneInfo(truth.timezone), min(phase.end, truth.last)
    begun = [datetime.fromtimestamp(at / SECOND, zone).date() for at in truth.floods.get(group, ())]
    return sum(phase.start <= day <= end for day in begun) / (((end - phase.start).days + 1) / 7)


TRUE_FIGURES: Mapping[str, Figure] = {
    **{metric: partial(_response, metric) for metric in STAGES},
    "false_alarms_percent": partial(_outcome_percent, "false"),
    "nuisance_alarms_percent": partial(_outcome_percent, "nuisance"),
    "night_alarms_percent": _night_percent,
    "alarms_per_shift": _alarms_per_shift,
    "alarm_floods_per_week": _floods_per_week,
}
"""How the truth of each pooled metric of the catalogue is read off; tests are left out of all."""
