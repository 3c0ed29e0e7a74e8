"""Errors are RFC 9457 problems that name the thing, the value and the way out."""

import pytest

from tests.api.installation import OURS, Installation

METRIC = f"/api/v1/pilots/{OURS}/metrics/weight_kg"


def test_a_time_without_offset_is_refused(filled: Installation) -> None:
    answer = filled.get(f"{METRIC}?start=2026-03-09T00:00:00")
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["parameter"] == "start"
    assert "no offset" in fault["message"]


@pytest.mark.parametrize("offset", ["%2B01:00", "+01:00", "Z"])
def test_a_time_with_an_offset_is_taken_also_where_the_plus_was_not_escaped(
    filled: Installation, offset: str
) -> None:
    assert filled.get(f"{METRIC}?start=2026-03-09T00:00:00{offset}").status_code == 200


def test_a_start_that_is_not_before_the_end_is_refused(filled: Installation) -> None:
    answer = filled.get(f"{METRIC}?start=2026-03-09T00:00:00Z&end=2026-03-09T00:00:00Z")
    assert answer.status_code == 422
    assert "is not before end 2026-03-09T00:00:00Z" in answer.json()["detail"]


def test_every_wrong_parameter_is_listed_at_once(filled: Installation) -> None:
    answer = filled.get(f"{METRIC}?by=month&min_coverage=2&start=yesterday")
    assert answer.status_code == 422
    assert {fault["parameter"] for fault in answer.json()["errors"]} == {"by", "min_coverage", "start"}


@pytest.mark.parametrize(
    "start", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z", "2026-13-01T00:00:00Z"]
)
def test_a_time_that_no_calendar_holds_is_refused(filled: Installation, start: str) -> None:
    assert filled.get(f"{METRIC}?start={start}").status_code == 422


def test_parameters_that_are_not_known_are_ignored(filled: Installation) -> None:
    assert filled.get(f"{METRIC}?colour=blue").status_code == 200


def test_an_unknown_address_is_a_problem(filled: Installation) -> None:
    answer = filled.get("/api/v1/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["instance"] == "/api/v1/nowhere"


def test_an_unknown_metric_is_a_problem_that_names_those_there_are(filled: Installation) -> None:
    answer = filled.get(f"/api/v1/pilots/{OURS}/metrics/happiness")
    assert answer.status_code == 404
    assert "weight_kg" in answer.json()["detail"]


def test_a_method_that_an_address_does_not_take_is_a_problem(filled: Installation) -> None:
    answer = filled.ask("PATCH", "/api/v1/pilots")
    assert answer.status_code == 405
    assert answer.json()["detail"] == "This address does not take PATCH."
    assert answer.headers["allow"]


def test_a_body_that_is_too_large_is_a_problem(empty: Installation) -> None:
    answer = empty.ask("POST", "/api/v1/pilots", "admin", content=b"x" * 1_100_000)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_failure_says_nothing_about_our_insides(empty: Installation) -> None:
    empty.registry.close()
    empty.store.close()
    answer = empty.get(f"/api/v1/pilots/{OURS}/readings/bed")
    assert answer.status_code in (500, 503)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Traceback" not in answer.text
    assert "duckdb" not in answer.text


def test_a_cursor_we_did_not_make_is_refused(filled: Installation) -> None:
    for cursor in ("x", "WzFd", "%00", "bnVsbA"):
        assert filled.get(f"/api/v1/pilots/{OURS}/devices?cursor={cursor}").status_code == 422


def test_a_browser_gets_a_page_instead_of_json(filled: Installation) -> None:
    answer = filled.get("/pilots/ingenstans", Accept="text/html")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "eller så är det inte ditt" in answer.text
