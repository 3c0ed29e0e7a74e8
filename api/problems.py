"""Every error as an RFC 9457 problem: what is wrong, with which value, and the way out."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from analysis.pipeline import ComputingError
from pilots.errors import (
    AssignmentOverlap,
    DeviceExists,
    GatesNotMet,
    ParticipantExists,
    PilotError,
    PilotExists,
    PlanCannotChange,
    PlanError,
    PlanLocked,
    PseudonymError,
    RegistryUnavailable,
    UnknownDevice,
    UnknownParticipant,
    UnknownPilot,
    WrongStage,
)
from store import StoreUnavailable

MEDIA_TYPE = "application/problem+json"

_log = structlog.get_logger("pilotbed.api")


class Problem(Exception):
    """An answer that is an error. `errors` lists every single fault, where there are several."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[Mapping[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})


class Fault(BaseModel):
    """One fault of a request: in which parameter or at which line of a plan, and what is wrong with it."""

    model_config = ConfigDict(extra="allow")

    message: str
    parameter: str | None = None
    line: int | None = None


class ProblemBody(BaseModel):
    """RFC 9457 problem details."""

    type: str = "about:blank"
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=['There is no pilot "natt-2027" among yours.'])
    instance: str = Field(examples=["/api/v1/pilots/natt-2027"])
    errors: list[Fault] | None = None


def unknown_pilot(pilot: str) -> Problem:
    """The same answer for a pilot that is not there and for one that is somebody else's."""
    return Problem(404, f'There is no pilot "{pilot}" among yours.')


def problem_answer(request: Request, problem: Problem) -> Response:
    """The problem as JSON."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.url.path,
    }
    if problem.errors is not None:
        body["errors"] = [dict(error) for error in problem.errors]
    return JSONResponse(body, problem.status, media_type=MEDIA_TYPE, headers=problem.headers)


def _from_pilot_error(error: PilotError) -> Problem:
    if isinstance(error, PlanError):
        faults = [{"line": fault.line, "message": fault.message} for fault in error.problems]
        count = "1 error" if len(faults) == 1 else f"{len(faults)} errors"
        return Problem(422, f"The plan has {count}; nothing was stored.", errors=faults)
    if isinstance(error, PlanCannotChange):
        refused = [{"message": refusal} for refusal in error.refusals]
        return Problem(409, "The plan cannot change so; nothing was stored.", errors=refused)
    if isinstance(error, GatesNotMet):
        unmet = [
            {"gate": gate.name, "message": gate.missing, "way_out": gate.way_out} for gate in error.gates
        ]
        return Problem(409, f'The pilot cannot go to "{error.to}" yet.', errors=unmet)
    if isinstance(error, UnknownPilot | UnknownParticipant | UnknownDevice | PseudonymError):
        return Problem(404, str(error))
    if isinstance(
        error, PilotExists | WrongStage | PlanLocked | ParticipantExists | DeviceExists | AssignmentOverlap
    ):
        return Problem(409, str(error))
    return Problem(422, str(error))


def _from_validation(error: RequestValidationError) -> Problem:
    faults = []
    for fault in error.errors():
        where = [str(part) for part in fault["loc"]]
        message = str(fault["msg"]).removeprefix("Value error, ")
        faults.append({"parameter": ".".join(where[1:]) or where[0], "in": where[0], "message": message})
    listed = "; ".join(f"{fault['parameter']}: {fault['message']}" for fault in faults)
    return Problem(422, f"The request cannot be understood. {listed}.", errors=faults)


_EXPLAINED = {
    404: "There is nothing at this address; the API is described at /api/v1/openapi.json.",
    405: "This address does not take {method}.",
    413: "The body is larger than this address takes.",
}

_LATER = {"Retry-After": "5"}


Page = Callable[[Request, Problem], Response]
"""Makes an error's page for people."""


def install(app: FastAPI, page: Page) -> None:
    """Let every error leave `app` as a problem, or as a page where a browser asked for a page."""

    def answer(request: Request, problem: Problem) -> Response:
        if request.url.path.startswith("/api/") or "text/html" not in request.headers.get("accept", ""):
            return problem_answer(request, problem)
        return page(request, problem)

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return answer(request, error)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        explained = _EXPLAINED.get(error.status_code, str(error.detail)).format(method=request.method)
        return answer(request, Problem(error.status_code, explained, headers=error.headers))

    async def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return answer(request, _from_validation(error))

    async def on_pilot_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, PilotError)
        return answer(request, _from_pilot_error(error))

    async def on_store_down(request: Request, error: Exception) -> Response:
        _log.warning("store unavailable", error=str(error))
        return answer(request, Problem(503, "The store of readings cannot answer now.", headers=_LATER))

    async def on_computing_error(request: Request, error: Exception) -> Response:
        _log.warning("computing failed", error=str(error))
        return answer(request, Problem(503, f"{error}.", headers=_LATER))

    async def on_registry_down(request: Request, error: Exception) -> Response:
        _log.warning("registry unavailable", error=str(error))
        return answer(request, Problem(503, "The registry cannot answer now.", headers=_LATER))

    async def on_anything(request: Request, error: Exception) -> Response:
        _log.error("request failed", error=type(error).__name__, exc_info=error)
        return answer(request, Problem(500, "The service failed; its log says why."))

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(PilotError, on_pilot_error)
    app.add_exception_handler(StoreUnavailable, on_store_down)
    app.add_exception_handler(RegistryUnavailable, on_registry_down)
    app.add_exception_handler(ComputingError, on_computing_error)
    app.add_exception_handler(Exception, on_anything)
