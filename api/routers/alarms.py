"""Alarms one by one, and how fast they were answered."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from analysis.pipeline import AlarmRow, ResponseRow, alarms
from api.access import AskedBy, GuardedRoute, InContext, OwnPilot, allow
from api.answers import entity_tag, not_modified, rows_answer
from api.cursors import Cursor, Limit, page
from api.instants import InInterval, Instant, maybe_instant
from api.results import InResults
from pilots.civil_time import now

router = APIRouter(route_class=GuardedRoute, prefix="/pilots/{pilot}/alarms", tags=["alarms"])


class AlarmItem(BaseModel):
    """An alarm; `stage` is the highest seen, `over_target_s` how far past its target it is or was."""

    alarm: str
    device: str
    cause: str | None
    stage: str = Field(examples=["acknowledged"])
    stage_code: int = Field(ge=0, le=6)
    raised: Instant | None
    acknowledged: Instant | None
    arrived: Instant | None
    closed: Instant | None
    outcome: str | None
    over_target_s: float | None


class AlarmList(BaseModel):
    items: list[AlarmItem]
    next: str | None


class ResponseItem(BaseModel):
    """How fast a stage was reached, in one phase and group; `not_reached` where the median never is."""

    phase: str
    group: str
    stage: str = Field(examples=["acknowledged"])
    n: int | None
    censored: int | None
    median_s: float | None
    ci_low: float | None
    ci_high: float | None
    share_within_target: float | None
    share_ci_low: float | None
    share_ci_high: float | None
    suppressed: bool
    reason: str | None


class TargetsBody(BaseModel):
    acknowledge_s: float | None
    arrive_s: float | None


class ResponseBody(BaseModel):
    targets: TargetsBody
    items: list[ResponseItem]


def alarm_item(row: AlarmRow) -> AlarmItem:
    return AlarmItem(
        alarm=row.alarm,
        device=row.device,
        cause=row.cause,
        stage=row.stage,
        stage_code=row.stage_code,
        raised=maybe_instant(row.raised_us),
        acknowledged=maybe_instant(row.acknowledged_us),
        arrived=maybe_instant(row.arrived_us),
        closed=maybe_instant(row.closed_us),
        outcome=row.outcome,
        over_target_s=row.over_target_s,
    )


def response_item(row: ResponseRow) -> ResponseItem:
    return ResponseItem.model_validate(row, from_attributes=True)


@router.get("", dependencies=[allow("leader", "grafana")], response_model=AlarmList)
def list_alarms(
    request: Request,
    context: InContext,
    pilot: OwnPilot,
    interval: InInterval,
    open_only: Annotated[bool, Query(alias="open", description="Only alarms not closed yet.")] = False,
    limit: Limit = 1000,
    cursor: Cursor = None,
) -> Response:
    """Alarms by the time they were raised, each with the highest stage seen."""
    rows = alarms(
        context.registry,
        context.store,
        pilot.pilot,
        open_only=open_only,
        start=interval.start,
        end=interval.end,
        now_us=now(),
    )
    chosen, following = page(
        rows, lambda row: f"{row.raised_us or 0:020d} {row.device} {row.alarm}", limit, cursor
    )
    return rows_answer(request, AlarmItem, [alarm_item(row) for row in chosen], {"next": following})


@router.get("/response", dependencies=[allow("leader", "evaluator", "grafana")], response_model=ResponseBody)
def get_alarm_response(
    request: Request,
    caller: AskedBy,
    pilot: OwnPilot,
    results: InResults,
    window: InInterval,
    interval: Annotated[
        Literal["cluster", "greenwood"],
        Query(description="cluster: bootstrap over residents; greenwood: every alarm on its own."),
    ] = "cluster",
    closed: Annotated[
        Literal["competing", "censored"],
        Query(description="What an alarm closed without the stage is."),
    ] = "competing",
) -> Response:
    """Median time to each stage, and the share within the plan's target, by phase and group."""
    snapshot = results.now(pilot.pilot)
    tag = entity_tag(request, snapshot.fingerprint)
    if (unchanged := not_modified(request, tag)) is not None:
        return unchanged
    rows = snapshot.response_rows(
        start=window.start,
        end=window.end,
        interval=interval,
        closed=closed,
        suppress=caller.suppressed,
    )
    targets = pilot.plan.targets.model_dump(mode="json")
    return rows_answer(
        request, ResponseItem, [response_item(row) for row in rows], {"targets": targets}, ETag=tag
    )
