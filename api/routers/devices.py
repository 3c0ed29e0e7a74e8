"""Devices of a pilot, and with whom they stand."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, StringConstraints

from api.access import GuardedRoute, InContext, OwnPilot, allow
from api.answers import rows_answer
from api.cursors import Cursor, Limit, page
from api.instants import Instant, instant, maybe_instant
from api.problems import Problem
from pilots.errors import DeviceExists
from pilots.registry import Assignment, Device
from store.streams import DEVICE

router = APIRouter(route_class=GuardedRoute, prefix="/pilots/{pilot}/devices", tags=["devices"])

Kind = Literal["bed", "gps", "camera", "alarm", "visits"]
DeviceName = Annotated[str, StringConstraints(pattern=DEVICE)]


class DeviceItem(BaseModel):
    """A device; `interval_s` is the expected time between readings."""

    device: str = Field(examples=["natt-2026.bed-07"])
    kind: str = Field(examples=["bed"])
    adapter: str = Field(description="the format it publishes", examples=["chirpstack"])
    address: str | None = Field(description="how a foreign format names it", examples=["24e124538c491285"])
    model: str | None = Field(description="the mapping of its fields", examples=["milesight-vs373"])
    interval_s: float | None
    product: str | None = Field(description="the plan's product that it is", examples=["Sängsensor A"])
    participant: str | None = Field(description="with whom it stands by its newest assignment")
    since: Instant | None
    until: Instant | None


class DeviceList(BaseModel):
    items: list[DeviceItem]
    next: str | None


class NewDevice(BaseModel):
    """A device to be. `interval_s` left out means the kind's own: bed 10, gps 600.

    A foreign format needs `adapter` and `address`, and some need a `model`: `pilotbed device adapters` lists
    them. `product` is needed where the plan has several of the kind.
    """

    device: DeviceName = Field(examples=["natt-2026.bed-07"])
    kind: Kind
    adapter: str = Field("native", max_length=64)
    address: str | None = Field(None, max_length=256)
    model: str | None = Field(None, max_length=64)
    interval_s: float | None = Field(None, gt=0, le=86_400, allow_inf_nan=False)
    product: str | None = Field(None, max_length=500)


def _item(device: Device, newest: Assignment | None) -> DeviceItem:
    return DeviceItem(
        device=device.device,
        kind=device.kind,
        adapter=device.adapter,
        address=device.address,
        model=device.model,
        interval_s=device.interval_s,
        product=device.product,
        participant=newest.participant if newest else None,
        since=instant(newest.start_us) if newest else None,
        until=maybe_instant(newest.end_us) if newest else None,
    )


@router.get("", dependencies=[allow("leader")], response_model=DeviceList)
def list_devices(
    request: Request, context: InContext, pilot: OwnPilot, limit: Limit = 1000, cursor: Cursor = None
) -> Response:
    """The pilot's devices by name, each with its newest assignment."""
    newest: dict[str, Assignment] = {}
    for assignment in sorted(context.registry.assignments(pilot.pilot), key=lambda each: each.start_us):
        newest[assignment.device] = assignment
    chosen, following = page(
        context.registry.devices(pilot.pilot), lambda device: device.device, limit, cursor
    )
    items = [_item(device, newest.get(device.device)) for device in chosen]
    return rows_answer(request, DeviceItem, items, {"next": following})


@router.post("", dependencies=[allow("leader")], status_code=201, response_model=DeviceItem)
def add_device(context: InContext, pilot: OwnPilot, body: NewDevice) -> DeviceItem:
    """Add a device; the same device again changes nothing, with other values it is a conflict."""
    context.formats.check(body.adapter, body.address, body.kind, body.model)
    try:
        device = context.registry.add_device(
            pilot.pilot,
            body.device,
            body.kind,
            adapter=body.adapter,
            address=body.address,
            model=body.model,
            interval_s=body.interval_s,
            product=body.product,
        )
    except DeviceExists as error:
        # The registry's own words describe the other device, which may be another pilot's.
        raise Problem(
            409, f'The name or the address of device "{body.device}" is taken, with other values.'
        ) from error
    return _item(device, None)
