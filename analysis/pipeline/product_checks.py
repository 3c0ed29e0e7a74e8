"""A product held against what staff measure and write down: weights of a scale, events of a log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from analysis.alarm_matching import match_events
from analysis.catalogue import METRICS
from analysis.pipeline.measured import NO_DATA
from analysis.pipeline.metric_days import Days
from analysis.pipeline.pilot_alarms import NOBODY, PilotAlarms
from analysis.pipeline.product_figures import (
    NAN,
    NO_DEVICES,
    TOO_FEW_DEVICES,
    ProductFigure,
    ProductStay,
    absent,
    of_share,
)
from analysis.pooled import pooled_rate, pooled_share
from analysis.series import HOUR_US
from analysis.weight_error import weight_error
from pilots.civil_time import local_date, midnight, noon
from pilots.plan import Plan
from pilots.records import LOGGED_KINDS, LoggedEvent, Weighing

FEWEST_PAIRS = 20
"""Limits of agreement of fewer pairs are as wide as what they are to tell."""

TOO_FEW_PAIRS, NO_WEIGHINGS = "too_few_pairs", "no_weighings"
NO_EVENT_LOG, NO_EVENTS = "no_event_log", "no_events"

MEANS: Mapping[str, tuple[str, ...]] = {
    "button": ("call", "fall"),
    "fall": ("fall",),
    "geofence": ("left_home",),
    "bed_exit": ("bed_exit",),
    "camera": ("bed_exit", "fall"),
}
"""What an alarm of that cause may be about; one whose cause was not told, about anything."""

NOT_OF_RESIDENTS = ("low_battery", "technical", "test")

TOLD_BY: Mapping[str, tuple[str, ...]] = {
    "bed": ("bed_exit",),
    "gps": ("left_home", "call"),
    "camera": ("fall",),
    "alarm": ("call",),
}
"""What a kind of device is there to tell; a product that tells more is also asked for that."""


def weight_error_kg(
    plan: Plan, weights: Days, weighings: Sequence[Weighing], stays: Sequence[ProductStay]
) -> ProductFigure:
    """Limits of agreement of nightly weights with weighings on a scale while the product's bed stood there.

    A weighing stands beside the night, noon to noon, that it was made in. The figure is the larger limit.
    """
    if not stays:
        return absent(NO_DEVICES)
    if not weighings:
        return absent(NO_WEIGHINGS)
    floor = METRICS["weight_kg"].coverage_floor
    kept = weights[weights.counting(floor) & (weights.reason == 0)]
    nights = zip(kept.place.tolist(), kept.day.tolist(), kept.value.tolist(), strict=True)
    of_night = {(kept.codes[place], night): kg for place, night, kg in nights}
    pairs = []
    for each in weighings:
        day = local_date(each.time_us, plan.zone)
        night = day if each.time_us >= noon(day, plan.zone) else day - timedelta(days=1)
        kg = of_night.get((each.participant, night.toordinal()))
        stood = any(
            at.code == each.participant and at.stay.start <= each.time_us < at.stay.end for at in stays
        )
        if stood and kg is not None:
            pairs.append((kg, each.kg, each.participant))
    participants = len({code for _, _, code in pairs})
    if len(pairs) < FEWEST_PAIRS:
        return absent(TOO_FEW_PAIRS, n=len(pairs), participants=participants)
    measured, reference, who = zip(*pairs, strict=True)
    found = weight_error(np.array(measured), np.array(reference), np.array(who))
    low, high = (found.ci_low, found.ci_high) if participants > 1 else (NAN, NAN)
    return ProductFigure(
        found.kg,
        low,
        high,
        len(pairs),
        participants,
        None if participants > 1 else TOO_FEW_DEVICES,
        found.agreement,
    )


@dataclass(frozen=True, slots=True)
class _OfOne:
    """One participant's: events of the log with an alarm and without, alarms that nothing in it answers to,
    and days that devices of the product stood there."""

    caught: int
    missed: int
    false: int
    days: float


def missed_alarms_percent(
    plan: Plan, alarms: PilotAlarms, log: Sequence[LoggedEvent], stays: Sequence[ProductStay]
) -> ProductFigure:
    """Events of the log that no alarm of the product was about, of those that it is there to tell."""
    if (why := _nothing(log, stays)) is not None:
        return absent(why)
    found = _held_against_log(plan, alarms, log, stays)
    events = sum(each.caught + each.missed for each in found)
    if not events:
        return absent(NO_EVENTS, participants=len(found))
    missed, all_of = [each.missed for each in found], [each.caught + each.missed for each in found]
    return of_share(pooled_share(np.array(missed), np.array(all_of)), events)


def false_alarms_per_device_day(
    plan: Plan, alarms: PilotAlarms, log: Sequence[LoggedEvent], stays: Sequence[ProductStay]
) -> ProductFigure:
    """Alarms of the product that nothing in the log answers to, per day that a device of it stood there.

    Only alarms that could be about nothing but what the log holds: where no calls are written down, a
    pressed button is not false. Staff write down less than happens, so that the true rate may be lower.
    """
    if (why := _nothing(log, stays)) is not None:
        return absent(why)
    found = _held_against_log(plan, alarms, log, stays)
    days = np.array([each.days for each in found])
    if not days.sum():
        return absent(NO_DATA)
    rate = pooled_rate(np.array([each.false for each in found]), days)
    if rate.residents < 2:
        return ProductFigure(rate.value, NAN, NAN, round(rate.exposure), rate.residents, TOO_FEW_DEVICES)
    return ProductFigure(rate.value, rate.ci_low, rate.ci_high, round(rate.exposure), rate.residents)


def _nothing(log: Sequence[LoggedEvent], stays: Sequence[ProductStay]) -> str | None:
    if not stays:
        return NO_DEVICES
    return None if log else NO_EVENT_LOG


def _held_against_log(
    plan: Plan, alarms: PilotAlarms, log: Sequence[LoggedEvent], stays: Sequence[ProductStay]
) -> list[_OfOne]:
    """By participant, in the local days from the first event of the pilot's log to the last."""
    days = sorted(local_date(each.time_us, plan.zone) for each in log)
    opens, closes = midnight(days[0], plan.zone), midnight(days[-1] + timedelta(days=1), plan.zone)
    logged = {each.kind for each in log}
    devices = {each.stay.device.device for each in stays}
    told = {kind for each in stays for kind in TOLD_BY.get(each.stay.device.kind, ())}
    raised_by: dict[str, list[tuple[int, set[str]]]] = {each.code: [] for each in stays}
    for row in np.flatnonzero((alarms.participant != NOBODY) & ~alarms.table.test).tolist():
        cause, code = alarms.table.cause[row], alarms.participants[alarms.participant[row]]
        if alarms.device[row] not in devices or code not in raised_by or cause in NOT_OF_RESIDENTS:
            continue
        about, raised = set(MEANS.get(cause, LOGGED_KINDS)), int(alarms.table.at["raised"][row])
        told |= about if len(about) == 1 else set()
        if opens <= raised < closes and about & logged:
            raised_by[code].append((raised, about))
    found = []
    for code, own in sorted(raised_by.items()):
        stood = [
            inside for each in stays if each.code == code and (inside := each.stay.within(opens, closes))
        ]
        events = [
            each.time_us
            for each in log
            if each.participant == code
            and each.kind in told
            and any(stay.start <= each.time_us < stay.end for stay in stood)
        ]
        matches = match_events(np.array([at for at, _ in own], np.int64), np.array(events, np.int64))
        answered = set(matches.alarm.tolist())
        found.append(
            _OfOne(
                matches.true_positives,
                matches.false_negatives,
                sum(about <= logged for place, (_, about) in enumerate(own) if place not in answered),
                sum(stay.end - stay.start for stay in stood) / (24 * HOUR_US),
            )
        )
    return found
