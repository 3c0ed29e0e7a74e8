"""Residents: what they weigh, how their nights go, and where that can be read off exactly."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from simulators.draws import Purpose, draws
from simulators.effect import Effect, scaled
from simulators.timing import HOUR, MINUTE, SECOND, wall_clock

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

OVERNIGHT_LOSS_KG_PER_H = 0.04
"""Breath and sweat: 0.2-0.5 kg a night."""

DAY_TO_DAY_SD_KG = 0.30
DAY_TO_DAY_CORRELATION = 0.4
"""Fluid and meals carry over from one day to the next."""

EARLIEST_BED_H, LATEST_BED_H = 20.5, 23.0
EARLIEST_RISING_H, LATEST_RISING_H = 30.0, 32.0

SETTLING_IN = 20 * MINUTE
BEFORE_RISING = 15 * MINUTE
BETWEEN_EXITS = 6 * MINUTE
"""Nobody who has just lain down is up again at once; two exits closer than this would be one."""

SHORT_EXIT_SHARE = 0.08
SHORTEST_EXIT_S, SHORT_EXIT_UNTIL_S, LONGEST_EXIT_S = 70, 120, 1500

RESTLESS_BOUT_MIN = 2.5
"""Mean length of a bout of restless minutes."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What stays the same about a resident."""

    weight_kg: float
    trend_kg_per_day: float
    bed_hour: float
    rising_hour: float
    exits_per_night: float
    restless_share: float
    walk_share: float
    alarms_per_day: float

    @classmethod
    def drawn(cls, seed: int, resident: int) -> "Traits":
        """The traits of one resident of the story."""
        rng = draws(seed, Purpose.TRAITS, resident)
        return cls(
            weight_kg=float(np.clip(rng.normal(70.0, 13.0), 45.0, 110.0)),
            trend_kg_per_day=float(rng.normal(-0.2, 0.4)) / 30.0,
            bed_hour=float(rng.uniform(21.0, 22.5)),
            rising_hour=float(rng.uniform(30.4, 31.6)),
            exits_per_night=float(np.clip(rng.lognormal(np.log(2.2), 0.35), 0.8, 5.0)),
            restless_share=float(rng.uniform(0.07, 0.16)),
            walk_share=float(rng.uniform(0.2, 0.7)),
            alarms_per_day=float(np.clip(rng.gamma(4.0, 0.125), 0.1, 1.2)),
        )


@dataclass(frozen=True)
class Night:
    """One night in bed, from the evening of `day` to the next morning.

    `in_bed` (k, 2) holds the stretches in bed as [start, end) in µs UTC, on whole seconds; between them
    lie the exits. `restless_minutes` (m,) are numbers of UTC minutes since 1970, each wholly in bed.
    """

    day: date
    in_bed: Int64
    restless_minutes: Int64
    weight_at_bedtime_kg: float

    @property
    def exits(self) -> Int64:
        """(k - 1, 2): when the bed was left and returned to; rising in the morning is not among them."""
        return np.column_stack((self.in_bed[:-1, 1], self.in_bed[1:, 0]))

    @cached_property
    def time_in_bed_h(self) -> float:
        """Hours in bed, exits left out."""
        return float((self.in_bed[:, 1] - self.in_bed[:, 0]).sum()) / HOUR

    @cached_property
    def mean_weight_kg(self) -> float:
        """Mean body weight over the time in bed: it falls evenly from bedtime on."""
        length = self.in_bed[:, 1] - self.in_bed[:, 0]
        middle = (self.in_bed[:, 0] + self.in_bed[:, 1]) / 2 - self.in_bed[0, 0]
        mean_hours = float((length * middle).sum() / length.sum()) / HOUR
        return self.weight_at_bedtime_kg - OVERNIGHT_LOSS_KG_PER_H * mean_hours

    @cached_property
    def restlessness_percent(self) -> float:
        """Share of the minutes wholly in bed that are restless."""
        first, last = _whole_minutes(self.in_bed)
        return 100.0 * len(self.restless_minutes) / float((last - first).sum())


def bedtime_weights(seed: int, resident: int, traits: Traits, nights: int) -> Float64:
    """Weight at bedtime of consecutive nights (nights,), kg: a slow trend and a day-to-day AR(1)."""
    shocks = draws(seed, Purpose.WEIGHT, resident).standard_normal(nights)
    shocks[1:] *= np.sqrt(1.0 - DAY_TO_DAY_CORRELATION**2)
    deviation = np.empty(nights)
    carried = 0.0
    for index, shock in enumerate(shocks):
        carried = DAY_TO_DAY_CORRELATION * carried + shock
        deviation[index] = carried
    return traits.weight_kg + traits.trend_kg_per_day * np.arange(nights) + DAY_TO_DAY_SD_KG * deviation


def night_of(
    seed: int,
    resident: int,
    traits: Traits,
    day: date,
    zone: ZoneInfo,
    *,
    weight_kg: float,
    effect: Effect,
    share: float,
) -> Night:
    """The night of `day`; `share` says how much of the effect has come (0 for a comparison resident)."""
    rng = draws(seed, Purpose.NIGHT, resident, day)
    bed_hour = float(np.clip(rng.normal(traits.bed_hour, 0.35), EARLIEST_BED_H, LATEST_BED_H))
    rising_hour = float(np.clip(rng.normal(traits.rising_hour, 0.35), EARLIEST_RISING_H, LATEST_RISING_H))
    bedtime, rising = wall_clock(day, bed_hour, zone), wall_clock(day, rising_hour, zone)
    exits = traits.exits_per_night * scaled(effect.bed_exits_ratio, share)
    in_bed = _stretches(rng, bedtime, rising, exits)
    restless = traits.restless_share * scaled(effect.restlessness_ratio, share)
    return Night(day, in_bed, _restless_minutes(rng, in_bed, restless), weight_kg)


def _stretches(rng: np.random.Generator, bedtime: int, rising: int, exits: float) -> Int64:
    count = int(rng.poisson(exits))
    leaves = np.sort(rng.integers(bedtime + SETTLING_IN, rising - BEFORE_RISING, count) // SECOND)
    lasts = np.clip(np.exp(rng.normal(np.log(360.0), 0.7, count)), SHORT_EXIT_UNTIL_S, LONGEST_EXIT_S)
    short = rng.random(count) < SHORT_EXIT_SHARE
    lasts[short] = rng.uniform(SHORTEST_EXIT_S, SHORT_EXIT_UNTIL_S, int(short.sum()))
    edges = [bedtime]
    for left, lasted in zip(leaves * SECOND, np.rint(lasts).astype(np.int64) * SECOND, strict=True):
        if left - edges[-1] >= BETWEEN_EXITS and left + lasted <= rising - BEFORE_RISING:
            edges += [int(left), int(left + lasted)]
    edges.append(rising)
    return np.array(edges, dtype=np.int64).reshape(-1, 2)


def _whole_minutes(in_bed: Int64) -> tuple[Int64, Int64]:
    return -(-in_bed[:, 0] // MINUTE), in_bed[:, 1] // MINUTE


def _restless_minutes(rng: np.random.Generator, in_bed: Int64, share: float) -> Int64:
    # Whole minutes only: a sensor cannot tell restlessness from getting up in the minute of an exit.
    first, last = _whole_minutes(in_bed)
    opening, minutes = int(first[0]), int(last[-1] - first[0])
    bouts = int(rng.poisson(-np.log1p(-share) * minutes / RESTLESS_BOUT_MIN))
    begins = rng.integers(0, minutes, bouts)
    ends = np.minimum(begins + rng.geometric(1.0 / RESTLESS_BOUT_MIN, bouts), minutes)
    change = np.bincount(begins, minlength=minutes + 1) - np.bincount(ends, minlength=minutes + 1)
    restless = np.cumsum(change)[:minutes] > 0
    for out_from, out_to in zip(last[:-1] - opening, first[1:] - opening, strict=True):
        restless[out_from:out_to] = False
    return np.flatnonzero(restless) + opening
