"""Where a pilot stands: gates on what is really there, the lock, and what is kept of each step."""

from datetime import date, timedelta

import pytest

from pilots.civil_time import midnight
from pilots.errors import GatesNotMet, WrongStage
from pilots.gates import unmet
from pilots.plan import read_plan
from pilots.records import DailyValue, StageChange
from pilots.registry import Registry
from pilots.stages import Step
from tests.pilots.conftest import Clock
from tests.pilots.plans import MINIMAL

PLAN = (
    "kind: rollout\n"
    + MINIMAL.replace("pilot: natt", "pilot: dag").replace(
        "{intervention: 24, comparison: 12}", "{intervention: 2}"
    )
    + """\
legal: {gdpr_basis: public_task, article9: health_or_social_care, dpia: D-1}
goals: [{goal: Natt, metric: weight_kg, direction: up, minimum_change: 0.5, primary: true}]
evaluation: {baseline_days: 3, largest_dropout_percent: 0}
"""
).replace("groups:", "  - {name: round_2, start: 2026-07-06, end: 2026-09-27}\ngroups:")
CODES = ["K7Q-4TD", "H3X-9FR"]
FIRST = date(2026, 1, 12)


@pytest.fixture
def standing(registry: Registry) -> Registry:
    """With the pilot "dag" in legal_check, two participants, and a bed with each."""
    registry.add_pilot(read_plan(PLAN), PLAN)
    registry.add_participants("dag", "intervention", 2, ["bed"], codes=CODES)
    for number, code in enumerate(registry_codes(registry)):
        registry.add_device("dag", f"bed-{number}", "bed")
        registry.assign("dag", f"bed-{number}", code, registry._clock())
    registry.advance("dag", "legal_check")
    return registry


def registry_codes(registry: Registry) -> list[str]:
    return [each.code for each in registry.participants("dag")]


def missing(registry: Registry, stage: str, round_: int = 1) -> list[str]:
    return [gate.name for gate in unmet(registry.facts("dag"), Step(stage, round_))]


def measured(registry: Registry, start: date, days: int, codes: list[str]) -> None:
    registry.put_daily_values(
        "dag",
        [
            DailyValue(code, start + timedelta(days=day), "weight_kg", 70.0, None, None, 1, 1.0, None)
            for code in codes
            for day in range(days)
        ],
    )


def test_the_plan_is_locked_with_its_hash_and_the_time_when_it_leaves_planning(
    registry: Registry, clock: Clock
) -> None:
    added = registry.add_pilot(read_plan(PLAN), PLAN)
    assert (added.locked_us, added.locked_hash) == (None, None)
    clock.go_on(60)
    locked = registry.advance("dag", "legal_check")
    assert (locked.locked_us, locked.locked_hash) == (clock(), added.plan_hash)
    registry.add_participants("dag", "intervention", 1, [])
    clock.go_on(60)
    assert registry.advance("dag", "baseline").locked_us == locked.locked_us


def test_a_pilot_stands_where_it_was_advanced_to_and_each_step_is_kept(
    standing: Registry, clock: Clock
) -> None:
    began = clock()
    clock.go_on(60)
    assert standing.advance("dag", "baseline", embedded_broker=True).stage == "baseline"
    assert standing.stage_changes("dag") == [
        StageChange(began, "legal_check", 1, ()),
        StageChange(clock(), "baseline", 1, ("embedded_broker",)),
    ]
    with pytest.raises(WrongStage, match='stands in "baseline" and cannot go to "decision"'):
        standing.advance("dag", "decision")


def test_a_pilot_whose_gates_are_not_met_stays_where_it_is(registry: Registry) -> None:
    with pytest.raises(GatesNotMet) as refused:
        registry.advance("natt", "legal_check")
    assert [gate.name for gate in refused.value.gates] == ["primary_goal"]
    assert registry.pilot("natt").stage == "planning"
    assert registry.stage_changes("natt") == []


def test_consents_are_those_that_hold_for_the_devices_that_people_have(
    standing: Registry, clock: Clock
) -> None:
    assert missing(standing, "baseline") == []
    standing.add_device("dag", "gps-1", "gps")
    standing.assign("dag", "gps-1", CODES[0], clock())
    assert standing.facts("dag").without_consent == [(CODES[0], "gps")]
    standing.give_consent("dag", CODES[0], ["gps", "bed"])
    assert missing(standing, "baseline") == []
    assert len([each for each in standing.consents("dag") if each.scope == "bed"]) == 2


def test_who_has_left_or_gave_the_device_back_needs_no_consent(standing: Registry, clock: Clock) -> None:
    start = clock()
    for number, kind in enumerate(("gps", "camera")):
        standing.add_device("dag", kind, kind)
        standing.assign("dag", kind, CODES[number], start)
    assert len(standing.facts("dag").without_consent) == 2
    clock.go_on(60)
    standing.assign("dag", "gps", CODES[0], start, clock())
    standing.leave("dag", CODES[1], "declined")
    found = standing.facts("dag")
    assert (found.without_consent, found.participants) == ([], 1)


def test_alarms_and_visit_logs_need_no_consent_of_their_own(standing: Registry, clock: Clock) -> None:
    for kind in ("alarm", "visits"):
        standing.add_device("dag", kind, kind)
        standing.assign("dag", kind, CODES[0], clock())
    assert missing(standing, "baseline") == []


def test_baseline_days_are_distinct_days_with_a_value_of_the_primary_metric_in_the_baseline(
    standing: Registry,
) -> None:
    standing.advance("dag", "baseline")
    measured(standing, FIRST - timedelta(days=5), 5, CODES)  # before the baseline
    measured(standing, FIRST, 3, CODES[:1])
    absent = [
        DailyValue(
            CODES[1], FIRST + timedelta(days=day), "weight_kg", None, None, None, 0, 0.1, "low_coverage"
        )
        for day in range(3)
    ]
    other = [
        DailyValue(CODES[1], FIRST + timedelta(days=day), "time_in_bed_h", 8, None, None, 1, 1.0, None)
        for day in range(3)
    ]
    standing.put_daily_values("dag", [*absent, *other])
    assert standing.facts("dag").days == {"intervention": [3]}
    assert missing(standing, "pilot") == ["baseline_days"]
    measured(standing, FIRST + timedelta(days=10), 3, CODES[1:])
    assert missing(standing, "pilot") == []


def test_a_rollout_goes_all_the_way_and_round_again(standing: Registry, clock: Clock) -> None:
    plan = standing.pilot("dag").plan
    measured(standing, FIRST, 3, CODES)
    standing.advance("dag", "baseline")
    standing.advance("dag", "pilot")
    assert missing(standing, "evaluation") == ["phase_over"]
    clock.now_us = plan.phase_end(plan.phase("pilot"))
    standing.note_report("dag", sha256="early", data_fingerprint="f")
    clock.go_on(60)
    standing.advance("dag", "evaluation")
    assert missing(standing, "decision") == ["report"]
    assert missing(standing, "pilot", 2) == ["baseline_days"]
    measured(standing, date(2026, 3, 9), 14, CODES)
    assert missing(standing, "pilot", 2) == ["baseline_days"]  # its wash-in does not count
    measured(standing, date(2026, 3, 23), 3, CODES)
    clock.go_on(60)
    standing.note_report("dag", sha256="a", data_fingerprint="f")
    standing.advance("dag", "decision")
    figures = standing.figures_revision()
    again = standing.advance("dag", "pilot")
    assert standing.figures_revision() != figures
    assert (again.stage, again.round) == ("pilot", 2)
    assert missing(standing, "evaluation") == ["phase_over"]
    clock.now_us = midnight(date(2026, 9, 28), plan.zone)
    standing.advance("dag", "evaluation")
    assert missing(standing, "decision", 2) == ["report"]
    standing.note_report("dag", sha256="a", data_fingerprint="f")
    assert [each.round for each in standing.reports("dag")] == [1, 1, 2]
    for stage in ("decision", "follow_up", "closed"):
        standing.advance("dag", stage)
    assert [each.round for each in standing.stage_changes("dag")] == [1, 1, 1, 1, 1, 2, 2, 2, 2, 2]
