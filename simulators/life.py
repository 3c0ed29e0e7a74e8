"""What happens to one participant from day to day, before any device has seen it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from pilots.plan import Plan
from simulators.alarms import Alarm, alarms_of, unit_pace
from simulators.cast import Participant
from simulators.draws import Purpose, draws
from simulators.effect import Effect, strength
from simulators.residents import Night, Traits, bedtime_weights, night_of
from simulators.staff import Visit, visits_of
from simulators.timing import days_from
from simulators.trackers import Fixes, Walk, fixes_of, walks_of


@dataclass(frozen=True, slots=True)
class Life:
    """A participant's story by local date; `nights` begins with the night before the first day."""

    participant: Participant
    nights: Mapping[date, Night]
    walks: Mapping[date, tuple[Walk, ...]]
    visits: Mapping[date, tuple[Visit, ...]]
    alarms: tuple[Alarm, ...]


def fixes_taken(seed: int, life: Life, day: date, start: int, end: int) -> Fixes:
    """The fixes that the tracker takes on the local day [start, end) µs UTC, before anything goes wrong."""
    who = life.participant
    rng = draws(seed, Purpose.FIXES, who.number, day)
    return fixes_of(rng, life.walks[day], start, end, phase_s=who.phase_s, home=who.home)


def live(plan: Plan, seed: int, participant: Participant, first: date, days: int, effect: Effect) -> Life:
    """The life of one participant over `days` local days from `first`."""
    number, zone = participant.number, plan.zone
    traits = Traits.drawn(seed, number)
    evenings = days_from(first - timedelta(days=1), days + 1)
    treated = participant.group == "intervention"
    share = {day: strength(day, plan.phases) if treated else 0.0 for day in evenings}
    weights = bedtime_weights(seed, number, traits, len(evenings))
    pace = unit_pace(seed, participant.unit)
    dates = evenings[1:]
    return Life(
        participant,
        {
            day: night_of(
                seed, number, traits, day, zone, weight_kg=float(weight), effect=effect, share=share[day]
            )
            for day, weight in zip(evenings, weights, strict=True)
        },
        {day: walks_of(seed, number, traits, day, zone) for day in dates},
        {day: visits_of(seed, number, day, zone, effect=effect, share=share[day]) for day in dates},
        tuple(
            alarm
            for day in dates
            for alarm in alarms_of(
                seed, number, traits, day, zone, pace=pace, effect=effect, share=share[day]
            )
        ),
    )
