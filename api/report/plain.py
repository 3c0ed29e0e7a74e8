"""A document as plain data: what the JSON report holds, and what the PDF is set from."""

from typing import Any

import msgspec

from api.report.document import Block, Document, Section


def plain_document(document: Document) -> dict[str, Any]:
    """The document's fields; each block says its `kind`."""
    return {
        "language": document.language,
        "eyebrow": document.eyebrow,
        "title": document.title,
        "subtitle": document.subtitle,
        "day": document.day.isoformat(),
        "sections": [plain_section(section) for section in document.sections],
        "facts": [list(fact) for fact in document.facts],
        "notice": document.notice,
    }


def plain_section(section: Section) -> dict[str, Any]:
    return {
        "name": section.name,
        "heading": section.heading,
        "opens_page": section.opens_page,
        "blocks": [plain_block(block) for block in section.blocks],
        "parts": [plain_section(part) for part in section.parts],
    }


def plain_block(block: Block) -> dict[str, Any]:
    return {"kind": type(block).__name__.lower(), **msgspec.to_builtins(block)}
