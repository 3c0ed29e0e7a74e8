"""Nightly weights of a pilot, read anew only of months whose values are others than when they were read."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from analysis.pipeline.fingerprints import Int64
from pilots.registry import Registry

Weights = tuple[Int64, NDArray[np.float64]]
"""Ordinals of nights (n,) ascending, and the valid weight in kg of each (n,)."""

NO_WEIGHTS: Weights = np.empty(0, np.int64), np.empty(0)


class RememberedWeights:
    """Of the participants of one pilot in one registry."""

    def __init__(self) -> None:
        self._months: dict[tuple[str, date], tuple[int | None, Weights]] = {}

    def read(self, registry: Registry, pilot: str) -> dict[str, Weights]:
        """By participant, as they stand."""
        # Before the weights: those of what is written meanwhile are read again the next time.
        hashes = registry.month_sums(pilot)
        known = {key: month for key, month in self._months.items() if key in hashes}
        changed = [key[1] for key, now in hashes.items() if key not in known or known[key][0] != now]
        if changed:
            start = min(changed)
            known = {key: month for key, month in known.items() if key[1] < start}
            for key, values in registry.counting_values(pilot, "weight_kg", start).items():
                day, kg = zip(*values, strict=True) if values else ((), ())
                nights = np.array(day, np.int64) + (key[1].toordinal() - 1)
                known[key] = hashes.get(key), (nights, np.array(kg, np.float64))
        self._months = known
        found: dict[str, list[Weights]] = {}
        for code, month in sorted(known):
            found.setdefault(code, []).append(known[code, month][1])
        return {
            code: (np.concatenate([day for day, _ in months]), np.concatenate([kg for _, kg in months]))
            for code, months in found.items()
        }
