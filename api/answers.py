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
    """`body` with `rows` as its `items`, or the rows alone as CSV where the client prefers that."""
    standing = {"Vary": VARY, "Cache-Control": "private, no-cache", **headers}
    following = body.get("next")
    if following is not None:
        standing["Link"] = f'<{request.url.include_query_params(cursor=following)}>; rel="next"'
    plain = [row.model_dump(mode="json") for row in rows]
    if preferred(request.headers.get("accept"), (JSON, CSV)) == CSV:
        columns = list(row_model.model_fields)
        table = csv_table(columns, ([row[column] for column in columns] for row in plain))
        return Response(table, media_type="text/csv; charset=utf-8", headers=standing)
    whole = {"items": plain, **body} if list(body) == ["next"] else {**body, "items": plain}
    return Response(msgspec.json.encode(whole), media_type=JSON, headers=standing)


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
