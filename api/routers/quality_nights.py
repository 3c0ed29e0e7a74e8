"""How much of each night every device delivered."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from analysis.pipeline.quality_nights import quality_nights
from api.access import GuardedRoute, OwnPilot, allow
from api.answers import entity_tag, not_modified, rows_answer
from api.instants import InInterval, Instant, local_instant
from api.quality_state import quality_state
from api.results import InResults
from pilots.civil_time import now

router = APIRouter(route_class=GuardedRoute, prefix="/nights")


class DeviceNightItem(BaseModel):
    """One device in one night (beds: from noon to noon) or day. `time` is the local midnight of `day`."""

    time: Instant
    day: str = Field(examples=["2026-03-28"])
    device: str
    coverage: float = Field(ge=0, le=1, examples=[0.97])


class DeviceNightList(BaseModel):
    items: list[DeviceNightItem]
    next: str | None


@router.get("", dependencies=[allow("leader", "grafana")], response_model=DeviceNightList)
def get_quality_nights(
    request: Request,
    pilot: OwnPilot,
    results: InResults,
    interval: InInterval,
    worst: Annotated[int, Query(ge=1, le=1000, description="So many devices, by coverage.")] = 40,
) -> Response:
    """Coverage by device and night of the devices that delivered least in the interval, ascending by time
    then device; only nights in which something was expected."""
    now_us = now()
    state = quality_state(results, pilot.pilot, now_us)
    tag = entity_tag(request, state)
    if (unchanged := not_modified(request, tag)) is not None:
        return unchanged
    found = results.remembered.get(
        ("quality nights", pilot.pilot, interval, worst, state),
        lambda: quality_nights(
            results.registry,
            results.store,
            pilot.pilot,
            start=interval.start,
            end=interval.end,
            now_us=now_us,
            worst=worst,
        ),
    )
    opening = {time: local_instant(time, pilot.plan.zone) for time in {night.time for night in found}}
    items = [
        DeviceNightItem(
            time=opening[night.time],
            day=night.day.isoformat(),
            device=night.device,
            coverage=night.coverage,
        )
        for night in found
    ]
    return rows_answer(request, DeviceNightItem, items, {"next": None}, ETag=tag)
