"""Topic filters: what may stand in one."""

import re

ROOT = "pilotbed"
"""Below it devices speak our own format."""

_LEVEL = re.compile(r"[^\x00-\x1f\x7f+#/]+")
_LONGEST = 256


class TopicFilterError(Exception):
    """A topic filter that is none, or of every topic there is."""


def check_filter(text: str) -> None:
    """Raises `TopicFilterError` unless a word of its own, then words, `+`, and at last perhaps `#`."""
    first, *rest = text.split("/")
    *between, last = rest or [first]
    if not _LEVEL.fullmatch(first) or first.startswith("$"):
        raise TopicFilterError(
            f"topic filter {text!r}: it begins with a word of its own, such as "
            "pilotbed/natt/# or owntracks/+/+"
        )
    if (
        not all(level == "+" or _LEVEL.fullmatch(level) for level in between)
        or not (last in ("+", "#") or _LEVEL.fullmatch(last))
        or text != text.strip()
        or len(text) > _LONGEST
    ):
        raise TopicFilterError(
            f"topic filter {text!r}: a level is a word or +, the last may be #; at most {_LONGEST} "
            "characters, and no spaces around them"
        )
