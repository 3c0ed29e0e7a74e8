"""A metric over days, weeks or phases: of each group, of everybody, or of one participant."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.catalogue import METRICS, REST_HOURS
from analysis.pipeline.group_sources import Figures, Source, source_of
from analysis.pipeline.periods import By, Period, periods
from analysis.pipeline.pilot_data import PilotData
from analysis.pipeline.response_figures import TOO_FEW_PARTICIPANTS
from analysis.privacy import suppress_small_cells
from pilots.errors import UnknownGroup, UnknownParticipant
from pilots.plan import Plan

EVERYBODY = "all"
"""Asks for one row over all participants of the pilot, whichever group they are in."""

BY_SUBTRACTION = "by_subtraction"


class UnknownMetric(LookupError):
    """The catalogue has no metric of that name."""


@dataclass(frozen=True, slots=True)
class MetricRow:
    """A metric in one period. `time_us` is the local midnight that opens it, `phase` the one it touches.

    Of a group, `n` counts distinct participants with a value; of one participant, the days, nights or
    alarms behind it. `coverage` is the mean observed share of the expected days (of waits and shares of
    alarms: the share whose fate or outcome is known). A suppressed row has None for every figure, `n`
    included; a value that is absent for another reason says so in `reason`.
    """

    period: str
    time_us: int
    phase: str | None
    group: str | None
    n: int | None
    value: float | None
    ci_low: float | None
    ci_high: float | None
    coverage: float | None
    suppressed: bool
    reason: str | None


def metric_rows(
    data: PilotData,
    metric: str,
    *,
    by: By,
    group: str | None = None,
    participant: str | None = None,
    start: int | None = None,
    end: int | None = None,
    min_coverage: float | None = None,
    suppress: bool,
) -> list[MetricRow]:
    """The metric in every period that opens in [start, end) µs UTC, ascending; one row a period and group.

    The metric is one of the catalogue, or an hour of rest beside it. `group` None gives a row for each group
    of the plan, `"all"` one over everybody, `participant` that person's own. A group's value is the mean over
    its participants' values with a t interval: the resident is the unit, not the night. Response times,
    shares of alarms and alarms per shift are pooled over its alarms, with an interval by resampling
    residents. A slope over a phase is the slope through its nights; over a day or a week it is the last
    30-day slope. `min_coverage` replaces the catalogue's floor. Periods are taken whole, also at the edges of
    [start, end): rows of shifted bounds would tell persons apart by subtraction.

    Raises `UnknownMetric`, `UnknownGroup`, `UnknownParticipant`, ValueError for a `by` that does not exist.
    """
    plan, members = data.plan, data.members
    found = METRICS.get(metric) or REST_HOURS.get(metric)
    if found is None:
        raise UnknownMetric(f"no metric {metric!r}: the catalogue has {', '.join(METRICS)}")
    source = source_of(data, found, by, min_coverage)
    wanted = [
        period
        for period in _periods(plan, by, source)
        if (start is None or period.time_us >= start) and (end is None or period.time_us < end)
    ]
    if participant is not None:
        owner = next((name for name, codes in members.items() if participant in codes), None)
        if owner is None:
            raise UnknownParticipant(f'pilot "{data.pilot}" has no participant "{participant}"')
        return [
            _row(period, owner, figures, TOO_FEW_PARTICIPANTS if suppress and figures.n else None)
            for period in wanted
            for figures in [source.of_participant(period, participant)]
        ]
    if group is not None and group != EVERYBODY and group not in members:
        raise UnknownGroup(f'pilot "{data.pilot}" has no group "{group}": it has {", ".join(members)}')
    return [row for period in wanted for row in _group_rows(source, period, members, group, suppress)]


def latest_values(data: PilotData, *, suppress: bool, group: str | None = None) -> dict[str, MetricRow]:
    """For each metric of the catalogue the group's latest week that has a value, or else the latest that is
    suppressed, if there is one.

    `group` None takes the plan's first group, the one the pilot is about.
    """
    members = data.members
    group = next(iter(members)) if group is None else group
    found: dict[str, MetricRow] = {}
    for metric, entry in METRICS.items():
        source = source_of(data, entry, "week")
        for period in reversed(periods(data.plan, "week", source.first, source.last)):
            (row,) = _group_rows(source, period, members, group, suppress)
            if row.suppressed:
                found.setdefault(metric, row)
            if row.value is not None:
                found[metric] = row
                break
    return found


def _periods(plan: Plan, by: By, source: Source) -> list[Period]:
    if by == "phase":  # every phase has its row, also the one still to come
        return periods(plan, by, plan.phases[0].start, plan.phases[-1].end)
    return periods(plan, by, source.first, source.last)


def _group_rows(
    source: Source, period: Period, members: Mapping[str, Sequence[str]], group: str | None, suppress: bool
) -> Iterator[MetricRow]:
    if group != EVERYBODY:
        for name, codes in members.items():
            if group in (None, name):
                figures = source.of_group(period, codes)
                hidden, _ = suppress_small_cells([figures.participants])
                if suppress and not figures.participants:
                    # Coverage and reason of a few are theirs alone, also where none has a value.
                    hidden, _ = suppress_small_cells([figures.observed])
                yield _row(period, name, figures, TOO_FEW_PARTICIPANTS if suppress and hidden[0] else None)
        return
    figures = source.of_group(period, [code for codes in members.values() for code in codes])
    reason = None
    if suppress:
        parts = [source.of_group(period, codes).participants for codes in members.values()]
        if suppress_small_cells([figures.participants])[0][0]:
            reason = TOO_FEW_PARTICIPANTS
        elif suppress_small_cells(parts, total=figures.participants)[1]:
            reason = BY_SUBTRACTION
    yield _row(period, EVERYBODY, figures, reason)


def _row(period: Period, group: str, figures: Figures, hidden_because: str | None) -> MetricRow:
    if hidden_because is not None:
        nothing = (None,) * 5
        return MetricRow(
            period.label,
            period.time_us,
            period.phase,
            group,
            *nothing,
            suppressed=True,
            reason=hidden_because,
        )
    return MetricRow(
        period.label,
        period.time_us,
        period.phase,
        group,
        figures.n,
        figures.value,
        figures.ci_low,
        figures.ci_high,
        figures.coverage,
        False,
        figures.reason,
    )
