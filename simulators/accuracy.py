"""How far estimates lie from the realised truth, value by value, and how many there are."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import numpy as np

from pilots.records import DailyValue
from simulators.comparison import values_found
from simulators.tolerances import CHANGE, MEAN, MEAN_ABSOLUTE, TOLERANCES, Way
from simulators.true_figures import TRUE_FIGURES
from simulators.true_values import TRUE_VALUES
from simulators.truth import Truth

Values = Mapping[Any, float]
"""By participant and date, or by phase and group."""


class GroupFigure(Protocol):
    """What is read of a pooled figure; `value` is None where there is none."""

    @property
    def phase(self) -> str | None: ...
    @property
    def group(self) -> str | None: ...
    @property
    def value(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The errors of one metric, in its unit: estimate less truth, over the `n` of `expected` that are there.

    `bias` is their mean, `worst` the largest of them with its sign. None where nothing is there. `limits`
    are the tolerances of the three, by the field that they hold.
    """

    metric: str
    unit: str
    n: int
    expected: int
    mean_absolute_error: float | None
    bias: float | None
    worst: float | None
    limits: Mapping[str, float]

    @property
    def present(self) -> float:
        """Share of the values with a truth that are there."""
        return self.n / self.expected

    @property
    def beyond(self) -> tuple[str, ...]:
        """Which of the three are beyond their tolerance."""
        return tuple(
            field
            for field, limit in self.limits.items()
            if (error := getattr(self, field)) is not None and abs(error) > limit
        )


def accuracy(
    truth: Truth,
    values: Iterable[DailyValue],
    figures: Mapping[str, Iterable[GroupFigure]],
    metrics: Collection[str],
    since: date | None = None,
) -> list[Accuracy]:
    """Each of `metrics` that has a truth, in the order of `TOLERANCES`; daily values `since` a date only.

    `values` are daily values as `compare` takes them; `figures` are, by metric, those that are pooled over
    the alarms of each whole phase and group.
    """
    found = values_found(values)
    rows = []
    for metric in dict.fromkeys(tolerance.metric for tolerance in TOLERANCES):
        if metric not in metrics:
            continue
        if metric in TRUE_FIGURES:
            row = _accuracy(metric, _true_figures(truth, metric), _figures(figures[metric]))
        else:
            true = {
                key: value
                for key, value in TRUE_VALUES[metric](truth).items()
                if since is None or key[1] >= since
            }
            row = _accuracy(metric, true, found.get(metric, {}))
        if row.expected:
            rows.append(row)
    return rows


def _accuracy(metric: str, true: Values, estimated: Values) -> Accuracy:
    errors = np.array([estimated[key] - actual for key, actual in true.items() if key in estimated])
    absolute = np.abs(errors)
    tolerances = [each for each in TOLERANCES if each.metric == metric and each.way != CHANGE]
    return Accuracy(
        metric,
        tolerances[0].unit,
        len(errors),
        len(true),
        float(absolute.mean()) if len(errors) else None,
        float(errors.mean()) if len(errors) else None,
        float(errors[absolute.argmax()]) if len(errors) else None,
        {FIELD.get(each.way, "worst"): each.limit for each in tolerances},
    )


FIELD: Mapping[Way, str] = {MEAN: "bias", MEAN_ABSOLUTE: "mean_absolute_error"}
"""What a tolerance holds; the others hold every single value."""


def _true_figures(truth: Truth, metric: str) -> Values:
    groups = dict.fromkeys(participant.group for participant in truth.participants)
    return {
        (phase.name, group): figure
        for phase in truth.phases
        for group in groups
        if (figure := TRUE_FIGURES[metric](truth, phase, group)) is not None
    }


def _figures(rows: Iterable[GroupFigure]) -> Values:
    return {(row.phase, row.group): row.value for row in rows if row.value is not None}
