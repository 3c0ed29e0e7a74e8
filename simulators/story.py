"""A story: a plan and a seed become lives, the readings that devices make of them, and the truth."""

import math
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property

from pilots.civil_time import local_date, midnight
from pilots.plan import Plan
from simulators.alarms import left_open
from simulators.beds import BedFrame, sample_bed
from simulators.cast import Participant, cast
from simulators.condition import condition_of
from simulators.draws import Purpose, draws
from simulators.effect import Effect
from simulators.faults import Faults
from simulators.faults.bed import BedScene, bed_with
from simulators.faults.gps import fixes_with
from simulators.faults.staff import alarms_with, visits_with
from simulators.life import Life, live
from simulators.messages import (
    Message,
    alarm_message,
    bed_messages,
    gps_message,
    status_message,
    visit_message,
)
from simulators.rest import rest_of
from simulators.staff import visits_by
from simulators.timing import MINUTE, SECOND, days_from
from simulators.trackers import INTERVAL_S, fixes_of, hours_out_of_home
from simulators.truth import AlarmTruth, DayTruth, NightTruth, ParticipantTruth, PhaseTruth, Truth

STREAMS = ("status", "bed", "gps", "visit", "alarm")
"""What the devices of a story publish, in the order of a day."""


class Story:
    """Everything that happens in a simulated pilot, from local midnight of the plan's first day.

    `days` defaults to the whole plan. The same plan and seed tell the same story, whatever is asked of
    it first and in whichever order; a longer story begins like a shorter one. `faults` change what
    devices and staff report, never the truth.
    """

    def __init__(
        self,
        plan: Plan,
        seed: int,
        days: int | None = None,
        effect: Effect | None = None,
        faults: Faults = frozenset(),
    ) -> None:
        self.plan = plan
        self.seed = seed
        self.effect = effect or Effect()
        self.faults = faults
        self.first = plan.phases[0].start
        planned = (plan.phases[-1].end - self.first).days + 1
        self.days = days_from(self.first, planned if days is None else days)
        if not self.days:
            raise ValueError(f"a story of {days} days has no day: ask for 1 or more")
        self.participants: tuple[Participant, ...] = cast(plan, seed)

    @property
    def last(self) -> date:
        """The last local day with readings."""
        return self.days[-1]

    @property
    def start(self) -> int:
        """Local midnight of the first day, µs UTC."""
        return midnight(self.first, self.plan.zone)

    @cached_property
    def lives(self) -> tuple[Life, ...]:
        """What happens to each participant; a few alarms of the last week are left open."""
        lives = [
            live(self.plan, self.seed, participant, self.first, len(self.days), self.effect)
            for participant in self.participants
        ]
        everyone = [(life, place) for life in range(len(lives)) for place in range(len(lives[life].alarms))]
        alarms = [lives[life].alarms[place] for life, place in everyone]
        for index, alarm in left_open(self.seed, self.days, alarms, self.plan.zone).items():
            life, place = everyone[index]
            before = lives[life].alarms
            lives[life] = replace(lives[life], alarms=(*before[:place], alarm, *before[place + 1 :]))
        return tuple(lives)

    @cached_property
    def _frames(self) -> tuple[BedFrame, ...]:
        return tuple(
            BedFrame.drawn(self.seed, each.number, self.first, len(self.days), self.plan.zone)
            for each in self.participants
        )

    def messages(self, day: date, streams: Collection[str] = STREAMS) -> Iterator[Message]:
        """What all devices publish on one local day; each device and stream in time order.

        One stream after the other: a store writes batches of few streams faster.
        """
        start = midnight(day, self.plan.zone)
        end = midnight(day + timedelta(days=1), self.plan.zone)
        tellers = (self._status, self._bed, self._gps, self._visits, self._alarms)
        for stream, tell in zip(STREAMS, tellers, strict=True):
            if stream in streams:
                for life in self.lives:
                    yield from tell(life, day, start, end)

    def _status(self, life: Life, day: date, start: int, end: int) -> Iterator[Message]:
        who = life.participant
        for kind, device in who.devices.items():
            at = start + 5 * MINUTE + _phase_s(who) * SECOND
            yield status_message(device, at, condition_of(self.seed, who.number, kind, day))

    def _bed(self, life: Life, day: date, start: int, end: int) -> Iterator[Message]:
        who = life.participant
        nights = (life.nights[day - timedelta(days=1)], life.nights[day])
        rng = draws(self.seed, Purpose.BED_SAMPLES, who.number, day)
        frame = self._frames[who.number]
        samples = sample_bed(rng, frame, nights, start, end)
        if self.faults:
            scene = BedScene(self.seed, who.number, self.first, self.plan.zone, frame, life.nights)
            samples = bed_with(self.faults, scene, samples)
        yield from bed_messages(who.devices["bed"], samples)

    def _gps(self, life: Life, day: date, start: int, end: int) -> Iterator[Message]:
        who = life.participant
        rng = draws(self.seed, Purpose.FIXES, who.number, day)
        fixes = fixes_of(rng, life.walks[day], start, end, phase_s=_phase_s(who), home=who.home)
        fixes = fixes_with(self.faults, self.seed, who.number, day, fixes, life.walks[day])
        if len(fixes.time):
            yield gps_message(who.devices["gps"], fixes)

    def _visits(self, life: Life, day: date, start: int, end: int) -> Iterator[Message]:
        # The log of the last evening stays open: its shift ends after the story.
        logged = [
            visit
            for night in (day - timedelta(days=1), day)
            for visit in visits_with(
                self.faults, self.seed, life.participant.number, night, life.visits.get(night, ())
            )
        ]
        if visits := [visit for visit in logged if start <= visit.time < end]:
            yield visit_message(life.participant.devices["visits"], visits)

    def _alarms(self, life: Life, day: date, start: int, end: int) -> Iterator[Message]:
        who = life.participant
        raised = tuple(alarm for alarm in life.alarms if start <= alarm.raised < end)
        if alarms := alarms_with(self.faults, self.seed, who.number, day, raised):
            yield alarm_message(who.devices["alarm"], alarms)

    @cached_property
    def truth(self) -> Truth:
        """What an analysis without error would find for every whole night and day of the story."""
        return Truth(
            pilot=self.plan.pilot,
            plan=self.plan.fingerprint,
            seed=self.seed,
            timezone=self.plan.timezone,
            first=self.first,
            last=self.last,
            phases=tuple(
                PhaseTruth(
                    phase.name, phase.start, phase.start + timedelta(days=phase.wash_in_days), phase.end
                )
                for phase in self.plan.phases
            ),
            effect=self.effect.as_numbers(),
            participants=tuple(self._truth_of(life) for life in self.lives),
        )

    def _truth_of(self, life: Life) -> ParticipantTruth:
        zone = self.plan.zone
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
            nights=tuple(_night_truth(life, day) for day in self.days[:-1]),
            days=tuple(
                DayTruth(
                    day,
                    hours_out_of_home(life.walks[day]),
                    max((walk.max_distance_m for walk in life.walks[day]), default=0.0),
                    counted.count(day),
                )
                for day in self.days
            ),
            alarms=alarms,
        )


def _phase_s(who: Participant) -> int:
    # Devices do not report in step with each other.
    return who.number * 37 % INTERVAL_S


def _night_truth(life: Life, day: date) -> NightTruth:
    night, visits = life.nights[day], life.visits[day]
    rest, by_camera = rest_of(night), [visit for visit in visits if visit.mode == "camera"]
    return NightTruth(
        night=day,
        weight_kg=night.mean_weight_kg,
        time_in_bed_h=night.time_in_bed_h,
        restlessness_percent=night.restlessness_percent,
        exits=tuple((left, back) for left, back in night.exits.tolist()),
        physical_visits=visits_by(visits, "physical"),
        camera_visits=len(by_camera),
        replaced_visits=sum(visit.planned is True and visit.outcome != "failed" for visit in by_camera),
        escalated_visits=sum(visit.outcome == "escalated" for visit in by_camera),
        failed_visits=sum(visit.outcome == "failed" for visit in by_camera),
        rest_onset_min=None if math.isnan(rest.onset_min) else rest.onset_min,
        rest_efficiency_percent=rest.efficiency_percent,
        rest_fragmentation_index=rest.fragmentation_index,
    )
