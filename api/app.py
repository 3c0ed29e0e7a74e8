"""The application: every router, one way out for errors, and no route without its rule."""

import threading
from importlib.metadata import PackageNotFoundError, version

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from analysis.pipeline.last_run import LastRuns
from analysis.pipeline.processes import IDLE_S, Processes
from api import openapi, problems
from api.access import GuardedRoute, Undeclared
from api.body_limit import BodyLimit
from api.context import Context
from api.empty_parameters import EmptyParameters
from api.pages import error_page
from api.remembered import Remembered
from api.request_log import RequestLog
from api.results import Results
from api.routers import (
    alarms,
    analyses,
    attention,
    benefits,
    dead_letters,
    devices,
    evaluation,
    export,
    login,
    metrics,
    operations,
    participants,
    participation,
    pilots,
    quality,
    readings,
    report,
    requirements,
    rest,
    scores,
    service,
    site,
    told,
)

API = "/api/v1"

_RESOURCES = (
    pilots,
    participation,
    attention,
    devices,
    participants,
    told,
    readings,
    metrics,
    rest,
    alarms,
    quality,
    evaluation,
    benefits,
    requirements,
    scores,
    report,
    export,
    analyses,
    dead_letters,
)


def create_app(context: Context) -> FastAPI:
    """The API and the pages on one installation. Raises `Undeclared` for a route that anybody could call."""
    app = FastAPI(
        title="pilotbed",
        version=_version(),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation,
    )
    app.state.context = context
    app.state.checks = context.checks
    app.state.results = Results(context.registry, context.store, Remembered())
    app.state.recomputing = threading.Lock()
    app.state.processes = Processes(IDLE_S)
    app.state.last_runs = LastRuns()
    for resource in _RESOURCES:
        app.include_router(resource.router, prefix=API)
    for surface in (operations, service, login, site):
        app.include_router(surface.router)
    problems.install(app, error_page)
    app.add_middleware(BodyLimit)
    app.add_middleware(EmptyParameters)
    app.add_middleware(RequestLog)
    app.openapi = lambda: openapi.describe(app)  # type: ignore[method-assign]  # FastAPI's own way to do it
    refuse_undeclared(app)
    return app


def refuse_undeclared(app: FastAPI) -> None:
    """Raise `Undeclared` when a route could be called without a rule that says by whom."""
    for context in iter_route_contexts(app.routes):
        if not isinstance(context.original_route, GuardedRoute):
            raise Undeclared(f"{context.path}: not a GuardedRoute, so nothing says who may call it")


def _operation(route: APIRoute) -> str:
    return route.name


def _version() -> str:
    try:
        return version("pilotbed")
    except PackageNotFoundError:
        return "0"
