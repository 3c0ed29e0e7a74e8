"""What the pilot's change is worth: the benefits promised, hours and kronor."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, TypeAdapter

from analysis.pipeline.benefits import BenefitDiagram, benefit_diagram, benefit_rows
from analysis.pipeline.economy import Economy
from api.access import AskedBy, GuardedRoute, OwnPilot, allow
from api.answers import VARY, entity_tag, not_modified, rows_answer
from api.negotiation import JSON
from api.results import InResults
from pilots.plan.values import Day

router = APIRouter(route_class=GuardedRoute, prefix="/pilots/{pilot}", tags=["benefits"])


class BenefitItem(BaseModel):
    """A benefit that the plan promises: from what to what by when, who owns it, and what was measured."""

    id: str
    text: str
    owner: str | None
    responsible: str | None
    metric: str | None = Field(examples=["physical_visits_per_night"])
    unit: str | None
    baseline: float | None
    target: float | None
    date: Day | None
    measured: float | None
    measured_on: Day | None
    reached: str = Field(description="reached, on_the_way, not_reached or not_measured")
    reason: str | None


class BenefitsBody(BaseModel):
    pilot: str
    diagram: BenefitDiagram
    items: list[BenefitItem]


class EconomyBody(BaseModel):
    """`economy` is null where it would give away a hidden change; what it lacks, it names itself."""

    pilot: str
    plan_hash: str
    data_fingerprint: str
    probability_of_gain: float | None
    economy: Economy | None


@router.get("/benefits", dependencies=[allow("leader", "evaluator", "grafana")], response_model=BenefitsBody)
def get_benefits(request: Request, caller: AskedBy, pilot: OwnPilot, results: InResults) -> Response:
    """Each benefit with where it stands, and the way from deliverables to goals as boxes and arrows."""
    snapshot = results.now(pilot.pilot)
    tag = entity_tag(request, snapshot.fingerprint)
    if (unchanged := not_modified(request, tag)) is not None:
        return unchanged
    evaluation = snapshot.evaluation(suppress=caller.suppressed)
    rows = benefit_rows(pilot.plan, evaluation.items, evaluation.compared[1])
    items = [BenefitItem.model_validate(row, from_attributes=True) for row in rows]
    diagram = TypeAdapter(BenefitDiagram).dump_python(benefit_diagram(pilot.plan, rows), mode="json")
    return rows_answer(request, BenefitItem, items, {"pilot": pilot.pilot, "diagram": diagram}, ETag=tag)


@router.get("/economy", dependencies=[allow("leader", "evaluator", "grafana")], response_model=EconomyBody)
def get_economy(request: Request, caller: AskedBy, pilot: OwnPilot, results: InResults) -> Response:
    """Hours freed, costs, flows, what they are worth and how sure that is, with what is missing named."""
    snapshot = results.now(pilot.pilot)
    tag = entity_tag(request, snapshot.fingerprint)
    if (unchanged := not_modified(request, tag)) is not None:
        return unchanged
    evaluation = snapshot.evaluation(suppress=caller.suppressed)
    found = evaluation.economy
    body = EconomyBody(
        pilot=pilot.pilot,
        plan_hash=evaluation.plan_hash,
        data_fingerprint=evaluation.data_fingerprint,
        probability_of_gain=None if found is None else found.probability_of_gain,
        economy=found,
    )
    headers = {"ETag": tag, "Vary": VARY, "Cache-Control": "private, no-cache"}
    return Response(body.model_dump_json(), media_type=JSON, headers=headers)
