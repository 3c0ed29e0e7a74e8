"""Pilots: their plans, their stage, and their phases as instants."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from analysis.catalogue import METRICS, NOT_DECISIVE
from api.access import AskedBy, GuardedRoute, InContext, OwnPilot, allow
from api.answers import rows_answer, tagged
from api.cursors import Cursor, Limit, page
from api.instants import Instant, instant
from api.languages import InLanguage, Language
from api.problems import Problem
from api.wording import Wording
from pilots.gates import gates
from pilots.plan import read_plan
from pilots.registry import Pilot, Registry
from pilots.stages import STAGES, Facts, Gate, Stage, next_steps

router = APIRouter(route_class=GuardedRoute, prefix="/pilots", tags=["pilots"])


class PhaseItem(BaseModel):
    """A phase as instants: from its first midnight to the midnight after its last day."""

    name: str = Field(examples=["baseline"])
    title: str = Field(examples=["Baslinje"], description="by `Accept-Language` or `lang`")
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
    stage_code: int = Field(ge=0, le=7, examples=[2], description="0 planning to 7 closed")
    phases: list[PhaseItem]


class ChangeItem(BaseModel):
    """One value of the plan that changed; null where it was not there, or is there no longer."""

    path: str = Field(examples=["phases[pilot].end"])
    before: str | None
    after: str | None


class DepartureItem(BaseModel):
    """A change of the plan after it was locked."""

    at: Instant
    reason: str
    plan_hash: str
    changes: list[ChangeItem]


class LockItem(BaseModel):
    """When the plan left planning, and with which hash."""

    at: Instant
    plan_hash: str


class StageItem(BaseModel):
    """A stage that the pilot came to, and what was warned of."""

    stage: str = Field(examples=["baseline"])
    round: int
    at: Instant
    warnings: list[str] = Field(examples=[["embedded_broker"]])


class GateItem(BaseModel):
    """Something that a stage asks for; where it is not met, what is missing and the way out."""

    gate: str = Field(examples=["dpia"])
    met: bool
    missing: str | None
    way_out: str | None


class NextStage(BaseModel):
    """A stage that may come next."""

    stage: str = Field(examples=["baseline"])
    round: int
    gates: list[GateItem]


class PilotBody(PilotItem):
    """A pilot with its whole plan, as it was written, and where it stands.

    `next` is null for who sees groups only: a gate may name participants.
    """

    plan_hash: str
    added: Instant
    round: int
    locked: LockItem | None
    departures: list[DepartureItem]
    stages: list[StageItem]
    next: list[NextStage] | None
    plan: dict[str, Any]


class NextStep(BaseModel):
    """The stage to go to."""

    to: Stage


class PilotList(BaseModel):
    items: list[PilotItem]
    next: str | None


def pilot_item(pilot: Pilot, language: Language) -> PilotItem:
    plan = pilot.plan
    say = Wording(language, plan.zone)
    return PilotItem(
        pilot=pilot.pilot,
        title=plan.title,
        kind=plan.kind,
        municipality=plan.municipality,
        timezone=plan.timezone,
        stage=pilot.stage,
        stage_code=STAGES.index(pilot.stage),
        phases=[
            PhaseItem(
                name=phase.name,
                title=say.name("phases", phase.name),
                start=instant(plan.phase_start(phase)),
                end=instant(plan.phase_end(phase)),
            )
            for phase in plan.phases
        ],
    )


def pilot_body(registry: Registry, pilot: Pilot, language: Language, *, groups_only: bool) -> PilotBody:
    locked = None
    if pilot.locked_us is not None and pilot.locked_hash is not None:
        locked = LockItem(at=instant(pilot.locked_us), plan_hash=pilot.locked_hash)
    return PilotBody(
        **pilot_item(pilot, language).model_dump(),
        plan_hash=pilot.plan_hash,
        added=instant(pilot.added_us),
        round=pilot.round,
        locked=locked,
        departures=[
            DepartureItem(
                at=instant(each.at_us),
                reason=each.reason,
                plan_hash=each.plan_hash,
                changes=[ChangeItem.model_validate(change, from_attributes=True) for change in each.changes],
            )
            for each in registry.departures(pilot.pilot)
        ],
        stages=[
            StageItem(
                stage=each.stage, round=each.round, at=instant(each.at_us), warnings=list(each.warnings)
            )
            for each in registry.stage_changes(pilot.pilot)
        ],
        next=None if groups_only else _next(registry.facts(pilot.pilot)),
        plan=pilot.plan.model_dump(mode="json"),
    )


def _next(facts: Facts) -> list[NextStage]:
    return [
        NextStage(stage=step.stage, round=step.round, gates=[_gate(each) for each in gates(facts, step)])
        for step in next_steps(facts.plan, facts.stage, facts.round)
    ]


def _gate(gate: Gate) -> GateItem:
    missing, way_out = (None, None) if gate.met else (gate.missing, gate.way_out)
    return GateItem(gate=gate.name, met=gate.met, missing=missing, way_out=way_out)


@router.get("", dependencies=[allow("leader", "evaluator", "grafana")], response_model=PilotList)
def list_pilots(
    request: Request,
    context: InContext,
    caller: AskedBy,
    language: InLanguage,
    limit: Limit = 1000,
    cursor: Cursor = None,
) -> Response:
    """The pilots that the caller may see, by name."""
    mine = [pilot for pilot in context.registry.pilots() if caller.sees(pilot.pilot)]
    chosen, following = page(mine, lambda pilot: pilot.pilot, limit, cursor)
    return rows_answer(
        request, PilotItem, [pilot_item(pilot, language) for pilot in chosen], {"next": following}
    )


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
    language: InLanguage,
    body: Annotated[bytes, Depends(_raw_body)],
) -> PilotBody:
    """Add a pilot by its plan. A plan that does not hold is stored nowhere; every error is listed by line."""
    text = _plan_in(request.headers.get("content-type", ""), body).plan
    plan = read_plan(text, "plan", METRICS, NOT_DECISIVE)
    pilot = context.registry.add_pilot(plan, text)
    response.headers["Location"] = f"/api/v1/pilots/{pilot.pilot}"
    return pilot_body(context.registry, pilot, language, groups_only=False)


_AMENDMENT_BODY = {
    "required": True,
    "content": {
        "application/yaml": {"schema": {"type": "string", "description": "the plan"}},
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["plan"],
                "properties": {
                    "plan": {"type": "string", "description": "the plan as YAML text"},
                    "reason": {"type": "string", "description": "why; needed once the plan is locked"},
                },
            }
        },
    },
}


@router.post(
    "/{pilot}/plan",
    dependencies=[allow("leader")],
    response_model=PilotBody,
    openapi_extra={"requestBody": _AMENDMENT_BODY},
)
def amend_plan(
    request: Request,
    context: InContext,
    pilot: OwnPilot,
    language: InLanguage,
    body: Annotated[bytes, Depends(_raw_body)],
    reason: Annotated[str, Query(max_length=2000, description="Where the body is YAML: why.")] = "",
) -> PilotBody:
    """Put a changed plan in place of the pilot's. Once it is locked this takes a reason, and is a departure
    that the report tells."""
    given = _plan_in(request.headers.get("content-type", ""), body)
    plan = read_plan(given.plan, "plan", METRICS, NOT_DECISIVE)
    if plan.pilot != pilot.pilot:
        raise Problem(
            409, f'The plan is of pilot "{plan.pilot}", not of "{pilot.pilot}"; a pilot keeps its name.'
        )
    amended = context.registry.amend(plan, given.plan, given.reason or reason)
    return pilot_body(context.registry, amended, language, groups_only=False)


@router.post("/{pilot}/stage", dependencies=[allow("leader")], response_model=PilotBody)
def advance(context: InContext, pilot: OwnPilot, language: InLanguage, body: NextStep) -> PilotBody:
    """Move the pilot to a stage that may come next; 409 lists every gate that is not met. The plan is locked
    when it leaves planning."""
    moved = context.registry.advance(pilot.pilot, body.to, embedded_broker=context.embedded_broker)
    return pilot_body(context.registry, moved, language, groups_only=False)


def _plan_in(content_type: str, body: bytes) -> "_GivenPlan":
    if content_type.partition(";")[0].strip().lower() == "application/json":
        try:
            return msgspec.json.decode(body, type=_GivenPlan)
        except msgspec.DecodeError as error:
            raise Problem(422, f'The body is not {{"plan": "<YAML text>"}}: {error}.') from error
    try:
        return _GivenPlan(body.decode())
    except UnicodeDecodeError as error:
        raise Problem(422, f"The plan is not UTF-8: {error}.") from error


class _GivenPlan(msgspec.Struct):
    plan: str
    reason: str = ""


@router.get("/{pilot}", dependencies=[allow("leader", "evaluator", "grafana")], response_model=PilotBody)
def get_pilot(
    request: Request, context: InContext, caller: AskedBy, pilot: OwnPilot, language: InLanguage
) -> Response:
    """The plan and how it has changed since it was locked, the stage, what the next one asks for, and the
    phases as instants."""
    body = pilot_body(context.registry, pilot, language, groups_only=caller.suppressed)
    return tagged(request, body.model_dump(mode="json"))
