"""What the catalogue says of each metric."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Literal

Direction = Literal["up", "down", "neutral"]
Summary = Literal["mean", "trend", "last", "response", "pooled"]
Section = Literal["weight", "rest", "outdoors", "supervision", "alarms", "service"]
Level = Literal["measure", "screening", "exploratory"]

WINDOW_FLOOR = 0.70
"""Less than this share of its window observed, and a day or night says too little about the rest."""

PERCENT, SHARE = (0.0, 100.0), (0.0, 1.0)
ANY = (-inf, inf)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of the catalogue.

    `section` is where pages and reports list it. `direction` says which way is better for the resident where
    that is beyond dispute, so of nothing exploratory; a pilot's goal names its own direction. `stream` is
    what it is made from, `kind` the kind of device that carries it (None: any kind with the stream).
    `period` is the unit of a daily value: a `night` runs from noon to noon and carries the date it starts, a
    `day` from midnight to midnight. Below `coverage_floor` (share of the window) a daily value does not
    count. `summary` says how a participant's daily values become one number for a longer period: their mean,
    the slope through them, the last of them, or anew from the alarms: `response` the median wait, `pooled` a
    figure of all the group's alarms. `decimals` is what a page shows, never what is stored. `level`: a
    `measure` can carry a decision; `screening` points at a resident to look at, never a diagnosis;
    `exploratory` has not been shown to mean anything for a resident.
    """

    name: str
    section: Section
    title: Mapping[str, str]
    unit: str
    direction: Direction
    stream: str
    kind: str | None
    method: str
    period: Literal["night", "day"]
    coverage_floor: float
    summary: Summary
    decimals: int
    level: Level = "measure"
    possible: tuple[float, float] = (0.0, inf)

    def limits(self, low: float | None, high: float | None) -> tuple[float | None, float | None]:
        """The limits of an interval, cut to what is possible: a t interval knows no bounds."""
        least, most = self.possible
        return low if low is None else max(low, least), high if high is None else min(high, most)
