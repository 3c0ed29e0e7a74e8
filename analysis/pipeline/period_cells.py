"""Every participant's value of every day or week at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.catalogue import Metric
from analysis.pipeline.metric_days import Days
from analysis.pipeline.periods import Period

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

LENGTH = {"day": 1, "week": 7}
"""Days in a period."""


@dataclass(frozen=True, slots=True)
class PeriodCells:
    """Chosen participants' daily values, `days`, gathered by periods of one length.

    `value` (p, k) is each one's of each period, NaN where none counts. The rows of the k-th period are
    `rows[opens[k]:opens[k + 1]]`, by participant and day; the first of them begins on the ordinal `first`.
    """

    days: Days
    length: int
    first: int
    value: Float64
    rows: Int64
    opens: Int64

    @classmethod
    def of(cls, days: Days, metric: Metric, floor: float, length: int) -> "PeriodCells":
        """By days, or weeks from Monday on; the value is the mean of those that count, or the last."""
        first = int(days.day.min()) if len(days) else 1
        first -= (first - 1) % length  # ordinal 1 was a Monday
        column = (days.day - first) // length
        k = int(column.max()) + 1 if len(days) else 0
        valid = days.counting(floor)
        cell = (days.place * k + column)[valid]
        counted = days.value[valid]
        size = len(days.codes) * k
        if metric.summary == "mean":
            with np.errstate(invalid="ignore"):
                value = np.bincount(cell, counted, size) / np.bincount(cell, minlength=size)
        else:
            value = np.full(size, np.nan)
            last = np.append(cell[1:] != cell[:-1], True)[: len(cell)]
            value[cell[last]] = counted[last]
        return cls(
            days,
            length,
            first,
            value.reshape(len(days.codes), k),
            np.argsort(column.astype(np.int16), kind="stable"),
            np.searchsorted(np.sort(column), np.arange(k + 1)),
        )

    def known(self, period: Period) -> Float64:
        """The values (v,) of those who have one, in the participants' order."""
        k = self._number(period)
        if k is None:
            return np.empty(0)
        values = self.value[:, k]
        return values[~np.isnan(values)]

    def within(self, period: Period) -> Days:
        """The daily values of the period, by participant and day."""
        k = self._number(period)
        return self.days[self.rows[slice(0, 0) if k is None else slice(*self.opens[k : k + 2])]]

    def _number(self, period: Period) -> int | None:
        k = (period.first.toordinal() - self.first) // self.length
        return k if 0 <= k < self.value.shape[1] else None
