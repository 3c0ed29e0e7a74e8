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
from analysis.imputed_difference import ImputedDifference, imputed_difference, tipping_shift
from analysis.pipeline.comparison import Pairs, against_others, before_and_after, described
from analysis.pipeline.dropout_flow import BEYOND_ANYBODY
from analysis.pipeline.groups import BY_SUBTRACTION
from analysis.pipeline.response_figures import TOO_FEW_PARTICIPANTS
from analysis.pipeline.study import Study
from analysis.pipeline.verdicts import Shown, Verdict, verdict
from analysis.privacy import is_small
from pilots.plan import Goal

Float64 = NDArray[np.float64]
Flags = NDArray[np.bool_]
Few = tuple[int, ...]

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
    Of a row hidden `by_subtraction` the verdict is still told, but for complete cases.
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
    reason: str | None = None


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
    rows = [_complete_case(study, pairs, against)]
    if against:
        rows.append((_row("before_after", *_change(pairs, study.ours & study.taking_part)), ()))
    rows += [*_cases(study, pairs, goal, against), *_imputed(study, pairs, against)]
    if against:
        rows += _parallel(study, metric)
    for row, few in rows:
        told = replace(row, metric=goal.metric)
        if row.analysis != "parallel_trends" and row.ci_low is not None:
            told = replace(told, verdict=_word(goal, row))
        yield _published(told, few) if suppress else told


def _published(row: SensitivityRow, few: Few) -> SensitivityRow:
    """As those may see it who see groups only; `few` counts who would be left after subtracting the row from
    what else is published, or the other way around."""
    without = replace(row, estimate=None, ci_low=None, ci_high=None, note_value=None, suppressed=True)
    if is_small(row.n or 0):
        return replace(without, n=None, verdict=None, reason=TOO_FEW_PARTICIPANTS)
    if not any(is_small(abs(count)) for count in few):
        return row
    if row.analysis == "complete_case":
        without = replace(without, verdict=None)
    return replace(without, n=None, reason=BY_SUBTRACTION)


def _beside(study: Study, pairs: Pairs, against: bool) -> Few:
    """How many more stand in the phases' published means than are compared."""
    rests = described(pairs, study.ours & study.taking_part).rests
    if not against or study.others is None:
        return rests
    return (*rests, *described(pairs, study.others & study.taking_part).rests)


def _complete_case(study: Study, pairs: Pairs, against: bool) -> tuple[SensitivityRow, Few]:
    who = study.ours & study.stayed
    compared = int((study.ours & study.taking_part & pairs.whole).sum())
    if not against or study.others is None or not (who & pairs.whole).any():
        n, *figures = _change(pairs, who)
        return _row("complete_case", n, *figures), (compared - n,)
    others = study.others & study.stayed
    found = against_others(pairs, who, others)
    theirs = int((study.others & study.taking_part & pairs.whole).sum() - (others & pairs.whole).sum())
    row = _row("complete_case", found.n, found.estimate, found.ci_low, found.ci_high)
    return row, (compared - found.n, theirs, *found.estimate_rests)


def _cases(study: Study, pairs: Pairs, goal: Goal, against: bool) -> Iterator[tuple[SensitivityRow, Few]]:
    """Whoever has no later value changed by the worst, then by the best, that was measured."""
    ours, others = _started(study, pairs, against)
    n, up = int(ours.sum()), goal.direction == "up"
    asked = ours if others is None else ours | others
    # The worst and the best are single persons' changes, however many they stand in for.
    few: Few = (int((asked & ~pairs.whole).any()),)
    if against:
        few = (*few, *_beside(study, pairs, against))
    cases: tuple[tuple[Analysis, bool], ...] = (("worst_case", up), ("best_case", not up))
    for analysis, lowest in cases:
        filled = _filled(pairs.changes, ours, lowest)
        if others is None:
            change = hodges_lehmann(filled[ours])
            yield _row(analysis, n, change.estimate, change.ci_low, change.ci_high), few
            continue
        both = ours | others
        changes, people = _filled(filled, others, not lowest)[both], int(both.sum())
        told = difference_in_differences(
            np.r_[np.zeros(people), changes],
            np.tile(np.arange(people), 2),
            np.tile(ours[both], 2),
            np.repeat([False, True], people),
        )
        yield _row(analysis, n, told.estimate, told.ci_low, told.ci_high), few


def _imputed(study: Study, pairs: Pairs, against: bool) -> Iterator[tuple[SensitivityRow, Few]]:
    """Whoever has no later value drawn from what is likely, and how far from that it takes to tip."""
    ours, others = _started(study, pairs, against)
    at_random = _at_random(study)
    n = int((ours & (pairs.whole | at_random)).sum())

    def values(who: Flags) -> tuple[Float64, Float64, Flags]:
        return pairs.before.value[who], pairs.after.value[who], at_random[who]

    # What is drawn for a few follows from their earlier values.
    few = _beside(study, pairs, against)
    for who in (ours, others):
        if who is not None:
            few = (*few, int((who & ~pairs.whole).sum()), int((who & ~pairs.whole & at_random).sum()))
    if others is None:
        change = multiple_imputation(*values(ours)).change
        yield _row("multiple_imputation", n, change.estimate, change.ci_low, change.ci_high), few
        yield replace(_row("tipping_point", n), note_value=_finite(tipping_point(*values(ours)).delta)), few
        return
    theirs = multiple_imputation(*values(others))

    def shifted(delta: float) -> ImputedDifference:
        return imputed_difference(multiple_imputation(*values(ours), delta=delta), theirs)

    told = shifted(0.0)
    yield _row("multiple_imputation", n, told.estimate, told.ci_low, told.ci_high), few
    unit = float(np.nanstd(pairs.changes[ours])) or 1.0
    yield replace(_row("tipping_point", n), note_value=_finite(tipping_shift(shifted, unit))), few


def _started(study: Study, pairs: Pairs, against: bool) -> tuple[Flags, Flags | None]:
    """Who was measured before, in the first group and, where it is compared with, in the other."""
    started = np.isfinite(pairs.before.value)
    return study.ours & started, study.others & started if against and study.others is not None else None


def _filled(changes: Float64, who: Flags, lowest: bool) -> Float64:
    known = changes[who & np.isfinite(changes)]
    if len(known) == 0:
        return changes
    return np.where(who & np.isnan(changes), known.min() if lowest else known.max(), changes)


def _at_random(study: Study) -> Flags:
    """Who may be imputed: not who died, moved or came to hospital."""
    why = {person.code: person.left_because for person in study.data.people}
    return np.array([why[code] not in BEYOND_ANYBODY for code in study.codes], np.bool_)


def _parallel(study: Study, metric: Metric) -> Iterator[tuple[SensitivityRow, Few]]:
    """Nothing happened in the middle of the earlier phase: a difference there is the groups' own."""
    if metric.summary != "mean" or study.others is None:
        return
    table = study.table(metric)
    rows = table.counting(metric.coverage_floor) & table.within(study.periods[0])
    pairs = study.pairs(metric)
    taking_part = pairs.whole & study.taking_part & (study.ours | study.others)
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
    row = _row("parallel_trends", int(study.ours[who].sum()), found.estimate, found.ci_low, found.ci_high)
    published = pairs.before.published
    few = [int((group & published).sum() - group[who].sum()) for group in (study.ours, study.others)]
    yield row, tuple(few)


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


def _finite(number: float | None) -> float | None:
    return float(number) if number is not None and np.isfinite(number) else None
