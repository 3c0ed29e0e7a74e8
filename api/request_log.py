"""One log line a request, and what is counted of it: by route, without query, token or login link."""

import time

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.request_counters import count_request

_log = structlog.get_logger("pilotbed.api")

_STANDING_HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}


class RequestLog:
    """ASGI middleware that logs each request, and puts the headers on that every answer carries."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _STANDING_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            caller = scope.get("state", {}).get("caller")
            route, seconds = _route(scope), time.perf_counter() - begun
            count_request(scope["method"], route, status, seconds)
            _log.info(
                "request",
                method=scope["method"],
                route=route,
                pilot=scope.get("path_params", {}).get("pilot"),
                role=caller.role if caller else None,
                status=status,
                ms=round(seconds * 1000, 1),
            )


def _route(scope: Scope) -> str | None:
    """The path with its values taken out (`/login/{once}`): a path itself may hold a secret."""
    if "route" not in scope:
        return None
    names = {str(value): f"{{{name}}}" for name, value in scope.get("path_params", {}).items()}
    return "/".join(names.get(part, part) for part in scope["path"].split("/"))
