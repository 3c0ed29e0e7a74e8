"""What staff of a story measure and write down themselves: weighings, a log of events, assessments.

All of it is made from the story's truth, with the errors that people and scales have.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from pilots.instruments import INSTRUMENTS
from pilots.records import LoggedEvent, Score, Weighing
from simulators.draws import Purpose, draws
from simulators.timing import MINUTE, wall_clock
from simulators.truth import AlarmTruth, ParticipantTruth, PhaseTruth, Truth

WEIGHED_SHARE, WEIGHED_AT_H = 0.9, 31.75
"""Of residents in each phase, at a quarter to eight in the morning after a night."""

LOST_BY_MORNING_KG = 0.18
"""What a night takes after its middle: its mean is told by the bed, its end by the scale."""

SCALE_SD_KG, SCALE_STEP_KG = 0.25, 0.1
"""Nightclothes, how somebody sits, and the scale's own error; it shows tenths."""

WRITTEN_DOWN: Mapping[str, tuple[str, float]] = {
    "fall": ("fall", 0.95),
    "geofence": ("left_home", 0.9),
    "bed_exit": ("bed_exit", 0.75),
    "camera": ("bed_exit", 0.75),
}
"""By the cause of an alarm that was real: what is written down, and how often. Calls are not."""

FOUND_OUT_OF_BED_MIN, FOUND_SHARE = 20, 0.1
"""Someone up for so long should have raised an alarm, and sometimes staff find them without one."""

FOUND_AFTER_MIN = 8
"""Up to so long somebody lies on the floor before the alarm."""

ASSESSED_SHARE = 0.92
"""Of residents in each phase: some assessments are not made in time."""

LAST_DAYS = 7
"""Assessments of a phase are made in its last week."""


def weighings_of(truth: Truth) -> list[Weighing]:
    """Each resident on the scale after one night of each phase, if at all."""
    return [weighing for each, rng in _each(truth, 0) for weighing in _weighings(truth, each, rng)]


def _weighings(truth: Truth, who: ParticipantTruth, rng: np.random.Generator) -> Iterator[Weighing]:
    for phase in truth.phases:
        nights = [night for night in who.nights if phase.evaluated_from <= night.night <= phase.end]
        weighed = rng.random() < WEIGHED_SHARE
        if not nights or not weighed:
            continue
        night = nights[int(rng.integers(len(nights)))]
        shown = night.weight_kg - LOST_BY_MORNING_KG + rng.normal(0.0, SCALE_SD_KG)
        at = wall_clock(night.night, WEIGHED_AT_H, ZoneInfo(truth.timezone))
        yield Weighing(who.code, at, round(round(shown / SCALE_STEP_KG) * SCALE_STEP_KG, 1))


def logged_events_of(truth: Truth) -> list[LoggedEvent]:
    """What the staff's log holds of what should have alarmed: less than happened, at whole five minutes."""
    logged = {event for each, rng in _each(truth, 1) for event in _events(each, rng)}
    return [LoggedEvent(*event) for event in sorted(logged)]


def _events(who: ParticipantTruth, rng: np.random.Generator) -> Iterator[tuple[str, int, str]]:
    for alarm in who.alarms:
        kind, share = WRITTEN_DOWN.get(alarm.cause, ("", 0.0))
        if alarm.outcome == "real" and rng.random() < share:
            yield who.code, _noted(_happened(alarm, rng)), kind
    for night in who.nights:
        for left, back in night.exits:
            if back - left >= FOUND_OUT_OF_BED_MIN * MINUTE and rng.random() < FOUND_SHARE:
                yield who.code, _noted((left + back) // 2), "bed_exit"


def _happened(alarm: AlarmTruth, rng: np.random.Generator) -> int:
    before = int(rng.integers(FOUND_AFTER_MIN)) if alarm.cause == "fall" else 0
    return alarm.raised - before * MINUTE


def _noted(at_us: int) -> int:
    return at_us - at_us % (5 * MINUTE)


def scores_of(truth: Truth) -> list[Score]:
    """Totals of MNA-SF and NPI-NH of each resident in each phase, if assessed.

    Who sleeps more calmly is a little calmer by day: half of the effect on restlessness is seen in NPI-NH.
    """
    return [score for each, rng in _each(truth, 2) for score in _scores(truth, each, rng)]


def _scores(truth: Truth, who: ParticipantTruth, rng: np.random.Generator) -> Iterator[Score]:
    nutrition, symptoms = rng.normal(10.5, 1.8), rng.gamma(3.0, 7.0)
    for number, phase in enumerate(truth.phases):
        calmer = (1.0 + truth.effect["restlessness_ratio"]) / 2
        treated = number > 0 and who.group == "intervention"
        totals = {"mna_sf": nutrition, "npi_nh": symptoms * (calmer if treated else 1.0)}
        day = _assessed_on(phase, truth.last, rng)
        errors, assessed = rng.normal(0.0, (0.7, 2.0)), rng.random() < ASSESSED_SHARE
        if day is None or not assessed:
            continue
        for (instrument, total), error in zip(totals.items(), errors, strict=True):
            known = INSTRUMENTS[instrument]
            value = float(np.clip(round(total + error), known.low, known.high))
            yield Score(who.code, instrument, day, value)


def _assessed_on(phase: PhaseTruth, last: date, rng: np.random.Generator) -> date | None:
    end = min(phase.end, last)
    day = max(phase.evaluated_from, end - timedelta(days=int(rng.integers(LAST_DAYS))))
    return day if day <= end else None


def _each(truth: Truth, subject: int) -> Iterator[tuple[ParticipantTruth, np.random.Generator]]:
    """Each resident with own numbers for the subject, so that none moves what another one draws."""
    for number, who in enumerate(truth.participants):
        yield who, draws(truth.seed, Purpose.OBSERVATIONS, 3 * number + subject)
