"""What in a pilot somebody should look at."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from analysis.pipeline.attention import KINDS
from api.access import AskedBy, GuardedRoute, InContext, OwnPilot, allow
from api.answers import rows_answer
from api.attention import ShownAttention, shown_attention
from api.languages import InLanguage
from api.results import InResults
from api.standing import shown_steps
from api.wording import Wording
from pilots.civil_time import now

router = APIRouter(route_class=GuardedRoute, prefix="/pilots/{pilot}/attention", tags=["attention"])


class AttentionItem(BaseModel):
    """One thing to see to. `text` and `way_out` are by `Accept-Language` or `lang`; nobody is named."""

    kind: str = Field(examples=["device_silent"], description=f"One of {', '.join(KINDS)}.")
    level: int = Field(ge=1, le=3, examples=[2], description="1 a note, 2 look today, 3 act now")
    count: int = Field(examples=[3], description="Of devices, alarms, losses, messages or requirements.")
    text: str
    way_out: str


class AttentionList(BaseModel):
    items: list[AttentionItem]
    next: str | None


def attention_item(shown: ShownAttention) -> AttentionItem:
    return AttentionItem.model_validate(shown, from_attributes=True)


@router.get("", dependencies=[allow("leader", "evaluator", "grafana")], response_model=AttentionList)
def get_attention(
    request: Request,
    context: InContext,
    caller: AskedBy,
    pilot: OwnPilot,
    results: InResults,
    language: InLanguage,
) -> Response:
    """What wants attention, the worst first; what the next stage asks for is for those who run the pilot,
    devices and single alarms for those who see devices."""
    say = Wording(language, pilot.plan.zone)
    steps = []
    if not caller.suppressed:
        facts = context.registry.facts(pilot.pilot, embedded_broker=context.embedded_broker)
        steps = shown_steps(facts, say)
    shown = shown_attention(
        results,
        pilot.pilot,
        say,
        now_us=now(),
        by_device=caller.role != "evaluator",
        next_step=steps[0] if steps else None,
    )
    return rows_answer(request, AttentionItem, [attention_item(each) for each in shown], {"next": None})
