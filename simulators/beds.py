"""A bed on load cells: frame, bedding, drift and duvet under the resident, sampled every ten seconds."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from simulators.draws import Purpose, draws
from simulators.residents import OVERNIGHT_LOSS_KG_PER_H, Night
from simulators.timing import HOUR, MINUTE, SECOND, days_from, wall_clock

Int64 = NDArray[np.int64]
Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

INTERVAL_S = 10
STEP = INTERVAL_S * SECOND
SAMPLES_A_MINUTE = MINUTE // STEP

FRAME_KG = 35.0
NOISE_SD_KG = 0.1
DRIFT_SD_KG_PER_DAY = 0.15
"""Temperature and settling of the floor; a tare read some hours ago is off by this much of it."""

DUVET_SHARE = 0.12
"""Days on which a duvet is added or taken away, while the resident is up."""

WOBBLE_SD_KG = 4.0
"""A person who turns over loads and unloads the cells for a moment."""


@dataclass(frozen=True, slots=True)
class BedFrame:
    """The bed without its resident over the whole story.

    `tare_kg` (h,) is the frame, the bedding and the drift at whole hours from `start` (µs UTC), linear
    between them. `duvet_at` (d,) are the times when a duvet comes or goes, `duvet_kg` (d + 1,) what lies
    on the bed before, between and after them.
    """

    start: int
    tare_kg: Float64
    duvet_at: Int64
    duvet_kg: Float64

    @classmethod
    def drawn(cls, seed: int, resident: int, first: date, days: int, zone: ZoneInfo) -> "BedFrame":
        """The bed of one resident from local midnight of `first`."""
        rng = draws(seed, Purpose.BED_FRAME, resident)
        bedding = float(rng.uniform(2.0, 5.0))
        # Every day draws its own three numbers, so that a longer story starts like a shorter one.
        changes = [
            (wall_clock(day, 10.0 + 7.0 * when, zone), 1.0 + 1.5 * weight)
            for day, (happens, when, weight) in zip(
                days_from(first, days), rng.random((days, 3)).tolist(), strict=True
            )
            if happens < DUVET_SHARE
        ]
        lying = [0.0]
        for _, weight in changes:
            lying.append(0.0 if lying[-1] else weight)
        drift = draws(seed, Purpose.BED_FRAME, resident, first).standard_normal(days * 25 + 1)
        return cls(
            start=wall_clock(first, 0.0, zone),
            tare_kg=FRAME_KG + bedding + np.cumsum(drift) * DRIFT_SD_KG_PER_DAY / np.sqrt(24.0),
            duvet_at=np.array([at for at, _ in changes], dtype=np.int64),
            duvet_kg=np.array(lying),
        )

    def load_kg(self, start: int, samples: int) -> Float64:
        """What the empty bed weighs at `samples` sample times from `start`, without noise."""
        hours = (start - self.start) / HOUR + np.arange(samples) * (INTERVAL_S / 3600.0)
        load: Float64 = np.interp(hours, np.arange(len(self.tare_kg)), self.tare_kg)
        end = start + samples * STEP
        load += self.duvet_kg[int(np.searchsorted(self.duvet_at, start, side="right"))]
        for index in np.flatnonzero((self.duvet_at > start) & (self.duvet_at < end)):
            load[first_sample(int(self.duvet_at[index]), start) :] += (
                self.duvet_kg[index + 1] - self.duvet_kg[index]
            )
        return load


@dataclass(frozen=True, slots=True)
class BedSamples:
    """`load_kg` and `movement` (n,) float32, one value every `INTERVAL_S` from `start` (µs UTC).

    `legs_kg` (4, n) of a bed that sends what each of its legs bears, and not their sum.
    """

    start: int
    load_kg: Float32
    movement: Float32
    legs_kg: Float32 | None = None


def first_sample(time: int, start: int) -> int:
    """Index of the first sample at or after `time`, counted from `start`; never below 0."""
    return max(0, -((start - time) // STEP))


def sample_bed(
    rng: np.random.Generator, frame: BedFrame, nights: tuple[Night, ...], start: int, end: int
) -> BedSamples:
    """The samples of [start, end), both on whole minutes; `nights` are all that overlap it."""
    n = (end - start) // STEP
    load = frame.load_kg(start, n).astype(np.float32)
    movement = np.zeros(n, dtype=np.float32)
    loss_per_sample = np.float32(OVERNIGHT_LOSS_KG_PER_H * INTERVAL_S / 3600.0)
    steps = np.arange(n, dtype=np.float32) * loss_per_sample
    restless = np.zeros(n // SAMPLES_A_MINUTE, dtype=np.bool_)
    for night in nights:
        bedtime = int(night.in_bed[0, 0])
        at_start = night.weight_at_bedtime_kg - OVERNIGHT_LOSS_KG_PER_H * (start - bedtime) / HOUR
        for into, out_of in night.in_bed.tolist():
            lying = slice(first_sample(into, start), min(first_sample(out_of, start), n))
            load[lying] += np.float32(at_start) - steps[lying]
            movement[lying] = 0.01
            # Somebody who sits down on the edge still has the feet on the floor.
            if start <= into and lying.start < lying.stop:
                load[lying.start] -= np.float32(rng.uniform(0.0, 0.4) * night.weight_at_bedtime_kg)
        minutes = night.restless_minutes - start // MINUTE
        restless[minutes[(minutes >= 0) & (minutes < len(restless))]] = True
    moving = np.flatnonzero(np.repeat(restless, SAMPLES_A_MINUTE))
    movement[moving] = rng.uniform(0.25, 1.0, len(moving))
    load[moving] += np.float32(WOBBLE_SD_KG) * rng.standard_normal(len(moving), dtype=np.float32)
    load += np.float32(NOISE_SD_KG) * rng.standard_normal(n, dtype=np.float32)
    return BedSamples(start, load, movement)
