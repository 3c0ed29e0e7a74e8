"""The application of a process that serves no API: health, readiness and counters."""

from collections.abc import Mapping

from fastapi import FastAPI

from api import problems
from api.context import Check
from api.routers import operations


def create_operations_app(checks: Mapping[str, Check]) -> FastAPI:
    """`/healthz`, `/readyz` by these checks, and `/metrics`; every error is a problem."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.checks = checks
    app.include_router(operations.router)
    problems.install(app, problems.problem_answer)
    return app
