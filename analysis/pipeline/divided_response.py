"""How fast alarms are answered week by week, by hour of the day, and by unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from analysis.alarms import Closed
from analysis.pipeline.groups import BY_SUBTRACTION
from analysis.pipeline.periods import periods, phase_period
from analysis.pipeline.pilot_data import PilotData
from analysis.pipeline.response_figures import TOO_FEW_PARTICIPANTS, Interval, response_figures
from analysis.privacy import is_small
from pilots.civil_time import local_date, local_hour

Division = Literal["week", "hour", "unit"]
DIVISIONS: tuple[Division, ...] = get_args(Division)

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ResponsePart:
    """A week, an hour of the local clock or a unit, of one group and stage; the figures as in `ResponseRow`.

    Of `time_us` (the local Monday midnight that opens a week), `hour` (0 to 23) and `unit` one is known.
    `phase` is the week's, where it touches one alone. A suppressed row has None for every figure, and says
    `by_subtraction` where it would tell of the small ones beside it.
    """

    phase: str | None
    time_us: int | None
    hour: int | None
    unit: str | None
    group: str
    stage: str
    n: int | None = None
    censored: int | None = None
    median_s: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    share_within_target: float | None = None
    share_ci_low: float | None = None
    share_ci_high: float | None = None
    suppressed: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Cell:
    """Where alarms fall together: what a row says of that, and which alarms."""

    phase: str | None
    time_us: int | None
    hour: int | None
    unit: str | None
    rows: Rows


def response_parts(
    data: PilotData,
    *,
    by: Division,
    suppress: bool,
    group: str | None = None,
    stage: str | None = None,
    window: tuple[int | None, int | None] = (None, None),
    interval: Interval = "cluster",
    closed: Closed = "competing",
) -> list[ResponsePart]:
    """A row for each part, group and stage (of `group` and `stage` alone where they are given), ascending.

    Of the alarms raised within the plan's phases, and in [start, end) µs UTC of `window`. With `suppress` ask
    without a window: two that differ by a little would tell of the few alarms between. Parts of one group
    add up to its phases, so no 1-4 participants are left behind what is shown. Raises ValueError for a
    `by`, `interval` or `closed` that does not exist, and for a window with `suppress`.
    """
    if suppress and window != (None, None):
        raise ValueError(f"window is {window}: who sees groups is told of all phases together")
    if by not in DIVISIONS:
        raise ValueError(f"by is {by!r}: take one of {', '.join(DIVISIONS)}")
    if closed not in ("competing", "censored"):
        raise ValueError(f"closed is {closed!r}: take competing or censored")
    targets = {"acknowledged": data.plan.targets.acknowledge_s, "arrived": data.plan.targets.arrive_s}
    stages = [each for each in targets if stage in (None, each)]
    divided = {
        each: _divided(data, by, codes, *window)
        for each, codes in data.members.items()
        if group in (None, each)
    }
    found = []
    for place in range(max((len(cells) for cells, _ in divided.values()), default=0)):
        for name, (cells, hidden) in divided.items():
            cell = cells[place]
            for asked in stages:
                reason = hidden.get(place) if suppress else None
                found.append(_part(data, cell, name, asked, targets[asked], interval, closed, reason))
    return found


def _part(
    data: PilotData,
    cell: _Cell,
    group: str,
    stage: str,
    target_s: float,
    interval: Interval,
    closed: Closed,
    hidden: str | None,
) -> ResponsePart:
    where = (cell.phase, cell.time_us, cell.hour, cell.unit, group, stage)
    if hidden is not None:
        return ResponsePart(*where, suppressed=True, reason=hidden)
    figures = response_figures(data.alarms.responses_of(cell.rows, stage, closed=closed), target_s, interval)
    return ResponsePart(
        *where,
        figures.n,
        figures.censored,
        figures.median_s,
        figures.ci_low,
        figures.ci_high,
        figures.share_within_target,
        figures.share_ci_low,
        figures.share_ci_high,
        False,
        figures.reason,
    )


def _divided(
    data: PilotData, by: Division, codes: Sequence[str], start: int | None, end: int | None
) -> tuple[list[_Cell], Mapping[int, str]]:
    """A group's cells, and why those that must not be shown are hidden, by their place."""
    plan, alarms = data.plan, data.alarms
    whole = [phase_period(plan, phase) for phase in plan.phases]
    opens, ends = min(each.time_us for each in whole), max(each.end_us for each in whole)
    rows = alarms.rows(
        start=opens if start is None else max(start, opens),
        end=ends if end is None else min(end, ends),
        participants=codes,
    )
    if by == "week":
        cells = _weeks(data, rows)
    elif by == "hour":
        hours = np.array([local_hour(int(at), plan.zone) for at in alarms.table.at["raised"][rows]], np.int64)
        cells = [_Cell(None, None, hour, None, rows[hours == hour]) for hour in range(24)]
    else:
        unit_of = {person.code: person.unit for person in data.people}
        units = np.array([unit_of[alarms.participants[owner]] for owner in alarms.participant[rows]], object)
        cells = [_Cell(None, None, None, unit, rows[units == unit]) for unit in plan.units]
    raised, owner = alarms.table.at["raised"], alarms.participant
    # Weeks add up to the published total of their phase, hours and units to that of all phases.
    spans = [(each.time_us, each.end_us) for each in whole] if by == "week" else [(opens, ends)]
    totals = []
    for first, past in spans:
        within = [cell.rows[(raised[cell.rows] >= first) & (raised[cell.rows] < past)] for cell in cells]
        people = [set(owner[each].tolist()) for each in within]
        everybody = set(owner[rows[(raised[rows] >= first) & (raised[rows] < past)]].tolist())
        totals.append((people, everybody.difference(*people)))
    return cells, _hidden([set(owner[cell.rows].tolist()) for cell in cells], totals)


def _weeks(data: PilotData, rows: Rows) -> list[_Cell]:
    """From the plan's first week to the last that has data, also those without an alarm."""
    plan, alarms = data.plan, data.alarms
    if not alarms.end:
        return []
    last = min(local_date(alarms.end, plan.zone), max(phase.end for phase in plan.phases))
    first: date = min(phase.start for phase in plan.phases)
    raised = alarms.table.at["raised"][rows]
    return [
        _Cell(week.phase, week.time_us, None, None, rows[(raised >= week.time_us) & (raised < week.end_us)])
        for week in periods(plan, "week", first, last)
    ]


def _hidden(
    people: Sequence[set[int]], totals: Sequence[tuple[Sequence[set[int]], set[int]]]
) -> dict[int, str]:
    """Cells of few, and of those shown the smallest, until of every total nobody or enough stand in what is
    hidden; a total is who of each cell stands in it, and who stands in it beside the cells."""
    hidden = {place: TOO_FEW_PARTICIPANTS for place, those in enumerate(people) if is_small(len(those))}
    while True:
        given_away = [shown for within, beside in totals if (shown := _shown_of_few(within, beside, hidden))]
        if not given_away:
            return hidden
        hidden[min(given_away[0], key=lambda place: len(people[place]))] = BY_SUBTRACTION


def _shown_of_few(within: Sequence[set[int]], beside: set[int], hidden: Mapping[int, str]) -> list[int]:
    """The cells shown of a total, where with it they tell of the 1-4 who are left."""
    if not is_small(len(beside.union(*(within[place] for place in hidden)))):
        return []
    return [place for place, those in enumerate(within) if those and place not in hidden]
