"""A bed's samples as they come with faults: what else lies there first, then what the scale makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from pilots.civil_time import local_date
from simulators.beds import NOISE_SD_KG, SAMPLES_A_MINUTE, STEP, WOBBLE_SD_KG, BedFrame, BedSamples
from simulators.draws import fault_draws
from simulators.faults.names import Fault, Faults
from simulators.faults.scale import drift_kg, excess_kg, power_losses, shown_kg, stuck_stretches
from simulators.faults.things import Thing, things_on_bed, weight_kg
from simulators.residents import OVERNIGHT_LOSS_KG_PER_H, Night
from simulators.timing import HOUR, MINUTE

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

ON_THE_SCALE = frozenset({Fault.RE_TARE, Fault.NEGATIVE_CLAMP, Fault.RESOLUTION_1KG})
A_PERSON_KG = 70.0


@dataclass(frozen=True, slots=True)
class BedScene:
    """One resident's bed over the whole story, from local midnight of `first`."""

    seed: int
    resident: int
    first: date
    zone: ZoneInfo
    frame: BedFrame
    nights: Mapping[date, Night]

    def gross_kg(self, faults: Faults, time: int) -> float:
        """Everything that lies on the scale at `time` (µs UTC), without noise."""
        at = np.array([time])
        return float(
            self.frame.load_kg(time, 1)[0] + _resident_kg(self, time) + self.added_kg(faults, at).item()
        )

    def added_kg(self, faults: Faults, time: Int64) -> Float64:
        """What faults add at each `time` (n,) of one local day."""
        added = weight_kg(self.things(faults, int(time[0])), time)
        if Fault.TARE_DRIFT in faults:
            added += drift_kg(self.seed, self.resident, self.frame.start, time)
        return added

    def things(self, faults: Faults, time: int) -> tuple[Thing, ...]:
        """What may lie on the bed on the local day of `time`."""
        day = local_date(time, self.zone)
        return things_on_bed(faults, self.seed, self.resident, self.nights, day, self.zone)


def bed_with(faults: Faults, scene: BedScene, samples: BedSamples) -> BedSamples:
    """The samples of one local day with faults; load is NaN where the scale sends none."""
    time = samples.start + np.arange(len(samples.load_kg)) * STEP
    day = local_date(samples.start, scene.zone)
    load = samples.load_kg + scene.added_kg(faults, time)
    movement = samples.movement.copy()
    _move(scene, faults, day, time, load, movement)
    if Fault.STUCK_VALUE in faults:
        _stick(scene, faults, day, time, load, movement)
    if faults & ON_THE_SCALE:
        installed = 0.0
        if Fault.NEGATIVE_CLAMP in faults:
            installed = float(scene.frame.load_kg(scene.frame.start, 1)[0])
            installed += excess_kg(scene.seed, scene.resident)
        losses = []
        if Fault.RE_TARE in faults:
            losses = power_losses(scene.seed, scene.resident, scene.first, day, scene.zone)
        load = shown_kg(
            faults,
            load,
            time,
            gross=lambda at: scene.gross_kg(faults, at),
            installed=installed,
            losses=losses,
        )
    return replace(samples, load_kg=load.astype(np.float32), movement=movement)


def _resident_kg(scene: BedScene, time: int) -> float:
    for night in scene.nights.values():
        into, out_of = night.in_bed[:, 0], night.in_bed[:, 1]
        if ((into <= time) & (time < out_of)).any():
            return night.weight_at_bedtime_kg - OVERNIGHT_LOSS_KG_PER_H * (time - int(into[0])) / HOUR
    return 0.0


def _move(
    scene: BedScene, faults: Faults, day: date, time: Int64, load: Float64, movement: NDArray[np.float32]
) -> None:
    rng = fault_draws(scene.seed, "movement", scene.resident, day)
    for thing in scene.things(faults, int(time[0])):
        if not thing.restless:
            continue
        moves = np.repeat(rng.random(len(time) // SAMPLES_A_MINUTE) < thing.restless, SAMPLES_A_MINUTE)
        moving = np.flatnonzero(moves & (time >= thing.start) & (time < thing.end))
        movement[moving] = rng.uniform(0.25, 1.0, len(moving))
        load[moving] += WOBBLE_SD_KG * abs(thing.kg) / A_PERSON_KG * rng.standard_normal(len(moving))


def _stick(
    scene: BedScene, faults: Faults, day: date, time: Int64, load: Float64, movement: NDArray[np.float32]
) -> None:
    for start, end, rng in stuck_stretches(scene.seed, scene.resident, day, scene.zone):
        stuck = slice(*np.searchsorted(time, (start, end)))
        # From the instant alone and not from a sample, which may have been taken the day before.
        load[stuck] = scene.gross_kg(faults, start) + NOISE_SD_KG * rng.standard_normal()
        movement[stuck] = _stuck_movement(scene, start)


def _stuck_movement(scene: BedScene, time: int) -> float:
    if not _resident_kg(scene, time):
        return 0.0
    restless = any(time // MINUTE in night.restless_minutes for night in scene.nights.values())
    return 0.6 if restless else 0.01
