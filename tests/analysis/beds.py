"""A synthetic bed with its truth: frame, bedding, drift, noise, a duvet, and a person who comes and goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

SECOND = 1_000_000
HOUR = 3600 * SECOND
LOSS_KG_PER_H = 0.04
FRAME_KG = 42.0


@dataclass(frozen=True)
class Bed:
    """Samples of a bed (n,) and what is true of it: mean weight over the stays, and the exits between."""

    time: NDArray[np.int64]
    load_kg: NDArray[np.float32]
    movement: NDArray[np.float32]
    weight_kg: float
    exits: tuple[tuple[int, int], ...]


def bed(
    seed: int,
    start: int,
    end: int,
    stays: Sequence[tuple[int, int]],
    *,
    weight_kg: float = 70.0,
    interval_s: float = 10.0,
    noise_kg: float = 0.1,
    drift_kg_per_day: float = 0.15,
    objects: Sequence[tuple[int, float]] = (),
    restless: float = 0.1,
) -> Bed:
    """The bed over [start, end) µs UTC with somebody in it during `stays`.

    `objects` are (time, kg) put on the bed from then on. A `restless` share of the minutes in bed shakes.
    """
    rng = np.random.default_rng(seed)
    time = np.arange(start, end, round(interval_s * SECOND), dtype=np.int64)
    hours = np.arange(0, (end - start) / HOUR + 1)
    drift = np.cumsum(rng.normal(0, drift_kg_per_day / np.sqrt(24), len(hours)))
    load = FRAME_KG + np.interp((time - start) / HOUR, hours, drift)
    for moment, kg in objects:
        load[time >= moment] += kg
    movement = np.zeros(len(time))
    for into, out_of in stays:
        lying = (time >= into) & (time < out_of)
        load[lying] += weight_kg - LOSS_KG_PER_H * (time[lying] - stays[0][0]) / HOUR
        minute = time[lying] // (60 * SECOND)
        shaking = np.isin(minute, [each for each in np.unique(minute) if rng.random() < restless])
        load[lying] += np.where(shaking, rng.normal(0, 4.0, len(minute)), 0.0)
        movement[lying] = np.where(shaking, 0.6, 0.01)
    load += rng.normal(0, noise_kg, len(time))
    lengths = np.array([out_of - into for into, out_of in stays], dtype=np.float64)
    middles = np.array([(into + out_of) / 2 - stays[0][0] for into, out_of in stays]) / HOUR
    mean = weight_kg - LOSS_KG_PER_H * float((lengths * middles).sum() / lengths.sum()) if stays else np.nan
    exits = tuple((out_of, into) for (_, out_of), (into, _) in pairwise(stays))
    return Bed(time, load.astype(np.float32), movement.astype(np.float32), mean, exits)


def stays_of(rng: np.random.Generator, bedtime: int, rising: int, exits: int) -> list[tuple[int, int]]:
    """A night from `bedtime` to `rising` with `exits` of 1 to 20 min, well apart, on whole seconds."""
    slot = (rising - bedtime) // (exits + 1)
    edges = [bedtime]
    for number in range(exits):
        left = bedtime + slot * (number + 1) + int(rng.integers(-600, 600)) * SECOND
        edges += [left, left + int(rng.integers(60, 1200)) * SECOND]
    edges.append(rising)
    return list(zip(edges[::2], edges[1::2], strict=True))
