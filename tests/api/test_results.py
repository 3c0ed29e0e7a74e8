"""Metrics, response, evaluation and quality as the API tells them."""

from typing import Any

import pytest

from analysis.catalogue import METRICS
from analysis.pipeline import MetricRow
from analysis.series import HOUR_US
from api.remembered import Remembered
from api.results import Results
from pilots.plan import read_plan
from store import IntakeCounts
from tests.api.installation import ALARM, BED, OURS, PLAN, Installation, commit_alarms

PILOT = f"/api/v1/pilots/{OURS}"
VISITS = f"{PILOT}/metrics/physical_visits_per_night"
DAY_US = 24 * HOUR_US


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


def test_a_range_that_moves_is_cut_from_the_rows_that_were_made_once(filled: Installation) -> None:
    snapshot = Results(filled.registry, filled.store, Remembered()).now(OURS)
    opens = snapshot.data.plan.phase_start(snapshot.data.plan.phases[0])

    def weeks(**span: int) -> list[MetricRow]:
        return snapshot.metric_rows("physical_visits_per_night", by="week", suppress=True, **span)

    for start in (opens, opens + 1):
        cut = weeks(start=start, end=start + 20 * DAY_US)
        wanted = [row for row in weeks() if start <= row.time_us < start + 20 * DAY_US]
        assert 0 < len(cut) < len(weeks())
        assert all(row is made for row, made in zip(cut, wanted, strict=True))


def test_a_leader_may_look_at_one_participant(filled: Installation) -> None:
    code = filled.intervention[0]
    items = filled.get(f"{VISITS}?by=phase&participant={code.lower()}").json()["items"]
    assert items[0]["value"] is not None
    assert filled.get(f"{VISITS}?participant=nobody").status_code == 404


def test_an_unknown_group_is_not_there(filled: Installation) -> None:
    assert filled.get(f"{VISITS}?group=everyone-else").status_code == 404


def test_a_comparison_group_that_the_plan_lacks_has_no_rows(empty: Installation) -> None:
    text = PLAN.format(pilot="ensam-2026").replace(", comparison: 12", "")
    empty.registry.add_pilot(read_plan(text), text)
    answer = empty.get(f"{VISITS.replace(OURS, 'ensam-2026')}?by=week&group=comparison", "admin")
    assert answer.json()["items"] == []


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


def test_response_by_week_hour_or_unit_says_which_and_carries_its_target(filled: Installation) -> None:
    def first(**asked: str) -> dict[str, Any]:
        answer = filled.client.get(
            f"{PILOT}/alarms/response",
            params={"group": "intervention", "stage": "acknowledged", **asked},
            headers={"Authorization": f"Bearer {filled.tokens['leader']}"},
        )
        found: dict[str, Any] = next(item for item in answer.json()["items"] if item["n"])
        return found

    week, hour, unit = first(by="week"), first(by="hour"), first(by="unit")
    assert (week["time"], week["phase"]) == ("2026-01-12T00:00:00+01:00", "baseline")
    assert (hour["hour"], hour["phase"], hour["n"]) == (21, None, 1)
    assert (unit["unit"], unit["hour"], unit["n"]) == ("Norrgården A", None, 3)
    assert {row["target_s"] for row in (week, hour, unit)} == {180.0}


@pytest.mark.parametrize("by", ["week", "hour", "unit"])
def test_parts_of_one_participants_alarms_are_suppressed(filled: Installation, by: str) -> None:
    rows = filled.get(f"{PILOT}/alarms/response?by={by}&start=2026-01-01T00:00:00Z", "grafana").json()[
        "items"
    ]
    assert [row for row in rows if row["suppressed"]]
    assert not [row for row in rows if row["n"]]


def test_open_alarms_are_those_not_closed(filled: Installation) -> None:
    (alarm,) = filled.get(f"{PILOT}/alarms?open=true").json()["items"]
    assert (alarm["alarm"], alarm["stage"], alarm["stage_code"]) == ("a-2", "acknowledged", 2)
    assert alarm["raised"] == "2026-01-12T22:00:00Z"
    assert alarm["arrived"] is alarm["closed"] is None
    assert alarm["over_target_s"] > 0
    answer = filled.get(f"{PILOT}/alarms?start=2026-01-12T00:00:00Z&end=2026-01-12T20:30:00Z")
    assert [item["over_target_s"] for item in answer.json()["items"]] == [-120.0]
    again = filled.get(str(answer.url), **{"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_alarms_that_nobody_took_on_are_those_raised_or_received(empty: Installation) -> None:
    commit_alarms(empty, 3, reached=1)
    (waits,) = empty.get(f"{PILOT}/alarms?unanswered=true").json()["items"]
    assert (waits["alarm"], waits["stage"]) == ("a-2", "raised")
    commit_alarms(empty, 3, reached=2)
    assert empty.get(f"{PILOT}/alarms?unanswered=true").json()["items"] == []


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


def test_an_evaluations_rows_have_titles_in_the_readers_language(filled: Installation) -> None:
    told = {}
    for language in ("sv", "en"):
        answer = filled.get(f"{PILOT}/evaluation?lang={language}")
        told[language] = {(row["metric"], row["group"]): row for row in answer.json()["items"]}
    row = ("physical_visits_per_night", "intervention")
    assert (told["sv"][row]["title"], told["sv"][row]["verdict_title"]) == (
        METRICS[row[0]].title["sv"],
        "Bättre",
    )
    assert told["en"][row]["verdict_title"] == "Better"
    assert all((each["verdict_title"] is None) == (each["verdict"] is None) for each in told["sv"].values())
