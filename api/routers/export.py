"""A pilot's data to take along: tables, their dictionary and checksums, as one ZIP file."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.access import AskedBy, GuardedRoute, OwnPilot, allow
from api.answers import VARY, entity_tag, not_modified
from api.export import zipped_package
from api.results import InResults

router = APIRouter(route_class=GuardedRoute, prefix="/pilots/{pilot}/export", tags=["export"])

_CHUNK = 1 << 20


@router.get(
    "",
    dependencies=[allow("leader", "evaluator")],
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}}},
)
def get_export(
    request: Request,
    caller: AskedBy,
    pilot: OwnPilot,
    results: InResults,
    level: Annotated[
        Literal["participants", "groups"],
        Query(description="groups: nothing of single participants, small cells hidden; may be passed on."),
    ] = "participants",
) -> Response:
    """A Frictionless Data Package of CSV and Parquet files; evaluators always get the level of groups."""
    groups_only = caller.suppressed or level == "groups"
    snapshot = results.now(pilot.pilot)
    tag = entity_tag(request, snapshot.fingerprint)
    if (unchanged := not_modified(request, tag)) is not None:
        return unchanged
    # Made whole before the first byte goes out: an error halfway could not be told any more.
    made = ExitStack()
    archive = made.enter_context(zipped_package(snapshot, groups_only=groups_only))
    return StreamingResponse(
        _chunks(archive, made),
        media_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{pilot.pilot}.zip"',
            "Content-Length": str(archive.stat().st_size),
            "ETag": tag,
            "Vary": VARY,
            "Cache-Control": "private, no-cache",
        },
    )


def _chunks(archive: Path, made: ExitStack) -> Iterator[bytes]:
    with made, archive.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            yield chunk
