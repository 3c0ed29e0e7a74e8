"""Night supervision: who looks in, in person or by camera, and the log of the room."""

from dataclasses import dataclass
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from simulators.draws import Purpose, draws
from simulators.effect import Effect
from simulators.timing import MINUTE, SECOND, wall_clock

Mode = Literal["camera", "physical", "shift_closed"]

SHIFT_STARTS_H, SHIFT_ENDS_H = 21.0, 31.0
"""The night shift: 21:00 to 07:00 by the wall clock, nine or eleven hours when clocks change."""

ROUNDS = (0.2, 0.5, 0.8)
"""Planned rounds, as shares of the shift."""

ROUND_DONE = 0.97
EXTRA_HELP_PER_NIGHT = 0.1
MORNING_VISIT = 0.7
CAMERA_CALM, CAMERA_ESCALATED = 0.92, 0.05
"""How a camera visit ends; what is left of 1 failed to connect. Both others bring a person."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One entry of a room's visit log; `time` in µs UTC. `shift_closed` carries nothing more."""

    time: int
    visit: str
    mode: Mode
    planned: bool | None = None
    outcome: str | None = None
    role: str | None = None


def visits_of(
    seed: int, resident: int, day: date, zone: ZoneInfo, *, effect: Effect, share: float
) -> tuple[Visit, ...]:
    """The visits of the night of `day` in time order; the last entry closes the shift's log."""
    rng = draws(seed, Purpose.VISITS, resident, day)
    start, end = wall_clock(day, SHIFT_STARTS_H, zone), wall_clock(day, SHIFT_ENDS_H, zone)
    by_camera = rng.random() < effect.nights_by_camera * share
    done: list[tuple[int, Mode, bool, str]] = []
    for part in ROUNDS:
        at = start + round((end - start) * (part + rng.uniform(-0.06, 0.06)))
        if rng.random() >= ROUND_DONE:
            continue
        if not by_camera:
            done.append((at, "physical", True, "helped" if rng.random() < 0.35 else "calm"))
            continue
        fate = rng.random()
        if fate < CAMERA_CALM:
            done.append((at, "camera", True, "calm"))
            continue
        done.append((at, "camera", True, "escalated" if fate < CAMERA_CALM + CAMERA_ESCALATED else "failed"))
        done.append((at + int(rng.integers(3, 12)) * MINUTE, "physical", False, "helped"))
    if by_camera and rng.random() < MORNING_VISIT:
        done.append((end - int(rng.integers(15, 60)) * MINUTE, "physical", True, "helped"))
    for _ in range(int(rng.poisson(EXTRA_HELP_PER_NIGHT))):
        done.append((start + round((end - start) * rng.uniform(0.02, 0.98)), "physical", False, "helped"))
    log = [
        Visit(
            at // SECOND * SECOND, f"{resident + 1:02d}-{day}-{number}", mode, planned, outcome, "night_staff"
        )
        for number, (at, mode, planned, outcome) in enumerate(sorted(done), start=1)
    ]
    return (*log, Visit(end, f"{resident + 1:02d}-{day}-closed", "shift_closed"))


def visits_by(visits: tuple[Visit, ...], mode: Mode) -> int:
    """How many entries of the log are of that mode."""
    return sum(visit.mode == mode for visit in visits)
