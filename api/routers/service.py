"""What the API looks like."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from api.access import GuardedRoute, allow_anyone

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)


@router.get("/api/v1/openapi.json", dependencies=[allow_anyone()])
def openapi(request: Request) -> JSONResponse:
    """The description of the API."""
    return JSONResponse(request.app.openapi())
