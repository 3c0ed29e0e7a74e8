"""Who may call what. Default deny: a route that does not say who may call it cannot be made."""

import hmac
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Depends, Request, Response, params
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from api.context import Context
from api.problems import Problem, unknown_pilot
from pilots.errors import UnknownPilot
from pilots.registry import Pilot

Role = Literal["admin", "leader", "evaluator", "staff", "grafana"]

COOKIE = "pilotbed_session"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf_token"

GROUPS_ONLY: frozenset[str] = frozenset({"evaluator", "grafana"})
"""Roles that see groups, never single participants: small cells are suppressed for them."""

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a role, its pilot (None: every pilot), and for a browser the token its forms must carry."""

    role: str
    pilot: str | None
    csrf: str | None = None

    @property
    def suppressed(self) -> bool:
        """Small cells are hidden from this caller."""
        return self.role in GROUPS_ONLY

    def sees(self, pilot: str) -> bool:
        return self.role == "admin" or self.pilot == pilot


@dataclass(frozen=True, slots=True)
class Allow:
    """The roles that may call a route; `anyone` needs no token. The administrator may call every route."""

    roles: frozenset[str]
    anyone: bool = False

    def __call__(self) -> None:
        """Nothing to do here: `GuardedRoute` asks before the body is read."""


def allow(*roles: Role) -> Any:
    """Declare the roles that may call a route, beside the administrator."""
    return Depends(Allow(frozenset(roles) | {"admin"}))


def allow_anyone() -> Any:
    """Declare a route that needs no token."""
    return Depends(Allow(frozenset(), anyone=True))


class Undeclared(Exception):
    """A route that does not say who may call it."""


class GuardedRoute(APIRoute):
    """A route that admits its caller before it looks at the request.

    FastAPI reads and parses a body before it solves dependencies; a stranger's broken body would be
    answered with 422 instead of 401.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self.allowed = declared(path, self.dependencies)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            if not self.allowed.anyone:
                await _admit(request, self.allowed)
            return await handler(request)

        return guarded


def declared(path: str, dependencies: list[params.Depends]) -> Allow:
    """What a route declares; raises `Undeclared` when it declares nothing, or twice."""
    found = [depends.dependency for depends in dependencies if isinstance(depends.dependency, Allow)]
    if len(found) != 1:
        raise Undeclared(f"{path}: say once who may call it, with allow(…) or allow_anyone()")
    return found[0]


async def _admit(request: Request, allowed: Allow) -> None:
    """401 without a good token, then 404 for a pilot that is not the caller's, then 403 for the role."""
    context: Context = request.app.state.context
    caller, from_cookie = await run_in_threadpool(_identify, request, context)
    request.state.caller = caller
    if from_cookie and request.method not in _READING:
        await _check_csrf(request, caller)
    name = request.path_params.get("pilot")
    if name is not None:
        request.state.pilot = await run_in_threadpool(_pilot, context, caller, name)
    if caller.role not in allowed.roles:
        needed = " or ".join(sorted(allowed.roles))
        raise Problem(403, f"The role {caller.role} may not do this; it takes {needed}.")


def _identify(request: Request, context: Context) -> tuple[Caller, bool]:
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, secret = header.partition(" ")
        from_cookie = False
        if scheme.lower() != "bearer":
            raise unauthorized("Send the token as “Authorization: Bearer …”.")
    else:
        secret = request.cookies.get(COOKIE, "")
        from_cookie = True
        if not secret:
            raise unauthorized(
                "This needs a token: send it as “Authorization: Bearer …”, or log in at /login."
            )
    token = context.registry.token(secret.strip())
    if token is None:
        raise unauthorized("The token is unknown, revoked or expired.", error="invalid_token")
    return Caller(token.role, token.pilot, csrf_token(secret) if from_cookie else None), from_cookie


def unauthorized(detail: str, error: str | None = None) -> Problem:
    challenge = 'Bearer realm="pilotbed"' + (f', error="{error}"' if error else "")
    return Problem(401, detail, headers={"WWW-Authenticate": challenge})


def csrf_token(secret: str) -> str:
    """The token that forms of this session carry; it cannot be turned back into the session."""
    return hmac.new(secret.encode(), b"pilotbed csrf", "sha256").hexdigest()


async def _check_csrf(request: Request, caller: Caller) -> None:
    sent: Any = request.headers.get(CSRF_HEADER)
    if sent is None and request.headers.get("content-type", "").startswith(
        "application/x-www-form-urlencoded"
    ):
        sent = (await request.form()).get(CSRF_FIELD)
    if not isinstance(sent, str) or not hmac.compare_digest(sent.encode(), (caller.csrf or "").encode()):
        raise Problem(
            403, f"A change from a browser session needs its {CSRF_HEADER} header or {CSRF_FIELD} field."
        )


def _pilot(context: Context, caller: Caller, name: str) -> Pilot:
    if not caller.sees(name):
        raise unknown_pilot(name)
    try:
        return context.registry.pilot(name)
    except UnknownPilot as error:
        raise unknown_pilot(name) from error


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


def _own_pilot(request: Request) -> Pilot:
    pilot: Pilot = request.state.pilot
    return pilot


InContext = Annotated[Context, Depends(_context)]
AskedBy = Annotated[Caller, Depends(_caller)]
OwnPilot = Annotated[Pilot, Depends(_own_pilot)]
"""The pilot in the path, which the caller may see."""
