"""The valid nightly weights of a participant, as they are known and as a run makes them anew."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from analysis.pipeline.fingerprints import Int64, trailing_prints
from analysis.pipeline.weights import REACH_NIGHTS


class NightlyWeights:
    """In kg, of so many `nights` from the `first` on, and of those that they look back on; those `known` are
    ordinals of nights (n,) and kg (n,)."""

    def __init__(self, first: date, nights: int, known: tuple[Int64, NDArray[np.float64]]) -> None:
        self._opens = first.toordinal() - REACH_NIGHTS + 1
        self._kg = np.full(nights + REACH_NIGHTS - 1, np.nan)
        place = known[0] - self._opens
        within = (place >= 0) & (place < len(self._kg))
        self._kg[place[within]] = known[1][within]

    def note(self, night: date, kg: float | None) -> None:
        """Replace what is known of one of the nights; None where it has no weight that counts."""
        self._kg[night.toordinal() - self._opens] = np.nan if kg is None else kg

    def behind(self, nights: Int64) -> tuple[Int64, NDArray[np.float64]]:
        """What the nights, ordinals (w,) ascending, look back on: ordinals (n,) ascending and kg (n,)."""
        if not len(nights):
            return np.empty(0, np.int64), np.empty(0)
        opens = int(nights[0]) - REACH_NIGHTS + 1
        part = self._kg[opens - self._opens : int(nights[-1]) - self._opens + 1]
        there = np.flatnonzero(~np.isnan(part))
        return there + opens, part[there]


def weights_made_from(day: Int64, kg: NDArray[np.float64], nights: Int64) -> Int64:
    """The fingerprints (w,) of what trend and change of the `nights`, ordinals (w,), look back on, among the
    weights `kg` (n,) of the `day` ordinals (n,) ascending."""
    return trailing_prints(day, kg, nights, REACH_NIGHTS)
