"""Swedish or English: `?lang=`, else what the browser prefers, else Swedish."""

from typing import Annotated, Literal

from fastapi import Depends, Request

from api.negotiation import preferred

Language = Literal["sv", "en"]

LANGUAGES: tuple[Language, ...] = ("sv", "en")
"""The first is spoken where nothing else is asked for: the people a pilot works for are Swedish."""


def asked_language(request: Request) -> Language:
    """The language of an answer; an unknown `lang` is ignored, as every unknown parameter is."""
    asked = request.query_params.get("lang")
    for language in LANGUAGES:
        if asked == language:
            return language
    header = request.headers.get("accept-language", "")
    # Languages are ranked as media types are: "en-GB;q=0.8" is the range "en" with a quality.
    primary = ",".join(_primary(part) for part in header.split(",") if part.strip())
    chosen = preferred(primary or None, [f"{language}/any" for language in LANGUAGES])
    return "en" if chosen.startswith("en") else "sv"


def _primary(part: str) -> str:
    tag, _, parameters = part.strip().partition(";")
    primary = tag.strip().split("-")[0].lower()
    return f"{primary}/*;{parameters}"


InLanguage = Annotated[Language, Depends(asked_language)]
