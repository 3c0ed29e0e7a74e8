"""What stands in a field of a decoded message, as a text, a word or a number.

Words are compared without regard to case, and the number 1, the number 1.0 and the text "1" are one: codecs
differ in what they make of a byte, and ChirpStack makes every number a float. Reasons name the field and
quote numbers only: a text may be a name.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

from ingest.refusal import Refused

Fields = Mapping[str, Any]
Path = tuple[str, ...]
"""The way to a field from the top: `a.b` is ("a", "b")."""

_NUMBER = re.compile(r"[-+]?(\d{1,18}\.?\d{0,18}|\.\d{1,18})([eE][-+]?\d{1,2})?", re.ASCII)
_LARGEST_EXACT = 2**53


def at(fields: Fields, path: Path) -> Any:
    """What stands there; None where nothing does, or null."""
    value: Any = fields
    for part in path:
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def text(value: Any) -> str | None:
    """A text, number or boolean as text; None for lists, objects and numbers that are none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int):
        return str(value) if abs(value) < 2**63 else None
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value.is_integer() and abs(value) < _LARGEST_EXACT else repr(value)
    return None


def word(value: Any) -> str | None:
    """`text`, as it is compared."""
    found = text(value)
    return None if found is None else found.casefold()


def number(value: Any, path: Path) -> float:
    """A finite number, also one that is written as text. Raises `Refused`."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused("wrong_type", f"field {shown(path)} holds no number")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise Refused("out_of_range", f"field {shown(path)} holds a number that is not finite")
    return found


def shown(path: Path) -> str:
    """The way to a field, as a model writes it."""
    return ".".join(path)
