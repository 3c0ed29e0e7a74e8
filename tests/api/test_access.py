"""Who may call what. Default deny, and the same answer for a foreign pilot as for one that is not there."""

from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts

from api.access import COOKIE, CSRF_HEADER, GuardedRoute, Undeclared, csrf_token
from api.app import refuse_undeclared
from tests.api.installation import OURS, THEIRS, Installation

ROLES = ("admin", "leader", "evaluator", "grafana", "staff")
RUNS_THE_PILOT = {"admin", "leader"}
SEES_GROUPS = {"admin", "leader", "evaluator", "grafana"}
SEES_DEVICES = {"admin", "leader", "grafana"}
LEADS_OR_EVALUATES = {"admin", "leader", "evaluator"}

RULES: dict[tuple[str, str], set[str]] = {
    ("GET", "/"): SEES_GROUPS,
    ("GET", "/pilots/{pilot}"): SEES_GROUPS,
    ("POST", "/logout"): set(ROLES),
    ("GET", "/api/v1/pilots"): SEES_GROUPS,
    ("POST", "/api/v1/pilots"): {"admin"},
    ("GET", "/api/v1/pilots/{pilot}"): SEES_GROUPS,
    ("GET", "/api/v1/pilots/{pilot}/participation"): SEES_GROUPS,
    ("GET", "/api/v1/pilots/{pilot}/attention"): SEES_GROUPS,
    ("POST", "/api/v1/pilots/{pilot}/plan"): RUNS_THE_PILOT,
    ("POST", "/api/v1/pilots/{pilot}/stage"): RUNS_THE_PILOT,
    ("GET", "/api/v1/pilots/{pilot}/texts"): RUNS_THE_PILOT,
    ("PUT", "/api/v1/pilots/{pilot}/texts/{section}"): RUNS_THE_PILOT,
    ("GET", "/api/v1/pilots/{pilot}/recruitment"): RUNS_THE_PILOT,
    ("PUT", "/api/v1/pilots/{pilot}/recruitment/{group}"): RUNS_THE_PILOT,
    ("POST", "/api/v1/pilots/{pilot}/participants/{code}/leaving"): RUNS_THE_PILOT,
    ("POST", "/api/v1/pilots/{pilot}/consents"): RUNS_THE_PILOT,
    ("GET", "/api/v1/pilots/{pilot}/devices"): RUNS_THE_PILOT,
    ("POST", "/api/v1/pilots/{pilot}/devices"): RUNS_THE_PILOT,
    ("GET", "/api/v1/pilots/{pilot}/participants"): RUNS_THE_PILOT,
    ("POST", "/api/v1/pilots/{pilot}/participants"): RUNS_THE_PILOT,
    ("GET", "/api/v1/pilots/{pilot}/consents"): RUNS_THE_PILOT,
    ("PUT", "/api/v1/pilots/{pilot}/participants/{code}/home"): RUNS_THE_PILOT,
    ("PUT", "/api/v1/pilots/{pilot}/participants/{code}/unit"): RUNS_THE_PILOT,
    ("GET", "/api/v1/pilots/{pilot}/readings/{stream}"): RUNS_THE_PILOT,
    ("GET", "/api/v1/pilots/{pilot}/metrics"): SEES_GROUPS,
    ("GET", "/api/v1/pilots/{pilot}/metrics/{metric}"): SEES_GROUPS,
    ("GET", "/api/v1/pilots/{pilot}/rest/hours"): SEES_GROUPS,
    ("GET", "/api/v1/pilots/{pilot}/alarms"): SEES_DEVICES,
    ("GET", "/api/v1/pilots/{pilot}/alarms/response"): SEES_GROUPS,
    ("GET", "/api/v1/pilots/{pilot}/quality"): SEES_GROUPS,
    ("GET", "/api/v1/pilots/{pilot}/quality/nights"): SEES_DEVICES,
    ("GET", "/api/v1/pilots/{pilot}/quality/dead-letters"): SEES_GROUPS,
    ("GET", "/api/v1/pilots/{pilot}/quality/losses"): SEES_DEVICES,
    ("GET", "/api/v1/pilots/{pilot}/benefits"): SEES_GROUPS,
    ("GET", "/api/v1/pilots/{pilot}/economy"): SEES_GROUPS,
    ("GET", "/api/v1/pilots/{pilot}/requirements"): SEES_GROUPS,
    ("GET", "/api/v1/products"): SEES_GROUPS,
    ("GET", "/api/v1/pilots/{pilot}/evaluation"): SEES_GROUPS,
    ("GET", "/api/v1/pilots/{pilot}/scores"): SEES_GROUPS,
    ("GET", "/api/v1/pilots/{pilot}/report"): LEADS_OR_EVALUATES,
    ("GET", "/api/v1/pilots/{pilot}/export"): LEADS_OR_EVALUATES,
    ("POST", "/api/v1/pilots/{pilot}/analyses"): RUNS_THE_PILOT,
    ("GET", "/api/v1/dead-letters"): RUNS_THE_PILOT,
    ("POST", "/api/v1/dead-letters/{id}/replay"): RUNS_THE_PILOT,
    ("DELETE", "/api/v1/dead-letters/{id}"): RUNS_THE_PILOT,
}
FOR_ANYONE = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("GET", "/login/{once}"),
    ("GET", "/static/pilotbed.css"),
}


def _path(template: str, pilot: str = OURS) -> str:
    return template.format(
        pilot=pilot,
        stream="bed",
        metric="weight_kg",
        code="K7Q-4TD",
        section="lessons",
        group="intervention",
        id=1,
        once="x",
    )


def test_every_route_has_a_rule_in_this_file(empty: Installation) -> None:
    app: Any = empty.client.app
    routes = {
        (method, context.path)
        for context in iter_route_contexts(app.routes)
        for method in context.methods or ()
    }
    assert routes == set(RULES) | FOR_ANYONE


@pytest.mark.parametrize(("method", "path"), RULES)
def test_without_a_good_token_every_guarded_route_answers_401(
    filled: Installation, method: str, path: str
) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}):
        answer = filled.client.request(method, _path(path), headers=headers, content=b"{broken")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "path"), RULES)
def test_each_role_may_call_exactly_what_its_rule_says(
    filled: Installation, method: str, path: str, role: str
) -> None:
    if (method, path) == ("POST", "/logout"):
        return
    answer = filled.ask(method, _path(path), role, content=b"{broken", headers={"Content-Type": "text/plain"})
    if role in RULES[method, path]:
        assert answer.status_code not in (401, 403), answer.text
    else:
        assert answer.status_code == 403, answer.text


@pytest.mark.parametrize(("method", "path"), [rule for rule in RULES if "{pilot}" in rule[1]])
def test_a_foreign_pilot_answers_as_one_that_is_not_there(
    filled: Installation, method: str, path: str
) -> None:
    for role in ("leader", "evaluator", "grafana", "staff"):
        foreign = filled.ask(method, _path(path, THEIRS), role)
        absent = filled.ask(method, _path(path, "ingenstans"), role)
        assert foreign.status_code == absent.status_code == 404
        assert foreign.text.replace(THEIRS, "ingenstans") == absent.text


def test_a_leader_sees_only_the_own_pilot_in_the_list_and_the_administrator_sees_all(
    filled: Installation,
) -> None:
    assert [item["pilot"] for item in filled.get("/api/v1/pilots").json()["items"]] == [OURS]
    everything = filled.get("/api/v1/pilots", "admin").json()["items"]
    assert {item["pilot"] for item in everything} == {OURS, THEIRS}


def test_a_foreign_device_answers_as_one_that_is_not_there(filled: Installation) -> None:
    path = f"/api/v1/pilots/{OURS}/readings/bed?device="
    foreign, absent = filled.get(f"{path}{THEIRS}.bed-01"), filled.get(f"{path}ingenstans.bed-01")
    assert foreign.status_code == absent.status_code == 404
    assert foreign.text.replace(THEIRS, "ingenstans") == absent.text


def test_a_taken_device_name_does_not_tell_whose_it_is(empty: Installation) -> None:
    body = {"device": f"{THEIRS}.bed-01", "kind": "bed"}
    answer = empty.ask("POST", f"/api/v1/pilots/{OURS}/devices", json=body)
    assert answer.status_code == 409
    assert "eui-77" not in answer.text
    assert f'pilot "{THEIRS}"' not in answer.text


@pytest.mark.parametrize("parameter", ["by=day", "participant=K7Q-4TD", "min_coverage=0"])
def test_an_evaluator_is_refused_single_days_persons_and_thin_data_with_the_reason(
    filled: Installation, parameter: str
) -> None:
    answer = filled.get(f"/api/v1/pilots/{OURS}/metrics/weight_kg?{parameter}", "evaluator")
    assert answer.status_code == 403
    assert parameter.split("=")[0] in answer.json()["detail"]


def test_a_dashboard_may_ask_by_day_and_not_for_persons(filled: Installation) -> None:
    path = f"/api/v1/pilots/{OURS}/metrics/weight_kg"
    assert filled.get(f"{path}?by=day", "grafana").status_code == 200
    assert filled.get(f"{path}?participant={filled.intervention[0]}", "grafana").status_code == 403


def test_an_evaluator_gets_the_summary_of_quality_and_is_told_what_is_withheld(filled: Installation) -> None:
    body = filled.get(f"/api/v1/pilots/{OURS}/quality", "evaluator").json()
    assert body["summary"]["devices"] == 2
    assert body["items"] == []
    assert "evaluators see the summary" in body["withheld"]


def test_a_change_from_a_browser_session_needs_its_csrf_token(empty: Installation) -> None:
    path = f"/api/v1/pilots/{OURS}/participants"
    session = empty.registry.redeem_login(empty.registry.create_login("leader", OURS))
    assert session is not None
    cookie = {"Cookie": f"{COOKIE}={session[1]}"}
    new = {"group": "intervention"}
    assert empty.ask("POST", path, None, headers=cookie, json=new).status_code == 403
    wrong = {**cookie, CSRF_HEADER: csrf_token("another session")}
    assert empty.ask("POST", path, None, headers=wrong, json=new).status_code == 403
    right = {**cookie, CSRF_HEADER: csrf_token(session[1])}
    assert empty.ask("POST", path, None, headers=right, json=new).status_code == 201
    assert empty.ask("GET", path, None, headers=cookie).status_code == 200


def test_a_token_in_the_address_opens_nothing(filled: Installation) -> None:
    token = filled.tokens["admin"]
    assert filled.client.get(f"/api/v1/pilots?token={token}&access_token={token}").status_code == 401


def test_a_route_without_a_rule_cannot_be_made() -> None:
    router = APIRouter(route_class=GuardedRoute)
    with pytest.raises(Undeclared, match="/open"):
        router.get("/open")(lambda: None)


def test_an_application_with_an_unguarded_route_refuses_to_start() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.get("/open")(lambda: None)
    with pytest.raises(Undeclared, match="/open"):
        refuse_undeclared(app)
