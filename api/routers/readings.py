"""Raw readings of a pilot's devices, for the people who run it."""

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from api.access import GuardedRoute, InContext, OwnPilot, allow
from api.answers import VARY
from api.cursors import Cursor
from api.instants import FOREVER, InInterval
from api.negotiation import CSV, JSON, PARQUET, preferred
from api.problems import Problem
from api.readings.columns import plain_columns
from api.readings.pages import MAX_ROWS, ReadingsPage, thinned, whole
from api.tables import csv_table
from store import STREAMS, Stream

router = APIRouter(route_class=GuardedRoute, prefix="/pilots/{pilot}/readings", tags=["readings"])


class ReadingsBody(BaseModel):
    """Readings column by column; every list has one value a reading, null where absent."""

    stream: str = Field(examples=["bed"])
    units: dict[str, str] = Field(examples=[{"weight_kg": "kg"}])
    columns: dict[str, list[str | float | bool | int | None]] = Field(
        examples=[{"device": ["natt-2026.bed-07"], "time": ["2026-03-09T21:00:00Z"], "weight_kg": [71.2]}]
    )
    downsampled: Literal["minmax"] | None
    next: str | None


@router.get(
    "/{stream}",
    dependencies=[allow("leader")],
    response_model=ReadingsBody,
    responses={200: {"content": {CSV: {}, PARQUET: {}}}},
)
def get_readings(
    request: Request,
    context: InContext,
    pilot: OwnPilot,
    interval: InInterval,
    stream: Annotated[str, Path(examples=["bed"])],
    device: Annotated[str | None, Query(description="One device; without it, all of the pilot's.")] = None,
    max_points: Annotated[
        int | None, Query(ge=2, le=20_000, description="At most so many readings a device, spikes kept.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_ROWS)] = MAX_ROWS,
    cursor: Cursor = None,
) -> Response:
    """Readings by device and time, as JSON, CSV or Parquet."""
    if stream not in STREAMS:
        raise Problem(404, f'There is no stream "{stream}"; there are {", ".join(STREAMS)}.')
    devices = [each.device for each in context.registry.devices(pilot.pilot)]
    if device is not None:
        if device not in devices:
            raise Problem(404, f'The pilot {pilot.pilot} has no device "{device}".')
        devices = [device]
    start = 0 if interval.start is None else interval.start
    end = FOREVER if interval.end is None else interval.end
    if max_points is not None:
        found = thinned(context.store, stream, sorted(devices), start, end, max_points)
    else:
        found = whole(context.store, stream, devices, start, end, limit, cursor)
    return _answer(request, STREAMS[stream], found)


def _answer(request: Request, stream: Stream, found: ReadingsPage) -> Response:
    headers = {"Vary": VARY, "Cache-Control": "private, no-cache"}
    if found.next is not None:
        headers["Link"] = f'<{request.url.include_query_params(cursor=found.next)}>; rel="next"'
    wanted = preferred(request.headers.get("accept"), (JSON, CSV, PARQUET))
    if wanted == PARQUET:
        # Loaded when it is asked for: Arrow takes 25 MB.
        from api.readings.parquet import parquet_file

        return Response(parquet_file(stream, found.parts), media_type=PARQUET, headers=headers)
    columns = plain_columns(stream, found.parts)
    if wanted == CSV:
        table = csv_table(list(columns), zip(*columns.values(), strict=True))
        return Response(table, media_type="text/csv; charset=utf-8", headers=headers)
    body: dict[str, Any] = {
        "stream": stream.name,
        "units": {column.name: column.unit for column in stream.columns},
        "columns": columns,
        "downsampled": "minmax" if found.downsampled else None,
        "next": found.next,
    }
    return Response(msgspec.json.encode(body), media_type=JSON, headers=headers)
