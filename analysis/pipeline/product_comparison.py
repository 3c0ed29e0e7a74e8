"""Products side by side: the same measures by the same definitions, each held to the same requirements."""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.pipeline.product_measures import MEASURES, ProductData
from analysis.pipeline.requirements import RequirementRow, requirement_row
from pilots.errors import UnknownProduct
from pilots.plan.requirements import Measure, Requirement


@dataclass(frozen=True, slots=True)
class ComparedProduct:
    """A product of a pilot; `product` None: all devices of a plan that names no products."""

    pilot: str
    product: str | None


@dataclass(frozen=True, slots=True)
class ComparedRequirement:
    """One requirement, or one measure that none asks for (`requirement` None), with a cell a product.

    A cell is None where the product's kind of device is not one that the measure is of.
    """

    requirement: str | None
    measure: Measure
    unit: str
    at_most: float | None
    at_least: float | None
    cells: tuple[RequirementRow | None, ...]


@dataclass(frozen=True, slots=True)
class ProductComparison:
    """The products in the order asked for, and a row a requirement.

    `other_residents`: the products are of several pilots, and met other residents, rooms and networks; what
    differs between them may be that.
    """

    products: tuple[ComparedProduct, ...]
    rows: tuple[ComparedRequirement, ...]
    other_residents: bool


def compare_products(asked: Sequence[tuple[ProductData, str | None]], *, suppress: bool) -> ProductComparison:
    """Each pilot with the product asked for, or with None all that its plan names.

    The requirements of all their plans on the measure, whichever product they name, then the measures that
    none asks for. Raises `UnknownProduct`.
    """
    columns = [(data, product) for data, name in asked for product in _products(data, name)]
    wanted: dict[tuple[Measure, float | None, float | None], Requirement | None] = {}
    for data, _ in asked:
        for each in data.plan.requirements:
            wanted.setdefault((each.measure, each.at_most, each.at_least), each)
    asked_for = {measure for measure, _, _ in wanted}
    wanted |= {(measure, None, None): None for measure in MEASURES if measure not in asked_for}
    rows = [
        ComparedRequirement(
            None if requirement is None else requirement.requirement,
            measure,
            MEASURES[measure].unit,
            at_most,
            at_least,
            tuple(
                requirement_row(
                    measure, product, data.figure(measure, product), requirement, suppress=suppress
                )
                if product in data.products(measure)
                else None
                for data, product in columns
            ),
        )
        for (measure, at_most, at_least), requirement in wanted.items()
    ]
    return ProductComparison(
        tuple(ComparedProduct(data.plan.pilot, product) for data, product in columns),
        tuple(row for row in rows if any(cell is not None for cell in row.cells)),
        len({data.plan.pilot for data, _ in columns}) > 1,
    )


def _products(data: ProductData, name: str | None) -> Sequence[str | None]:
    named = [each.name for each in data.plan.products]
    if name is None:
        return named or [None]
    if name not in named:
        raise UnknownProduct(
            f'pilot "{data.plan.pilot}" has no product "{name}": its plan names {", ".join(named) or "none"}'
        )
    return [name]
