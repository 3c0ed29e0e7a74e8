"""A dashboard in a Grafana, by its HTTP API."""

import hashlib
import json
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from api.grafana.errors import Refused
from api.grafana.provisioning import FOLDER
from api.grafana.push.answers import asking, found
from api.grafana.push.differences import differences
from api.grafana.push.pushing import FROM_FILES, Outcome, Push

_OURS: Final = re.compile(r"pilotbed [0-9a-f]{12}")
"""The note on a version that we saved: who wrote it, and a digest of what."""

_CONFLICTS: Final = {
    "name-exists": "the folder has another dashboard of that title: rename or move that one",
    "plugin-dashboard": "a plugin has a dashboard of that uid: remove that one",
}
_OTHER_SCHEMA: Final = 406
_UIDS: Final = "pilotbed-"
"""What the uid of every dashboard of ours begins with."""

_MOST_FOUND: Final = 5_000
"""As many as Grafana's search tells of at once."""


@dataclass(frozen=True, slots=True)
class _Version:
    """A version of a dashboard: its note, and who saved it when."""

    note: str
    by: str
    at: str


def push_dashboard(push: Push, dashboard: Mapping[str, Any]) -> Outcome:
    """Bring a dashboard up to date, unless somebody has changed it since we saved it.

    Whose the newest version is, its note tells, and whether it is what we would save: Grafana may have
    rewritten what it shows us into a newer schema.
    """
    uid, title = dashboard["uid"], str(dashboard["title"])
    note = f"pilotbed {_digest(dashboard)}"
    body: dict[str, Any] = {
        "dashboard": {**dashboard, "id": None},
        "folderUid": FOLDER["uid"],
        "message": note,
        "overwrite": push.force,
    }
    try:
        there = found("read dashboards", lambda: push.grafana.dashboard.get_dashboard(uid))
    except Refused as refused:
        if refused.status != _OTHER_SCHEMA:
            raise
        return _saved_in_another_schema(push, title, uid, body)
    if there is None:
        return _save(push, Outcome("dashboard", title, "create"), uid, body)
    theirs, meta = there["dashboard"], there["meta"]
    newest = _newest(push, uid) or _Version("", meta.get("updatedBy", ""), meta.get("updated", ""))
    ours = _OURS.fullmatch(newest.note)
    changed = tuple(differences(theirs, dashboard))
    # What we once wrote and no longer do is no difference: that we saved something else, the note tells.
    if newest.note == note or (not ours and not changed):
        return Outcome("dashboard", title, "unchanged")
    if meta.get("provisioned"):
        return Outcome("dashboard", title, "refuse", changed, FROM_FILES)
    if not ours and not push.force:
        return Outcome("dashboard", title, "refuse", changed, _somebodys(newest))
    body["dashboard"]["version"] = theirs.get("version", 0)
    # Where somebody has moved it, it stays.
    body["folderUid"] = meta.get("folderUid") or FOLDER["uid"]
    return _save(push, Outcome("dashboard", title, "update", changed), uid, body)


def stale_dashboards(push: Push, built: Container[str]) -> Iterator[Outcome]:
    """Dashboards that an older push made and whose uids are not `built` any more, which wait for `prune`.

    Those from files are left out: there the folder tells which go. So are those that we never saved.
    """
    with asking("look for dashboards"):
        listed = push.grafana.search.search_dashboards(type_="dash-db", limit=_MOST_FOUND)
    for each in sorted(listed, key=lambda each: str(each["uid"])):
        uid = str(each["uid"])
        if not uid.startswith(_UIDS) or uid in built or _from_files(push, uid):
            continue
        versions = _versions(push, uid)
        if any(_OURS.fullmatch(version.note) for version in versions):
            yield _stale(push, uid, str(each["title"]), versions[0])


def _stale(push: Push, uid: str, title: str, newest: _Version) -> Outcome:
    if not push.prune:
        why = "this pilotbed makes it no more: --prune removes it"
        return Outcome("dashboard", title, "stale", (), why)
    if not _OURS.fullmatch(newest.note) and not push.force:
        why = f"{_changed_by(newest)}, and this pilotbed makes it no more: --force removes it all the same"
        return Outcome("dashboard", title, "refuse", (), why)
    return push.done(
        Outcome("dashboard", title, "remove"), lambda: push.grafana.dashboard.delete_dashboard(uid)
    )


def _from_files(push: Push, uid: str) -> bool:
    try:
        there = found("read dashboards", lambda: push.grafana.dashboard.get_dashboard(uid))
    except Refused as refused:
        if refused.status != _OTHER_SCHEMA:
            raise
        return False
    return there is not None and bool(there["meta"].get("provisioned"))


def _saved_in_another_schema(push: Push, title: str, uid: str, body: dict[str, Any]) -> Outcome:
    newest = _newest(push, uid) or _Version("", "", "")
    if not push.force:
        why = f"saved in Grafana's interface in a schema that its API does not show, {_somebodys(newest)}"
        return Outcome("dashboard", title, "refuse", (), why)
    return _save(push, Outcome("dashboard", title, "update"), uid, body)


def _save(push: Push, outcome: Outcome, uid: str, body: Mapping[str, Any]) -> Outcome:
    try:
        return push.done(outcome, lambda: push.grafana.dashboard.update_dashboard(dict(body)))
    except Refused as refused:
        if refused.status != 412:
            raise
        why = _CONFLICTS.get(refused.reason)
        if why is None:
            newest = _newest(push, uid) or _Version("", "", "")
            why = f"in the very moment {_somebodys(newest)}"
        return Outcome("dashboard", outcome.name, "refuse", outcome.differences, why)


def _somebodys(newest: _Version) -> str:
    return f"{_changed_by(newest)}: --force puts ours in its place"


def _changed_by(newest: _Version) -> str:
    who = f"changed by {newest.by or 'somebody whom Grafana does not name'}"
    return f"{who}{f', {newest.at}' if newest.at else ''}"


def _newest(push: Push, uid: str) -> _Version | None:
    return next(iter(_versions(push, uid)), None)


def _versions(push: Push, uid: str) -> list[_Version]:
    """Those that Grafana keeps, the newest first."""
    with asking("read versions of dashboards"):
        answer = push.grafana.dashboard_versions.get_dashboard_versions_by_uid(uid)
    # Before 11.6 the list stood by itself.
    listed = answer["versions"] if isinstance(answer, dict) else answer
    return [
        _Version(each.get("message", ""), each.get("createdBy", ""), each.get("created", ""))
        for each in sorted(listed or (), key=lambda version: -int(version["version"]))
    ]


def _digest(dashboard: Mapping[str, Any]) -> str:
    written = json.dumps(dashboard, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()[:12]
