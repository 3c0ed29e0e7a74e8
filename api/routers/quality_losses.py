"""What did not become readings: refused messages by reason, and what the embedded broker dropped."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from api.access import GuardedRoute, InContext, OwnPilot, allow
from api.answers import entity_tag, not_modified, rows_answer
from api.instants import FOREVER, InInterval, Instant, instant
from api.languages import InLanguage
from api.wording import Wording
from store.losses import losses

router = APIRouter(route_class=GuardedRoute)


class RefusedItem(BaseModel):
    """The refused messages of one reason that wait to be replayed or dropped."""

    reason: str = Field(examples=["out_of_range"])
    title: str = Field(examples=["Utanför det möjliga"])
    count: int


class RefusedList(BaseModel):
    items: list[RefusedItem]
    next: str | None


class LossItem(BaseModel):
    """Messages published between these times are gone; they may be of any pilot."""

    time: Instant
    time_end: Instant
    text: str


class LossList(BaseModel):
    items: list[LossItem]
    next: str | None


@router.get(
    "/dead-letters", dependencies=[allow("leader", "evaluator", "grafana")], response_model=RefusedList
)
def get_quality_dead_letters(
    request: Request, context: InContext, pilot: OwnPilot, language: InLanguage
) -> Response:
    """The pilot's refused messages by reason, most first."""
    counted = context.store.dead_letter_codes(pilot.pilot)
    ordered = sorted(counted.items(), key=lambda reason: (-reason[1], reason[0]))
    tag = entity_tag(request, repr(ordered), language)
    if (unchanged := not_modified(request, tag)) is not None:
        return unchanged
    say = Wording(language, pilot.plan.zone)
    items = [
        RefusedItem(reason=code, title=say.name("refusals", code), count=count) for code, count in ordered
    ]
    return rows_answer(request, RefusedItem, items, {"next": None}, ETag=tag)


@router.get("/losses", dependencies=[allow("leader", "grafana")], response_model=LossList)
def get_quality_losses(
    request: Request, context: InContext, pilot: OwnPilot, interval: InInterval, language: InLanguage
) -> Response:
    """What the embedded broker dropped, as annotations."""
    found = losses(context.store, interval.start or 0, FOREVER if interval.end is None else interval.end)
    tag = entity_tag(request, repr(found), language)
    if (unchanged := not_modified(request, tag)) is not None:
        return unchanged
    say = Wording(language, pilot.plan.zone)
    items = [
        LossItem(
            time=instant(loss.start),
            time_end=instant(loss.end),
            text=say.text("quality.loss", start=say.moment(loss.start), end=say.moment(loss.end)),
        )
        for loss in found
    ]
    return rows_answer(request, LossItem, items, {"next": None}, ETag=tag)
