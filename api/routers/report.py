"""The final report as a file."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.access import GuardedRoute, OwnPilot, allow
from api.answers import VARY, entity_tag, not_modified
from api.languages import InLanguage, Language
from api.pages import report_policy
from api.report.rendering import ReportFormat, report
from api.results import InResults

router = APIRouter(route_class=GuardedRoute, prefix="/pilots/{pilot}/report", tags=["report"])


@router.get(
    "",
    dependencies=[allow("leader", "evaluator", "grafana")],
    response_class=Response,
    responses={200: {"content": {"text/html": {}, "application/json": {}}}},
)
def get_report(
    request: Request,
    pilot: OwnPilot,
    results: InResults,
    preferred: InLanguage,
    form: Annotated[
        ReportFormat, Query(alias="format", description="One self-contained page, or data.")
    ] = "html",
    lang: Annotated[Language | None, Query(description="Without it, by Accept-Language.")] = None,
) -> Response:
    """The report; small cells are hidden for everybody, since a report is passed on."""
    language = lang or preferred
    snapshot = results.now(pilot.pilot)
    tag = entity_tag(request, snapshot.fingerprint, pilot.stage, language)
    if (unchanged := not_modified(request, tag)) is not None:
        return unchanged
    made = report(snapshot, form, language)
    headers = {"ETag": tag, "Vary": VARY, "Cache-Control": "private, no-cache"}
    if form == "json":
        return Response(made, media_type="application/json", headers=headers)
    headers["Content-Security-Policy"] = report_policy()
    return Response(made, media_type="text/html; charset=utf-8", headers=headers)
