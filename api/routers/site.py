"""The pages: every pilot, one pilot, and the style sheet."""

from fastapi import APIRouter, Request, Response

from api.access import AskedBy, GuardedRoute, InContext, OwnPilot, allow, allow_anyone
from api.attention import shown_attention
from api.languages import InLanguage
from api.pages import page
from api.presentation import present
from api.report import FORMATS
from api.report.content import gather
from api.results import InResults
from api.standing import ShownStep, shown_steps
from api.templating import stylesheet
from api.wording import Wording
from pilots.civil_time import now

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)


@router.get("/", dependencies=[allow("leader", "evaluator", "grafana")])
def front_page(request: Request, context: InContext, caller: AskedBy, language: InLanguage) -> Response:
    """The pilots that the caller may see."""
    mine = [pilot for pilot in context.registry.pilots() if caller.sees(pilot.pilot)]
    rows = [(pilot, Wording(language, pilot.plan.zone)) for pilot in mine]
    return page(request, "pilots.html", pilots=rows)


@router.get("/pilots/{pilot}", dependencies=[allow("leader", "evaluator", "grafana")])
def pilot_page(
    request: Request,
    context: InContext,
    caller: AskedBy,
    pilot: OwnPilot,
    results: InResults,
    language: InLanguage,
) -> Response:
    """One pilot: what its next stage asks for, to those who may see participants; what wants attention,
    recommendation, evaluation, charts, response to alarms, data quality."""
    at_us, by_device = now(), caller.role != "evaluator"
    say = Wording(language, pilot.plan.zone)
    content = gather(
        results.now(pilot.pilot),
        at_us=at_us,
        suppress=caller.suppressed,
        by_device=by_device,
        addresses=caller.role in ("leader", "admin"),
    )
    steps: list[ShownStep] = []
    if not caller.suppressed:
        facts = context.registry.facts(pilot.pilot, embedded_broker=context.embedded_broker)
        steps = shown_steps(facts, say)
    # What the next stage asks for stands in full above.
    urgent = shown_attention(results, pilot.pilot, say, now_us=at_us, by_device=by_device, next_step=None)
    shown = present(content, language)
    formats = () if caller.role == "grafana" else FORMATS
    return page(request, "pilot.html", page=shown, steps=steps, attention=urgent, formats=formats)


@router.get("/static/pilotbed.css", dependencies=[allow_anyone()])
def css() -> Response:
    """The style sheet."""
    return Response(stylesheet(), media_type="text/css", headers={"Cache-Control": "public, max-age=300"})
