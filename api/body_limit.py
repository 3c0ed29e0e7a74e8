"""A bound on what a request may carry."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 1024 * 1024
"""A plan is a few kB; nothing that is sent here is larger than a megabyte."""


class BodyLimit:
    """ASGI middleware that ends the reading of a body past `MAX_BODY` bytes.

    It raises where the body is read, inside the application, so that the answer is a problem like any
    other; FastAPI's own limit answers in plain text.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken = 0

        async def counting() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MAX_BODY:
                raise HTTPException(413)
            return message

        await self._app(scope, counting, send)
