"""Rest by night and hour, of groups."""

from typing import Annotated, get_args

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from analysis.pipeline import RestHoursRow
from api.access import AskedBy, GuardedRoute, OwnPilot, allow
from api.answers import entity_tag, not_modified, rows_answer
from api.instants import InInterval, Instant, local_instant
from api.negotiation import CSV, JSON, preferred
from api.problems import Problem
from api.results import By, InResults
from api.routers.metrics import check_detail
from pilots.plan.model import GroupName
from pilots.registry import Pilot

router = APIRouter(route_class=GuardedRoute, prefix="/pilots/{pilot}/rest", tags=["metrics"])


class HourAtRest(BaseModel):
    """The percentage of one clock hour spent in bed and still, mean over participants."""

    model_config = ConfigDict(from_attributes=True)

    n: int | None
    value: float | None
    ci_low: float | None
    ci_high: float | None
    coverage: float | None
    suppressed: bool
    reason: str | None


class HoursAtRest(BaseModel):
    """The hours of a night by the local clock."""

    model_config = ConfigDict(from_attributes=True)

    h21: HourAtRest
    h22: HourAtRest
    h23: HourAtRest
    h00: HourAtRest
    h01: HourAtRest
    h02: HourAtRest
    h03: HourAtRest
    h04: HourAtRest
    h05: HourAtRest
    h06: HourAtRest


class RestHoursItem(BaseModel):
    """A group's nights of one period, hour by hour; `n` counts participants with a value of any hour.

    `no_such_hour` is the reason of the hour that a clock change left out of the night.
    """

    period: str = Field(examples=["2026-W11"])
    time: Instant
    phase: str | None
    group: str
    n: int | None
    hours: HoursAtRest
    suppressed: bool
    reason: str | None


class HourRow(HourAtRest):
    """One hour of one period and group: a row of CSV."""

    period: str
    time: Instant
    phase: str | None
    group: str
    hour: str


class RestHoursList(BaseModel):
    """Rest by the hour, ascending."""

    items: list[RestHoursItem]


@router.get("/hours", dependencies=[allow("leader", "evaluator", "grafana")], response_model=RestHoursList)
def get_rest_hours(
    request: Request,
    caller: AskedBy,
    pilot: OwnPilot,
    results: InResults,
    interval: InInterval,
    by: Annotated[By, Query(description="Evaluators: week and phase only.")] = "week",
    group: Annotated[
        str | None,
        Query(description="One group; without it, every group. One that the plan lacks has no rows."),
    ] = None,
) -> Response:
    """Percent of each hour from 21:00 to 07:00 in bed and still; rest, not sleep. CSV has a row an hour."""
    check_detail(caller, by)
    snapshot = results.now(pilot.pilot)
    tag = entity_tag(request, snapshot.fingerprint)
    if (unchanged := not_modified(request, tag)) is not None:
        return unchanged
    if group is not None and group not in get_args(GroupName):
        raise Problem(404, f'The pilot {pilot.pilot} has no group "{group}".')
    items: list[RestHoursItem] = []
    if group is None or group in pilot.plan.groups:
        rows = snapshot.rest_hour_rows(
            by=by, group=group, start=interval.start, end=interval.end, suppress=caller.suppressed
        )
        items = [_item(row, pilot) for row in rows]
    if preferred(request.headers.get("accept"), (JSON, CSV)) == CSV:
        return rows_answer(request, HourRow, [hour for item in items for hour in _hours(item)], {}, ETag=tag)
    return rows_answer(request, RestHoursItem, items, {}, ETag=tag)


def _hours(item: RestHoursItem) -> list[HourRow]:
    head = item.model_dump(include={"period", "time", "phase", "group"})
    return [HourRow(**head, hour=hour, **told.model_dump()) for hour, told in item.hours]


def _item(row: RestHoursRow, pilot: Pilot) -> RestHoursItem:
    return RestHoursItem(
        period=row.period,
        time=local_instant(row.time_us, pilot.plan.zone),
        phase=row.phase,
        group=row.group,
        n=row.n,
        hours=HoursAtRest.model_validate(dict(row.hours)),
        suppressed=row.suppressed,
        reason=row.reason,
    )
