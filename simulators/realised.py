"""The realised truth of a life: what happened in each of its whole nights and days."""

import math
from collections.abc import Sequence
from dataclasses import astuple
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from pilots.civil_time import local_date, midnight
from pilots.plan import Plan
from simulators.life import Life, fixes_taken
from simulators.rest import rest_of
from simulators.rhythm import DAYS as RHYTHM_DAYS
from simulators.rhythm import activity_by_the_clock, rhythm_of
from simulators.staff import visits_by
from simulators.supervised import supervised
from simulators.trackers import hours_out_of_home
from simulators.truth import AlarmTruth, DayTruth, NightTruth, ParticipantTruth, TurnTruth
from simulators.turning import positions_of
from simulators.ways import ways_of


def participant_truth(
    plan: Plan, seed: int, life: Life, days: Sequence[date], *, four_legs: bool
) -> ParticipantTruth:
    """Everything that is true of one life over whole `days`; of turns in bed with `four_legs` only."""
    zone = plan.zone
    alarms = tuple(
        AlarmTruth(
            alarm.alarm,
            local_date(alarm.raised, zone),
            alarm.cause,
            alarm.raised,
            alarm.acknowledged,
            alarm.arrived,
            alarm.closed if alarm.cancelled is None else alarm.cancelled,
            alarm.outcome,
        )
        for alarm in life.alarms
    )
    counted = [alarm.day for alarm in alarms if alarm.cause != "test"]
    return ParticipantTruth(
        code=life.participant.code,
        group=life.participant.group,
        unit=life.participant.unit_name,
        devices=dict(life.participant.devices),
        # The night before the first day and that of the last are cut off at midnight.
        nights=tuple(_night_truth(plan, seed, life, day, four_legs) for day in days[:-1]),
        days=_days_truth(seed, life, days, zone, counted),
        alarms=alarms,
    )


def _days_truth(
    seed: int, life: Life, days: Sequence[date], zone: ZoneInfo, alarms_on: list[date]
) -> tuple[DayTruth, ...]:
    told = []
    active = [activity_by_the_clock(day, life.nights, zone) for day in days]
    for index, day in enumerate(days):
        start, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
        walks = life.walks[day]
        fixes = fixes_taken(seed, life, day, start, end)
        ways = ways_of(walks, start, end, fixes.time)
        week = active[index + 1 - RHYTHM_DAYS : index + 1] if index + 1 >= RHYTHM_DAYS else []
        rhythm = rhythm_of(week) if week else None
        told.append(
            DayTruth(
                day=day,
                time_out_of_home_h=hours_out_of_home(walks),
                max_distance_from_home_m=max((walk.max_distance_m for walk in walks), default=0.0),
                alarms=alarms_on.count(day),
                rhythm=None if rhythm is None else astuple(rhythm),
                radius_of_gyration_m=ways.radius_of_gyration_m,
                activity_area_km2=ways.area_km2,
                places=ways.places,
                outing_straightness=ways.straightness,
                outing_sinuosity_per_sqrt_m=ways.sinuosity_per_sqrt_m,
                position_accuracy_m=float(np.median(fixes.accuracy_m)),
            )
        )
    return tuple(told)


def _night_truth(plan: Plan, seed: int, life: Life, day: date, four_legs: bool) -> NightTruth:
    night, visits = life.nights[day], life.visits[day]
    rest, by_camera = rest_of(night), [visit for visit in visits if visit.mode == "camera"]
    lying = positions_of(seed, life.participant.number, night) if four_legs else None
    spared = supervised(night, visits, plan.costs)
    return NightTruth(
        night=day,
        weight_kg=night.mean_weight_kg,
        time_in_bed_h=night.time_in_bed_h,
        restlessness_percent=night.restlessness_percent,
        exits=tuple((left, back) for left, back in night.exits.tolist()),
        physical_visits=visits_by(visits, "physical"),
        camera_visits=len(by_camera),
        planned_visits=sum(visit.planned is True for visit in visits),
        replaced_visits=sum(visit.planned is True and visit.outcome != "failed" for visit in by_camera),
        escalated_visits=sum(visit.outcome == "escalated" for visit in by_camera),
        failed_visits=sum(visit.outcome == "failed" for visit in by_camera),
        rest_onset_min=None if math.isnan(rest.onset_min) else rest.onset_min,
        rest_efficiency_percent=rest.efficiency_percent,
        rest_fragmentation_index=rest.fragmentation_index,
        disturbances_avoided=spared.disturbances_avoided,
        visits_at_rest=spared.visits_at_rest,
        followed_by_waking=spared.followed_by_waking,
        freed_min=spared.freed_min,
        turns=None if lying is None else TurnTruth(lying.turns, lying.longest_h, lying.compliance_percent),
    )
