"""The final report as a file."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.access import GuardedRoute, OwnPilot, allow
from api.answers import VARY, entity_tag, not_modified
from api.languages import InLanguage, Language
from api.pages import report_policy
from api.report import MEDIA_TYPES, Report, ReportFormat
from api.results import InResults

router = APIRouter(route_class=GuardedRoute, prefix="/pilots/{pilot}/report", tags=["report"])


@router.get(
    "",
    dependencies=[allow("leader", "evaluator")],
    response_class=Response,
    responses={200: {"content": {media.partition(";")[0]: {} for media in MEDIA_TYPES.values()}}},
)
def get_report(
    request: Request,
    pilot: OwnPilot,
    results: InResults,
    preferred: InLanguage,
    form: Annotated[
        ReportFormat,
        Query(alias="format", description="A self-contained page, a tagged PDF, a workbook, or data."),
    ] = "html",
    lang: Annotated[Language | None, Query(description="Without it, by Accept-Language.")] = None,
) -> Response:
    """The report; small cells are hidden for everybody, since a report is passed on.

    That it was made is noted, since a pilot comes to its decision with a report: so it is none of a token's
    that only reads.
    """
    language = lang or preferred
    report = Report.of(results.now(pilot.pilot), language)
    tag = entity_tag(request, report.fingerprint, form)
    if (unchanged := not_modified(request, tag)) is not None:
        return unchanged
    made = results.remembered.get(("report", report.fingerprint, form), lambda: report.render(form))
    results.registry.note_report(
        pilot.pilot, sha256=hashlib.sha256(made).hexdigest(), data_fingerprint=report.data_fingerprint
    )
    headers = {"ETag": tag, "Vary": VARY, "Cache-Control": "private, no-cache"}
    if form == "html":
        headers["Content-Security-Policy"] = report_policy()
    else:
        headers["Content-Disposition"] = f'attachment; filename="{pilot.pilot}-{language}.{form}"'
    return Response(made, media_type=MEDIA_TYPES[form], headers=headers)
