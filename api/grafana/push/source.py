"""The data source that the dashboards ask, in a Grafana, by its HTTP API."""

import hashlib
from dataclasses import dataclass, field, replace

from api.grafana.errors import Refused
from api.grafana.parts.query import API
from api.grafana.provisioning import api_access, api_secrets
from api.grafana.push.answers import asking, found
from api.grafana.push.differences import differences
from api.grafana.push.pushing import FROM_FILES, Outcome, Push


@dataclass(frozen=True, slots=True)
class ApiAccess:
    """Where Grafana finds our API (scheme, host and port), and the token that it shows there."""

    url: str
    token: str = field(repr=False)


def push_source(push: Push, access: ApiAccess) -> Outcome:
    """Bring the data source up to date, and say where Grafana gets no answer through it.

    Grafana never shows a token again: beside it stands its digest, by which we see whether it is the one.
    """
    outcome = _brought_up_to_date(push, access)
    if push.dry_run or outcome.action == "refuse":
        return outcome
    return replace(outcome, why=_trouble(push))


def _brought_up_to_date(push: Push, access: ApiAccess) -> Outcome:
    source, name = push.grafana.datasource, "Pilotbed"
    ours = {
        **API,
        "name": name,
        "access": "proxy",
        "url": access.url,
        "jsonData": {**api_access(access.url), "tokenDigest": _digest(access.token)},
    }
    sent = {**ours, "secureJsonData": api_secrets(access.token)}
    theirs = found("read data sources", lambda: source.get_datasource_by_uid(API["uid"]))
    if theirs is None:
        return push.done(Outcome("data source", name, "create"), lambda: source.create_datasource(sent))
    changed = tuple(differences(theirs, ours))
    if not changed:
        return Outcome("data source", name, "unchanged")
    if theirs.get("readOnly"):
        return Outcome("data source", name, "refuse", changed, FROM_FILES)
    if not push.force and {each.place for each in changed} != {"jsonData.tokenDigest"}:
        why = "its settings are others, and Grafana does not say whose: --force puts ours in their place"
        return Outcome("data source", name, "refuse", changed, why)
    # With its version, Grafana refuses where somebody changes it in between.
    versioned = {**sent, "version": theirs.get("version", 0)}
    return push.done(
        Outcome("data source", name, "update", changed),
        lambda: source.update_datasource_by_uid(API["uid"], versioned),
    )


def _trouble(push: Push) -> str:
    """What Grafana says of a data source that gives no answer, as where the plugin or the API is away."""
    try:
        with asking("ask pilotbed's API"):
            answer = push.grafana.datasource.health(API["uid"])
    except Refused as refused:
        said = refused.said
    else:
        said = "" if answer.get("status") == "OK" else str(answer.get("message", "no word why"))
    return said and (
        f"it gets no answer yet ({said}): is the plugin {API['type']} installed, does Grafana reach that "
        "address, does the token hold?"
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:12]
