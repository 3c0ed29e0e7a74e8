"""Recompute what new data made stale."""

import threading
from datetime import date

from fastapi import APIRouter, Request
from pydantic import BaseModel

from analysis import pipeline
from api.access import GuardedRoute, InContext, OwnPilot, allow

router = APIRouter(route_class=GuardedRoute, prefix="/pilots/{pilot}/analyses", tags=["analyses"])


class FailedMonthBody(BaseModel):
    """A participant's month (its first day) that could not be computed; what stood of it stands."""

    participant: str
    month: date
    reason: str


class RecomputedBody(BaseModel):
    """A participant's days and nights made anew, by family of metrics; daily values written; and days and
    nights left alone because nothing new bears on them. In how many units of work, a participant's month
    each; where (here, processes, dask), and by how many workers at once; and the months that failed, which
    the next time are tried again."""

    days: int
    values: int
    unchanged: int
    units: int
    where: str
    workers: int
    failed: list[FailedMonthBody]


@router.post("", dependencies=[allow("leader")], response_model=RecomputedBody)
def recompute(request: Request, context: InContext, pilot: OwnPilot) -> RecomputedBody:
    """Recompute the days that new data touched; the answer comes when it is done."""
    turn: threading.Lock = request.app.state.recomputing
    with turn:  # a second request waits, and then finds nothing stale
        done = pipeline.recompute(
            context.registry,
            context.store,
            pilot.pilot,
            workers=context.workers,
            scheduler=context.scheduler,
            processes=request.app.state.processes,
            last_run=request.app.state.last_runs.of(pilot.pilot),
        )
    return RecomputedBody.model_validate(done, from_attributes=True)
