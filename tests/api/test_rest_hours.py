"""Rest by night and hour as a dashboard gets it: groups, no persons, every hour with its n and interval."""

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from analysis.catalogue import HOURS, METRICS, REST_HOURS
from pilots.plan import read_plan
from pilots.registry import DailyValue
from tests.api.installation import OURS, PLAN, Installation, open_installation

PATH = f"/api/v1/pilots/{OURS}/rest/hours"
FIRST = date(2026, 3, 27)
"""A Friday; clocks go forward in the night of the day after."""


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Three nights of everybody: the later the hour, the less rest."""
    installation = open_installation(tmp_path_factory.mktemp("nights"))
    values = [
        DailyValue(code, FIRST + timedelta(days=night), metric, percent, None, None, 60, 1.0, None)
        for spread, code in enumerate((*installation.intervention, *installation.comparison))
        for night in range(3)
        for place, metric in enumerate(REST_HOURS)
        for percent in [70.0 - 5 * place + spread]
        if not (night == 1 and metric == "rest_percent_h02")
    ]
    installation.registry.put_daily_values(OURS, values)
    yield installation
    installation.store.close()
    installation.registry.close()


def items(installation: Installation, query: str = "", role: str = "grafana") -> list[dict[str, Any]]:
    answer = installation.get(f"{PATH}?{query}", role)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def test_a_row_carries_the_ten_hours_in_the_order_of_a_night(nights: Installation) -> None:
    row = items(nights, "by=week&group=intervention")[-1]
    assert list(row) == ["period", "time", "phase", "group", "n", "hours", "suppressed", "reason"]
    assert list(row["hours"]) == [f"h{hour:02}" for hour in HOURS]
    assert row["hours"]["h21"].keys() == {
        "n",
        "value",
        "ci_low",
        "ci_high",
        "coverage",
        "suppressed",
        "reason",
    }
    assert (row["period"], row["time"], row["phase"]) == ("2026-W13", "2026-03-23T00:00:00+01:00", "pilot")
    assert (row["group"], row["n"], row["suppressed"], row["reason"]) == ("intervention", 24, False, None)


def test_an_hour_is_the_mean_over_participants_with_its_interval(nights: Installation) -> None:
    cell = items(nights, "by=phase&group=intervention")[1]["hours"]["h22"]
    assert (cell["n"], cell["value"], cell["coverage"]) == (24, 65 + 11.5, 1.0)
    assert cell["ci_low"] < cell["value"] < cell["ci_high"] <= 100


def test_by_day_a_row_is_a_night_and_the_hour_that_was_not_says_so(nights: Installation) -> None:
    found = {
        row["time"]: row for row in items(nights, "by=day&group=intervention&start=2026-03-26T23:00:00Z")
    }
    assert list(found) == [
        "2026-03-27T00:00:00+01:00",
        "2026-03-28T00:00:00+01:00",
        "2026-03-29T00:00:00+01:00",
    ]
    missing = found["2026-03-28T00:00:00+01:00"]["hours"]["h02"]
    assert missing == {
        "n": 0,
        "value": None,
        "ci_low": None,
        "ci_high": None,
        "coverage": None,
        "suppressed": False,
        "reason": "no_such_hour",
    }
    assert all(row["n"] == 24 for row in found.values())


def test_a_group_of_four_stands_in_the_list_with_nulls(nights: Installation) -> None:
    row = items(nights, "by=phase&group=comparison")[1]
    assert (row["n"], row["suppressed"], row["reason"]) == (None, True, "too_few_participants")
    for cell in row["hours"].values():
        assert cell.pop("suppressed") is True
        assert cell.pop("reason") == "too_few_participants"
        assert set(cell.values()) == {None}
    assert items(nights, "by=phase&group=comparison", "leader")[1]["n"] == 4


def test_a_pilot_without_a_night_has_its_phases_and_no_figures(empty: Installation) -> None:
    found = items(empty, "by=phase&group=intervention")
    assert [(row["period"], row["n"], row["reason"]) for row in found] == [
        ("baseline", 0, "no_data"),
        ("pilot", 0, "no_data"),
    ]


def test_start_and_end_choose_whole_periods_by_when_they_open(nights: Installation) -> None:
    query = "by=week&group=intervention&start=2026-03-17T00:00:00Z&end=2026-03-22T23:30:00Z"
    assert [row["period"] for row in items(nights, query)] == ["2026-W13"]


def test_outside_the_data_the_list_is_empty(nights: Installation) -> None:
    assert items(nights, "by=day&start=2027-01-01T00:00:00Z") == []


def test_an_evaluator_may_ask_by_week_and_not_by_day(nights: Installation) -> None:
    assert items(nights, "by=week", "evaluator")
    refused = nights.get(f"{PATH}?by=day", "evaluator")
    assert refused.status_code == 403
    assert "by=day" in refused.json()["detail"]


def test_a_comparison_group_that_the_plan_lacks_has_no_rows(empty: Installation) -> None:
    text = PLAN.format(pilot="ensam-2026").replace(", comparison: 12", "")
    empty.registry.add_pilot(read_plan(text), text)
    answer = empty.get(f"{PATH.replace(OURS, 'ensam-2026')}?group=comparison", "admin")
    assert answer.json()["items"] == []


def test_an_unknown_group_is_not_there(nights: Installation) -> None:
    assert nights.get(f"{PATH}?group=evening").status_code == 404


def test_what_has_not_changed_is_not_sent_again(nights: Installation) -> None:
    tag = nights.get(PATH).headers["etag"]
    again = nights.get(PATH, **{"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert nights.get(f"{PATH}?by=phase", **{"If-None-Match": tag}).status_code == 200


def test_as_csv_every_hour_is_a_row(nights: Installation) -> None:
    answer = nights.get(f"{PATH}?by=phase&group=intervention", Accept="text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    pilot = [row for row in rows if row["period"] == "pilot"]
    assert [row["hour"] for row in pilot] == [f"h{hour:02}" for hour in HOURS]
    assert (pilot[1]["n"], float(pilot[1]["value"]), pilot[1]["suppressed"]) == ("24", 76.5, "false")


def test_no_hour_is_listed_or_answered_among_the_metrics(nights: Installation) -> None:
    listed = nights.get(f"/api/v1/pilots/{OURS}/metrics").json()["items"]
    assert [item["metric"] for item in listed] == list(METRICS)
    assert nights.get(f"/api/v1/pilots/{OURS}/metrics/rest_percent_h03").status_code == 404
