"""Who sees what of a running service: tokens from the command line, answers over HTTP."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.journeys.first_pilot import prepared
from tests.running import Service

FOREIGN = """
pilot: dag-2026
title: Dagtillsyn
timezone: Europe/Stockholm
phases:
  - {name: baseline, start: 2026-01-12, end: 2026-03-08}
groups: {intervention: 8}
"""
ROLES = ("leader", "evaluator", "staff", "grafana")


class Door(NamedTuple):
    """A running service with two pilots, and a token for each role in the first."""

    service: Service
    tokens: Mapping[str, str]

    def status(self, role: str, method: str, path: str) -> int:
        with self.service.client(self.tokens.get(role, role)) as client:
            answer = client.request(method, path)
        if answer.is_error:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == answer.status_code
        return answer.status_code


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    installation = prepared(Path(tmp_path_factory.mktemp("roles")))
    installation.add_pilot(FOREIGN)
    tokens = {
        role: installation.json("token", "create", "--role", role, "--pilot", "natt-2026")["token"]
        for role in ROLES
    }
    tokens["admin"] = installation.json("token", "create", "--role", "admin")["token"]
    with installation.up() as service:
        yield Door(service, tokens)


@pytest.mark.parametrize("path", ["/pilots", "/pilots/natt-2026", "/pilots/nobody", "/dead-letters"])
def test_a_wrong_token_opens_nothing(door: Door, path: str) -> None:
    assert door.status("not-a-token", "GET", path) == 401


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("below", ["", "/devices", "/metrics", "/evaluation", "/readings/bed"])
def test_a_foreign_pilot_answers_as_one_that_is_not_there(door: Door, role: str, below: str) -> None:
    with door.service.client(door.tokens[role]) as client:
        foreign, unknown = (client.get(f"/pilots/{pilot}{below}") for pilot in ("dag-2026", "nobody"))
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json()["detail"].replace("dag-2026", "nobody") == unknown.json()["detail"]


@pytest.mark.parametrize(
    ("role", "method", "below"),
    [
        ("evaluator", "GET", "/participants"),
        ("evaluator", "GET", "/readings/bed"),
        ("evaluator", "GET", "/metrics/weight_kg?by=day"),
        ("evaluator", "POST", "/analyses"),
        ("staff", "GET", "/evaluation"),
        ("grafana", "GET", "/devices"),
    ],
)
def test_too_low_a_role_in_ones_own_pilot_is_told_so(door: Door, role: str, method: str, below: str) -> None:
    assert door.status(role, method, f"/pilots/natt-2026{below}") == 403


def test_each_role_reaches_its_own(door: Door) -> None:
    assert door.status("leader", "GET", "/pilots/natt-2026/readings/bed") == 200
    assert door.status("leader", "POST", "/pilots/natt-2026/analyses") == 200
    assert door.status("evaluator", "GET", "/pilots/natt-2026/evaluation") == 200
    assert door.status("evaluator", "GET", "/pilots/natt-2026/metrics/weight_kg?by=week") == 200
    assert door.status("grafana", "GET", "/pilots/natt-2026/metrics") == 200
    assert door.status("admin", "GET", "/pilots/dag-2026") == 200


def test_a_leader_lists_only_the_own_pilot_and_an_administrator_all(door: Door) -> None:
    def listed(role: str) -> list[str]:
        with door.service.client(door.tokens[role]) as client:
            return [item["pilot"] for item in client.get("/pilots").json()["items"]]

    assert (listed("leader"), listed("admin")) == (["natt-2026"], ["dag-2026", "natt-2026"])


def test_a_revoked_token_is_refused_at_once(door: Door) -> None:
    installation = door.service.installation
    created = installation.json("token", "create", "--role", "leader", "--pilot", "natt-2026")
    assert door.status(created["token"], "GET", "/pilots/natt-2026") == 200
    installation.run("token", "revoke", created["id"])
    assert door.status(created["token"], "GET", "/pilots/natt-2026") == 401
