"""Participants' means week by week, and the designs that are made from them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from analysis.interrupted_series import ENOUGH_FOR_THE_INTERVAL, segmented_regression
from analysis.least_squares import Coefficient
from analysis.mixed_model import mixed_model
from analysis.pipeline.comparison import Comparison
from analysis.pipeline.metric_days import Days
from analysis.pipeline.response_figures import TOO_FEW_PARTICIPANTS
from pilots.plan import Phase

Float64 = NDArray[np.float64]
Flags = NDArray[np.bool_]

DAYS_A_WEEK = 7

SERIES = "Interrupted series of weekly group means at its last week, {how}"
NARROW = "{series}, interval may be too narrow under 48 weeks"
MIXED = (
    "Weekly means, random intercept for each participant (REML), standard error by participants, "
    "t(participants - 1)"
)


@dataclass(frozen=True, slots=True)
class Weeks:
    """`mean` (p, w) of participants' days or nights that count, NaN where a week has none; `number` (w,)
    counts weeks from `origin`."""

    mean: Float64
    number: NDArray[np.int64]
    origin: date

    @classmethod
    def of(cls, table: Days, floor: float, origin: date, phases: Sequence[Phase] | None = None) -> "Weeks":
        """Weeks of seven days from `origin`, before it too; only days of those `phases` (None: every day)."""
        rows: Flags = table.counting(floor)
        if phases is not None:
            inside = np.zeros(len(rows), np.bool_)
            for each in phases:
                inside |= table.between(each.start, each.end + timedelta(days=1))
            rows = rows & inside
        week = (table.day[rows] - origin.toordinal()) // DAYS_A_WEEK
        p = len(table.codes)
        if len(week) == 0:
            return cls(np.empty((p, 0)), np.empty(0, np.int64), origin)
        number = np.arange(week.min(), week.max() + 1)
        cell = table.place[rows] * len(number) + (week - number[0])
        size = p * len(number)
        with np.errstate(invalid="ignore"):
            mean = np.bincount(cell, table.value[rows], size) / np.bincount(cell, minlength=size)
        return cls(mean.reshape(p, len(number)), number, origin)

    def counts(self, who: Flags, wash_in: int) -> tuple[int, int]:
        """How many weeks before the origin, and after the wash-in, anybody has a mean of."""
        seen = np.asarray(np.isfinite(self.mean[who]).any(axis=0))
        before, after = seen[self.number < 0], seen[self.number >= wash_in]
        return int(before.sum()), int(after.sum())


def weeks_of_wash_in(phase: Phase) -> int:
    """Every week that a day of the wash-in lies in."""
    return -(-phase.wash_in_days // DAYS_A_WEEK)


def interrupted_series(
    weeks: Weeks, who: Flags, level: Float64, wash_in: int, found: Comparison
) -> Comparison:
    """`found` with the change from the line before to the last week, of the participants' weekly mean.

    Each participant counts as the distance from a `level` (p,) of their own: who is missing a week does not
    move it.
    """
    mean = weeks.mean[who] - level[who][:, None]
    seen = np.isfinite(mean).any(axis=0)
    series = np.nanmean(mean[:, seen], axis=0)
    fit = segmented_regression(
        weeks.number[seen].astype(np.float64), series, interruption=0.0, wash_in=float(wash_in)
    )
    series = SERIES.format(how=fit.method)
    short = min(fit.n_before, fit.n_after) < ENOUGH_FOR_THE_INTERVAL
    return _with(found, fit.effect, NARROW.format(series=series) if short else series)


def repeated_measures(weeks: Weeks, who: Flags, wash_in: int, found: Comparison) -> Comparison:
    """`found` with the change that the participants' weekly means share, each with a level of their own."""
    kept = (weeks.number < 0) | (weeks.number >= wash_in)
    y = weeks.mean[who][:, kept]
    after = np.broadcast_to(weeks.number[kept] >= 0, y.shape).ravel().astype(np.float64)
    resident = np.repeat(np.arange(len(y)), y.shape[1])
    design = np.column_stack([np.ones(len(after)), after])
    fit = mixed_model(design, y.ravel(), resident, robust=True).fit
    return _with(found, fit.combination(np.array([0.0, 1.0])), MIXED)


def _with(found: Comparison, change: Coefficient, method: str) -> Comparison:
    told = bool(np.isfinite(change.ci_low))
    return replace(
        found,
        estimate=change.value,
        ci_low=change.ci_low if told else None,
        ci_high=change.ci_high if told else None,
        p=change.p if told and np.isfinite(change.p) else None,
        method=method,
        estimate_rests=found.rests,
        reason=None if told else TOO_FEW_PARTICIPANTS,
    )
