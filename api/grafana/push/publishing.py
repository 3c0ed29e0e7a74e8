"""Bring what we generate into a Grafana over its HTTP API, where it cannot be given files.

What somebody has changed there is left alone, unless told otherwise.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from grafana_client.api import GrafanaApi

from api.grafana.errors import GrafanaError
from api.grafana.provisioning import FOLDER
from api.grafana.push.alerting import push_contact_point, push_rules
from api.grafana.push.answers import asking, found, organisation
from api.grafana.push.dashboards import push_dashboard, stale_dashboards
from api.grafana.push.pushing import Outcome, Push
from api.grafana.push.source import ApiAccess, push_source

_PATIENCE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Content:
    """What is to stand in Grafana: dashboards by uid; where given, a pilot's rules and who gets their
    notices, as `alerting` makes them, and the data source that they all ask."""

    dashboards: Mapping[str, Mapping[str, Any]]
    alerting: Mapping[str, Any] | None = None
    access: ApiAccess | None = None


def connect(url: str, token: str) -> GrafanaApi:
    """The Grafana at `url`, its sub-path included, as the service account whose token it is.

    Raises `GrafanaError` where `url` is no address of a web server, or holds a password.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise GrafanaError("Grafana's address is written as https://grafana.example.org, without a password")
    # Without the slash its client would glue "api" to the sub-path.
    grafana: GrafanaApi = GrafanaApi.from_url(url.rstrip("/") + "/", credential=token, timeout=_PATIENCE_S)
    return grafana


def publish(
    grafana: GrafanaApi,
    content: Content,
    *,
    force: bool = False,
    dry_run: bool = False,
    prune: bool = False,
) -> Iterator[Outcome]:
    """Each thing as it is done, after those that it refers to; the same again changes nothing.

    What somebody has changed is refused without `force`; `dry_run` only looks. Dashboards of ours that are
    built no more are told of, and removed with `prune`. Raises `GrafanaError` where Grafana is not there,
    does not let us in, or will not have it.
    """
    push = Push(grafana, force, dry_run, prune)
    with asking("tell the token's organisation"):
        org = organisation(grafana.organization.get_current_organization())
    yield _push_folder(push)
    if content.access is not None:
        yield push_source(push, content.access)
    for dashboard in content.dashboards.values():
        yield push_dashboard(push, dashboard)
    yield from stale_dashboards(push, content.dashboards)
    alerting = content.alerting or {}
    for point in alerting.get("contactPoints", ()):
        for receiver in point["receivers"]:
            yield push_contact_point(push, {**receiver, "name": point["name"]})
    for group in alerting.get("groups", ()):
        yield push_rules(push, group, org)


def _push_folder(push: Push) -> Outcome:
    title, uid = FOLDER["title"], FOLDER["uid"]
    if found("read folders", lambda: push.grafana.folder.get_folder(uid)) is not None:
        return Outcome("folder", title, "unchanged")
    return push.done(
        Outcome("folder", title, "create"), lambda: push.grafana.folder.create_folder(title, uid=uid)
    )
