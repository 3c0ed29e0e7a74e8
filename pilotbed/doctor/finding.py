"""What a check has found."""

from collections.abc import Callable
from typing import Literal, NamedTuple

from pilotbed.errors import expected_errors


class Finding(NamedTuple):
    """One check: what, how it stands, what was found and what to do."""

    part: str
    state: Literal["ok", "warning", "failed"]
    text: str


def tried(part: str, check: Callable[[], Finding]) -> Finding:
    """The check's finding, or that it failed and why."""
    try:
        return check()
    except OSError as error:
        return Finding(part, "failed", f"{error.filename}: {error.strerror}")
    except expected_errors() as error:
        return Finding(part, "failed", str(error))
