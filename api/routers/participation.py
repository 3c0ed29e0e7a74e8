"""How many take part in each group."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from analysis.pipeline.participation import participation_rows
from api.access import AskedBy, GuardedRoute, OwnPilot, allow
from api.answers import entity_tag, not_modified, rows_answer
from api.languages import InLanguage
from api.results import InResults
from api.wording import Wording

router = APIRouter(route_class=GuardedRoute, prefix="/pilots/{pilot}/participation", tags=["participants"])


class ParticipationItem(BaseModel):
    """The people of one group; null where so few stand behind a number that it is hidden."""

    group: str = Field(examples=["intervention"])
    title: str = Field(examples=["Insatsgrupp"])
    planned: int
    started: int | None
    active: int | None = Field(description="take part now")
    left: int | None = Field(description="left before the phase was over, without having completed")
    suppressed: bool
    reason: str | None


class ParticipationList(BaseModel):
    items: list[ParticipationItem]
    next: str | None


@router.get("", dependencies=[allow("leader", "evaluator", "grafana")], response_model=ParticipationList)
def get_participation(
    request: Request, caller: AskedBy, pilot: OwnPilot, results: InResults, language: InLanguage
) -> Response:
    """Planned, started, active and left by group, in the order of the plan."""
    snapshot = results.now(pilot.pilot)
    tag = entity_tag(request, snapshot.fingerprint, language)
    if (unchanged := not_modified(request, tag)) is not None:
        return unchanged
    say = Wording(language, pilot.plan.zone)
    items = [
        ParticipationItem(
            group=row.group,
            title=say.name("groups", row.group),
            planned=row.planned,
            started=row.started,
            active=row.active,
            left=row.left,
            suppressed=row.suppressed,
            reason=row.reason,
        )
        for row in participation_rows(snapshot.data, suppress=caller.suppressed)
    ]
    return rows_answer(request, ParticipationItem, items, {"next": None}, ETag=tag)
