"""Pages of a list: a limit, and an opaque cursor that says where the next page starts."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

import msgspec
from fastapi import Query

from api.problems import Problem

MAX_LIMIT = 1000

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many items at most.")]
Cursor = Annotated[str | None, Query(max_length=1000, description="`next` of the page before.")]

Item = TypeVar("Item")
Key = tuple[int | str, ...]


def make_cursor(key: Key) -> str:
    """The opaque form of the last key that was given out."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def read_cursor(cursor: str, kinds: tuple[type[int] | type[str], ...]) -> Key:
    """The key in a cursor; a cursor that we did not make is a 422."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        key = msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, msgspec.DecodeError):
        key = None
    if (
        not isinstance(key, list)
        or len(key) != len(kinds)
        or not all(type(part) is kind for part, kind in zip(key, kinds, strict=True))
        or any(isinstance(part, int) and not 0 <= part < 2**62 for part in key)
    ):
        fault = {"parameter": "cursor", "in": "query", "message": "not a cursor of this list"}
        raise Problem(422, "The cursor is not one of this list; start again without it.", errors=[fault])
    return tuple(key)


def page(
    items: Sequence[Item], key: Callable[[Item], str], limit: int, cursor: str | None
) -> tuple[list[Item], str | None]:
    """One page of `items` in the order of `key` (unique), and the cursor of the next page or None."""
    ordered = sorted(items, key=key)
    if cursor is not None:
        (last,) = read_cursor(cursor, (str,))
        ordered = [item for item in ordered if key(item) > str(last)]
    chosen = ordered[:limit]
    more = len(ordered) > limit
    return chosen, make_cursor((key(chosen[-1]),)) if more else None
