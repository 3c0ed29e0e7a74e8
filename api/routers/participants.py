"""Participants by pseudonym, what they consented to, and where their home is."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from api.access import GuardedRoute, InContext, OwnPilot, allow
from api.answers import rows_answer
from api.cursors import Cursor, Limit, page
from api.instants import Instant, instant, maybe_instant
from pilots.pseudonyms import parse_code
from pilots.records import Consent, LeftBecause, Participant

router = APIRouter(route_class=GuardedRoute, prefix="/pilots/{pilot}", tags=["participants"])

Scope = Literal["bed", "gps", "camera", "forms"]
Code = Annotated[str, Path(max_length=32, examples=["K7Q-4TD"])]


class ParticipantItem(BaseModel):
    """A participant: a code and a group, never a name."""

    participant: str = Field(examples=["K7Q-4TD"])
    group: str = Field(examples=["intervention"])
    unit: str | None = Field(examples=["Norrgården A"])
    joined: Instant
    left: Instant | None
    left_because: str | None = Field(examples=["moved"])


class ParticipantList(BaseModel):
    items: list[ParticipantItem]
    next: str | None


class NewParticipants(BaseModel):
    """How many participants of which group, and what they consented to."""

    group: str = Field(max_length=64, examples=["intervention"])
    count: int = Field(1, ge=1, le=1000)
    consent: list[Scope] = []
    unit: str | None = Field(None, max_length=500, description="a unit of the plan")


class OwnUnit(BaseModel):
    """The unit of the plan that a participant belongs to."""

    unit: str = Field(max_length=500, examples=["Norrgården A"])


class Leaving(BaseModel):
    """Why a participant takes part no longer; `on` is the last local day, without it they leave now."""

    because: LeftBecause
    on: date | None = None


class GivenConsent(BaseModel):
    """What a participant says yes to."""

    participant: str = Field(max_length=32, examples=["K7Q-4TD"])
    consent: list[Scope]


class AddedParticipants(BaseModel):
    participants: list[str] = Field(examples=[["K7Q-4TD"]])


class ConsentItem(BaseModel):
    """One consent of one participant, and whether it was withdrawn."""

    participant: str
    scope: str
    given: Instant
    withdrawn: Instant | None


class ConsentList(BaseModel):
    items: list[ConsentItem]
    next: str | None


class HomePoint(BaseModel):
    """The home of a participant, as a point and the radius within which one is at home."""

    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False)
    radius_m: float = Field(100.0, gt=0, le=100_000, allow_inf_nan=False)


@router.get("/participants", dependencies=[allow("leader")], response_model=ParticipantList)
def list_participants(
    request: Request, context: InContext, pilot: OwnPilot, limit: Limit = 1000, cursor: Cursor = None
) -> Response:
    """The pilot's participants, by code."""
    chosen, following = page(
        context.registry.participants(pilot.pilot), lambda each: each.code, limit, cursor
    )
    items = [_item(each) for each in chosen]
    return rows_answer(request, ParticipantItem, items, {"next": following})


def _item(person: Participant) -> ParticipantItem:
    return ParticipantItem(
        participant=person.code,
        group=person.group,
        unit=person.unit,
        joined=instant(person.joined_us),
        left=maybe_instant(person.left_us),
        left_because=person.left_because,
    )


@router.post(
    "/participants", dependencies=[allow("leader")], status_code=201, response_model=AddedParticipants
)
def add_participants(context: InContext, pilot: OwnPilot, body: NewParticipants) -> AddedParticipants:
    """Add participants; their new codes are the answer."""
    codes = context.registry.add_participants(
        pilot.pilot, body.group, body.count, body.consent, unit=body.unit
    )
    return AddedParticipants(participants=list(codes))


@router.post("/participants/{code}/leaving", dependencies=[allow("leader")], response_model=ParticipantItem)
def leave(context: InContext, pilot: OwnPilot, code: Code, body: Leaving) -> ParticipantItem:
    """Say that a participant takes part no longer, and why. Their devices stand with them no longer; what
    was measured before is kept."""
    participant = parse_code(code)
    context.registry.leave(pilot.pilot, participant, body.because, body.on)
    people = context.registry.participants(pilot.pilot)
    return _item(next(each for each in people if each.code == participant))


@router.get("/consents", dependencies=[allow("leader")], response_model=ConsentList)
def list_consents(
    request: Request, context: InContext, pilot: OwnPilot, limit: Limit = 1000, cursor: Cursor = None
) -> Response:
    """Every consent, by participant and scope."""
    chosen, following = page(
        context.registry.consents(pilot.pilot),
        lambda each: f"{each.participant} {each.scope} {each.given_us:020d}",
        limit,
        cursor,
    )
    items = [_consent(each) for each in chosen]
    return rows_answer(request, ConsentItem, items, {"next": following})


def _consent(consent: Consent) -> ConsentItem:
    return ConsentItem(
        participant=consent.participant,
        scope=consent.scope,
        given=instant(consent.given_us),
        withdrawn=maybe_instant(consent.withdrawn_us),
    )


@router.post("/consents", dependencies=[allow("leader")], status_code=201, response_model=ConsentList)
def give_consent(context: InContext, pilot: OwnPilot, body: GivenConsent) -> ConsentList:
    """Note what a participant says yes to; the answer is every consent of theirs."""
    participant = parse_code(body.participant)
    context.registry.give_consent(pilot.pilot, participant, body.consent)
    own = [each for each in context.registry.consents(pilot.pilot) if each.participant == participant]
    return ConsentList(items=[_consent(each) for each in own], next=None)


@router.put("/participants/{code}/unit", dependencies=[allow("leader")], response_model=OwnUnit)
def put_unit(context: InContext, pilot: OwnPilot, code: Code, body: OwnUnit) -> OwnUnit:
    """Say which unit of the plan a participant belongs to, in place of an earlier one."""
    context.registry.set_unit(pilot.pilot, parse_code(code), body.unit)
    return body


@router.put("/participants/{code}/home", dependencies=[allow("leader")], response_model=HomePoint)
def put_home(context: InContext, pilot: OwnPilot, code: Code, body: HomePoint) -> HomePoint:
    """Set where a participant's home is; it stays in the registry and never comes out in a metric."""
    context.registry.set_home(pilot.pilot, parse_code(code), body.lat, body.lon, body.radius_m)
    return body
