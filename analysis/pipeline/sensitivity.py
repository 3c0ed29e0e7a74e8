"""Whether the primary result stands when what could have been otherwise is taken otherwise."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.catalogue import METRICS, Metric
from analysis.difference_in_differences import difference_in_differences, parallel_trends
from analysis.effects import FEWEST_FOR_INTERVAL, hodges_lehmann
from analysis.imputation import multiple_imputation, tipping_point
from analysis.imputed_difference import imputed_difference, tipping_shift
from analysis.pipeline.comparison import Pairs, against_others, before_and_after
from analysis.pipeline.dropout_flow import BEYOND_ANYBODY
from analysis.pipeline.study import Study
from analysis.pipeline.verdicts import Shown, Verdict, verdict
from analysis.privacy import is_small
from pilots.plan import Goal

Float64 = NDArray[np.float64]
Flags = NDArray[np.bool_]

Analysis = Literal[
    "complete_case",
    "before_after",
    "worst_case",
    "best_case",
    "multiple_imputation",
    "tipping_point",
    "parallel_trends",
]


@dataclass(frozen=True, slots=True)
class SensitivityRow:
    """The primary goal by another analysis; `n` participants of the first group stand in it.

    `complete_case`: only those who stayed to the end. `before_after`: without the comparison group.
    `worst_case` and `best_case`: whoever started and has no value changed by the worst, or the best, that
    was measured, and in a comparison group the other way. `multiple_imputation`: they are drawn from what
    others with their baseline did, except who died or moved. `tipping_point`: as much worse (`note_value`, in
    the metric's unit) must the imputed be for the interval to reach no change; infinite is None.
    `parallel_trends`: the design on the two halves of the earlier phase, where nothing happened.
    """

    analysis: Analysis
    metric: str
    n: int | None
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    verdict: Verdict | None
    note_value: float | None
    suppressed: bool


def sensitivity_rows(study: Study, *, suppress: bool) -> Iterator[SensitivityRow]:
    """The rows of the primary goal; none where it is pooled over alarms, or nobody is compared."""
    goal = study.goal
    if goal is None or len(study.phases) < 2 or METRICS[goal.metric].summary == "pooled":
        return
    metric = METRICS[goal.metric]
    pairs = study.pairs(metric)
    if not (study.ours & pairs.whole).any():
        return
    against = study.is_against_others(metric)
    rows = [_complete_case(study, pairs, against), *_imputed(study, pairs, goal, against)]
    if against:
        rows[1:1] = [_row("before_after", *_change(pairs, study.ours & study.taking_part))]
        rows += _parallel(study, metric)
    compared = int((study.ours & study.taking_part & pairs.whole).sum())

    def beside(row: SensitivityRow) -> int:
        """How many the complete cases and the primary result differ by: their change would follow."""
        return abs(compared - (row.n or 0)) if row.analysis == "complete_case" else 0

    for row in rows:
        told = replace(row, metric=goal.metric)
        if row.analysis != "parallel_trends" and row.ci_low is not None:
            told = replace(told, verdict=_word(goal, row))
        yield _hidden(told) if suppress and (is_small(row.n or 0) or is_small(beside(row))) else told


def _complete_case(study: Study, pairs: Pairs, against: bool) -> SensitivityRow:
    who = study.ours & study.stayed
    if not against or study.others is None or not (who & pairs.whole).any():
        return _row("complete_case", *_change(pairs, who))
    found = against_others(pairs, who, study.others & study.stayed)
    return _row("complete_case", found.n, found.estimate, found.ci_low, found.ci_high)


def _imputed(study: Study, pairs: Pairs, goal: Goal, against: bool) -> Iterator[SensitivityRow]:
    started = np.isfinite(pairs.before.value)
    ours = study.ours & started
    others = study.others & started if against and study.others is not None else None
    n = int(ours.sum())
    changes = pairs.changes
    up = goal.direction == "up"
    for analysis, worse in (("worst_case", True), ("best_case", False)):
        lowest = up == worse
        filled = _filled(changes, ours, lowest)
        if others is None:
            change = hodges_lehmann(filled[ours])
            yield _row(analysis, n, change.estimate, change.ci_low, change.ci_high)  # type: ignore[arg-type]
        else:
            filled = np.where(others, _filled(changes, others, not lowest), filled)
            both = ours | others
            told = difference_in_differences(
                np.concatenate([np.zeros(int(both.sum())), filled[both]]),
                np.tile(np.arange(int(both.sum())), 2),
                np.tile(ours[both], 2),
                np.repeat([False, True], int(both.sum())),
            )
            yield _row(analysis, n, told.estimate, told.ci_low, told.ci_high)  # type: ignore[arg-type]
    before, after, at_random = pairs.before.value, pairs.after.value, _at_random(study)
    if others is None:
        imputed = multiple_imputation(before[ours], after[ours], at_random[ours]).change
        yield _row("multiple_imputation", n, imputed.estimate, imputed.ci_low, imputed.ci_high)
        tip = tipping_point(before[ours], after[ours], at_random[ours])
        yield replace(_row("tipping_point", n), note_value=_finite(tip.delta))
        return
    theirs = multiple_imputation(before[others], after[others], at_random[others])
    found = imputed_difference(multiple_imputation(before[ours], after[ours], at_random[ours]), theirs)
    yield _row("multiple_imputation", n, found.estimate, found.ci_low, found.ci_high)
    spread = float(np.nanstd(changes[ours]))
    shift = tipping_shift(
        lambda delta: imputed_difference(
            multiple_imputation(before[ours], after[ours], at_random[ours], delta=delta), theirs
        ),
        spread or 1.0,
    )
    yield replace(_row("tipping_point", n), note_value=_finite(shift))


def _filled(changes: Float64, who: Flags, lowest: bool) -> Float64:
    known = changes[who & np.isfinite(changes)]
    if len(known) == 0:
        return changes
    return np.where(who & np.isnan(changes), known.min() if lowest else known.max(), changes)


def _at_random(study: Study) -> Flags:
    """Who may be imputed: not who died, moved or came to hospital."""
    why = {person.code: person.left_because for person in study.data.people}
    return np.array([why[code] not in BEYOND_ANYBODY for code in study.codes], np.bool_)


def _parallel(study: Study, metric: Metric) -> Iterator[SensitivityRow]:
    """Nothing happened in the middle of the earlier phase: a difference there is the groups' own."""
    if metric.summary != "mean" or study.others is None:
        return
    table = study.table(metric)
    rows = table.counting(metric.coverage_floor) & table.within(study.periods[0])
    taking_part = study.pairs(metric).whole & study.taking_part & (study.ours | study.others)
    rows &= taking_part[table.place]
    first, end = study.periods[0].first, study.periods[0].end
    late = ~table.within(replace(study.periods[0], end=first + (end - first) / 2))
    halves = [
        table.per_participant(rows & half, table.value) / np.maximum(table.per_participant(rows & half), 1)
        for half in (~late, late)
    ]
    seen = [table.per_participant(rows & half) > 0 for half in (~late, late)]
    who = np.flatnonzero(seen[0] & seen[1])
    if not (study.ours[who].any() and study.others[who].any()):
        return
    found = parallel_trends(
        np.repeat([0.0, 1.0], len(who)),
        np.concatenate([half[who] for half in halves]),
        np.tile(np.arange(len(who)), 2),
        np.tile(study.ours[who], 2),
        at=1.0,
    ).placebo
    yield _row("parallel_trends", int(study.ours[who].sum()), found.estimate, found.ci_low, found.ci_high)


def _change(pairs: Pairs, who: Flags) -> tuple[int, float | None, float | None, float | None]:
    found = before_and_after(pairs, who)
    return found.n, found.estimate, found.ci_low, found.ci_high


def _row(
    analysis: Analysis,
    n: int,
    estimate: float | None = None,
    ci_low: float | None = None,
    ci_high: float | None = None,
) -> SensitivityRow:
    figures = (_finite(estimate), _finite(ci_low), _finite(ci_high))
    if n < FEWEST_FOR_INTERVAL:
        figures = figures[0], None, None
    return SensitivityRow(analysis, "", n, *figures, None, None, False)


def _word(goal: Goal, row: SensitivityRow) -> Verdict:
    return verdict(Shown(row.estimate, row.ci_low, row.ci_high, goal.direction, goal.minimum_change))


def _hidden(row: SensitivityRow) -> SensitivityRow:
    return SensitivityRow(row.analysis, row.metric, None, None, None, None, None, None, True)


def _finite(number: float | None) -> float | None:
    return float(number) if number is not None and np.isfinite(number) else None
