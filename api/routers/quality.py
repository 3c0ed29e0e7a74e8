"""Whether the devices deliver: counts, coverage, silence, lateness and clocks."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from analysis.pipeline import QualityItem
from analysis.pipeline import QualitySummary as FoundSummary
from api.access import AskedBy, GuardedRoute, OwnPilot, allow
from api.answers import entity_tag, not_modified, rows_answer
from api.instants import InInterval, Instant, Interval, instant, maybe_instant
from api.quality_state import MINUTE_US, quality_state
from api.results import InResults
from api.routers import quality_losses, quality_nights
from pilots.civil_time import now

router = APIRouter(route_class=GuardedRoute, prefix="/pilots/{pilot}/quality", tags=["quality"])
router.include_router(quality_nights.router)
router.include_router(quality_losses.router)


_AT_INTERVALS = frozenset({"bed", "gps"})
"""Kinds that send whether or not something happens; of the others each reading is an event."""

_COUNTED = ("duplicates", "dead_letters", "unknown_field_count", "set_aside", "without_fix")
"""They grow with each message that a device sends, or that is refused."""


class BrokerLoss(BaseModel):
    """The embedded broker dropped messages that were published between these times."""

    start: Instant
    end: Instant


class QualitySummary(BaseModel):
    """The pilot's devices together. Losses of the broker may be of any pilot's messages."""

    coverage: float | None = Field(examples=[0.97])
    devices: int
    silent: int
    broker_losses: list[BrokerLoss]


class DeviceQualityItem(BaseModel):
    """One device. `expected`, `coverage` and `silent_minutes` are null where no interval is expected.

    `duplicates`, `dead_letters`, `unknown_fields` and `set_aside` count since the device was first heard;
    `without_fix` and `unknown_field_count` say of the last two what a table of devices shows. Who sees groups
    is not told `first`, `last` and `streams`, which words a device sends, nor of alarms, cameras and visits
    what would tell of one.
    """

    device: str
    kind: str = Field(examples=["bed"])
    readings: int | None
    expected: float | None
    coverage: float | None
    first: Instant | None
    last: Instant | None
    silent_minutes: float | None
    silent_over_minutes: float | None = Field(
        description="by how much that is longer than a device of its sort may be silent; negative: not yet"
    )
    lateness_p95_s: float | None
    clock_offset_s: float | None
    battery_pct: float | None
    duplicates: int | None
    dead_letters: int | None
    unknown_fields: dict[str, int] | None = Field(description="by name of the field: it was dropped")
    set_aside: dict[str, int] | None = Field(
        description="by reason: what the device sent that was understood and is no reading",
        examples=[{"no_fix": 12, "repeat": 3}],
    )
    without_fix: int | None = Field(description="positions that the device sent without knowing where it was")
    unknown_field_count: int | None = Field(description="how many names of fields that are not known")
    streams: dict[str, int]


class QualityBody(BaseModel):
    """`withheld` says why `items` is empty for a role that sees groups only."""

    summary: QualitySummary
    items: list[DeviceQualityItem]
    withheld: str | None


def quality_summary(found: FoundSummary) -> QualitySummary:
    return QualitySummary(
        coverage=found.coverage,
        devices=found.devices,
        silent=found.silent,
        broker_losses=[
            BrokerLoss(start=instant(loss.start), end=instant(loss.end)) for loss in found.broker_losses
        ],
    )


def quality_item(row: QualityItem) -> DeviceQualityItem:
    return DeviceQualityItem(
        device=row.device,
        kind=row.kind,
        readings=row.readings,
        expected=row.expected,
        coverage=row.coverage,
        first=maybe_instant(row.first),
        last=maybe_instant(row.last),
        silent_minutes=row.silent_minutes,
        silent_over_minutes=row.silent_over_minutes,
        lateness_p95_s=row.lateness_p95_s,
        clock_offset_s=row.clock_offset_s,
        battery_pct=row.battery_pct,
        duplicates=row.duplicates,
        dead_letters=row.dead_letters,
        unknown_fields=dict(row.unknown_fields),
        set_aside=dict(row.set_aside),
        without_fix=row.set_aside.get("no_fix", 0),
        unknown_field_count=len(row.unknown_fields),
        streams=dict(row.streams),
    )


def _without_events(item: DeviceQualityItem) -> DeviceQualityItem:
    """What tells whether the device works, whatever hour was asked for, and not when something happened: a
    device stands with one participant, and its visits are that person's night."""
    hidden: dict[str, object] = {"first": None, "last": None, "streams": {}, "unknown_fields": None}
    if item.kind not in _AT_INTERVALS:
        hidden |= dict.fromkeys((*_COUNTED, "readings", "lateness_p95_s", "clock_offset_s"))
        if item.silent_over_minutes is None or item.silent_over_minutes <= 0:
            hidden |= {"silent_minutes": None, "silent_over_minutes": None}
    return item.model_copy(update=hidden)


@router.get("", dependencies=[allow("leader", "evaluator", "grafana")], response_model=QualityBody)
def get_quality(
    request: Request,
    caller: AskedBy,
    pilot: OwnPilot,
    results: InResults,
    interval: InInterval,
    last_days: Annotated[
        int | None,
        Query(ge=1, le=366, description="So many times 24 hours up to now, in place of `start` and `end`."),
    ] = None,
) -> Response:
    """Data quality by device; evaluators get the summary, since a device stands with one person.

    The entity tag holds until something is received, registered or refused, and no longer than the minute.
    """
    now_us = now()
    state = quality_state(results, pilot.pilot, now_us)
    tag = entity_tag(request, state)
    if (unchanged := not_modified(request, tag)) is not None:
        return unchanged
    if last_days is not None:
        interval = Interval((now_us // MINUTE_US - last_days * 24 * 60) * MINUTE_US, None)
    found = results.remembered.get(
        ("quality", pilot.pilot, interval, state),
        lambda: results.quality(pilot.pilot, start=interval.start, end=interval.end, now_us=now_us),
    )
    withheld = None
    items = [quality_item(row) for row in found.items]
    if caller.role == "evaluator":
        withheld, items = "A device stands with one participant; evaluators see the summary.", []
    elif caller.suppressed:
        items = [_without_events(item) for item in items]
    summary = quality_summary(found.summary).model_dump(mode="json")
    body = {"summary": summary, "withheld": withheld}
    return rows_answer(request, DeviceQualityItem, items, body, ETag=tag)
