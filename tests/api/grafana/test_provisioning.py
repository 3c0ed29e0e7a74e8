"""Names that Grafana knows things by, and how a difference is told."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.grafana.alerts import alerting, rules_of, uid
from api.grafana.push.differences import differences
from pilots.plan import Plan, read_plan

SLUGS = st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True)


def plan(more: str = "") -> Plan:
    return read_plan(
        "pilot: natt\ntitle: Nattillsyn\ntimezone: Europe/Stockholm\n"
        "phases: [{name: baseline, start: 2026-01-12, end: 2026-03-08}]\ngroups: {intervention: 8}\n" + more
    )


def told(theirs: Any, ours: Any) -> list[str]:
    return [str(each) for each in differences(theirs, ours)]


@given(SLUGS)
def test_a_name_is_never_longer_than_grafana_takes(pilot: str) -> None:
    for name in ("silent", "coverage", "unanswered", "leader"):
        assert len(uid(pilot, name)) <= 40
        assert uid(pilot, name).endswith(name)


@given(st.lists(SLUGS, min_size=2, max_size=2, unique=True))
def test_two_pilots_never_have_a_name_in_common(pilots: list[str]) -> None:
    assert len({uid(pilot, "silent") for pilot in pilots}) == 2


@pytest.mark.parametrize(
    ("more", "rules"),
    [
        ("", ["silent", "coverage"]),
        ("targets: {arrive_s: 900}\n", ["silent", "coverage"]),
        ("targets: {acknowledge_s: 120}\n", ["silent", "coverage", "unanswered"]),
    ],
)
def test_alarms_are_told_of_only_where_the_plan_says_within_what_time(more: str, rules: list[str]) -> None:
    assert [rule.name for rule in rules_of(plan(more))] == rules


@pytest.mark.parametrize("leader", ["", "leader: Anna på boendet\n"])
def test_without_an_address_grafanas_own_contact_point_gets_the_notices(leader: str) -> None:
    made = alerting(plan(leader), "sv", 1)
    assert "contactPoints" not in made
    assert all("notification_settings" not in rule for group in made["groups"] for rule in group["rules"])


def test_an_address_that_is_given_goes_before_the_leaders() -> None:
    [point] = alerting(plan("leader: anna@example.org\n"), "sv", 1, "jour@example.org")["contactPoints"]
    assert [each["settings"]["addresses"] for each in point["receivers"]] == ["jour@example.org"]


def test_what_grafana_adds_of_its_own_is_no_difference() -> None:
    assert told({"a": 1, "id": 7, "b": [{"uid": "x", "version": 3}]}, {"a": 1, "b": [{"uid": "x"}]}) == []


def test_elements_are_told_apart_by_what_names_them_and_not_by_their_place() -> None:
    theirs = [{"id": 2, "title": "Två"}, {"id": 1, "title": "Ett"}]
    ours = [{"id": 1, "title": "Ett"}, {"id": 2, "title": "Två till"}]
    assert told(theirs, ours) == ['[Två till].title: "Två" → "Två till"']


def test_an_element_of_one_side_alone_is_told() -> None:
    assert told([{"id": 1}], [{"id": 1}, {"id": 2, "title": "Ny"}]) == [
        '[Ny]: nothing → {"id": 2, "title": "Ny"}'
    ]
    assert told(["a", "b"], ["a"]) == ['[1]: "b" → nothing']


def test_a_long_value_is_cut() -> None:
    [said] = told({"a": "x" * 500}, {"a": "y"})
    assert len(said) < 80


def test_a_value_that_is_null_with_us_and_absent_with_them_is_the_same() -> None:
    assert told({}, {"a": None}) == []
