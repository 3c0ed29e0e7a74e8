"""Messages that could not be decoded: listed, tried again, dropped. A payload never leaves here."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from api.access import AskedBy, Caller, GuardedRoute, InContext, allow
from api.answers import rows_answer
from api.context import Context
from api.cursors import Cursor, Limit, make_cursor, read_cursor
from api.instants import Instant, instant
from api.problems import Problem
from ingest.replay import replay
from store import StoredDeadLetter

router = APIRouter(route_class=GuardedRoute, prefix="/dead-letters", tags=["dead letters"])


class DeadLetterItem(BaseModel):
    """A refused message, without its payload."""

    id: int
    received: Instant
    topic: str = Field(examples=["pilotbed/natt-2026/natt-2026.bed-07/bed"])
    reason: str
    size: int


class DeadLetterList(BaseModel):
    items: list[DeadLetterItem]
    next: str | None


class ReplayedBody(BaseModel):
    """How many readings the message held, now that it could be read."""

    id: int
    readings: int


@router.get("", dependencies=[allow("leader")], response_model=DeadLetterList)
def list_dead_letters(
    request: Request,
    context: InContext,
    caller: AskedBy,
    limit: Limit = 1000,
    cursor: Cursor = None,
    code: str | None = None,
) -> Response:
    """Refused messages, oldest first, of one code or of any; a leader sees those of the own pilot."""
    after = int(read_cursor(cursor, (int,))[0]) if cursor is not None else 0
    pilot = caller.pilot if caller.role != "admin" else None
    found = context.store.dead_letters(limit + 1, after, pilot, code)
    chosen = found[:limit]
    following = make_cursor((chosen[-1].id,)) if len(found) > limit else None
    items = [
        DeadLetterItem(
            id=each.id,
            received=instant(each.letter.received),
            topic=each.letter.topic,
            reason=each.letter.reason,
            size=each.letter.size,
        )
        for each in chosen
    ]
    return rows_answer(request, DeadLetterItem, items, {"next": following})


@router.post("/{id}/replay", dependencies=[allow("leader")], response_model=ReplayedBody)
def replay_dead_letter(
    number: Annotated[int, Path(alias="id", ge=0, lt=2**62)], context: InContext, caller: AskedBy
) -> ReplayedBody:
    """Try a message again, after its device was added or its decoder mended; refused again is a 409."""
    replayed = replay(_own(context, caller, number), context.registry, context.store)
    if replayed.reason is not None:
        raise Problem(409, f"Dead letter {number} is refused again: {replayed.reason}.")
    return ReplayedBody(id=number, readings=replayed.readings)


@router.delete("/{id}", dependencies=[allow("leader")], status_code=204)
def drop_dead_letter(
    number: Annotated[int, Path(alias="id", ge=0, lt=2**62)], context: InContext, caller: AskedBy
) -> None:
    """Forget a message."""
    _own(context, caller, number)
    context.store.drop_dead_letter(number)


def _own(context: Context, caller: Caller, number: int) -> StoredDeadLetter:
    """The dead letter; one of somebody else's pilot answers as one that is not there."""
    stored = context.store.dead_letter(number)
    if stored is None or not (caller.role == "admin" or stored.letter.pilot == caller.pilot):
        raise Problem(404, f"There is no dead letter {number} among yours.")
    return stored
