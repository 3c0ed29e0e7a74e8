"""Estimates against the realised truth: what an analysis found, what was there, and whether that is right."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pilots.records import DailyValue
from simulators.tolerances import (
    CHANGE,
    KNOWN_TO_MISS,
    LARGEST,
    MEAN,
    MEAN_ABSOLUTE,
    POOLED,
    TOLERANCES,
    Tolerance,
)
from simulators.true_figures import STAGES, alarms_behind, true_median_s
from simulators.true_values import TRUE_VALUES, Key, Numbers
from simulators.truth import Truth

MOST_PRESENT = 0.95
"""An estimate that leaves out more than one night in twenty has not been shown to be right."""


class ResponseMedian(Protocol):
    """What is read of a row of response times; `median_s` is None where half is never reached."""

    @property
    def phase(self) -> str | None: ...
    @property
    def group(self) -> str | None: ...
    @property
    def stage(self) -> str: ...
    @property
    def median_s(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One metric, one way of comparing. `n` of `expected` values were there to be compared.

    Ways: *mean* sets the means over nights or days against each other; *mean absolute error* and
    *largest error* look at every night or day by itself (estimate and truth are then the means, or those
    of the worst one); *median …* compares medians of the cumulative incidence; *change* is the mean over
    the intervention group's participants of second phase less first, wash-in left out.
    """

    metric: str
    way: str
    unit: str
    estimate: float | None
    truth: float | None
    error: float
    tolerance: float
    within: bool
    n: int
    expected: int


def compare(
    truth: Truth, values: Iterable[DailyValue], responses: Iterable[ResponseMedian] = ()
) -> list[ComparisonRow]:
    """A row for every tolerance of `TOLERANCES` that has a truth, in that order.

    A metric without any value is not within. What a short story has no truth of is left out: a trend in
    its first weeks, a change without a second phase. So is what is pooled over alarms, which are no daily
    values, and what is known to miss.

    `values` are daily values under the names of the catalogue; one with a reason counts as absent.
    `responses` are rows per phase (wash-in included) and group for stages `acknowledged` and `arrived`;
    without any, response times are left out.
    """
    found = values_found(values)
    medians = list(responses)
    rows: list[ComparisonRow] = []
    for tolerance in TOLERANCES:
        if tolerance.way == POOLED or tolerance.metric in KNOWN_TO_MISS:
            continue
        if tolerance.metric in STAGES:
            rows += _compare_medians(tolerance, truth, medians)
            continue
        true = TRUE_VALUES[tolerance.metric](truth)
        estimated = found.get(tolerance.metric, {})
        if not true or (tolerance.way == CHANGE and math.isnan(phase_change(truth, true))):
            continue
        rows.append(_compare_values(tolerance, truth, true, estimated))
    return rows


def values_found(values: Iterable[DailyValue]) -> dict[str, dict[Key, float]]:
    """Daily values by metric, participant and date, without those that are absent or have a reason."""
    found: dict[str, dict[Key, float]] = {}
    for value in values:
        if value.value is not None and value.reason is None:
            found.setdefault(value.metric, {})[value.participant, value.day] = value.value
    return found


def _compare_values(tolerance: Tolerance, truth: Truth, true: Numbers, estimated: Numbers) -> ComparisonRow:
    shared = [key for key in true if key in estimated]
    n, expected = len(shared), len(true)
    if not shared:
        return _row(tolerance, None, None, math.inf, n, expected)
    estimates = np.array([estimated[key] for key in shared])
    truths = np.array([true[key] for key in shared])
    errors = np.abs(estimates - truths)
    if tolerance.way == LARGEST:
        worst = int(errors.argmax())
        estimate, actual, error = estimates[worst], truths[worst], errors[worst]
    elif tolerance.way == MEAN_ABSOLUTE:
        estimate, actual, error = estimates.mean(), truths.mean(), errors.mean()
    elif tolerance.way == MEAN:
        estimate, actual = estimates.mean(), truths.mean()
        error = abs(estimate - actual)
    else:
        changes = [phase_change(truth, {key: values[key] for key in shared}) for values in (estimated, true)]
        estimate, actual = changes
        error = abs(estimate - actual) if all(map(math.isfinite, changes)) else math.inf
    return _row(tolerance, float(estimate), float(actual), float(error), n, expected)


def _row(
    tolerance: Tolerance,
    estimate: float | None,
    truth: float | None,
    error: float,
    n: int,
    expected: int,
    where: str = "",
) -> ComparisonRow:
    way = f"{tolerance.way}: {where}" if where else tolerance.way
    within = error <= tolerance.limit and n >= MOST_PRESENT * expected
    return ComparisonRow(
        tolerance.metric,
        way,
        tolerance.unit,
        estimate,
        truth,
        error,
        tolerance.limit,
        within,
        n,
        expected,
    )


def phase_change(truth: Truth, values: Numbers, group: str = "intervention") -> float:
    """Mean over a group's participants of the second phase's mean less the first's; NaN without both.

    Days of wash-in and participants who lack one of the phases are left out.
    """
    if len(truth.phases) < 2:
        return math.nan
    differences = []
    for participant in truth.participants:
        if participant.group != group:
            continue
        means = []
        for phase in truth.phases[:2]:
            inside = [
                value
                for (code, day), value in values.items()
                if code == participant.code and phase.evaluated_from <= day <= phase.end
            ]
            if inside:
                means.append(float(np.mean(inside)))
        if len(means) == 2:
            differences.append(means[1] - means[0])
    return float(np.mean(differences)) if differences else math.nan


def _compare_medians(
    tolerance: Tolerance, truth: Truth, medians: list[ResponseMedian]
) -> list[ComparisonRow]:
    stage, _ = STAGES[tolerance.metric]
    rows = []
    for row in medians:
        phases = [phase for phase in truth.phases if phase.name == row.phase]
        if row.stage != stage or row.group is None or not phases:
            continue
        actual = true_median_s(truth, tolerance.metric, phases[0], row.group)
        if actual is None or row.median_s is None:
            error = 0.0 if actual is row.median_s else math.inf
        else:
            error = abs(row.median_s - actual)
        n = len(alarms_behind(truth, phases[0], row.group))
        rows.append(_row(tolerance, row.median_s, actual, error, n, n, where=f"{row.phase}, {row.group}"))
    return rows
