"""A small Grafana: the endpoints that a push uses, over real HTTP, answering as Grafana's own source does.

It is no Grafana: it draws nothing, asks no data source and evaluates no rule.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "glsa_for-the-tests"

Answer = tuple[int, Any]


@dataclass
class GrafanaServer:
    """What stands in it.

    `role` is the service account's. `before_saving` is called once, just before a dashboard is saved, as
    another user's click may come. `asked` is every request, as method and path. With `page` it is another
    server, which answers that.
    """

    role: str = "Admin"
    newer_lists: bool = True
    url: str = ""
    folders: dict[str, dict[str, Any]] = field(default_factory=dict)
    dashboards: dict[str, dict[str, Any]] = field(default_factory=dict)
    versions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)
    secrets: dict[str, dict[str, str]] = field(default_factory=dict)
    contact_points: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    provisioned: set[str] = field(default_factory=set)
    health: Answer = (200, {"status": "OK", "message": "Settings saved"})
    in_schema_2: set[str] = field(default_factory=set)
    before_saving: Callable[[], None] | None = None
    page: str | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def written(self) -> list[tuple[str, str]]:
        """What was asked that changes something."""
        return [request for request in self.asked if request[0] != "GET"]

    def save_as(self, user: str, uid: str, **changes: Any) -> None:
        """Somebody saves a dashboard in the interface."""
        self._save({**self.dashboards[uid], **changes}, by=user, message="")

    def _save(self, dashboard: dict[str, Any], *, by: str, message: str) -> int:
        uid = dashboard["uid"]
        known = self.versions.setdefault(uid, [])
        number = len(known) + 1
        # Newest first, as Grafana lists them.
        known.insert(
            0,
            {
                "version": number,
                "createdBy": by,
                "created": f"2026-11-23T10:{number:02}:00Z",
                "message": message,
            },
        )
        self.dashboards[uid] = {**dashboard, "id": 7, "version": number}
        return number

    def answer(self, method: str, path: str, query: str, body: Any) -> Answer:
        for pattern, verb, handle in self._routes():
            found = re.fullmatch(pattern, path)
            if found and verb == method:
                if verb != "GET" and self.role == "Viewer":
                    return 403, {"message": "You'll need additional permissions to perform this action."}
                return handle(*found.groups(), body) if verb != "GET" else handle(*found.groups())
        return 404, {"message": "Not found"}

    def _routes(self) -> list[tuple[str, str, Callable[..., Answer]]]:
        return [
            (r"/api/org", "GET", lambda: (200, {"id": 1, "name": "Main Org."})),
            (r"/api/folders/([^/]+)", "GET", lambda uid: _one(self.folders, uid, "folder not found")),
            (r"/api/folders", "POST", self._make_folder),
            (r"/api/dashboards/uid/([^/]+)", "GET", self._show_dashboard),
            (r"/api/dashboards/uid/([^/]+)", "DELETE", self._delete_dashboard),
            (r"/api/search", "GET", self._search),
            (r"/api/dashboards/uid/([^/]+)/versions", "GET", self._list_versions),
            (r"/api/dashboards/db", "POST", self._save_dashboard),
            (
                r"/api/datasources/uid/([^/]+)",
                "GET",
                lambda uid: _one(self.sources, uid, "data source not found"),
            ),
            (r"/api/datasources/uid/([^/]+)/health", "GET", lambda _: self.health),
            (r"/api/datasources", "POST", self._make_source),
            (r"/api/datasources/uid/([^/]+)", "PUT", self._change_source),
            (
                r"/api/v1/provisioning/contact-points",
                "GET",
                lambda: (200, list(self.contact_points.values())),
            ),
            (r"/api/v1/provisioning/contact-points", "POST", self._put_contact_point),
            (
                r"/api/v1/provisioning/contact-points/([^/]+)",
                "PUT",
                lambda _, body: self._put_contact_point(body),
            ),
            (r"/api/v1/provisioning/folder/([^/]+)/rule-groups/([^/]+)", "GET", self._show_group),
            (r"/api/v1/provisioning/folder/([^/]+)/rule-groups/([^/]+)", "PUT", self._put_group),
        ]

    def _make_folder(self, body: dict[str, Any]) -> Answer:
        self.folders[body["uid"]] = body
        return 200, body

    def _show_dashboard(self, uid: str) -> Answer:
        if uid not in self.dashboards:
            return 404, {"message": "Dashboard not found"}
        if uid in self.in_schema_2:
            return 406, {"message": "dashboard api version not supported, use /apis/… instead"}
        newest = self.versions[uid][0]
        meta = {
            "folderUid": self.dashboards[uid].get("folderUid", "pilotbed"),
            "provisioned": uid in self.provisioned,
            "updatedBy": newest["createdBy"],
            "updated": newest["created"],
        }
        return 200, {"dashboard": self.dashboards[uid], "meta": meta}

    def _list_versions(self, uid: str) -> Answer:
        listed = self.versions.get(uid, [])
        return 200, {"continueToken": "", "versions": listed} if self.newer_lists else listed

    def _search(self) -> Answer:
        found = [{"uid": uid, "title": each["title"]} for uid, each in self.dashboards.items()]
        return 200, [{**each, "type": "dash-db"} for each in found]

    def _delete_dashboard(self, uid: str, _: None) -> Answer:
        if uid in self.provisioned:
            return 400, {"message": "provisioned dashboard cannot be deleted"}
        title = self.dashboards.pop(uid)["title"]
        return 200, {"title": title, "message": f"Dashboard {title} deleted"}

    def _save_dashboard(self, body: dict[str, Any]) -> Answer:
        if self.before_saving is not None:
            self.before_saving, click = None, self.before_saving
            click()
        dashboard = body["dashboard"]
        uid = dashboard["uid"]
        if body["folderUid"] not in self.folders:
            return 400, {"message": "folder not found"}
        there = self.dashboards.get(uid)
        if there is not None and not body["overwrite"] and dashboard.get("version") != there["version"]:
            return 412, {
                "status": "version-mismatch",
                "message": "The dashboard has been changed by someone else",
            }
        number = self._save(dashboard, by="sa-pilotbed", message=body["message"])
        self.in_schema_2.discard(uid)
        return 200, {"uid": uid, "status": "success", "version": number}

    def _make_source(self, body: dict[str, Any]) -> Answer:
        if self.role != "Admin":
            return 403, {"message": "You'll need additional permissions to perform this action."}
        return self._keep_source(body, 1)

    def _change_source(self, uid: str, body: dict[str, Any]) -> Answer:
        if body["version"] != self.sources[uid]["version"]:
            return 409, {
                "message": "Datasource has already been updated by someone else. Please reload and try again"
            }
        return self._keep_source(body, body["version"] + 1)

    def _keep_source(self, body: dict[str, Any], version: int) -> Answer:
        self.secrets[body["uid"]] = body["secureJsonData"]
        shown = {key: value for key, value in body.items() if key != "secureJsonData"}
        self.sources[body["uid"]] = {
            **shown,
            "version": version,
            "readOnly": False,
            "isDefault": False,
            "secureJsonFields": dict.fromkeys(body["secureJsonData"], True),
        }
        return 200, {"message": "Datasource added"}

    def _put_contact_point(self, body: dict[str, Any]) -> Answer:
        self.contact_points[body["uid"]] = {**body, "provenance": "api"}
        return 202, {"message": "contactpoint updated"}

    def _show_group(self, folder: str, group: str) -> Answer:
        return _one(self.groups, (folder, group), "group not found")

    def _put_group(self, folder: str, group: str, body: dict[str, Any]) -> Answer:
        uids = [rule["uid"] for rule in body["rules"]]
        assert len(set(uids)) == len(uids)
        named = {point["name"] for point in self.contact_points.values()}
        for rule in body["rules"]:
            settings = rule.get("notification_settings")
            if settings and settings["receiver"] not in named:
                return 400, {"message": f"receiver {settings['receiver']} does not exist"}
        rules = [{**_with_defaults(rule), "id": 3, "provenance": "api"} for rule in body["rules"]]
        self.groups[folder, group] = {**body, "rules": rules}
        return 200, body


def _with_defaults(rule: dict[str, Any]) -> dict[str, Any]:
    """What Grafana adds to each query of a rule."""
    data = [
        {**each, "queryType": "", "model": {**each["model"], "intervalMs": 1000, "maxDataPoints": 43200}}
        for each in rule["data"]
    ]
    return {**rule, "data": data, "isPaused": False, "updated": "2026-11-23T10:00:00Z"}


def _one(things: dict[Any, dict[str, Any]], key: Any, missing: str) -> Answer:
    return (200, things[key]) if key in things else (404, {"message": missing})


@contextmanager
def grafana_server(prefix: str = "", **settings: Any) -> Iterator[GrafanaServer]:
    """A Grafana on a free port, below `prefix`, that knows `TOKEN`."""
    grafana = GrafanaServer(**settings)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body go as two packets, and the second would wait for the other side to confirm the first.
        disable_nagle_algorithm = True

        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            sent = self.rfile.read(length)
            path, _, query = self.path.partition("?")
            if grafana.page is not None:
                return self._send(200, "text/html", grafana.page.encode())
            if not path.startswith(prefix):
                return self._say(404, {"message": "Not found"})
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                return self._say(401, {"message": "Invalid API key"})
            path = path.removeprefix(prefix)
            grafana.asked.append((self.command, path))
            # Its client sends the paging of a GET as a form.
            body = json.loads(sent) if sent and self.command != "GET" else None
            return self._say(*grafana.answer(self.command, path, query, body))

        do_GET = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815 - named by http.server

        def _say(self, status: int, answer: Any) -> None:
            self._send(status, "application/json", json.dumps(answer).encode())

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    grafana.url = f"http://127.0.0.1:{server.server_port}{prefix}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield grafana
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
