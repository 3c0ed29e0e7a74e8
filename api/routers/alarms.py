"""Alarms one by one, and how fast they were answered."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from analysis.pipeline import AlarmRow, ResponsePart, ResponseRow, alarms
from api.access import AskedBy, GuardedRoute, OwnPilot, allow
from api.answers import entity_tag, not_modified, rows_answer
from api.cursors import Cursor, Limit, page
from api.instants import InInterval, Instant, local_instant, maybe_instant
from api.results import InResults
from pilots.civil_time import now
from pilots.plan.model import GroupName
from pilots.registry import Pilot

router = APIRouter(route_class=GuardedRoute, prefix="/pilots/{pilot}/alarms", tags=["alarms"])


class AlarmItem(BaseModel):
    """An alarm; `stage` is the highest seen, `over_target_s` how far past its target it is or was; negative,
    it is the time left for the stage waited for."""

    alarm: str = Field(
        examples=["1768248000000000-1"],
        description="what its device calls it; for who sees groups, what we do",
    )
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

    phase: str | None
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


class ResponsePoint(ResponseItem):
    """As asked by phase, week, hour of the local clock or unit: what a row is not of is null, as is the phase
    of a week that touches two.

    `time` is the local Monday midnight that opens a week.
    """

    time: Instant | None
    hour: int | None = Field(ge=0, le=23)
    unit: str | None = Field(examples=["Norrgården A"])
    target_s: float


class TargetsBody(BaseModel):
    acknowledge_s: float | None
    arrive_s: float | None


class ResponseBody(BaseModel):
    targets: TargetsBody
    items: list[ResponsePoint]


def alarm_item(row: AlarmRow, *, suppressed: bool) -> AlarmItem:
    """What a device calls an alarm may hold a name: with `suppressed` it is told by its moment instead."""
    return AlarmItem(
        alarm=f"{row.opened_us}-{row.place}" if suppressed else row.alarm,
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


def response_item(row: ResponseRow | ResponsePart) -> ResponseItem:
    return ResponseItem.model_validate(row, from_attributes=True)


@router.get("", dependencies=[allow("leader", "grafana")], response_model=AlarmList)
def list_alarms(
    request: Request,
    caller: AskedBy,
    results: InResults,
    pilot: OwnPilot,
    interval: InInterval,
    open_only: Annotated[bool, Query(alias="open", description="Only alarms not closed yet.")] = False,
    unanswered: Annotated[
        bool, Query(description="Only alarms that nobody has acknowledged, gone to or closed.")
    ] = False,
    limit: Limit = 1000,
    cursor: Cursor = None,
) -> Response:
    """Alarms by the time they were raised, each with the highest stage seen."""
    rows = alarms(
        results.now(pilot.pilot).data,
        open_only=open_only,
        start=interval.start,
        end=interval.end,
        now_us=now(),
    )
    if unanswered:
        rows = [row for row in rows if row.stage in ("raised", "received")]
    # The cursor can be read by whoever gets it, so it holds nothing of the device's either.
    chosen, following = page(
        rows, lambda row: f"{row.opened_us:020d} {row.device} {row.place:06d}", limit, cursor
    )
    items = [alarm_item(row, suppressed=caller.suppressed) for row in chosen]
    return rows_answer(request, AlarmItem, items, {"next": following})


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
    by: Annotated[Literal["phase", "week", "hour", "unit"], Query(description="What a row is of.")] = "phase",
    group: Annotated[
        GroupName | None,
        Query(description="One group; without it, every group. One that the plan lacks has no rows."),
    ] = None,
    stage: Annotated[
        Literal["acknowledged", "arrived"] | None, Query(description="One stage; without it, both.")
    ] = None,
) -> Response:
    """Median time to each stage, and the share within the plan's target, by group and by phase, week, hour or
    unit. Who sees groups is told hours and units of all phases together, whatever the interval of time."""
    snapshot = results.now(pilot.pilot)
    tag = entity_tag(request, snapshot.fingerprint)
    if (unchanged := not_modified(request, tag)) is not None:
        return unchanged
    asked: dict[str, Any] = {
        "start": window.start,
        "end": window.end,
        "interval": interval,
        "closed": closed,
        "suppress": caller.suppressed,
    }
    rows: Sequence[ResponseRow | ResponsePart]
    if by == "phase":
        everything = snapshot.response_rows(**asked)
        rows = [row for row in everything if group in (None, row.group) and stage in (None, row.stage)]
    else:
        rows = snapshot.response_parts(by=by, group=group, stage=stage, **asked)
    points = [_point(row, pilot) for row in rows]
    targets = pilot.plan.targets.model_dump(mode="json")
    return rows_answer(request, ResponsePoint, points, {"targets": targets}, ETag=tag)


def _point(row: ResponseRow | ResponsePart, pilot: Pilot) -> ResponsePoint:
    targets = pilot.plan.targets
    time, hour, unit = None, None, None
    if isinstance(row, ResponsePart):
        hour, unit = row.hour, row.unit
        time = None if row.time_us is None else local_instant(row.time_us, pilot.plan.zone)
    return ResponsePoint(
        **response_item(row).model_dump(),
        time=time,
        hour=hour,
        unit=unit,
        target_s=targets.acknowledge_s if row.stage == "acknowledged" else targets.arrive_s,
    )
