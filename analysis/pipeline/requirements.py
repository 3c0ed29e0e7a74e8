"""Whether each product does what the plan asks of it: requirement, measured, met or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite, isnan
from typing import Literal

from analysis.pipeline.product_figures import ProductFigure
from analysis.pipeline.product_measures import MEASURES, ProductData
from analysis.pipeline.response_figures import TOO_FEW_PARTICIPANTS
from analysis.privacy import is_small
from analysis.weight import Agreement
from pilots.plan.requirements import Measure, Requirement

Outcome = Literal["met", "not_met", "not_shown"]


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """A requirement on one product, with what was measured of its devices.

    Figures are None where there are none, and `ci_low` or `ci_high` also where a limit is not reached;
    `reason` says why there is no figure or no interval. `n` counts what the figure rests on (`counted`:
    hours, readings, pairs …), `participants` with whom the devices stood. `agreement` is of weights against
    a scale. `met` when the whole interval is on the right side of the limit, `not_met` when all of it is on
    the wrong one. With suppression the devices of 1-4 participants are hidden: a device stands with one
    person.
    """

    requirement: str | None
    product: str | None
    measure: Measure
    unit: str
    at_most: float | None
    at_least: float | None
    measured: float | None
    ci_low: float | None
    ci_high: float | None
    n: int | None
    counted: str
    participants: int | None
    outcome: Outcome
    reason: str | None
    suppressed: bool
    agreement: Agreement | None


def requirement_rows(data: ProductData, *, suppress: bool) -> tuple[RequirementRow, ...]:
    """The plan's requirements in its order, each on the product it names, or on all it can be measured on."""
    rows = []
    for requirement in data.plan.requirements:
        for product in _asked(data, requirement):
            figure = data.figure(requirement.measure, product)
            rows.append(requirement_row(requirement.measure, product, figure, requirement, suppress=suppress))
    return tuple(rows)


def requirement_row(
    measure: Measure,
    product: str | None,
    figure: ProductFigure,
    requirement: Requirement | None,
    *,
    suppress: bool,
) -> RequirementRow:
    """What was measured, held against the requirement; None asks for nothing."""
    at_most, at_least = (requirement.at_most, requirement.at_least) if requirement else (None, None)
    hidden = suppress and is_small(figure.participants)
    return RequirementRow(
        requirement.requirement if requirement else None,
        product,
        measure,
        MEASURES[measure].unit,
        at_most,
        at_least,
        None if hidden else _known(figure.value),
        None if hidden else _known(figure.ci_low),
        None if hidden else _known(figure.ci_high),
        None if hidden else figure.n,
        MEASURES[measure].counted,
        None if hidden else figure.participants,
        "not_shown" if hidden else outcome(figure, at_most, at_least),
        TOO_FEW_PARTICIPANTS if hidden else figure.reason,
        hidden,
        None if hidden else figure.agreement,
    )


def outcome(figure: ProductFigure, at_most: float | None, at_least: float | None) -> Outcome:
    """Where the interval lies; without one nothing is shown, and without a limit nothing is asked."""
    if isnan(figure.ci_low) or isnan(figure.ci_high) or (at_most is None and at_least is None):
        return "not_shown"
    least, most = -inf if at_least is None else at_least, inf if at_most is None else at_most
    if least <= figure.ci_low and figure.ci_high <= most:
        return "met"
    return "not_met" if figure.ci_high < least or figure.ci_low > most else "not_shown"


def _asked(data: ProductData, requirement: Requirement) -> Sequence[str | None]:
    if requirement.product is not None:
        return [requirement.product]
    return data.products(requirement.measure)


def _known(value: float) -> float | None:
    return value if isfinite(value) else None
