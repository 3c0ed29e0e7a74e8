"""Metrics, response, evaluation and quality as the API tells them."""

import pytest

from analysis.catalogue import METRICS
from store import IntakeCounts
from tests.api.installation import ALARM, BED, OURS, Installation

PILOT = f"/api/v1/pilots/{OURS}"
VISITS = f"{PILOT}/metrics/physical_visits_per_night"


def test_a_metric_by_phase_falls_in_the_pilot_phase(filled: Installation) -> None:
    body = filled.get(f"{VISITS}?by=phase&group=intervention").json()
    assert (body["metric"], body["unit"], body["direction"]) == (
        "physical_visits_per_night",
        "1/night",
        "down",
    )
    baseline, pilot = body["items"]
    assert (baseline["phase"], baseline["n"], baseline["time"]) == (
        "baseline",
        24,
        "2026-01-12T00:00:00+01:00",
    )
    assert pilot["value"] < baseline["ci_low"]
    assert baseline["ci_low"] < baseline["value"] < baseline["ci_high"]


def test_a_metric_by_week_carries_the_local_midnight_that_opens_the_week(filled: Installation) -> None:
    items = filled.get(f"{VISITS}?by=week&group=intervention").json()["items"]
    by_period = {item["period"]: item["time"] for item in items}
    assert by_period["2026-W13"] == "2026-03-23T00:00:00+01:00"
    assert by_period["2026-W14"] == "2026-03-30T00:00:00+02:00"
    assert [item["time"] for item in items] == sorted(item["time"] for item in items)


def test_a_leader_may_look_at_one_participant(filled: Installation) -> None:
    code = filled.intervention[0]
    items = filled.get(f"{VISITS}?by=phase&participant={code.lower()}").json()["items"]
    assert items[0]["value"] is not None
    assert filled.get(f"{VISITS}?participant=nobody").status_code == 404


def test_an_unknown_group_is_not_there(filled: Installation) -> None:
    assert filled.get(f"{VISITS}?group=everyone-else").status_code == 404


@pytest.mark.parametrize("role", ["evaluator", "grafana"])
def test_a_group_of_four_is_suppressed_for_roles_that_see_groups(filled: Installation, role: str) -> None:
    (item, _) = filled.get(f"{VISITS}?by=phase&group=comparison", role).json()["items"]
    assert item["suppressed"] is True
    assert item["reason"] == "too_few_participants"
    assert item["value"] is item["ci_low"] is item["ci_high"] is item["coverage"] is None


def test_a_group_of_four_is_shown_to_its_leader(filled: Installation) -> None:
    (item, _) = filled.get(f"{VISITS}?by=phase&group=comparison").json()["items"]
    assert item["suppressed"] is False
    assert item["n"] == 4


def test_the_evaluation_is_suppressed_for_an_evaluator_and_says_so(filled: Installation) -> None:
    items = filled.get(f"{PILOT}/evaluation", "evaluator").json()["items"]
    small = [item for item in items if item["group"] == "comparison"]
    assert all(item["suppressed"] and item["estimate"] is None for item in small)
    (ours,) = [
        i for i in items if i["group"] == "intervention" and i["metric"] == "physical_visits_per_night"
    ]
    assert ours["n"] == 24
    assert ours["estimate"] == pytest.approx(-1.2, abs=0.1)
    assert ours["wording"] == "change"


def test_the_evaluation_names_plan_data_and_recommendation(filled: Installation) -> None:
    body = filled.get(f"{PILOT}/evaluation").json()
    assert body["plan_hash"] == filled.registry.pilot(OURS).plan_hash
    assert len(body["data_fingerprint"]) == 64
    assert body["recommendation"] == "introduce"


def test_the_evaluation_tells_its_rule_and_every_part(filled: Installation) -> None:
    body = filled.get(f"{PILOT}/evaluation").json()
    assert [rule["leads_to"] for rule in body["decision"]["rules"]] == [
        "do_not_introduce",
        "not_shown",
        "introduce",
        "do_not_introduce",
        "another_round",
    ]
    assert body["decision"]["chosen"] == 2
    assert (body["design"], body["design_reason"]) == ("before_after", "comparison_group_too_small")
    assert (body["compared"], body["round"], body["departures"]) == (["baseline", "pilot"], 1, 0)
    assert body["use"]["percent"] == 97.0
    assert [row["unit"] for row in body["units"] if row["agrees"]] == ["Norrgården A", "Norrgården B"]
    assert {row["analysis"] for row in body["sensitivity"]} >= {"complete_case", "multiple_imputation"}
    assert body["run_charts"][0]["weeks"][0] == ["2026-01-12", pytest.approx(3.1, abs=0.3)]
    assert [group["started"] for group in body["dropout"]] == [24, 4]


def test_an_evaluator_gets_no_count_of_a_group_of_four(filled: Installation) -> None:
    body = filled.get(f"{PILOT}/evaluation", "evaluator").json()
    comparison = next(group for group in body["dropout"] if group["group"] == "comparison")
    assert (comparison["started"], comparison["completed"], comparison["hidden"]) == (None, None, True)
    charts = [chart for chart in body["run_charts"] if chart["group"] == "comparison"]
    assert {value for chart in charts for _, value in chart["weeks"]} == {None}


def test_the_evaluation_as_csv_is_its_items(filled: Installation) -> None:
    text = filled.get(f"{PILOT}/evaluation", Accept="text/csv").text
    head, *rows = text.splitlines()
    assert head.split(",")[:5] == ["metric", "group", "unit", "direction", "wording"]
    assert "p_adjusted" in head
    assert len(rows) == len(filled.get(f"{PILOT}/evaluation").json()["items"])


def test_alarms_of_one_participant_are_suppressed_for_an_evaluator(filled: Installation) -> None:
    rows = filled.get(f"{PILOT}/alarms/response", "evaluator").json()["items"]
    (row,) = [
        r for r in rows if (r["phase"], r["group"], r["stage"]) == ("baseline", "intervention", "arrived")
    ]
    assert row["suppressed"] is True
    assert row["median_s"] is None


def test_response_names_its_targets_and_median(filled: Installation) -> None:
    body = filled.get(f"{PILOT}/alarms/response?interval=greenwood&closed=censored").json()
    assert body["targets"] == {"acknowledge_s": 180.0, "arrive_s": 1800.0}
    (row,) = [
        r
        for r in body["items"]
        if (r["phase"], r["group"], r["stage"]) == ("baseline", "intervention", "acknowledged")
    ]
    assert row["median_s"] == 60.0
    assert row["share_within_target"] == 1.0


def test_open_alarms_are_those_not_closed(filled: Installation) -> None:
    (alarm,) = filled.get(f"{PILOT}/alarms?open=true").json()["items"]
    assert (alarm["alarm"], alarm["stage"], alarm["stage_code"]) == ("a-2", "acknowledged", 2)
    assert alarm["raised"] == "2026-01-12T22:00:00Z"
    assert alarm["arrived"] is alarm["closed"] is None
    assert alarm["over_target_s"] > 0


def test_alarms_come_in_pages(filled: Installation) -> None:
    first = filled.get(f"{PILOT}/alarms?limit=2").json()
    rest = filled.get(f"{PILOT}/alarms?limit=2&cursor={first['next']}").json()
    assert [item["alarm"] for item in first["items"] + rest["items"]] == ["a-0", "a-1", "a-2"]
    assert rest["next"] is None


def test_the_catalogue_gives_the_latest_week_of_each_metric(filled: Installation) -> None:
    items = {item["metric"]: item for item in filled.get(f"{PILOT}/metrics").json()["items"]}
    assert list(items) == list(METRICS)
    assert items["weight_kg"]["period"] == "2026-W26"
    assert items["weight_kg"]["n"] == 24
    assert (items["weight_kg"]["section"], items["weight_kg"]["level"]) == ("weight", "measure")
    assert items["weight_loss_screening_percent"]["level"] == "screening"
    assert items["relative_amplitude"]["level"] == "exploratory"
    assert items["time_out_of_home_h"]["value"] is None
    assert items["time_out_of_home_h"]["reason"] == "no_data"


@pytest.mark.parametrize("by", ["day", "week", "phase"])
def test_every_figure_of_alarms_answers_with_its_reasons(filled: Installation, by: str) -> None:
    for metric in (each for each in METRICS.values() if each.section == "alarms"):
        body = filled.get(f"{PILOT}/metrics/{metric.name}?by={by}").json()
        assert (body["unit"], body["method"]) == (metric.unit, metric.method)
        assert body["items"]
        assert all(item["value"] is not None or item["reason"] for item in body["items"])


def test_quality_by_device(filled: Installation) -> None:
    body = filled.get(f"{PILOT}/quality?start=2026-01-12T20:00:00Z&end=2026-01-12T20:15:00Z").json()
    items = {item["device"]: item for item in body["items"]}
    assert items[f"{OURS}.bed-01"]["readings"] == items[f"{OURS}.bed-01"]["expected"] == 90
    assert items[f"{OURS}.bed-01"]["coverage"] == 1.0
    assert body["summary"] == {"coverage": 1.0, "devices": 2, "silent": 0, "broker_losses": []}


def test_quality_tells_what_a_device_sent_that_is_no_reading(empty: Installation) -> None:
    empty.store.commit([], counts=IntakeCounts(set_aside={(BED, "no_fix"): 12, (BED, "repeat"): 3}))
    items = {item["device"]: item for item in empty.get(f"{PILOT}/quality").json()["items"]}
    assert items[BED]["set_aside"] == {"no_fix": 12, "repeat": 3}
    assert items[ALARM]["set_aside"] == {}


def test_an_unchanged_answer_is_not_sent_again(filled: Installation) -> None:
    for path in (
        VISITS,
        f"{PILOT}/metrics",
        f"{PILOT}/alarms/response",
        f"{PILOT}/evaluation",
        f"{PILOT}/report",
    ):
        first = filled.get(path)
        again = filled.get(path, **{"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304
        assert again.content == b""


def test_a_tag_serves_one_role_one_language_and_one_form_only(filled: Installation) -> None:
    path = f"{PILOT}/evaluation"
    tags = {
        filled.get(path).headers["etag"],
        filled.get(path, "evaluator").headers["etag"],
        filled.get(path, Accept="text/csv").headers["etag"],
        filled.get(path, **{"Accept-Language": "en"}).headers["etag"],
    }
    assert len(tags) == 4


def test_new_data_change_the_tag_and_the_answer(empty: Installation) -> None:
    from tests.api.installation import fill

    before = empty.get(VISITS)
    fill(empty)
    after = empty.get(VISITS, **{"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.headers["etag"] != before.headers["etag"]


def test_rows_as_csv_have_a_column_for_each_field(filled: Installation) -> None:
    header, *rows = filled.get(f"{VISITS}?by=phase", Accept="text/csv").text.splitlines()
    assert header == "period,time,phase,group,n,value,ci_low,ci_high,coverage,suppressed,reason"
    assert len(rows) == 4
    assert rows[0].startswith("baseline,2026-01-12T00:00:00+01:00,baseline,intervention,24,")
