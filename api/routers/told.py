"""What the leader tells of a pilot: texts of the report, and how many were asked to take part."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from api.access import GuardedRoute, InContext, OwnPilot, allow
from api.answers import rows_answer
from pilots.records import Recruitment, TextSection

router = APIRouter(route_class=GuardedRoute, prefix="/pilots/{pilot}", tags=["pilots"])

LONGEST_TEXT = 20_000
"""Characters: a section of the report is a page or two."""


class TextItem(BaseModel):
    """A section in the leader's own words; plain text, an empty line parts paragraphs."""

    section: TextSection
    text: str


class TextList(BaseModel):
    items: list[TextItem]
    next: str | None


class NewText(BaseModel):
    """The text of a section; an empty one clears it."""

    text: str = Field(max_length=LONGEST_TEXT)


class RecruitmentItem(BaseModel):
    """How many of a group were asked, said no, or could not take part."""

    group: str = Field(examples=["intervention"])
    invited: int
    declined: int
    not_eligible: int


class RecruitmentList(BaseModel):
    items: list[RecruitmentItem]
    next: str | None


class NewRecruitment(BaseModel):
    """The numbers of one group."""

    invited: int = Field(ge=0, le=1_000_000)
    declined: int = Field(0, ge=0, le=1_000_000)
    not_eligible: int = Field(0, ge=0, le=1_000_000)


Group = Annotated[str, Path(max_length=64, examples=["intervention"])]


@router.get("/texts", dependencies=[allow("leader")], response_model=TextList)
def list_texts(request: Request, context: InContext, pilot: OwnPilot) -> Response:
    """The sections that are written, in the order of the report."""
    texts = context.registry.texts(pilot.pilot)
    items = [TextItem.model_validate({"section": name, "text": text}) for name, text in texts.items()]
    return rows_answer(request, TextItem, items, {"next": None})


@router.put("/texts/{section}", dependencies=[allow("leader")], response_model=TextItem)
def put_text(context: InContext, pilot: OwnPilot, section: TextSection, body: NewText) -> TextItem:
    """Write a section of the report, in place of what stood there."""
    context.registry.put_text(pilot.pilot, section, body.text)
    return TextItem(section=section, text=context.registry.texts(pilot.pilot).get(section, ""))


@router.get("/recruitment", dependencies=[allow("leader")], response_model=RecruitmentList)
def list_recruitment(request: Request, context: InContext, pilot: OwnPilot) -> Response:
    """The numbers of each group that has been told of."""
    items = [
        RecruitmentItem.model_validate(each, from_attributes=True)
        for each in context.registry.recruitment(pilot.pilot)
    ]
    return rows_answer(request, RecruitmentItem, items, {"next": None})


@router.put("/recruitment/{group}", dependencies=[allow("leader")], response_model=RecruitmentItem)
def put_recruitment(
    context: InContext, pilot: OwnPilot, group: Group, body: NewRecruitment
) -> RecruitmentItem:
    """Say how many of a group were asked to take part."""
    told = Recruitment(group, body.invited, body.declined, body.not_eligible)
    context.registry.put_recruitment(pilot.pilot, told)
    return RecruitmentItem.model_validate(told, from_attributes=True)
