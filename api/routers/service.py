"""Is the service alive, is it ready, what does it count, and what does the API look like."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.access import GuardedRoute, InContext, allow_anyone
from api.context import Check
from api.problems import Problem

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)


@router.get("/healthz", dependencies=[allow_anyone()])
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz", dependencies=[allow_anyone()])
def readyz(context: InContext) -> dict[str, str]:
    """Every part can do its work now; 503 names those that cannot."""
    waiting = {name: why for name, why in _reasons(context.checks).items() if why is not None}
    if waiting:
        listed = "; ".join(f"{name}: {why}" for name, why in waiting.items())
        faults = [{"part": name, "message": why} for name, why in waiting.items()]
        raise Problem(503, f"Not ready. {listed}.", errors=faults, headers={"Retry-After": "2"})
    return {"status": "ready"}


def _reasons(checks: Mapping[str, Check]) -> dict[str, str | None]:
    reasons: dict[str, str | None] = {}
    for name, check in checks.items():
        try:
            reasons[name] = check()
        except Exception as error:  # a part that cannot even be asked is not ready
            reasons[name] = f"does not answer ({type(error).__name__})"
    return reasons


@router.get("/metrics", dependencies=[allow_anyone()])
def counters() -> Response:
    """Prometheus counters; no device or pilot among their labels."""
    return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


@router.get("/api/v1/openapi.json", dependencies=[allow_anyone()])
def openapi(request: Request) -> JSONResponse:
    """The description of the API."""
    return JSONResponse(request.app.openapi())
