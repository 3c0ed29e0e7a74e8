"""What staff record with instruments of their own, phase against phase."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from api.access import AskedBy, GuardedRoute, OwnPilot, allow
from api.answers import entity_tag, not_modified, rows_answer
from api.results import InResults

router = APIRouter(route_class=GuardedRoute, prefix="/pilots/{pilot}/scores", tags=["evaluation"])


class ScoreItem(BaseModel):
    """One instrument in one group: participants' last totals of two phases, and the change between them."""

    instrument: str = Field(examples=["mna_sf"])
    group: str = Field(examples=["intervention"])
    low: int
    high: int
    direction: Literal["up", "down"] = Field(description="which way is better")
    n_started: int | None
    n: int | None
    before: float | None
    after: float | None
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    p: float | None
    method: str | None
    suppressed: bool
    reason: str | None


class ScoreList(BaseModel):
    items: list[ScoreItem]
    next: str | None


@router.get("", dependencies=[allow("leader", "evaluator", "grafana")], response_model=ScoreList)
def get_scores(request: Request, caller: AskedBy, pilot: OwnPilot, results: InResults) -> Response:
    """Totals only: the instruments' items are licensed and not kept. `pilotbed import` brings them in."""
    snapshot = results.now(pilot.pilot)
    tag = entity_tag(request, snapshot.fingerprint)
    if (unchanged := not_modified(request, tag)) is not None:
        return unchanged
    rows = snapshot.score_rows(suppress=caller.suppressed)
    items = [ScoreItem.model_validate(row, from_attributes=True) for row in rows]
    return rows_answer(request, ScoreItem, items, {"next": None}, ETag=tag)
