"""A pilot goes through its stages one at a time, and only a rollout goes round again."""

import itertools
import re
from dataclasses import replace
from pathlib import Path

import pytest

from pilots.errors import GatesNotMet, WrongStage
from pilots.gates import fewest_participants, gates, unmet
from pilots.plan import Plan, demo_plan_text, read_plan
from pilots.stages import STAGES, Facts, Step, next_steps, step_to, warnings
from tests.pilots.plans import MINIMAL

COMPLETE = (
    MINIMAL
    + """\
legal: {gdpr_basis: public_task, article9: health_or_social_care, dpia: D-1}
goals:
  - {goal: Natt, metric: physical_visits_per_night, direction: down, minimum_change: 0.5, primary: true}
products: [{name: S, kind: bed}]
"""
)
TEST = "kind: test\n" + COMPLETE.replace(
    "dpia: D-1}", "dpia: D-1, supplier_agreement: A-7, insurance: F-2}"
).replace("kind: bed}", "kind: bed, status: prototype}")
ROLLOUT = "kind: rollout\n" + COMPLETE
TWO_ROUNDS = ROLLOUT.replace("groups:", "  - {name: round_2, start: 2026-07-06, end: 2026-09-27}\ngroups:")


PAGE = Path(__file__).parents[2] / "docs" / "pilots.md"


def facts(text: str, stage: str, **other: object) -> Facts:
    """Of a pilot in which all is in place: 17 and 9 participants have 14 days, the pilot phase is over."""
    plan = read_plan(text)
    found = Facts(
        plan=plan,
        stage=stage,
        round=1,
        now_us=plan.phase_end(plan.phase("pilot")),
        participants=36,
        without_consent=(),
        kinds=("bed",),
        days={"intervention": [14] * 17, "comparison": [14] * 9},
        report_made=True,
        embedded_broker=False,
    )
    return replace(found, **other)  # type: ignore[arg-type]  # what each test names


def missing(found: Facts, to: str) -> list[str]:
    return [gate.name for gate in unmet(found, step_to(found.plan, found.stage, found.round, to))]


@pytest.mark.parametrize(("stage", "to"), list(itertools.pairwise(STAGES)))
@pytest.mark.parametrize("text", [COMPLETE, TEST, ROLLOUT])
def test_the_next_stage_may_follow_where_everything_is_in_place(text: str, stage: str, to: str) -> None:
    assert missing(facts(text, stage), to) == []


@pytest.mark.parametrize(
    ("stage", "to", "words"),
    [
        ("planning", "baseline", 'the next stage is "legal_check"'),
        ("pilot", "baseline", 'the next stage is "evaluation"'),
        ("pilot", "pilot", 'the next stage is "evaluation"'),
        ("evaluation", "pilot", 'the next stage is "decision"; only a rollout goes round again'),
        ("closed", "planning", "the last stage"),
        ("planning", "done", "stages are planning"),
    ],
)
def test_no_stage_is_skipped_or_gone_back_to(stage: str, to: str, words: str) -> None:
    with pytest.raises(WrongStage, match=words):
        step_to(read_plan(COMPLETE), stage, 1, to)


def test_a_rollout_goes_round_again_from_evaluation_and_decision() -> None:
    plan = read_plan(TWO_ROUNDS)
    assert next_steps(plan, "evaluation", 1) == (Step("decision", 1), Step("pilot", 2))
    assert next_steps(plan, "decision", 2) == (Step("follow_up", 2), Step("pilot", 3))
    assert next_steps(plan, "pilot", 2) == (Step("evaluation", 2),)
    assert next_steps(plan, "closed", 1) == ()


LEGAL_CHECK = {
    "no legal basis": (COMPLETE.replace("gdpr_basis: public_task, ", ""), {}, ["gdpr_basis"]),
    "no ground for data concerning health": (
        COMPLETE.replace("article9: health_or_social_care, ", ""),
        {},
        ["article9"],
    ),
    "no impact assessment": (COMPLETE.replace(", dpia: D-1", ""), {}, ["dpia"]),
    "no participants": (COMPLETE, {"participants": 0}, ["participants"]),
    "a consent that is missing": (COMPLETE, {"without_consent": [("K7Q-4TD", "bed")]}, ["consents"]),
    "nothing at all": (
        MINIMAL,
        {"participants": 0},
        ["gdpr_basis", "article9", "dpia", "participants"],
    ),
    "a test of a product whose status nobody knows": (
        TEST.replace(", status: prototype", ""),
        {},
        ["product_status"],
    ),
    "a test of no product": (
        TEST.replace("products: [{name: S, kind: bed, status: prototype}]\n", ""),
        {},
        ["product_status"],
    ),
    "a test without agreement and insurance": (
        TEST.replace(", supplier_agreement: A-7, insurance: F-2", ""),
        {},
        ["supplier_agreement", "insurance"],
    ),
}


@pytest.mark.parametrize(("text", "other", "names"), LEGAL_CHECK.values(), ids=LEGAL_CHECK)
def test_no_baseline_with(text: str, other: dict[str, object], names: list[str]) -> None:
    assert missing(facts(text, "legal_check", **other), "baseline") == names


def test_a_pilot_of_visit_logs_alone_needs_no_ground_for_data_concerning_health() -> None:
    text = COMPLETE.replace("article9: health_or_social_care, ", "").replace("kind: bed", "kind: visits")
    assert missing(facts(text, "legal_check", kinds=("visits",)), "baseline") == []
    assert missing(facts(text, "legal_check", kinds=("visits", "gps")), "baseline") == ["article9"]


def test_no_legal_check_of_a_plan_that_says_not_what_decides() -> None:
    text = MINIMAL.replace("name: pilot", "name: trial")
    assert missing(facts(COMPLETE, "planning"), "legal_check") == []
    found = replace(facts(COMPLETE, "planning"), plan=read_plan(text))
    assert missing(found, "legal_check") == ["primary_goal", "phases"]


def test_no_legal_check_of_a_plan_whose_baseline_is_too_short_for_its_own_rules() -> None:
    short = COMPLETE.replace("start: 2026-01-12", "start: 2026-02-24")
    (gate,) = unmet(facts(short, "planning"), Step("legal_check", 1))
    assert gate.missing == "the baseline has 13 days, and evaluation.baseline_days asks for 14"
    assert missing(facts(short + "evaluation: {baseline_days: 13}\n", "planning"), "legal_check") == []


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (
            {"intervention": [14] * 16 + [13] * 8, "comparison": [14] * 9},
            "too few have 14 days of physical_visits_per_night in baseline: 16 of the 17 needed in inter",
        ),
        ({"intervention": [20] * 24}, "0 of the 9 needed in comparison"),
        ({}, "0 of the 17 needed in intervention, 0 of the 9 needed in comparison"),
    ],
)
def test_no_pilot_phase_without_enough_baseline_days(days: dict[str, list[int]], said: str) -> None:
    (gate,) = unmet(facts(COMPLETE, "baseline", days=days), Step("pilot", 1))
    assert (gate.name, gate.met) == ("baseline_days", False)
    assert said in gate.missing
    assert "pilotbed analyse natt" in gate.way_out


def test_how_many_days_of_how_many_people_the_plan_says_itself() -> None:
    text = COMPLETE + "evaluation: {baseline_days: 7, participants: 2, design: before_after}\n"
    assert missing(facts(text, "baseline", days={"intervention": [7, 7]}), "pilot") == []
    assert missing(facts(text, "baseline", days={"intervention": [7, 6]}), "pilot") == ["baseline_days"]


@pytest.mark.parametrize(("planned", "fewest"), [(24, 17), (10, 7), (1, 1), (100, 70)])
def test_the_fewest_are_those_planned_less_the_dropout_allowed(planned: int, fewest: int) -> None:
    plan = read_plan(MINIMAL.replace("24", str(planned)))
    assert fewest_participants(plan, "intervention") == fewest


def test_no_evaluation_before_the_pilot_phase_is_over() -> None:
    found = facts(COMPLETE, "pilot")
    assert missing(found, "evaluation") == []
    (gate,) = unmet(replace(found, now_us=found.now_us - 1), Step("evaluation", 1))
    assert gate.missing == "the phase pilot goes on to 2026-06-28, and today is 2026-06-28"


def test_no_decision_without_the_report() -> None:
    assert missing(facts(COMPLETE, "evaluation", report_made=False), "decision") == ["report"]


def test_another_round_needs_its_phase_and_enough_days_of_the_round_before() -> None:
    assert missing(facts(ROLLOUT, "evaluation"), "pilot") == ["next_phase"]
    assert missing(facts(TWO_ROUNDS, "decision"), "pilot") == []
    (gate,) = unmet(facts(TWO_ROUNDS, "decision", days={}), Step("pilot", 2))
    assert "in pilot: 0 of the 17 needed" in gate.missing


def test_people_on_the_embedded_broker_are_warned_of_and_stop_nothing() -> None:
    found = facts(COMPLETE, "legal_check", embedded_broker=True)
    assert warnings(found, Step("baseline", 1)) == ("embedded_broker",)
    assert missing(found, "baseline") == []
    assert warnings(replace(found, stage="baseline"), Step("pilot", 1)) == ()
    assert warnings(facts(COMPLETE, "legal_check"), Step("baseline", 1)) == ()


def test_every_gate_can_be_seen_before_trying_and_says_the_way_out() -> None:
    for text, stage in ((TEST, "legal_check"), (TWO_ROUNDS, "evaluation"), (COMPLETE, "planning")):
        found = facts(text, stage, participants=0, without_consent=[("K7Q-4TD", "bed")], days={})
        for step in next_steps(found.plan, stage, 1):
            assert gates(found, step)
            assert all(gate.missing and gate.way_out for gate in gates(found, step))


def test_the_page_on_pilots_names_every_gate_and_no_other() -> None:
    asked = {
        gate.name
        for text in (TEST, TWO_ROUNDS, ROLLOUT)
        for stage in STAGES
        for found in [facts(text, stage)]
        for step in next_steps(found.plan, stage, 1)
        for gate in gates(found, step)
    }
    rows = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    listed = {name for row in rows for name in re.findall(r"`([a-z0-9_]+)`", row[2])}
    assert listed | {"next_phase"} == asked


def test_gates_that_are_not_met_are_all_told_with_the_way_out() -> None:
    found = facts(COMPLETE, "legal_check", participants=0, without_consent=[("K7Q-4TD", "bed")])
    refused = str(GatesNotMet("natt", "baseline", unmet(found, Step("baseline", 1))))
    assert refused.splitlines()[0] == 'pilot "natt" cannot go to "baseline" yet:'
    assert "participants: nobody takes part yet; add participants with `pilotbed" in refused
    assert "consents: consent is missing for the devices of K7Q-4TD (bed); note each yes" in refused


def test_the_demos_plan_passes_the_legal_check() -> None:
    plan: Plan = read_plan(demo_plan_text())
    found = replace(facts(COMPLETE, "legal_check"), plan=plan)
    assert missing(found, "baseline") == []
