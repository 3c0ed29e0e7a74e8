"""Requirements on products as rows of an answer."""

from pydantic import BaseModel, Field

from analysis.pipeline.product_comparison import ProductComparison
from analysis.pipeline.requirements import RequirementRow


class RequirementItem(BaseModel):
    """A requirement on one product. `met` when the whole interval is on its right side, `not_met` when all
    of it is on the wrong one. `n` counts what the figure rests on (`counted`). Of weights against a scale
    there are the bias and the limits of agreement (Bland-Altman), each with its interval."""

    requirement: str | None = Field(examples=["Batteriet räcker en vecka"])
    product: str | None = Field(examples=["Sängsensor A"])
    measure: str = Field(examples=["battery_days"])
    unit: str = Field(examples=["d"])
    at_most: float | None
    at_least: float | None
    measured: float | None
    ci_low: float | None
    ci_high: float | None
    n: int | None
    counted: str = Field(examples=["devices"])
    participants: int | None
    outcome: str = Field(description="met, not_met or not_shown")
    reason: str | None
    suppressed: bool
    bias: float | None = None
    bias_ci_low: float | None = None
    bias_ci_high: float | None = None
    lower_limit: float | None = None
    lower_limit_ci_low: float | None = None
    lower_limit_ci_high: float | None = None
    upper_limit: float | None = None
    upper_limit_ci_low: float | None = None
    upper_limit_ci_high: float | None = None


class ComparedItem(RequirementItem):
    """A requirement on one of the products compared, whichever of their plans asks for it; `requirement`
    null where none does."""

    pilot: str = Field(examples=["natt-2026"])


class ProductItem(BaseModel):
    """A product of a pilot; `product` null: all devices, of a plan that names none."""

    pilot: str
    product: str | None


class ComparisonBody(BaseModel):
    """`other_residents`: the products are of several pilots, and met other residents, rooms and networks."""

    products: list[ProductItem]
    other_residents: bool
    items: list[ComparedItem]


def requirement_item(row: RequirementRow) -> RequirementItem:
    return RequirementItem(**_fields(row))


def comparison_body(found: ProductComparison) -> ComparisonBody:
    """Requirement by requirement, in the order of the products."""
    return ComparisonBody(
        products=[ProductItem(pilot=each.pilot, product=each.product) for each in found.products],
        other_residents=found.other_residents,
        items=[
            ComparedItem(pilot=product.pilot, **(_fields(cell) | {"requirement": row.requirement}))
            for row in found.rows
            for product, cell in zip(found.products, row.cells, strict=True)
            if cell is not None
        ],
    )


def product_asked(text: str) -> tuple[str, str | None]:
    """The pilot and the product of `PILOT` or `PILOT:PRODUCT`."""
    pilot, colon, product = text.partition(":")
    return pilot, product if colon else None


def _fields(row: RequirementRow) -> dict[str, object]:
    found: dict[str, object] = {
        name: getattr(row, name) for name in RequirementItem.model_fields if hasattr(row, name)
    }
    agreement = row.agreement
    if agreement is not None:
        found |= {"bias": agreement.bias, "lower_limit": agreement.lower, "upper_limit": agreement.upper}
        for name, limits in (
            ("bias", agreement.bias_ci),
            ("lower_limit", agreement.lower_ci),
            ("upper_limit", agreement.upper_ci),
        ):
            found[f"{name}_ci_low"], found[f"{name}_ci_high"] = limits
    return found
