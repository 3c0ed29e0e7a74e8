"""Answers that people read: HTML with the headers that keep it to itself."""

import hashlib
from base64 import b64encode
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from api.answers import VARY, not_modified
from api.languages import asked_language
from api.problems import Problem
from api.templating import render, stylesheet
from api.texts import texts

_POLICY = (
    "default-src 'none'; {style}; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
PAGE_POLICY = _POLICY.format(style="style-src 'self'")
"""Pages load our style sheet and nothing else; no script runs."""


def report_policy() -> str:
    """A report carries its style inside: allowed by its hash, and nothing else."""
    digest = b64encode(hashlib.sha256(stylesheet().encode()).digest()).decode()
    return _POLICY.format(style=f"style-src 'sha256-{digest}'")


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """The template in the caller's language, with an entity tag made from what it came to say."""
    language = asked_language(request)
    caller = getattr(request.state, "caller", None)
    html = render(template, language, csrf=caller.csrf if caller else None, **values)
    headers = {"Content-Security-Policy": PAGE_POLICY, "Vary": VARY, "Cache-Control": "private, no-cache"}
    if status == 200:
        tag = f'"{hashlib.sha256(html.encode()).hexdigest()[:32]}"'
        if (unchanged := not_modified(request, tag)) is not None:
            return unchanged
        headers["ETag"] = tag
    return HTMLResponse(html, status, headers=headers)


_EXPLAINED = {403: "error.s403", 404: "error.s404", 500: "error.s500", 503: "error.s503"}


def error_page(request: Request, problem: Problem) -> Response:
    """A problem for people; where a login is missing, the login."""
    if problem.status == 401:
        answer = page(request, "login.html", 401, wrong="login.why", next=local_path(request.url.path))
    else:
        explained = texts(asked_language(request))[_EXPLAINED.get(problem.status, "error.other")]
        answer = page(request, "error.html", problem.status, code=problem.status, explained=explained)
    answer.headers.update(problem.headers)
    return answer


def local_path(path: str) -> str:
    """The path when it stays with us, else the front page: nobody is sent elsewhere after a login."""
    if not path.startswith("/") or path.startswith(("//", "/\\", "/login")):
        return "/"
    return quote(path, safe="/-._~%")
