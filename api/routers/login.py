"""Browsers log in with a token or a one-time link, and keep a cookie."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.access import COOKIE, GuardedRoute, InContext, allow, allow_anyone
from api.context import Context
from api.pages import local_path, page
from api.problems import Problem

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

SESSION_S = 12 * 3600
"""A working day and its handover; then the token is asked for again."""


@router.get("/login", dependencies=[allow_anyone()])
def login_page(request: Request) -> Response:
    """A form for the token."""
    return page(request, "login.html", wrong=None, next="/")


@router.post("/login", dependencies=[allow_anyone()])
def log_in(
    request: Request,
    context: InContext,
    token: Annotated[str, Form(max_length=500)] = "",
    next_path: Annotated[str, Form(alias="next", max_length=500)] = "/",
) -> Response:
    """Exchange a good token for the cookie; the cookie dies with the token."""
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise Problem(403, "A login starts on our own page.")
    secret = token.strip()
    if not secret or context.registry.token(secret) is None:
        return page(request, "login.html", 401, wrong="login.wrong", next=local_path(next_path))
    return _welcome(context, secret, local_path(next_path))


@router.get("/login/{once}", dependencies=[allow_anyone()])
def redeem(request: Request, context: InContext, once: str) -> Response:
    """A one-time link: it works once, and for a quarter of an hour."""
    redeemed = context.registry.redeem_login(once)
    if redeemed is None:
        return page(request, "login.html", 401, wrong="login.link_used", next="/")
    token, secret = redeemed
    return _welcome(context, secret, f"/pilots/{token.pilot}" if token.pilot else "/")


@router.post("/logout", dependencies=[allow("leader", "evaluator", "staff", "grafana")])
def log_out() -> Response:
    """Forget the cookie."""
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


def _welcome(context: Context, secret: str, path: str) -> Response:
    answer = RedirectResponse(path, 303, headers={"Cache-Control": "no-store"})
    answer.set_cookie(
        COOKIE, secret, max_age=SESSION_S, httponly=True, samesite="lax", secure=context.secure_cookies
    )
    return answer
