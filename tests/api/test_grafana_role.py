"""What the token that Grafana shares among its readers opens: every route of the application, one by one."""

import base64
import re
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts

from store import IntakeCounts
from tests.api.installation import (
    ALARM,
    BED,
    EVENING,
    OURS,
    SECOND,
    THEIRS,
    Installation,
    commit_alarms,
    commit_dead_letter,
    commit_status,
)

ANSWERED = {
    "/",
    "/healthz",
    "/login",
    "/metrics",
    "/pilots/{pilot}",
    "/readyz",
    "/static/pilotbed.css",
    "/api/v1/openapi.json",
    "/api/v1/pilots",
    "/api/v1/pilots/{pilot}",
    "/api/v1/pilots/{pilot}/alarms",
    "/api/v1/pilots/{pilot}/alarms/response",
    "/api/v1/pilots/{pilot}/attention",
    "/api/v1/pilots/{pilot}/benefits",
    "/api/v1/pilots/{pilot}/economy",
    "/api/v1/pilots/{pilot}/evaluation",
    "/api/v1/pilots/{pilot}/metrics",
    "/api/v1/pilots/{pilot}/metrics/{metric}",
    "/api/v1/pilots/{pilot}/participation",
    "/api/v1/pilots/{pilot}/quality",
    "/api/v1/pilots/{pilot}/quality/dead-letters",
    "/api/v1/pilots/{pilot}/quality/losses",
    "/api/v1/pilots/{pilot}/quality/nights",
    "/api/v1/pilots/{pilot}/requirements",
    "/api/v1/pilots/{pilot}/rest/hours",
    "/api/v1/pilots/{pilot}/scores",
    "/api/v1/products",
}
"""Answered with 200 when read. Every other route is refused, and nothing can be changed."""

OF_PERSONS = {
    "/api/v1/dead-letters",
    "/api/v1/pilots/{pilot}/consents",
    "/api/v1/pilots/{pilot}/devices",
    "/api/v1/pilots/{pilot}/export",
    "/api/v1/pilots/{pilot}/participants",
    "/api/v1/pilots/{pilot}/readings/{stream}",
    "/api/v1/pilots/{pilot}/recruitment",
    "/api/v1/pilots/{pilot}/report",
    "/api/v1/pilots/{pilot}/texts",
}
"""Read by others, refused with 403. A report names nobody; that it was made is noted, and lets the pilot on
to its decision."""

BY_ANYBODY = {("POST", "/login"), ("POST", "/logout"), ("GET", "/login/{once}")}
"""They open and end sessions of browsers, and read no header with a token."""

QUESTIONS = {"/api/v1/products": f"?product={OURS}"}
"""What a route cannot be asked without."""


def _path(route: str, pilot: str = OURS) -> str:
    path = route + QUESTIONS.get(route, "")
    return path.format(
        pilot=pilot,
        stream="bed",
        metric="physical_visits_per_night",
        code="K7Q-4TD",
        section="lessons",
        group="intervention",
        id=1,
        once="x",
    )


def _routes(installation: Installation) -> set[tuple[str, str]]:
    app: Any = installation.client.app
    return {
        (method, str(context.path))
        for context in iter_route_contexts(app.routes)
        for method in context.methods or ()
    } - BY_ANYBODY


def _lasting(text: str) -> str:
    """Without how long an alarm has waited, which grows."""
    return re.sub(r'"over_target_s":[^,}]+', "", text)


def test_every_route_is_answered_or_refused_as_it_stands_here(filled: Installation) -> None:
    told = {}
    for method, route in _routes(filled):
        answer = filled.ask(method, _path(route), "grafana", content=b"{broken" if method != "GET" else None)
        told[method, route] = answer.status_code
    assert {route for (method, route), status in told.items() if status == 200} == ANSWERED
    assert {each: status for each, status in told.items() if each[0] == "GET" and status != 200} == {
        ("GET", route): 403 for route in OF_PERSONS
    }
    assert {status for (method, _), status in told.items() if method != "GET"} == {403}


def test_of_another_pilot_there_is_nothing(filled: Installation) -> None:
    for method, route in _routes(filled):
        if "{pilot}" in route:
            assert filled.ask(method, _path(route, THEIRS), "grafana").status_code == 404, route
    assert [pilot["pilot"] for pilot in filled.get("/api/v1/pilots", "grafana").json()["items"]] == [OURS]


@pytest.mark.parametrize("accept", ["application/json;q=0.9,text/plain", "text/csv"])
def test_no_answer_holds_a_participants_code(filled: Installation, accept: str) -> None:
    codes = (*filled.intervention, *filled.comparison)
    for route in ANSWERED:
        answer = filled.get(_path(route), "grafana", accept=accept)
        assert not [code for code in codes if code in answer.text], route


def test_a_forged_name_of_grafanas_user_changes_nothing(filled: Installation) -> None:
    for method, route in sorted(_routes(filled)):
        if method != "GET" or route == "/metrics":
            continue
        as_it_is = filled.get(_path(route), "grafana")
        for user in ("admin", "leader", OURS, "admin', role='admin"):
            forged = filled.get(_path(route), "grafana", **{"X-Grafana-User": user})
            assert forged.status_code == as_it_is.status_code, route
            assert _lasting(forged.text) == _lasting(as_it_is.text), route
    alone = filled.ask("GET", f"/api/v1/pilots/{OURS}", None, headers={"X-Grafana-User": "admin"})
    assert alone.status_code == 401


@pytest.mark.parametrize("parameter", ["participant=K7Q-4TD", "min_coverage=0", "by=day&participant=K7Q-4TD"])
def test_metrics_are_never_of_a_participant(filled: Installation, parameter: str) -> None:
    path = f"/api/v1/pilots/{OURS}/metrics/weight_kg?{parameter}"
    assert filled.get(path, "grafana").status_code == 403


NAME = "Anna.Andersson"
"""As a device may call an alarm, or a field that it sends."""


@pytest.mark.parametrize("accept", ["application/json", "text/csv"])
def test_no_answer_holds_a_word_that_a_device_chose(empty: Installation, accept: str) -> None:
    commit_alarms(empty, 2, called=NAME)
    empty.store.commit([], counts=IntakeCounts(unknown_fields={(BED, NAME): 3}))
    commit_dead_letter(empty, OURS, f"pilotbed/{OURS}/{NAME}/bed", NAME.encode())
    leaders = empty.get(_path("/api/v1/pilots/{pilot}/alarms"), "leader").text
    assert NAME in leaders
    for route in sorted(ANSWERED):
        assert NAME not in empty.get(_path(route), "grafana", accept=accept).text, route


def test_alarms_come_in_pages_whose_cursor_holds_no_word_of_the_device(empty: Installation) -> None:
    commit_alarms(empty, 3, called=NAME)
    path = _path("/api/v1/pilots/{pilot}/alarms")
    whole = empty.get(path, "grafana").json()["items"]
    first = empty.get(f"{path}?limit=2", "grafana").json()
    rest = empty.get(f"{path}?limit=2&cursor={first['next']}", "grafana").json()
    assert [each["alarm"] for each in first["items"] + rest["items"]] == [each["alarm"] for each in whole]
    assert NAME.encode() not in base64.urlsafe_b64decode(first["next"] + "==")


def test_an_alarm_is_called_the_same_whatever_was_asked(empty: Installation) -> None:
    commit_alarms(empty, 2)
    path = _path("/api/v1/pilots/{pilot}/alarms")
    called = [item["alarm"] for item in empty.get(path, "grafana").json()["items"]]
    assert called == [f"{EVENING}-1", f"{EVENING + 3600 * SECOND}-1"]
    (open_one,) = empty.get(f"{path}?open=true", "grafana").json()["items"]
    assert open_one["alarm"] == called[1]


def test_a_device_is_told_by_its_name_alone(filled: Installation) -> None:
    items = filled.get(f"/api/v1/pilots/{OURS}/quality", "grafana").json()["items"]
    assert BED in {item["device"] for item in items}
    assert not {"participant", "address"} & {key for item in items for key in item}


def _of(installation: Installation, device: str, role: str, question: str) -> dict[str, Any]:
    items = installation.get(f"/api/v1/pilots/{OURS}/quality?{question}", role).json()["items"]
    return next(item for item in items if item["device"] == device)


def test_no_hour_of_a_device_tells_whether_something_happened_in_it(filled: Installation) -> None:
    commit_status(filled, ALARM, 0)
    hours = [f"start=2026-01-12T{hour}:30:00Z&end=2026-01-12T{hour + 1}:30:00Z" for hour in (20, 21, 22)]
    told = {role: [_of(filled, ALARM, role, hour) for hour in hours] for role in ("leader", "grafana")}
    assert [item["readings"] for item in told["leader"]] == [4, 2, 0]
    assert told["grafana"][0] == told["grafana"][1] == told["grafana"][2]


def test_no_count_of_a_device_that_sends_events_alone_tells_of_one(empty: Installation) -> None:
    def told(role: str) -> dict[str, Any]:
        return _of(empty, ALARM, role, "start=2026-01-12T00:00:00Z")

    before = told("grafana")
    commit_alarms(empty, 1)
    commit_alarms(empty, 1)
    counts = IntakeCounts(unknown_fields={(ALARM, "mood"): 1}, set_aside={(ALARM, "repeat"): 1})
    empty.store.commit([], counts=counts)
    commit_dead_letter(empty, OURS, f"pilotbed/{OURS}/{ALARM}/alarm")
    assert told("grafana") == before
    assert (told("leader")["dead_letters"], told("leader")["unknown_fields"]) == (1, {"mood": 1})


def test_a_device_of_which_nothing_happens_is_still_missed(filled: Installation) -> None:
    commit_status(filled, ALARM, 3 * 3600)
    silent = [
        _of(filled, ALARM, "grafana", f"start=2026-01-12T00:00:00Z&end={end}")["silent_over_minutes"]
        for end in ("2026-01-13T20:00:00Z", "2026-01-14T01:00:00Z")
    ]
    assert silent == [None, 120]


def test_a_bed_tells_how_much_came_and_not_what_beside_its_readings(filled: Installation) -> None:
    bed = _of(filled, BED, "grafana", "start=2026-01-12T20:00:00Z&end=2026-01-12T21:00:00Z")
    assert (bed["readings"], bed["first"], bed["last"], bed["streams"]) == (90, None, None, {})
