"""What Grafana answers, told so that somebody can do something about it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from grafana_client.client import GrafanaClientError, GrafanaException, GrafanaTimeoutError
from niquests import exceptions

from api.grafana.errors import GrafanaError, Refused

Answer = TypeVar("Answer")

_WAYS_OUT: Final = {
    401: "it does not know the token: make one under Administration, Users and access, Service accounts",
    403: "the token's service account needs the role Editor, and for the data source Admin",
    404: "is this Grafana's address, with its sub-path, and a version from 11.6 on?",
    409: "somebody changed it at the same moment, or something else has its name: look at it, and push again",
}


@contextmanager
def asking(doing: str) -> Iterator[None]:
    """Turn what goes wrong into a `GrafanaError`. Its text holds nothing that was sent, as a token is."""
    try:
        yield
    except GrafanaTimeoutError as error:
        raise GrafanaError(f"Grafana did not answer in time when it was to {doing}: is it busy?") from error
    except GrafanaClientError as error:
        raise _refused(error, doing) from error
    except GrafanaException as error:
        text = (
            f"Grafana failed when it was to {doing} ({error.status_code}: {_said(error)}); its log says why"
        )
        raise Refused(text, int(error.status_code), _said(error)) from error
    except exceptions.SSLError as error:
        raise GrafanaError(
            "Grafana's certificate is not trusted here: put the authority that signed it among the system's"
        ) from error
    except exceptions.ConnectionError as error:
        raise GrafanaError(
            "nobody answers at Grafana's address: does it run, and is it reachable from here?"
        ) from error
    except exceptions.InvalidJSONError as error:
        raise GrafanaError(_NOT_GRAFANA) from error
    except exceptions.RequestException as error:
        raise GrafanaError(f"Grafana could not be asked to {doing}: {type(error).__name__}") from error


def found(doing: str, ask: Callable[[], Answer]) -> Answer | None:
    """What is asked for, or None where Grafana has no such thing."""
    try:
        with asking(doing):
            return ask()
    except Refused as refused:
        if refused.status != 404:
            raise
        return None


def organisation(answer: Any) -> int:
    """The organisation that a token belongs to, of Grafana's answer; raises where it is not Grafana's."""
    if not isinstance(answer, dict) or "id" not in answer:
        raise GrafanaError(_NOT_GRAFANA)
    return int(answer["id"])


_NOT_GRAFANA: Final = "what answers at this address is not Grafana: is its sub-path in the address?"


def _refused(error: GrafanaClientError, doing: str) -> Refused:
    status = int(error.status_code)
    way_out = _WAYS_OUT.get(status)
    text = f"Grafana would not {doing} ({status}: {_said(error)})" + (f"; {way_out}" if way_out else "")
    reason = error.response.get("status", "") if isinstance(error.response, dict) else ""
    return Refused(text, status, _said(error), str(reason))


def _said(error: GrafanaException) -> str:
    said = error.response.get("message", "") if isinstance(error.response, dict) else ""
    return str(said) or "without a word"
