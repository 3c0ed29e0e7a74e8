"""A plan that holds: what it says, and where its phases begin and end."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from pilots.civil_time import to_rfc3339
from pilots.errors import UnknownPhase
from pilots.plan import Costs, EvaluationRules, Legal, Plan, demo_plan_text, read_plan
from tests.pilots.plans import MINIMAL, changed

EXAMPLE = Path(__file__).parents[2] / "examples" / "natt-2026.yaml"


def test_the_first_keys_are_enough() -> None:
    plan = read_plan(MINIMAL)
    assert plan.kind == "pilot"
    assert plan.retention.gps_days is None
    assert plan.retention.readings_days is None
    assert plan.goals == ()
    assert (plan.targets.acknowledge_s, plan.targets.arrive_s) == (180, 1800)


def test_the_example_holds_everything_a_plan_can_say() -> None:
    plan = read_plan(EXAMPLE.read_text(encoding="utf-8"), metrics={"physical_visits_per_night"})
    assert plan.groups == {"intervention": 24, "comparison": 12}
    assert plan.legal.dpia == "D-2026-17"
    assert plan.retention.gps_days == 30
    assert plan.follow_up == ("6m", "12m")
    assert plan.goals[0].primary
    assert plan.products[0].supplier == "Leverantör AB"
    assert plan.costs.travel_min == 9
    assert plan.zone == ZoneInfo("Europe/Stockholm")


def test_the_demo_runs_twelve_weeks_over_a_clock_change() -> None:
    plan = read_plan(demo_plan_text(), metrics=_demo_metrics())
    baseline, pilot = plan.phases
    assert (plan.pilot, baseline.start, pilot.end) == ("demo", date(2025, 1, 13), date(2025, 4, 6))
    assert plan.groups == {"intervention": 24, "comparison": 12}
    assert (plan.targets.acknowledge_s, plan.targets.arrive_s) == (180, 900)
    assert [goal.metric for goal in plan.goals if goal.primary] == ["physical_visits_per_night"]
    assert plan.phase_end(pilot) - plan.phase_start(pilot) == (42 * 24 - 1) * 3_600_000_000


def _demo_metrics() -> set[str]:
    return {
        "physical_visits_per_night",
        "bed_exits_per_night",
        "time_to_acknowledge_s",
        "weight_kg",
        "time_in_bed_h",
    }


FULL = EXAMPLE.with_name("natt-2026-full.yaml")


@pytest.mark.parametrize("text", [FULL.read_text(encoding="utf-8"), demo_plan_text()], ids=["full", "demo"])
def test_a_plan_with_every_part_shows_a_whole_benefit_diagram(text: str) -> None:
    plan = read_plan(text)
    assert all(steps for _, steps in plan.benefits.columns)
    assert all(step.leads_from for _, steps in plan.benefits.columns[1:] for step in steps)
    led_from = {origin for _, steps in plan.benefits.columns for step in steps for origin in step.leads_from}
    assert {step.id for _, steps in plan.benefits.columns[:-1] for step in steps} <= led_from
    assert all(each.resistance and each.action for each in plan.benefits.behaviours)
    assert all(each.owner and each.responsible and each.date for each in plan.benefits.outcomes)
    assert plan.evaluation.safety
    assert plan.costs.ranges
    assert plan.requirements


def test_the_full_example_writes_out_every_part_that_a_plan_can_have() -> None:
    written = yaml.safe_load(FULL.read_text(encoding="utf-8"))
    assert set(written) == set(Plan.model_fields)
    for section, part in (("legal", Legal), ("evaluation", EvaluationRules), ("costs", Costs)):
        assert set(written[section]) == set(part.model_fields)


def test_a_phase_runs_from_local_midnight_to_the_midnight_after_its_last_day() -> None:
    plan = read_plan(MINIMAL)
    pilot = plan.phase("pilot")
    assert to_rfc3339(plan.phase_start(pilot), plan.zone) == "2026-03-09T00:00:00+01:00"
    assert to_rfc3339(plan.phase_end(pilot), plan.zone) == "2026-06-29T00:00:00+02:00"
    assert to_rfc3339(plan.evaluation_start(pilot), plan.zone) == "2026-03-23T00:00:00+01:00"


def test_an_instant_stands_in_the_phase_that_holds_it_or_in_none() -> None:
    plan = read_plan(MINIMAL)
    baseline, pilot = plan.phases
    assert plan.phase_at(plan.phase_start(baseline) - 1) is None
    assert plan.phase_at(plan.phase_start(baseline)) == baseline
    assert plan.phase_at(plan.phase_start(pilot) - 1) == baseline
    assert plan.phase_at(plan.phase_start(pilot)) == pilot
    assert plan.phase_at(plan.phase_end(pilot)) is None


def test_a_phase_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(UnknownPhase, match='pilot "natt" has no phase "follow_up": it has baseline, pilot'):
        read_plan(MINIMAL).phase("follow_up")


def test_layout_comments_and_order_do_not_change_the_fingerprint() -> None:
    lines = MINIMAL.splitlines()
    otherwise = "\n".join(["# a comment", *lines[-1:], *lines[:-1], "retention: {readings_days: null}"])
    assert read_plan(otherwise).fingerprint == read_plan(MINIMAL).fingerprint


def test_another_plan_has_another_fingerprint() -> None:
    assert read_plan(changed("24", "25")).fingerprint != read_plan(MINIMAL).fingerprint


def test_a_plan_may_have_one_phase_and_one_group() -> None:
    plan = read_plan(
        "pilot: sf\ntitle: Response\ntimezone: America/Los_Angeles\n"
        "phases: [{name: baseline, start: 2003-08-01, end: 2025-06-30}]\ngroups: {intervention: 10}\n"
    )
    assert len(plan.phases) == 1


@pytest.mark.parametrize("words", ["No smoking", "1e3", "2026-01-12", "12:30", "null", "ja: nej", "yes"])
def test_quoted_text_is_text_whatever_it_looks_like(words: str) -> None:
    assert read_plan(changed("title: Nattillsyn", f'title: "{words}"')).title == words


@pytest.mark.parametrize("words", ["No", "yes", "12:30", "2026-01-12", "1_000"])
def test_plain_words_that_yaml_once_took_for_values_are_text(words: str) -> None:
    assert read_plan(changed("title: Nattillsyn", f"title: {words}")).title == words


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm() -> None:
    assert read_plan("\ufeff" + MINIMAL.replace("\n", "\r\n")) == read_plan(MINIMAL)
