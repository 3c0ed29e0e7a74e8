"""Pilots: their plans, their stage, and their phases as instants."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from analysis.catalogue import METRICS, NOT_DECISIVE
from api.access import AskedBy, GuardedRoute, InContext, OwnPilot, allow
from api.answers import rows_answer
from api.cursors import Cursor, Limit, page
from api.instants import Instant, instant
from api.problems import Problem
from pilots.plan import read_plan
from pilots.registry import Pilot

router = APIRouter(route_class=GuardedRoute, prefix="/pilots", tags=["pilots"])


class PhaseItem(BaseModel):
    """A phase as instants: from its first midnight to the midnight after its last day."""

    name: str = Field(examples=["baseline"])
    start: Instant
    end: Instant


class PilotItem(BaseModel):
    """A pilot in the list."""

    pilot: str = Field(examples=["natt-2026"])
    title: str
    kind: str
    municipality: str | None
    timezone: str = Field(examples=["Europe/Stockholm"])
    stage: str = Field(examples=["baseline"])
    phases: list[PhaseItem]


class PilotBody(PilotItem):
    """A pilot with its whole plan, as it was written."""

    plan_hash: str
    added: Instant
    plan: dict[str, Any]


class PilotList(BaseModel):
    items: list[PilotItem]
    next: str | None


def pilot_item(pilot: Pilot) -> PilotItem:
    plan = pilot.plan
    return PilotItem(
        pilot=pilot.pilot,
        title=plan.title,
        kind=plan.kind,
        municipality=plan.municipality,
        timezone=plan.timezone,
        stage=pilot.stage,
        phases=[
            PhaseItem(
                name=phase.name, start=instant(plan.phase_start(phase)), end=instant(plan.phase_end(phase))
            )
            for phase in plan.phases
        ],
    )


def pilot_body(pilot: Pilot) -> PilotBody:
    return PilotBody(
        **pilot_item(pilot).model_dump(),
        plan_hash=pilot.plan_hash,
        added=instant(pilot.added_us),
        plan=pilot.plan.model_dump(mode="json"),
    )


@router.get("", dependencies=[allow("leader", "evaluator", "grafana")], response_model=PilotList)
def list_pilots(
    request: Request, context: InContext, caller: AskedBy, limit: Limit = 1000, cursor: Cursor = None
) -> Response:
    """The pilots that the caller may see, by name."""
    mine = [pilot for pilot in context.registry.pilots() if caller.sees(pilot.pilot)]
    chosen, following = page(mine, lambda pilot: pilot.pilot, limit, cursor)
    return rows_answer(request, PilotItem, [pilot_item(pilot) for pilot in chosen], {"next": following})


async def _raw_body(request: Request) -> bytes:
    return await request.body()


_PLAN_BODY = {
    "required": True,
    "content": {
        "application/yaml": {"schema": {"type": "string", "description": "the plan"}},
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["plan"],
                "properties": {"plan": {"type": "string", "description": "the plan as YAML text"}},
            }
        },
    },
}


@router.post(
    "",
    dependencies=[allow()],
    status_code=201,
    response_model=PilotBody,
    openapi_extra={"requestBody": _PLAN_BODY},
)
def add_pilot(
    request: Request,
    response: Response,
    context: InContext,
    body: Annotated[bytes, Depends(_raw_body)],
) -> PilotBody:
    """Add a pilot by its plan. A plan that does not hold is stored nowhere; every error is listed by line."""
    text = _plan_text(request.headers.get("content-type", ""), body)
    plan = read_plan(text, "plan", METRICS, NOT_DECISIVE)
    pilot = context.registry.add_pilot(plan, text)
    response.headers["Location"] = f"/api/v1/pilots/{pilot.pilot}"
    return pilot_body(pilot)


def _plan_text(content_type: str, body: bytes) -> str:
    if content_type.partition(";")[0].strip().lower() == "application/json":
        try:
            return msgspec.json.decode(body, type=_PlanInJson).plan
        except msgspec.DecodeError as error:
            raise Problem(422, f'The body is not {{"plan": "<YAML text>"}}: {error}.') from error
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Problem(422, f"The plan is not UTF-8: {error}.") from error


class _PlanInJson(msgspec.Struct):
    plan: str


@router.get("/{pilot}", dependencies=[allow("leader", "evaluator", "grafana")], response_model=PilotBody)
def get_pilot(pilot: OwnPilot) -> PilotBody:
    """The plan, the stage, and the phases as instants."""
    return pilot_body(pilot)
