"""Is the process alive, is it ready, and what does it count."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.access import GuardedRoute, allow_anyone
from api.context import Check
from api.problems import Problem

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)


@router.get("/healthz", dependencies=[allow_anyone()])
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz", dependencies=[allow_anyone()])
def readyz(request: Request) -> dict[str, str]:
    """Every part can do its work now; 503 names those that cannot."""
    waiting = {name: why for name, why in _reasons(request.app.state.checks).items() if why is not None}
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
