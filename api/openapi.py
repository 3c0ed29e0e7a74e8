"""The API's description: who may ask, and that every error is a problem."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import MEDIA_TYPE, ProblemBody

_DESCRIPTION = """
Pilots of welfare technology: readings, metrics, alarms, evaluation.

Times are RFC 3339 with an offset; `start` is inclusive, `end` exclusive. Lists come in pages of at most
1000 items: `next` is the `cursor` of the page that follows. `Accept: text/csv` gives the rows of a list as
CSV. Errors are RFC 9457 problems. Query parameters that are not known are ignored.
"""


def describe(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1 for the routes under /api/v1."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes
        )
        components = schema.setdefault("components", {})
        components["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer"},
            "session": {"type": "apiKey", "in": "cookie", "name": "pilotbed_session"},
        }
        schema["security"] = [{"token": []}, {"session": []}]
        schemas = components.setdefault("schemas", {})
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        body = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(body.pop("$defs", {}))
        schemas["Problem"] = body
        for path, operations in schema["paths"].items():
            for operation in operations.values():
                _add_problems(path, operation)
        app.openapi_schema = schema
    return app.openapi_schema


def _add_problems(path: str, operation: dict[str, Any]) -> None:
    said = {
        401: "no token, or not a good one",
        403: "the role may not",
        422: "the request cannot be understood",
    }
    if "{" in path:
        said[404] = "not there, or not yours"
    for status, description in said.items():
        operation["responses"][str(status)] = {
            "description": description,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
