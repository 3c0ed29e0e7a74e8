"""Visits of night supervision, counted per night from the room's visit log."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PHYSICAL, CAMERA, SHIFT_CLOSED = "physical", "camera", "shift_closed"


@dataclass(frozen=True, slots=True)
class NightVisits:
    """Visits of one night. `complete` says that the log was closed; without it counts are not to be used."""

    physical: int
    camera: int
    complete: bool

    @property
    def coverage(self) -> float:
        """1 when the log of the night was closed, else 0: an empty open log is not a night without visits."""
        return 1.0 if self.complete else 0.0


def visits_per_night(
    time: NDArray[np.int64], visit: NDArray[np.object_], mode: NDArray[np.object_], *, start: int, end: int
) -> NightVisits:
    """Distinct visits by person and by camera in [start, end), the night from local noon to local noon.

    `time` (n,) integer microseconds UTC ascending; `visit` and `mode` (n,) text as in the `visit` stream.
    A visit logged again under its identifier is one visit, in the mode it was logged with last. Planned
    or not and however it ended, a visit counts. The night is complete when a `shift_closed` stands in it.
    """
    modes: dict[str, str] = {}
    complete = False
    night = slice(*time.searchsorted((start, end)).tolist())
    for name, how in zip(visit[night].tolist(), mode[night].tolist(), strict=True):
        if how == SHIFT_CLOSED:
            complete = True
        else:
            modes[name] = how
    counted = list(modes.values())
    return NightVisits(counted.count(PHYSICAL), counted.count(CAMERA), complete)
