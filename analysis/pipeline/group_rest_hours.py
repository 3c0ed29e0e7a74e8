"""Rest by night and hour over days, weeks or phases, of each group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from analysis.catalogue import HOURS, REST_HOURS, WINDOW_FLOOR
from analysis.pipeline.groups import MetricRow, metric_rows
from analysis.pipeline.measured import NO_DATA
from analysis.pipeline.periods import By, Period, periods
from analysis.pipeline.pilot_data import PilotData
from analysis.pipeline.response_figures import TOO_FEW_PARTICIPANTS
from analysis.pipeline.rest_hours import clock_hours
from analysis.privacy import is_small
from pilots.civil_time import local_date, noon
from pilots.plan import Plan

NO_SUCH_HOUR = "no_such_hour"
"""A clock change left the hour out of the night."""

_NAMES = tuple(f"h{hour:02}" for hour in HOURS)


@dataclass(frozen=True, slots=True)
class RestHoursRow:
    """A group's rest by the hour in one period. `n` counts distinct participants with a value of any hour.

    `hours` holds `h21` to `h06`, in the order of a night, each a row of that hour's own. A suppressed row has
    None for every figure, and so has each of its hours.
    """

    period: str
    time_us: int
    phase: str | None
    group: str
    n: int | None
    hours: Mapping[str, MetricRow]
    suppressed: bool
    reason: str | None


def rest_hour_rows(
    data: PilotData, *, by: By, group: str | None = None, suppress: bool
) -> list[RestHoursRow]:
    """The hours of rest in every period, ascending; of each group, or one.

    Every hour is grouped, and suppressed, as a metric is by `metric_rows`; a row with fewer than five
    participants, or of which hiding leaves nothing, is suppressed as a whole. Of a single night an hour that
    a clock change leaves out is absent, `no_such_hour`. Raises `UnknownGroup`, and ValueError for a `by` that
    does not exist.
    """
    by_hour = [metric_rows(data, metric, by=by, group=group, suppress=suppress) for metric in REST_HOURS]
    # The data of an hour end a night early where a clock change left it out of the last one.
    opened = max(by_hour, key=len)
    found = [{(row.period, row.group): row for row in rows} for rows in by_hour]
    lasting = _periods(data.plan, by, opened)
    told = {name: _Told.of(data, data.members[name]) for name in {row.group or "" for row in opened}}
    rows_of_hours = []
    for row in opened:
        period = lasting[row.period]
        cells = [rows.get((row.period, row.group)) or _bare(row, 0, NO_DATA) for rows in found]
        if by == "day":
            passed = _hours_of_night(period.first, data.plan)
            cells = [
                cell if place in passed else _bare(cell, 0, NO_SUCH_HOUR) for place, cell in enumerate(cells)
            ]
        n = told[row.group or ""].participants(period)
        rows_of_hours.append(_row(row, n, cells, suppress))
    return rows_of_hours


def _row(of: MetricRow, n: int, cells: Sequence[MetricRow], suppress: bool) -> RestHoursRow:
    head = of.period, of.time_us, of.phase, of.group or ""
    nothing_left = all(cell.value is None for cell in cells) and any(cell.suppressed for cell in cells)
    if suppress and (is_small(n) or nothing_left):
        bare = [_bare(cell, None, TOO_FEW_PARTICIPANTS) for cell in cells]
        return RestHoursRow(*head, None, dict(zip(_NAMES, bare, strict=True)), True, TOO_FEW_PARTICIPANTS)
    reason = None if n else of.reason
    return RestHoursRow(*head, n, dict(zip(_NAMES, cells, strict=True)), False, reason)


def _bare(row: MetricRow, n: int | None, reason: str) -> MetricRow:
    """Without any figure; suppressed where not even `n` is told."""
    head = row.period, row.time_us, row.phase, row.group
    return MetricRow(*head, n, None, None, None, None, suppressed=n is None, reason=reason)


def _hours_of_night(day: date, plan: Plan) -> Sequence[int]:
    return clock_hours(noon(day, plan.zone), noon(day + timedelta(days=1), plan.zone), plan.zone)


def _periods(plan: Plan, by: By, rows: Sequence[MetricRow]) -> dict[str, Period]:
    first, last = (local_date(row.time_us, plan.zone) for row in (rows[0], rows[-1]))
    return {period.label: period for period in periods(plan, by, first, last)}


@dataclass(frozen=True, slots=True)
class _Told:
    """Whether any hour has a value, of each participant and night (p, d); `first` is an ordinal."""

    first: int
    any_hour: NDArray[np.bool_]

    @classmethod
    def of(cls, data: PilotData, codes: Sequence[str]) -> "_Told":
        hours = [data.days(metric).of(codes) for metric in REST_HOURS]
        counting = [nights[nights.counting(WINDOW_FLOOR)] for nights in hours]
        days = np.concatenate([nights.day for nights in counting])
        first = int(days.min(initial=date.max.toordinal()))
        any_hour = np.zeros((len(codes), max(int(days.max(initial=0)) - first + 1, 0)), np.bool_)
        for nights in counting:
            any_hour[nights.place, nights.day - first] = True
        return cls(first, any_hour)

    def participants(self, period: Period) -> int:
        """How many have some night of the period."""
        opens, closes = (max(day.toordinal() - self.first, 0) for day in (period.first, period.end))
        return int(np.count_nonzero(self.any_hour[:, opens:closes].any(axis=1)))
