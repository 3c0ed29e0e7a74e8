"""How a simulated night was rested, read off minute by minute."""

import re
from dataclasses import dataclass

import numpy as np

from simulators.residents import Night
from simulators.timing import MINUTE

ONSET_MINUTES = 10
ONSET_RESTLESS = 1
"""Rest begins with ten minutes in bed of which at most one is restless."""

STILL, RESTLESS, OUT = "s", "r", "o"


@dataclass(frozen=True, slots=True)
class Rest:
    """Minutes until rest began, NaN if it never did; still percent of the night; how broken the rest was.

    `fragmentation_index` is the percentage of minutes in bed that are restless plus that of bouts of
    stillness which last one minute.
    """

    onset_min: float
    efficiency_percent: float
    fragmentation_index: float


def rest_of(night: Night) -> Rest:
    """The rest of a night from bedtime to rising; exits, which are under an hour, are part of it."""
    minutes = _minutes(night)
    in_bed = len(minutes) - minutes.count(OUT)
    bouts = re.findall(f"{STILL}+", minutes)
    return Rest(
        _onset(minutes),
        100.0 * minutes.count(STILL) / len(minutes),
        100.0 * minutes.count(RESTLESS) / in_bed + 100.0 * sum(len(bout) == 1 for bout in bouts) / len(bouts),
    )


def _minutes(night: Night) -> str:
    """The state of every UTC minute; one spent in bed for half of it counts as in bed."""
    first, last = int(night.in_bed[0, 0]) // MINUTE, -(-int(night.in_bed[-1, 1]) // MINUTE)
    edges = np.arange(first, last + 1) * MINUTE
    lain = np.concatenate(([0], np.cumsum(night.in_bed[:, 1] - night.in_bed[:, 0])))
    sums = np.interp(edges, night.in_bed.ravel(), np.repeat(lain, 2)[1:-1])
    state = np.where(np.diff(sums) >= MINUTE / 2, STILL, OUT)
    state[night.restless_minutes - first] = RESTLESS
    return "".join(state).strip(OUT)


def _onset(minutes: str) -> float:
    for begin in range(len(minutes) - ONSET_MINUTES + 1):
        window = minutes[begin : begin + ONSET_MINUTES]
        if OUT not in window and window.count(RESTLESS) <= ONSET_RESTLESS:
            return float(begin)
    return float("nan")
