"""A parameter without a value is a parameter that was not given."""

from starlette.types import ASGIApp, Receive, Scope, Send


class EmptyParameters:
    """ASGI middleware that drops `start=` and its like from the query.

    Forms and templates of addresses send every parameter, filled in or not.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["query_string"] = b"&".join(
                pair for pair in scope["query_string"].split(b"&") if pair.partition(b"=")[2]
            )
        await self._app(scope, receive, send)
