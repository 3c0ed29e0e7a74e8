"""A plan that does not hold: every error at once, with its line and the way out."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilots.errors import PlanError, PlanProblem
from pilots.plan import read_plan
from tests.pilots.plans import MINIMAL, changed

METRICS = {"physical_visits_per_night", "weight_kg", "turns_per_night", "device_uptime_percent"}
NOT_DECISIVE = {"turns_per_night": "exploratory"}


def problems(text: str) -> list[str]:
    with pytest.raises(PlanError) as caught:
        read_plan(text, metrics=METRICS, not_decisive=NOT_DECISIVE)
    return str(caught.value).splitlines()


def with_goals(*goals: str) -> str:
    return MINIMAL + "goals:\n" + "".join(f"  - {{{goal}}}\n" for goal in goals)


def goal(title: str, metric: str = "weight_kg", more: str = "") -> str:
    return f"goal: {title}, metric: {metric}, direction: up, minimum_change: 1{more}"


def with_rules(rules: str) -> str:
    return with_goals(goal("A")) + f"evaluation: {rules}\n"


def with_boxes(deliverables: str, outcomes: str) -> str:
    return f"{MINIMAL}benefits:\n  deliverables: [{deliverables}]\n  outcomes: [{outcomes}]\n"


def with_requirement(requirement: str, products: str = "{name: S, kind: bed}") -> str:
    return f"{MINIMAL}products: [{products}]\nrequirements:\n  - {{{requirement}}}\n"


def with_rounds(*names: str, kind: str = "rollout") -> str:
    days = [f"start: 2027-0{month}-01, end: 2027-0{month}-28" for month in range(1, 10)]
    rounds = "".join(f"  - {{name: {name}, {day}}}\n" for name, day in zip(names, days, strict=False))
    return MINIMAL.replace("groups:", f"{rounds}groups:") + f"kind: {kind}\n"


ONE_PROBLEM = {
    "an overlap": (
        changed("start: 2026-03-09", "start: 2026-03-01"),
        'line 6: phase "pilot" starts before "baseline" ends (2026-03-01 < 2026-03-08)',
    ),
    "a shared day": (
        changed("start: 2026-03-09", "start: 2026-03-08"),
        'line 6: phase "pilot" starts on the last day of "baseline" (2026-03-08): '
        "end is inclusive, so start on the day after",
    ),
    "an end before the start": (
        changed("2026-06-28", "2026-03-08"),
        'line 6: phase "pilot" ends before it starts (2026-03-08 < 2026-03-09)',
    ),
    "a wash-in as long as the phase": (
        changed("wash_in_days: 14", "wash_in_days: 112"),
        'line 6: phase "pilot": wash_in_days 112 leaves none of its 112 days to evaluate',
    ),
    "a day that no calendar has": (
        changed("2026-06-28", "2026-06-31"),
        'line 6: phase "pilot": end "2026-06-31" is not in the calendar (day is out of range for month)',
    ),
    "a date written otherwise": (
        changed("2026-06-28", "28/6 2026"),
        'line 6: phase "pilot": end "28/6 2026" should be a date such as 2026-03-09',
    ),
    "an empty date": (
        changed("end: 2026-06-28", "end: "),
        'line 6: phase "pilot": end is empty: fill it in or remove the line',
    ),
    "a year far away": (
        changed("2026-06-28", "3026-06-28"),
        'line 6: phase "pilot": end "3026-06-28" should be a day from 2000 to 2099',
    ),
    "no end": (changed(", end: 2026-03-08", ""), 'line 5: phase "baseline": "end" is missing'),
    "two phases of one name": (
        changed("name: pilot", "name: baseline"),
        'line 6: phase "baseline" is there twice: give each its own name',
    ),
    "a phase that is a word": (
        MINIMAL.replace("groups", "  - hej\ngroups"),
        'line 7: phases item 3 "hej" should be a mapping: {key: value}, or indented lines of key: value',
    ),
    "an unknown zone": (
        changed("Europe/Stockholm", "Europe/Stokholm"),
        'line 3: timezone "Europe/Stokholm" is not a known time zone: did you mean "Europe/Stockholm"?',
    ),
    "a zone that is a folder": (
        changed("Europe/Stockholm", "../etc"),
        'line 3: timezone "../etc" is not a known time zone: write it as Europe/Stockholm',
    ),
    "an unknown key": (
        MINIMAL + "munipality: X\n",
        'line 8: unknown key "munipality": did you mean "municipality"?',
    ),
    "an unknown key inside": (
        MINIMAL + "retention:\n  readings_days: 3\n  gps_day: 3\n",
        'line 10: retention: unknown key "gps_day": did you mean "gps_days"?',
    ),
    "a key like no other": (
        MINIMAL + "targets: {xyzzy: 3}\n",
        'line 8: targets: unknown key "xyzzy": known keys are acknowledge_s, arrive_s',
    ),
    "a key twice": (
        MINIMAL + "title: Annat\n",
        'line 8: "title" is there twice, first on line 2: keep one of them',
    ),
    "a pilot's name with spaces": (
        changed("pilot: natt", "pilot: Natt 2026"),
        'line 1: pilot "Natt 2026" is not allowed: use lower-case a-z, digits and hyphens, '
        "at most 63, such as natt-2026",
    ),
    "a pilot's name that ends in a line break": (
        changed("pilot: natt", 'pilot: "natt\\n"'),
        'line 1: pilot "natt " is not allowed: use lower-case a-z, digits and hyphens, '
        "at most 63, such as natt-2026",
    ),
    "a number for a title": (
        changed("Nattillsyn", "2026"),
        "line 2: title 2026 should be text: write it in quotes",
    ),
    "no title": (changed("title: Nattillsyn\n", ""), 'line 1: "title" is missing'),
    "an empty title": (
        changed("title: Nattillsyn", 'title: " "'),
        "line 2: title is empty: fill it in or remove the line",
    ),
    "an unknown kind": (
        MINIMAL + "kind: tset\n",
        'line 8: kind "tset" is not one of test, pilot, rollout: did you mean "test"?',
    ),
    "an unknown group": (
        changed("comparison: 12", "comparisn: 12"),
        'line 7: groups: unknown group "comparisn": did you mean "comparison"?',
    ),
    "an empty group": (
        changed("comparison: 12", "comparison: 0"),
        "line 7: groups.comparison 0 should be at least 1",
    ),
    "no groups": (
        changed("{intervention: 24, comparison: 12}", "{}"),
        "line 7: groups is empty: at least one is needed",
    ),
    "half a person": (
        changed("comparison: 12", "comparison: 1.5"),
        "line 7: groups.comparison 1.5 should be a whole number",
    ),
    "a target of nothing": (
        MINIMAL + "targets: {acknowledge_s: 0}\n",
        "line 8: targets.acknowledge_s 0 should be more than 0",
    ),
    "a decimal comma": (
        MINIMAL + 'costs: {device_sek: "0,5"}\n',
        'line 8: costs.device_sek "0,5" should be a number (with a point: 0.5)',
    ),
    "a follow-up without a unit": (
        MINIMAL + "follow_up: [6]\n",
        "line 8: follow_up item 1 6 should be text: write it in quotes",
    ),
    "a follow-up in years": (
        MINIMAL + "follow_up: [1y]\n",
        'line 8: follow_up item 1 "1y" is not allowed: write months as 6m or 12m',
    ),
    "a word for a list": (
        MINIMAL + "units: A\n",
        'line 8: units "A" should be a list: [a, b], or lines that start with -',
    ),
    "a unit twice": (MINIMAL + "units:\n  - A\n  - A\n", 'line 10: unit "A" is there twice: keep one'),
    "a product of no kind": (
        MINIMAL + "products: [{name: S, kind: bad}]\n",
        'line 8: product "S": kind "bad" is not one of bed, gps, camera, alarm, visits: did you mean "bed"?',
    ),
    "an unknown metric": (
        with_goals(goal("Natt", "physical_visit_per_night")),
        'line 9: goal "Natt": unknown metric "physical_visit_per_night": '
        'did you mean "physical_visits_per_night"?',
    ),
    "two goals of one metric": (
        with_goals(goal("A"), goal("B")),
        'line 10: goal "B": "weight_kg" is the metric of goal "A" already: keep one',
    ),
    "two primary goals": (
        with_goals(
            goal("A", more=", primary: true"), goal("B", "physical_visits_per_night", ", primary: true")
        ),
        'line 10: goal "B" is primary, and so is goal "A": keep one primary',
    ),
    "a primary goal of an exploratory metric": (
        with_goals(goal("A"), goal("B", "turns_per_night", ", primary: true")),
        'line 10: goal "B" is primary, and "turns_per_night" is exploratory, which cannot carry a decision: '
        "keep it as a goal without primary, and make one of another metric primary",
    ),
    "a direction of no kind": (
        with_goals("goal: A, metric: weight_kg, direction: dwn, minimum_change: 1"),
        'line 9: goal "A": direction "dwn" is not one of up, down: did you mean "down"?',
    ),
    "a change of nothing": (
        with_goals("goal: A, metric: weight_kg, direction: up, minimum_change: 0"),
        'line 9: goal "A": minimum_change 0 should be more than 0',
    ),
    "a yes": (
        with_goals(goal("A", more=", primary: yes")),
        'line 9: goal "A": primary "yes" should be true or false',
    ),
    "a safety margin on no known metric": (
        with_rules("{safety: [{metric: weight_kgs, direction: up, margin: 1}]}"),
        'line 10: evaluation.safety item 1: metric "weight_kgs" is unknown: did you mean "weight_kg"?',
    ),
    "a metric with two safety margins": (
        with_rules(
            "{safety: [{metric: weight_kg, direction: up, margin: 1}, "
            "{metric: weight_kg, direction: down, margin: 2}]}"
        ),
        'line 10: evaluation.safety item 2: metric "weight_kg" is there twice: keep one margin for it',
    ),
    "a margin of nothing": (
        with_rules("{safety: [{metric: weight_kg, direction: up, margin: 0}]}"),
        "line 10: evaluation.safety item 1: margin 0 should be more than 0",
    ),
    "a safety margin without its margin": (
        with_rules("{safety: [{metric: weight_kg, direction: up}]}"),
        'line 10: evaluation.safety item 1: "margin" is missing',
    ),
    "a family of what is no goal": (
        with_rules("{family: [weight_kg, turns_per_night]}"),
        'line 10: evaluation.family item 2 "turns_per_night" is the metric of no goal: goals have weight_kg',
    ),
    "use in something else than percent": (
        with_rules("{use: {metric: weight_kg}}"),
        'line 10: evaluation.use.metric "weight_kg" is not in percent: name one that is, such as '
        "device_uptime_percent, or leave it out",
    ),
    "use of an unknown metric": (
        with_rules("{use: {metric: device_uptime_percnt}}"),
        'line 10: evaluation.use.metric "device_uptime_percnt" is unknown: '
        'did you mean "device_uptime_percent"?',
    ),
    "a comparison with no group": (
        with_rules("{design: comparison_group}").replace(", comparison: 12", ""),
        'line 10: evaluation.design "comparison_group" needs a comparison group: add comparison under '
        "groups, or choose another design",
    ),
    "a series too short to be interrupted": (
        with_rules("{design: interrupted_series}").replace("2026-06-28", "2026-05-03"),
        'line 10: evaluation.design "interrupted_series" needs 8 weeks on each side: phase "pilot" has 42 '
        "days to evaluate, not 56",
    ),
    "more baseline days than there are": (
        with_rules("{baseline_days: 57}"),
        'line 10: evaluation.baseline_days 57 is more than the 56 days of phase "baseline"',
    ),
    "more compared than planned": (
        with_rules("{participants: 25}"),
        "line 10: evaluation.participants 25 is more than the 24 planned in intervention",
    ),
    "an unknown rule": (
        with_rules("{use: {at_last_percent: 70}}"),
        'line 10: evaluation.use: unknown key "at_last_percent": did you mean "at_least_percent"?',
    ),
    "a box that is there twice": (
        with_boxes("{id: a, text: A}", "{id: a, text: B}"),
        'line 10: benefits.outcomes item 1: id "a" is one of benefits.deliverables already',
    ),
    "a way from nowhere": (
        with_boxes("{id: sensors, text: A}", "{id: b, text: B, leads_from: [sensor]}"),
        'line 10: benefits.outcomes "b": leads_from "sensor" is no box: did you mean "sensors"?',
    ),
    "a way from right to left": (
        with_boxes("{id: a, text: A, leads_from: [b]}", "{id: b, text: B}"),
        'line 9: benefits.deliverables "a": leads_from "b" stands in no earlier column: ways lead from left '
        "to right",
    ),
    "an outcome of an unknown metric": (
        with_boxes("{id: a, text: A}", "{id: b, text: B, metric: weigth_kg}"),
        'line 10: benefits.outcomes "b": unknown metric "weigth_kg": did you mean "weight_kg"?',
    ),
    "resistance beyond the scale": (
        MINIMAL + "benefits: {behaviours: [{id: a, text: A, resistance: 6}]}\n",
        'line 8: benefits.behaviours "a": resistance 6 should be at most 5',
    ),
    "an id with spaces": (
        MINIMAL + "benefits: {goals: [{id: Lugna nätter, text: A}]}\n",
        'line 8: benefits.goals "Lugna nätter": id "Lugna nätter" is not allowed: use lower-case a-z, '
        "digits, - and _, at most 32, such as calmer_nights",
    ),
    "a requirement without a limit": (
        with_requirement("requirement: Drift, measure: uptime_percent"),
        'line 10: requirement "Drift" says no limit: give at_most or at_least',
    ),
    "a requirement with two limits": (
        with_requirement("requirement: Drift, measure: uptime_percent, at_most: 100, at_least: 98"),
        'line 10: requirement "Drift" has at_most and at_least: make a requirement of each',
    ),
    "a requirement on an unknown product": (
        with_requirement(
            "requirement: D, measure: uptime_percent, at_least: 9, product: Säng", "{name: Sängen, kind: bed}"
        ),
        'line 10: requirement "D": unknown product "Säng": did you mean "Sängen"?',
    ),
    "a requirement that the product cannot be measured by": (
        with_requirement("requirement: D, measure: time_to_first_fix_s, at_most: 9, product: S"),
        'line 10: requirement "D": time_to_first_fix_s is measured on gps, and product "S" is of kind bed',
    ),
    "a requirement that no product can be measured by": (
        with_requirement("requirement: D, measure: time_to_first_fix_s, at_most: 9"),
        'line 10: requirement "D": time_to_first_fix_s is measured on gps, and no product is of that kind',
    ),
    "a requirement twice": (
        with_requirement(
            "requirement: D, measure: loss_percent, at_most: 9}\n"
            "  - {requirement: D, measure: loss_percent, at_most: 8"
        ),
        'line 11: requirement "D" is there twice of the same product: keep one',
    ),
    "two products of one name": (
        MINIMAL + "products: [{name: S, kind: bed}, {name: S, kind: gps}]\n",
        'line 8: product "S" is there twice: give each its own name',
    ),
    "a range of no cost": (
        MINIMAL + "costs: {ranges: {device_sec: {low: 1, likely: 2, high: 3}}}\n",
        'line 8: costs.ranges: unknown cost "device_sec": did you mean "device_sek"?',
    ),
    "a range upside down": (
        MINIMAL + "costs: {ranges: {device_sek: {low: 3, likely: 2, high: 4}}}\n",
        "line 8: costs.ranges.device_sek: likely 2 is less than low 3",
    ),
    "a share over one": (
        MINIMAL + "costs: {ranges: {utilisation: {low: 30, likely: 60, high: 70}}}\n",
        "line 8: costs.ranges.utilisation: high 70 is over 1: give shares, such as 0.6 for 60 %",
    ),
    "an unknown end of a range": (
        MINIMAL + "costs: {ranges: {device_sek: {low: 1, likely: 2, high: 4, hihg: 5}}}\n",
        'line 8: costs.ranges.device_sek: unknown key "hihg": did you mean "high"?',
    ),
    "a round of what is no rollout": (
        with_rounds("round_2", kind="pilot"),
        'line 7: phase "round_2": only a rollout goes round again: say kind: rollout, or rename it',
    ),
    "a third round after the first": (
        with_rounds("round_3"),
        'line 7: phase "round_3" is compared with "round_2", which is not there',
    ),
    "a first round": (
        with_rounds("round_1"),
        'line 7: phase "round_1": the rounds after "pilot" are round_2, round_3 and on',
    ),
    "retention of nothing": (
        MINIMAL + "retention: {gps_days: 0}\n",
        "line 8: retention.gps_days 0 should be at least 1",
    ),
    "an empty section": (MINIMAL + "legal:\n", "line 8: legal is empty: fill it in or remove the line"),
    "a control character": (
        changed("title: Nattillsyn", 'title: "a\\0b"'),
        "line 2: text holds a control character: remove it",
    ),
    "half a surrogate": (
        changed("title: Nattillsyn", 'title: "a\\ud800b"'),
        "line 2: text holds a control character: remove it",
    ),
}


@pytest.mark.parametrize(("text", "said"), ONE_PROBLEM.values(), ids=ONE_PROBLEM)
def test_each_problem_is_said_once_with_its_line(text: str, said: str) -> None:
    assert problems(text) == [f"plan.yaml {said}"]


def test_every_problem_is_said_at_once_in_order_of_lines() -> None:
    text = (
        changed("start: 2026-03-09", "start: 2026-03-01").replace("24", "0").replace("natt\n", "Natt\n")
        + "kind: x\nlegal: 3\nfollow_up: 6m\n"
    )
    lines = [said.split(":")[0] for said in problems(text)]
    assert lines == [f"plan.yaml line {number}" for number in (1, 6, 7, 8, 9, 10)]


def test_a_misspelt_key_does_not_hide_an_overlap() -> None:
    said = problems(changed("start: 2026-03-09, end", "start: 2026-03-01, endd"))
    assert any("starts before" in line for line in said)
    assert any('unknown key "endd"' in line for line in said)
    assert any('"end" is missing' in line for line in said)


def test_phases_listed_backwards_are_asked_to_be_in_order() -> None:
    lines = MINIMAL.splitlines()
    lines[4], lines[5] = lines[5], lines[4]
    assert problems("\n".join(lines)) == [
        'plan.yaml line 6: phase "baseline" is listed after "pilot" but comes before it '
        "(2026-03-08 < 2026-03-09): list phases in order of time"
    ]


def test_a_pilot_phase_before_the_baseline_has_nothing_to_compare_with() -> None:
    text = changed("name: baseline", "name: x").replace("name: pilot", "name: baseline")
    assert problems(text.replace("name: x", "name: pilot")) == [
        'plan.yaml line 5: phase "pilot" starts before "baseline" does (2026-01-12 < 2026-03-09): '
        "there is nothing to compare it with"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the plan is empty: it needs pilot, title, timezone, phases and groups"),
        (
            "# only a comment\n",
            "line 1: the plan is empty: it needs pilot, title, timezone, phases and groups",
        ),
        ("- a\n- b\n", "line 1: the plan should be a mapping (pilot: …, title: …)"),
        ("hej", "line 1: the plan should be a mapping (pilot: …, title: …)"),
        ("pilot: a\n\tb: c\n", "line 2: not readable as YAML: while scanning for the next token"),
        ("a: *b\n", "line 1: not readable as YAML: *b refers to another place: write the value out"),
        ("a: 1\n---\nb: 2\n", "line 2: not readable as YAML: expected a single document"),
        ("a: 1\nb: \x01\n", "line 2: not readable as YAML: the character U+0001 is not allowed"),
        ("[" * 5000, "line 1: not readable as a plan: lists or mappings are nested too deep"),
        ("a" * 300_000, "line 1: longer than 262,144 characters: not a pilot plan"),
    ],
)
def test_what_is_not_a_plan_at_all_is_said_in_one_line(text: str, said: str) -> None:
    (line,) = problems(text)
    assert line.startswith(f"plan.yaml {said}")


def test_an_empty_mapping_misses_all_that_is_required() -> None:
    assert [line.split('"')[1] for line in problems("{}")] == [
        "groups",
        "phases",
        "pilot",
        "timezone",
        "title",
    ]


def test_the_source_is_named_as_it_was_given() -> None:
    with pytest.raises(PlanError, match=r"^natt\.yaml line 1: the plan is empty"):
        read_plan("", "natt.yaml")


def test_without_a_list_of_metrics_any_metric_may_be_named() -> None:
    assert read_plan(with_goals(goal("A", "tomorrow_metric"))).goals[0].metric == "tomorrow_metric"


def test_an_exploratory_metric_may_be_a_goal_that_is_not_primary() -> None:
    plan = read_plan(with_goals(goal("A", "turns_per_night")), metrics=METRICS, not_decisive=NOT_DECISIVE)
    assert plan.goals[0].metric == "turns_per_night"


def test_rounds_of_a_rollout_may_follow_each_other() -> None:
    assert len(read_plan(with_rounds("round_2", "round_3")).phases) == 4


def test_a_plan_error_survives_the_way_between_processes() -> None:
    with pytest.raises(PlanError) as caught:
        read_plan("")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (str(copy), copy.problems) == (str(caught.value), caught.value.problems)


@given(
    st.one_of(
        st.text(max_size=200),
        st.tuples(
            st.integers(0, len(MINIMAL)),
            st.integers(0, 12),
            st.text("{}[]:,-*&!|>'\"#%@ \n\tab10.~\\", max_size=8),
        ).map(lambda edit: MINIMAL[: edit[0]] + edit[2] + MINIMAL[edit[0] + edit[1] :]),
    )
)
def test_any_text_is_a_plan_or_a_plan_error_with_lines_inside_the_text(text: str) -> None:
    found: tuple[PlanProblem, ...] = ()
    try:
        assert read_plan(text).phases
    except PlanError as error:
        found = error.problems
    assert all(1 <= problem.line <= len(text.splitlines()) + 1 for problem in found)
    assert not any("\n" in problem.message for problem in found)
