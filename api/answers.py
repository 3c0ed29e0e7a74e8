"""Answers to a question for rows: JSON or CSV, with an entity tag where the data has a fingerprint."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from fastapi import Request, Response
from pydantic import BaseModel

from api.negotiation import CSV, JSON, preferred
from api.tables import csv_table

VARY = "Accept, Accept-Language, Authorization, Cookie"


def rows_answer(
    request: Request,
    row_model: type[BaseModel],
    rows: Sequence[BaseModel],
    body: Mapping[str, Any],
    **headers: str,
) -> Response:
    """`body` with `rows` as its `items`, or the rows alone as CSV where the client prefers that.

    Without an `ETag` among the headers the answer is tagged by what it came to say, and 304 where the
    client has it.
    """
    standing = dict(headers)
    following = body.get("next")
    if following is not None:
        standing["Link"] = f'<{request.url.include_query_params(cursor=following)}>; rel="next"'
    plain = [row.model_dump(mode="json") for row in rows]
    if preferred(request.headers.get("accept"), (JSON, CSV)) == CSV:
        columns = list(row_model.model_fields)
        table = csv_table(columns, ([row[column] for column in columns] for row in plain))
        return _answer(request, table, "text/csv; charset=utf-8", standing)
    whole = {"items": plain, **body} if list(body) == ["next"] else {**body, "items": plain}
    return _answer(request, msgspec.json.encode(whole), JSON, standing)


def tagged(request: Request, body: Mapping[str, Any]) -> Response:
    """`body`, tagged by what it says; 304 where the client has it."""
    return _answer(request, msgspec.json.encode(body), JSON, {})


def _answer(request: Request, content: bytes, media_type: str, headers: Mapping[str, str]) -> Response:
    tag = headers.get("ETag") or f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    if (unchanged := not_modified(request, tag)) is not None:
        return unchanged
    standing = {"Vary": VARY, "Cache-Control": "private, no-cache", "ETag": tag, **headers}
    return Response(content, media_type=media_type, headers=standing)


def entity_tag(request: Request, *parts: str) -> str:
    """A strong tag of this representation: the data's fingerprint and everything that shapes the answer."""
    shape = (
        *parts,
        str(request.url.path),
        str(request.url.query),
        request.headers.get("accept", ""),
        request.headers.get("accept-language", ""),
        request.state.caller.role,
    )
    return f'"{hashlib.sha256(repr(shape).encode()).hexdigest()[:32]}"'


def not_modified(request: Request, tag: str) -> Response | None:
    """304 when the client already has what `tag` names."""
    known = [part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(
            status_code=304, headers={"ETag": tag, "Vary": VARY, "Cache-Control": "private, no-cache"}
        )
    return None
