"""Whether the devices deliver: counts, coverage, silence, lateness and clocks."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from analysis.pipeline import QualityItem
from analysis.pipeline import QualitySummary as FoundSummary
from api.access import AskedBy, GuardedRoute, OwnPilot, allow
from api.answers import rows_answer
from api.instants import InInterval, Instant, instant, maybe_instant
from api.results import InResults
from pilots.civil_time import now

router = APIRouter(route_class=GuardedRoute, prefix="/pilots/{pilot}/quality", tags=["quality"])


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

    `duplicates`, `dead_letters`, `unknown_fields` and `set_aside` count since the device was first heard.
    """

    device: str
    readings: int
    expected: float | None
    coverage: float | None
    first: Instant | None
    last: Instant | None
    silent_minutes: float | None
    lateness_p95_s: float | None
    clock_offset_s: float | None
    battery_pct: float | None
    duplicates: int
    dead_letters: int
    unknown_fields: dict[str, int] = Field(description="by name of the field: it was dropped")
    set_aside: dict[str, int] = Field(
        description="by reason: what the device sent that was understood and is no reading",
        examples=[{"no_fix": 12, "repeat": 3}],
    )
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
        readings=row.readings,
        expected=row.expected,
        coverage=row.coverage,
        first=maybe_instant(row.first),
        last=maybe_instant(row.last),
        silent_minutes=row.silent_minutes,
        lateness_p95_s=row.lateness_p95_s,
        clock_offset_s=row.clock_offset_s,
        battery_pct=row.battery_pct,
        duplicates=row.duplicates,
        dead_letters=row.dead_letters,
        unknown_fields=dict(row.unknown_fields),
        set_aside=dict(row.set_aside),
        streams=dict(row.streams),
    )


@router.get("", dependencies=[allow("leader", "evaluator", "grafana")], response_model=QualityBody)
def get_quality(
    request: Request, caller: AskedBy, pilot: OwnPilot, results: InResults, interval: InInterval
) -> Response:
    """Data quality by device; evaluators get the summary, since a device stands with one person."""
    found = results.quality(pilot.pilot, start=interval.start, end=interval.end, now_us=now())
    withheld = None
    items = [quality_item(row) for row in found.items]
    if caller.role == "evaluator":
        withheld, items = "A device stands with one participant; evaluators see the summary.", []
    summary = quality_summary(found.summary).model_dump(mode="json")
    return rows_answer(request, DeviceQualityItem, items, {"summary": summary, "withheld": withheld})
