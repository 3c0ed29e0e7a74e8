"""What each product must do, what was measured of it, and products side by side."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from api.access import AskedBy, GuardedRoute, OwnPilot, allow
from api.answers import VARY, entity_tag, not_modified, rows_answer
from api.languages import InLanguage, Language
from api.problems import Problem, unknown_pilot
from api.requirement_items import (
    ComparedItem,
    ComparisonBody,
    RequirementItem,
    comparison_body,
    product_asked,
    requirement_item,
)
from api.requirements_annex import MEDIA_TYPES, AnnexFormat, requirements_annex
from api.results import InResults
from pilots.errors import UnknownProduct

router = APIRouter(route_class=GuardedRoute, tags=["requirements"])

MOST_PRODUCTS = 10
"""More columns than that nobody reads, and each costs a pilot's readings."""


class RequirementsBody(BaseModel):
    pilot: str
    items: list[RequirementItem]


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
    tag = entity_tag(request, repr(rows), pilot.plan_hash, language)
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
    asked = [product_asked(each) for each in product]
    known = {pilot.pilot for pilot in results.registry.pilots()}
    for name, _ in asked:
        if not caller.sees(name) or name not in known:
            raise unknown_pilot(name)
    try:
        found = results.compared(asked, suppress=caller.suppressed)
    except UnknownProduct as error:
        raise Problem(404, str(error)) from error
    body = comparison_body(found)
    return rows_answer(request, ComparedItem, body.items, body.model_dump(exclude={"items"}))
