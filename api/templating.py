"""Jinja templates with the texts of one language."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.languages import Language
from api.texts import texts

_HERE = Path(__file__).parent


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, language: Language, **values: Any) -> str:
    """The template in a language; `t("key")` is a text, missing keys and values are errors."""
    words = texts(language)

    def text(key: str, **places: object) -> str:
        return words[key].format(**places) if places else words[key]

    return _environment().get_template(template).render(t=text, language=language, **values)


@cache
def stylesheet() -> str:
    """The one style sheet of pages and reports."""
    return (_HERE / "static" / "pilotbed.css").read_text(encoding="utf-8")
