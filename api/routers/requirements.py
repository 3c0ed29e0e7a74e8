"""What each product must do, what was measured of it, and products side by side."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from analysis.pipeline.product_comparison import ProductComparison
from analysis.pipeline.requirements import RequirementRow
from api.access import AskedBy, GuardedRoute, OwnPilot, allow
from api.answers import VARY, entity_tag, not_modified, rows_answer
from api.languages import InLanguage, Language
from api.problems import Problem, unknown_pilot
from api.requirements_annex import MEDIA_TYPES, AnnexFormat, requirements_annex
from api.results import InResults
from pilots.errors import UnknownProduct

router = APIRouter(route_class=GuardedRoute, tags=["requirements"])

MOST_PRODUCTS = 10
"""More columns than that nobody reads, and each costs a pilot's readings."""


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


class RequirementsBody(BaseModel):
    pilot: str
    items: list[RequirementItem]


class ComparedItem(RequirementItem):
    """A requirement on one of the products compared, whichever of their plans asks for it; `requirement`
    null where none does."""

    pilot: str = Field(examples=["natt-2026"])


class ComparisonBody(BaseModel):
    """`other_residents`: the products are of several pilots, and met other residents, rooms and networks."""

    products: list[dict[str, str | None]]
    other_residents: bool
    items: list[ComparedItem]


def requirement_item(row: RequirementRow) -> RequirementItem:
    return RequirementItem(**_fields(row))


def compared_items(found: ProductComparison) -> list[ComparedItem]:
    """Requirement by requirement, in the order of the products."""
    return [
        ComparedItem(pilot=product.pilot, **(_fields(cell) | {"requirement": row.requirement}))
        for row in found.rows
        for product, cell in zip(found.products, row.cells, strict=True)
        if cell is not None
    ]


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


@router.get(
    "/pilots/{pilot}/requirements",
    dependencies=[allow("leader", "evaluator", "grafana")],
    response_model=RequirementsBody,
)
def get_requirements(
    request: Request,
    caller: AskedBy,
    pilot: OwnPilot,
    results: InResults,
    preferred: InLanguage,
    form: Annotated[
        AnnexFormat | None,
        Query(alias="format", description="The annex to a procurement as a file, in words."),
    ] = None,
    lang: Annotated[Language | None, Query(description="Without it, by Accept-Language.")] = None,
) -> Response:
    """Requirement, measured, met or not; devices of fewer than five participants are hidden from roles that
    see groups, and in the annex from everybody, since it is passed on."""
    rows = results.requirements(pilot.pilot, suppress=caller.suppressed or form is not None)
    language = lang or preferred
    tag = entity_tag(request, repr(rows), language)
    if (unchanged := not_modified(request, tag)) is not None:
        return unchanged
    if form is not None:
        return Response(
            requirements_annex(pilot.plan, rows, form, language),
            media_type=MEDIA_TYPES[form],
            headers={"ETag": tag, "Vary": VARY, "Cache-Control": "private, no-cache"},
        )
    items = [requirement_item(row) for row in rows]
    return rows_answer(request, RequirementItem, items, {"pilot": pilot.pilot}, ETag=tag)


@router.get(
    "/products", dependencies=[allow("leader", "evaluator", "grafana")], response_model=ComparisonBody
)
def get_products(
    request: Request,
    caller: AskedBy,
    results: InResults,
    product: Annotated[
        list[str],
        Query(
            min_length=1,
            max_length=MOST_PRODUCTS,
            description="PILOT, or PILOT:PRODUCT; once for each to stand side by side.",
            examples=[["natt-2026:Sängsensor A", "natt-2027"]],
        ),
    ],
) -> Response:
    """Products side by side: the requirements of all their plans, held against each."""
    asked = [_asked(each) for each in product]
    known = {pilot.pilot for pilot in results.registry.pilots()}
    for name, _ in asked:
        if not caller.sees(name) or name not in known:
            raise unknown_pilot(name)
    try:
        found = results.compared(asked, suppress=caller.suppressed)
    except UnknownProduct as error:
        raise Problem(404, str(error)) from error
    head = {
        "products": [{"pilot": each.pilot, "product": each.product} for each in found.products],
        "other_residents": found.other_residents,
    }
    return rows_answer(request, ComparedItem, compared_items(found), head)


def _asked(text: str) -> tuple[str, str | None]:
    pilot, colon, product = text.partition(":")
    return pilot, product if colon else None
