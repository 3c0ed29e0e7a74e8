"""What differs between two plans, and what an amended plan must leave as it was."""

from datetime import date

import pytest

from pilots.plan import Plan, read_plan
from pilots.plan.changes import PlanChange, plan_changes
from pilots.plan.fixed import Held, refusals
from tests.pilots.plans import MINIMAL, changed

GOALS = """\
goals:
  - {goal: Vikt, metric: weight_kg, direction: up, minimum_change: 1, primary: true}
  - {goal: Natt, metric: bed_exits_per_night, direction: down, minimum_change: 0.5}
evaluation: {safety: [{metric: weight_kg, direction: up, margin: 2}]}
units: [A, B]
"""
BEGUN = Held(
    date(2026, 4, 1), True, {"baseline": date(2026, 3, 8), "pilot": date(2026, 3, 31)}, ["intervention"]
)


def changes(before: str, after: str) -> list[tuple[str, str | None, str | None]]:
    found = plan_changes(read_plan(before), read_plan(after))
    return [(each.path, each.before, each.after) for each in found]


def test_a_value_is_named_by_what_it_belongs_to_not_by_its_line() -> None:
    after = "# a comment\n" + MINIMAL.replace("2026-06-28", "2026-07-05") + GOALS.replace("0.5", "0.75")
    assert changes(MINIMAL + GOALS, after) == [
        ("phases[pilot].end", "2026-06-28", "2026-07-05"),
        ("goals[bed_exits_per_night].minimum_change", "0.5", "0.75"),
    ]


def test_layout_comments_and_defaults_written_out_are_no_change() -> None:
    after = MINIMAL.replace(", wash_in_days: 14}", ", wash_in_days: 14}   # two weeks") + "kind: pilot\n"
    assert changes(MINIMAL, after) == []


def test_what_is_new_has_no_before_and_what_is_gone_no_after() -> None:
    without = GOALS.replace(
        "  - {goal: Natt, metric: bed_exits_per_night, direction: down, minimum_change: 0.5}\n", ""
    )
    (gone,) = changes(MINIMAL + GOALS, MINIMAL + without)
    assert gone[0] == "goals[bed_exits_per_night]"
    assert gone[1] is not None
    assert gone[1].startswith("goal: Natt, metric: bed_exits_per_night, direction: down")
    assert gone[2] is None
    (new,) = changes(MINIMAL + without, MINIMAL + GOALS)
    assert (new[0], new[1]) == ("goals[bed_exits_per_night]", None)
    assert changes(MINIMAL, MINIMAL + "leader: a@b.se\n") == [("leader", None, "a@b.se")]


def test_lists_of_words_and_nested_rules_are_told_whole() -> None:
    after = GOALS.replace("[A, B]", "[A, B, C]").replace("margin: 2", "margin: 3")
    assert changes(MINIMAL + GOALS, MINIMAL + after) == [
        ("units", "A, B", "A, B, C"),
        ("evaluation.safety[weight_kg].margin", "2", "3"),
    ]


def test_an_order_that_changed_is_told() -> None:
    lines = GOALS.splitlines()
    swapped = "\n".join([lines[0], lines[2], lines[1], *lines[3:]])
    assert plan_changes(read_plan(MINIMAL + GOALS), read_plan(MINIMAL + swapped)) == (
        PlanChange("goals (order)", "weight_kg; bed_exits_per_night", "bed_exits_per_night; weight_kg"),
    )


def plan(text: str) -> Plan:
    return read_plan(text)


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (
            changed("Europe/Stockholm", "Europe/Helsinki"),
            "timezone: Europe/Stockholm cannot become Europe/Helsinki: every day and night",
        ),
        (
            changed("name: baseline", "name: before"),
            "phases[baseline]: cannot go: it holds data up to 2026-03-08",
        ),
        (
            changed("start: 2026-03-09", "start: 2026-03-16"),
            "phases[pilot].start: 2026-03-09 cannot become 2026-03-16: the phase has begun",
        ),
        (
            changed("end: 2026-03-08", "end: 2026-03-01"),
            "phases[baseline].end: 2026-03-08 cannot become 2026-03-01: the phase is over",
        ),
        (
            changed("end: 2026-06-28", "end: 2026-03-30"),
            "phases[pilot].end: 2026-06-28 cannot become 2026-03-30: the phase holds data up to 2026-03-31",
        ),
        (
            changed("intervention: 24, ", ""),
            "groups: intervention cannot go: the pilot has participants in it",
        ),
    ],
)
def test_what_the_data_rest_on_cannot_change(after: str, said: str) -> None:
    (refused,) = refusals(plan(MINIMAL), plan(after), BEGUN)
    assert refused.startswith(said)


@pytest.mark.parametrize(
    "after",
    [
        changed("end: 2026-06-28", "end: 2026-07-26"),
        changed("end: 2026-06-28", "end: 2026-04-05"),
        changed("wash_in_days: 14", "wash_in_days: 21"),
        changed(", comparison: 12", ""),
        MINIMAL + "follow_up: [6m]\n",
    ],
)
def test_what_no_data_rest_on_may_change(after: str) -> None:
    assert refusals(plan(MINIMAL), plan(after), BEGUN) == ()


def test_before_there_is_anything_all_but_the_name_may_change() -> None:
    after = changed("Europe/Stockholm", "Europe/Helsinki").replace("2026-01-12", "2026-01-19")
    assert refusals(plan(MINIMAL), plan(after), Held(date(2026, 4, 1))) == ()
