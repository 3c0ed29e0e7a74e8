"""Exits found against exits that took place, one to one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.timing import SECOND


@dataclass(frozen=True, slots=True)
class ExitMatch:
    """How many true exits were found, and how many of the found are true."""

    matched: int
    true: int
    found: int

    @property
    def recall(self) -> float:
        """Share of the true exits that were found; NaN when there was none."""
        return self.matched / self.true if self.true else float("nan")

    @property
    def precision(self) -> float:
        """Share of the found exits that took place; NaN when none was found."""
        return self.matched / self.found if self.found else float("nan")


def match_exits(found: NDArray[np.int64], true: NDArray[np.int64], tolerance_s: float = 30.0) -> ExitMatch:
    """Match exits (n, 2) in µs UTC, [left, returned), each sorted by time and without overlaps.

    A pair matches when both its leaving and its return lie within `tolerance_s` of each other; every
    exit is matched at most once.
    """
    tolerance = round(tolerance_s * SECOND)
    matched, place = 0, 0
    for left, returned in np.asarray(true, dtype=np.int64).reshape(-1, 2).tolist():
        while place < len(found) and found[place, 0] < left - tolerance:
            place += 1
        if place == len(found):
            break
        if found[place, 0] <= left + tolerance and abs(int(found[place, 1]) - returned) <= tolerance:
            matched += 1
            place += 1
    return ExitMatch(matched, len(true), len(found))
