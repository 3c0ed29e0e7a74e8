"""What a payload of another format is at all: JSON of a given type, a bare number, or a bare word.

No reason quotes a word of them: it may be a name.
"""

import re
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from ingest.clock import SECOND_US, microseconds
from ingest.decoders.native import MAX_PAYLOAD
from ingest.refusal import Refused
from store.streams import EARLIEST_S

T = TypeVar("T")

STALE = frozenset({"nan", "unknown", "unavailable", "none", "null", ""})
"""Words (in lower case) for a value that is not known now."""

_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d{1,3})?", re.ASCII)
_ONLINE = {"online": True, "offline": False}
_OBJECT = msgspec.json.Decoder(dict[str, Any])


def read_json(decoder: msgspec.json.Decoder[T], payload: bytes) -> T:
    """The payload as the decoder's type, whose unknown fields are skipped unread. Raises `Refused`."""
    check_size(payload)
    try:
        return decoder.decode(payload)
    except msgspec.ValidationError as error:
        raise Refused("wrong_type", f"the payload is not what its format says: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused("not_json", f"the payload is not JSON in UTF-8: {error}") from error
    except RecursionError as error:
        raise Refused("not_json", "the payload is nested too deeply to be a reading") from error


def read_object(payload: bytes) -> dict[str, Any]:
    """The payload as a JSON object, whatever it holds. Raises `Refused`."""
    return read_json(_OBJECT, payload)


def read_word(payload: bytes) -> str:
    """The payload as text, without spaces around it. Raises `Refused`."""
    check_size(payload)
    try:
        return payload.decode().strip()
    except UnicodeDecodeError as error:
        raise Refused("wrong_type", f"the payload is not text in UTF-8: {error}") from error


def read_online(word: str) -> bool:
    """Whether the device can be heard, by a word of `read_word`. Raises `Refused`."""
    online = _ONLINE.get(word.lower())
    if online is None:
        raise Refused("wrong_type", "availability must be online or offline")
    return online


def as_number(word: str) -> float | None:
    """A bare number; None where the word is none. 0.0 for -0.00. May be infinite, as 1e999 is."""
    return float(word) + 0.0 if _NUMBER.fullmatch(word) else None


def as_instant(sent: Any) -> int | None:
    """µs UTC of a date and time of ISO 8601 with offset.

    None for anything else: local time, and a clock that has not been set since it was switched on.
    """
    time = as_moment(sent)
    return time if time is not None and time >= EARLIEST_S * SECOND_US else None


def as_moment(sent: Any) -> int | None:
    """As `as_instant`, of whatever year."""
    if not isinstance(sent, str):
        return None
    try:
        moment = datetime.fromisoformat(sent)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return microseconds(moment)


def check_size(payload: bytes) -> None:
    """Raises `Refused` for nothing at all, and for more than is read."""
    if not payload:
        raise Refused("empty", "the payload is empty")
    if len(payload) > MAX_PAYLOAD:
        raise Refused(
            "too_large", f"the payload has {len(payload)} bytes; at most {MAX_PAYLOAD} are accepted"
        )
