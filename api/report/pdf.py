"""The report as a tagged PDF (PDF/UA-1), set by Typst with the fonts that it brings: nothing else is read."""

import json
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from api.figures import draw
from api.report.document import Document, Figure
from api.report.plain import plain_document

FONT = "Libertinus Serif"
"""Comes with Typst. What is measured in the figures' own font is set in this one, which is narrower."""

WIDE_PX = 640
"""A figure as wide as this fills the column."""

REGIONS = {"sv": "SE", "en": "GB"}

_TEMPLATE = Path(__file__).parents[1] / "templates" / "report.typ"


def pdf(document: Document) -> bytes:
    """The PDF; its dates are the day of the data, so that the same document gives the same bytes."""
    day = datetime(document.day.year, document.day.month, document.day.day, tzinfo=UTC)
    compiler = typst.Compiler(_template(), font_paths=_fonts(), ignore_system_fonts=True)
    made = compiler.compile(
        format="pdf",
        pdf_standards=["ua-1"],
        timestamp=day,
        sys_inputs={"document": json.dumps(_typeset(document), ensure_ascii=False)},
    )
    assert isinstance(made, bytes)
    return made


@cache
def _template() -> bytes:
    return _TEMPLATE.read_bytes()


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)


def _typeset(document: Document) -> dict[str, Any]:
    """What the template reads: the document with its figures drawn and its references resolved."""
    words = document.words
    named = document.numbered_tables()
    plain = plain_document(document)
    drawn = iter(document.figures())
    place = 0

    def resolve(section: dict[str, Any]) -> None:
        nonlocal place
        for block in section["blocks"]:
            if block["kind"] == "figure":
                place += 1
                block |= {"place": place, "where_from": words["numbers_in"], **_picture(next(drawn))}
                block["table_named"] = named.get(block["table"])
                del block["specification"]
        for part in section["parts"]:
            resolve(part)

    for section in plain["sections"]:
        resolve(section)
    return {
        **plain,
        "year": document.day.year,
        "month": document.day.month,
        "day": document.day.day,
        "region": REGIONS[document.language],
        "document_title": f"{document.eyebrow}: {document.title}",
        "author": document.subtitle,
        "running": words["running"],
        "words": dict(words),
    }


def _picture(figure: Figure) -> dict[str, Any]:
    svg = re.sub(r'font-family="[^"]*"', f'font-family="{FONT}"', draw(figure.specification, figure.language))
    width = re.search(r'<svg [^>]*?width="([\d.]+)"', svg)
    px = float(width[1]) if width else WIDE_PX
    return {"svg": svg, "width_percent": min(100.0, round(100 * px / WIDE_PX, 1))}
