"""Alarms and how they are answered, from the button to the case closed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from simulators.draws import Purpose, draws
from simulators.effect import Effect, scaled
from simulators.residents import Traits
from simulators.timing import HOUR, MINUTE, SECOND, wall_clock

CAUSES = ("button", "fall", "geofence", "bed_exit", "camera", "low_battery", "technical", "test")
CAUSE_SHARES = (0.56, 0.11, 0.05, 0.14, 0.03, 0.04, 0.04, 0.03)

OUTCOMES = ("real", "nuisance", "false")
OUTCOME_SHARES = {"fall": (0.55, 0.15, 0.30), "button": (0.62, 0.30, 0.08)}
OTHER_OUTCOME_SHARES = (0.40, 0.35, 0.25)

ACKNOWLEDGE_MEDIAN_S, ACKNOWLEDGE_SPREAD = 150.0, 0.6
ARRIVE_MEDIAN_S, ARRIVE_SPREAD = 420.0, 0.5
CLOSE_MEDIAN_S, CLOSE_SPREAD = 900.0, 0.5
"""Medians of each step and the SD of its logarithm."""

CANCELLED_SHARE = 0.03
CLOSED_WITHOUT_ARRIVAL_SHARE = 0.08
"""The resident takes it back, or a call settles it: neither waits for somebody to come."""

SLOWEST_STEP_S = 1800
"""Every chain ends within its day: an alarm that is still open is one on purpose."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """The chain of one alarm, times in µs UTC; None where a stage was never reached."""

    alarm: str
    cause: str
    raised: int
    received: int
    acknowledged: int | None = None
    arrived: int | None = None
    closed: int | None = None
    cancelled: int | None = None
    outcome: str | None = None

    def stages(self) -> tuple[tuple[int, str], ...]:
        """(time, stage) of what happened, in time order."""
        names = ("raised", "received", "acknowledged", "arrived", "closed", "cancelled")
        return tuple(sorted((at, name) for name in names if (at := getattr(self, name)) is not None))


def unit_pace(seed: int, unit: int) -> float:
    """How much slower or faster than the others a unit acknowledges."""
    return float(np.exp(draws(seed, Purpose.ALARMS, unit).normal(0.0, 0.08)))


def alarms_of(
    seed: int,
    resident: int,
    traits: Traits,
    day: date,
    zone: ZoneInfo,
    *,
    pace: float,
    effect: Effect,
    share: float,
) -> tuple[Alarm, ...]:
    """The alarms raised on one local day, in time order, each with its whole chain within that day."""
    rng = draws(seed, Purpose.ALARMS, resident, day)
    # Chains last three steps at most, and have to end before midnight.
    start, end = wall_clock(day, 0.0, zone), wall_clock(day, 24.0, zone) - 2 * HOUR
    raised = np.sort(rng.integers(start // SECOND, end // SECOND, int(rng.poisson(traits.alarms_per_day))))
    median_s = ACKNOWLEDGE_MEDIAN_S * pace * scaled(effect.acknowledge_ratio, share)
    return tuple(
        _chain(rng, f"{resident + 1:02d}-{day}-{number}", int(at) * SECOND, median_s)
        for number, at in enumerate(raised, start=1)
    )


def _chain(rng: np.random.Generator, name: str, raised: int, acknowledge_median_s: float) -> Alarm:
    cause = str(rng.choice(CAUSES, p=CAUSE_SHARES))
    alarm = Alarm(name, cause, raised, raised + int(rng.integers(1, 9)) * SECOND)
    fate = rng.random()
    if fate < CANCELLED_SHARE:
        cancelled = alarm.received + int(rng.integers(5, 45)) * SECOND
        return replace(alarm, cancelled=cancelled, outcome="test" if cause == "test" else "nuisance")
    if cause == "test":
        outcome = "test"
    else:
        outcome = str(rng.choice(OUTCOMES, p=OUTCOME_SHARES.get(cause, OTHER_OUTCOME_SHARES)))
    acknowledged = max(raised + _step(rng, acknowledge_median_s, ACKNOWLEDGE_SPREAD), alarm.received + SECOND)
    if fate < CANCELLED_SHARE + CLOSED_WITHOUT_ARRIVAL_SHARE:
        closed = acknowledged + int(rng.integers(1, 8)) * MINUTE
        return replace(alarm, acknowledged=acknowledged, closed=closed, outcome=outcome)
    arrived = acknowledged + _step(rng, ARRIVE_MEDIAN_S, ARRIVE_SPREAD)
    closed = arrived + _step(rng, CLOSE_MEDIAN_S, CLOSE_SPREAD)
    return replace(alarm, acknowledged=acknowledged, arrived=arrived, closed=closed, outcome=outcome)


def _step(rng: np.random.Generator, median_s: float, spread: float) -> int:
    return round(min(float(np.exp(rng.normal(np.log(median_s), spread))), SLOWEST_STEP_S)) * SECOND


def left_open(seed: int, days: Sequence[date], alarms: Sequence[Alarm], zone: ZoneInfo) -> dict[int, Alarm]:
    """Up to two of `alarms`, by index, as they stand when nobody finished them.

    Taken from the last week but its last day, so that both have been open for longer than any chain
    lasts: one acknowledged and never closed, one not even acknowledged.
    """
    since, until = wall_clock(days[max(0, len(days) - 8)], 0.0, zone), wall_clock(days[-1], 0.0, zone)
    real = [
        index
        for index, alarm in enumerate(alarms)
        if since <= alarm.raised < until and alarm.acknowledged is not None and alarm.cause != "test"
    ]
    chosen = draws(seed, Purpose.OPEN_ALARMS).permutation(real)[:2].tolist()
    unfinished: dict[int, Alarm] = {}
    for place, index in enumerate(chosen):
        alarm = replace(alarms[index], arrived=None, closed=None, outcome=None)
        unfinished[index] = alarm if place == 0 else replace(alarm, acknowledged=None)
    return unfinished
