"""How residents lie and turn in bed, and what each leg of the bed bears of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.draws import Purpose, draws
from simulators.residents import Night
from simulators.timing import HOUR, MINUTE

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

SIDES_CM = (-11.0, 0.0, 11.0)
"""Where across the bed the body bears: on the left side, the back, the right side."""

PLACE_SD_CM, ALONG_SD_CM = 1.0, 3.0
"""Nobody lies down twice in quite the same place."""

TURNS_SHARE = 0.5
"""Of the bouts of restlessness; in the others a person stirs and lies on."""

HALF_ACROSS_CM, HALF_ALONG_CM = 45.0, 100.0
"""Legs at the corners of a care bed of 90 by 200 cm, head first, left before right."""

LEG_NOISE_KG = 0.1
KEPT_AT_MOST = 5 * HOUR // 2


@dataclass(frozen=True, slots=True)
class Positions:
    """How a resident lay in one night, each (p,): `since` and `until` µs UTC, and where the body bore.

    `turned` says that a turn to another side began it, `stirred` a mere stir; else it began with getting in.
    """

    since: Int64
    until: Int64
    turned: NDArray[np.bool_]
    stirred: NDArray[np.bool_]
    across_cm: Float64
    along_cm: Float64

    @property
    def turns(self) -> int:
        """Times that the resident turned to another side."""
        return int(self.turned.sum())

    @property
    def kept(self) -> Int64:
        """How long each side was lain on without leaving the bed (k,), µs."""
        begins = np.flatnonzero(~self.stirred)
        ends = np.append(begins[1:], len(self.since)) - 1
        return np.asarray(self.until[ends] - self.since[begins], np.int64)

    @property
    def longest_h(self) -> float:
        return float(self.kept.max()) / HOUR

    @property
    def compliance_percent(self) -> float:
        """Share of the sides that were lain on for 2.5 h at most."""
        return 100.0 * float((self.kept <= KEPT_AT_MOST).mean())


def positions_of(seed: int, resident: int, night: Night) -> Positions:
    """How the resident lay in `night`: restless bouts turn or stir."""
    rng = draws(seed, Purpose.TURNS, resident, night.day)
    minutes = night.restless_minutes
    bouts = np.split(minutes, np.flatnonzero(np.diff(minutes) > 1) + 1) if len(minutes) else []
    rows: list[tuple[int, bool, bool, int]] = []
    for into, out_of in night.in_bed.tolist():
        side = int(rng.integers(3))
        rows.append((into, False, False, side))
        for bout in bouts:
            at = int((bout[0] + len(bout) * rng.random()) * MINUTE)
            if into < at < out_of:
                turns = rng.random() < TURNS_SHARE
                side = (side + int(rng.integers(1, 3))) % 3 if turns else side
                rows.append((at, turns, not turns, side))
    since = np.array([at for at, *_ in rows], np.int64)
    ends = night.in_bed[:, 1]
    until = np.minimum(np.append(since[1:], ends[-1]), ends[np.searchsorted(ends, since, side="right")])
    places = np.array([SIDES_CM[side] for *_, side in rows])
    return Positions(
        since,
        until,
        np.array([turned for _, turned, _, _ in rows]),
        np.array([stirred for _, _, stirred, _ in rows]),
        places + PLACE_SD_CM * rng.standard_normal(len(rows)),
        ALONG_SD_CM * rng.standard_normal(len(rows)),
    )


def on_legs(
    rng: np.random.Generator, load_kg: Float64, body_kg: Float64, across_cm: Float64, along_cm: Float64
) -> Float64:
    """What each leg bears (4, n) of `load_kg` (n,): `body_kg` of it lies at the place, the rest evenly."""
    right, foot = across_cm / HALF_ACROSS_CM, along_cm / HALF_ALONG_CM
    shares = np.array([(1 + x * right) * (1 + y * foot) / 4 for y in (-1, 1) for x in (-1, 1)])
    noise = LEG_NOISE_KG * rng.standard_normal((4, len(load_kg)))
    return np.asarray((load_kg - body_kg) / 4 + body_kg * shares + noise - noise.mean(axis=0))
