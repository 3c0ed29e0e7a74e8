"""A story: a plan and a seed become lives, the readings that devices make of them, and the truth."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from pilots.civil_time import midnight
from pilots.plan import Plan
from simulators.alarms import Alarm, left_open
from simulators.beds import BedFrame, BedSamples, first_sample, sample_bed
from simulators.cast import Participant, cast
from simulators.condition import condition_of
from simulators.draws import Purpose, draws
from simulators.effect import Effect
from simulators.faults import Faults
from simulators.faults.bed import BedScene, bed_with
from simulators.faults.gps import fixes_with
from simulators.faults.staff import alarms_with, visits_with
from simulators.life import Life, fixes_taken, live
from simulators.messages import (
    Message,
    alarm_message,
    bed_messages,
    gps_message,
    status_message,
    visit_message,
)
from simulators.power_cuts import floods_of, power_cut
from simulators.realised import participant_truth
from simulators.residents import Night
from simulators.timing import MINUTE, SECOND, days_from
from simulators.trackers import Fixes
from simulators.truth import PhaseTruth, Truth
from simulators.turning import on_legs, positions_of

STREAMS = ("status", "bed", "gps", "visit", "alarm")
"""What the devices of a story publish, in the order of a day."""


class Story:
    """Everything that happens in a simulated pilot, from local midnight of the plan's first day.

    `days` defaults to the whole plan. The same plan and seed tell the same story, whatever is asked of
    it first and in whichever order; a longer story begins like a shorter one. `faults` change what
    devices and staff report, never the truth. With `four_legs` beds weigh each leg by itself, and tell
    turns; with `power_cuts` the house has some, and staff are flooded with alarms.
    """

    def __init__(
        self,
        plan: Plan,
        seed: int,
        days: int | None = None,
        effect: Effect | None = None,
        faults: Faults = frozenset(),
        *,
        four_legs: bool = False,
        power_cuts: bool = False,
    ) -> None:
        self.plan = plan
        self.seed = seed
        self.effect = effect or Effect()
        self.faults = faults
        self.four_legs = four_legs
        self.power_cuts = power_cuts
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
        for cut in self._cuts.values():
            for resident, raised in cut.items():
                lives[resident] = replace(lives[resident], alarms=(*lives[resident].alarms, *raised))
        return tuple(lives)

    @cached_property
    def _cuts(self) -> Mapping[date, Mapping[int, tuple[Alarm, ...]]]:
        residents = range(len(self.participants) if self.power_cuts else 0)
        return {day: power_cut(self.seed, day, residents, self.plan.zone) for day in self.days}

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
            at = start + 5 * MINUTE + who.phase_s * SECOND
            yield status_message(device, at, condition_of(self.seed, who.number, kind, day))

    def _bed(self, life: Life, day: date, start: int, end: int) -> Iterator[Message]:
        yield from bed_messages(life.participant.devices["bed"], self.bed_samples(life, day, start, end))

    def bed_samples(self, life: Life, day: date, start: int, end: int) -> BedSamples:
        """What one resident's bed shows on the local day [start, end) µs UTC."""
        who = life.participant
        nights = (life.nights[day - timedelta(days=1)], life.nights[day])
        rng = draws(self.seed, Purpose.BED_SAMPLES, who.number, day)
        frame = self._frames[who.number]
        samples = sample_bed(rng, frame, nights, start, end)
        if self.faults:
            scene = BedScene(self.seed, who.number, self.first, self.plan.zone, frame, life.nights)
            samples = bed_with(self.faults, scene, samples)
        return self._weighed_by_leg(who, day, nights, samples) if self.four_legs else samples

    def _weighed_by_leg(
        self, who: Participant, day: date, nights: tuple[Night, ...], samples: BedSamples
    ) -> BedSamples:
        n = len(samples.load_kg)
        body, across, along = np.zeros((3, n))
        for night in nights:
            lying = positions_of(self.seed, who.number, night)
            places = zip(lying.since, lying.until, lying.across_cm, lying.along_cm, strict=True)
            for since, until, right, foot in places:
                here = slice(first_sample(since, samples.start), min(first_sample(until, samples.start), n))
                body[here], across[here], along[here] = night.weight_at_bedtime_kg, right, foot
        rng = draws(self.seed, Purpose.LEGS, who.number, day)
        legs = on_legs(rng, samples.load_kg.astype(np.float64), body, across, along)
        return replace(samples, legs_kg=legs.astype(np.float32))

    def _gps(self, life: Life, day: date, start: int, end: int) -> Iterator[Message]:
        fixes = self.fixes(life, day, start, end)
        if len(fixes.time):
            yield gps_message(life.participant.devices["gps"], fixes)

    def fixes(self, life: Life, day: date, start: int, end: int) -> Fixes:
        """What one resident's tracker shows on the local day [start, end) µs UTC."""
        fixes = fixes_taken(self.seed, life, day, start, end)
        return fixes_with(self.faults, self.seed, life.participant.number, day, fixes, life.walks[day])

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
            participants=tuple(
                participant_truth(self.plan, self.seed, life, self.days, four_legs=self.four_legs)
                for life in self.lives
            ),
            floods=floods_of(self._cuts.values(), {each.number: each.group for each in self.participants}),
        )
