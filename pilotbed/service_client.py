"""A service that runs, reached as an outsider would: over HTTP."""

from typing import Any

import httpx

from pilotbed.errors import ServiceUnreachable
from pilotbed.samples import samples
from pilotbed.service_file import ServiceAccess

REQUEST_S = 600.0
"""Recomputing a whole pilot answers when it is done."""


class ServiceClient:
    """The HTTP API of the running service, with its administrator's token."""

    def __init__(self, access: ServiceAccess) -> None:
        self.access = access
        self._client = httpx.Client(
            base_url=access.http,
            headers={"Authorization": f"Bearer {access.token}"},
            timeout=httpx.Timeout(REQUEST_S, connect=2.0),
        )

    def opens(self) -> bool:
        """Somebody answers, and the token is theirs."""
        try:
            return self._client.get("/api/v1/pilots", params={"limit": 1}).status_code != 401
        except httpx.HTTPError:
            return False

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        return self._answered("GET", path, params=parameters)

    def post(self, path: str, body: Any = None) -> httpx.Response:
        return self._answered("POST", path, json=body)

    def delete(self, path: str) -> httpx.Response:
        return self._answered("DELETE", path)

    def _answered(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            answer = self._client.request(method, path, **options)
        except httpx.HTTPError as error:
            raise ServiceUnreachable(f"the service at {self.access.http} does not answer: {error}") from error
        if answer.is_error:
            raise ServiceUnreachable(_problem(answer))
        return answer

    def samples(self) -> dict[str, float]:
        """What `/metrics` shows without labels, by name."""
        return samples(self.get("/metrics").text)

    def close(self) -> None:
        self._client.close()


def _problem(answer: httpx.Response) -> str:
    """The detail of an RFC 9457 problem, or what there is."""
    try:
        body = answer.json()
    except ValueError:
        return f"{answer.request.url.path} answered {answer.status_code}"
    return str(body.get("detail") or body.get("title") or answer.status_code)
