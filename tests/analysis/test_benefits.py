from dataclasses import dataclass
from datetime import date

import pytest

from analysis.pipeline.benefits import benefit_diagram, benefit_rows
from pilots.plan import read_plan

PLAN = """
pilot: p
title: P
timezone: Europe/Stockholm
phases:
  - {name: baseline, start: 2026-01-12, end: 2026-03-08}
  - {name: pilot, start: 2026-03-09, end: 2026-06-28}
groups: {intervention: 12, comparison: 12}
benefits:
  deliverables: [{id: camera, text: Kameror i tjugo rum}]
  competences: [{id: trained, text: Nattpersonalen kan tekniken, leads_from: [camera]}]
  behaviours:
    - {id: looks, text: Tillsyn görs via kamera, leads_from: [trained, camera], resistance: 4,
       action: Två handledare i varje grupp, responsible: Enhetschef}
  outcomes:
    - {id: calm, text: Färre störda nätter, leads_from: [looks], owner: Verksamhetschef,
       responsible: Enhetschef, metric: physical_visits_per_night, target: 2.0, date: 2026-12-31}
    - {id: trust, text: Personalen litar på larmen, leads_from: [looks], unit: poäng, baseline: 3.1,
       target: 4, measured: 3.4, measured_on: 2026-06-15, date: 2026-12-31}
    - {id: falls, text: Färre fall, leads_from: [looks]}
  goals: [{id: sleep, text: De boende sover ostört, leads_from: [calm]}]
"""


@dataclass
class Item:
    metric: str
    group: str
    baseline: float | None
    pilot: float | None
    reason: str | None = None


def row(measured, baseline=3.0, **changes):
    text = PLAN
    for name, value in changes.items():
        text = text.replace(f"{name}: 2026-12-31", f"{name}: {value}")
    items = [
        Item("physical_visits_per_night", "comparison", 3.0, 1.0),
        Item("physical_visits_per_night", "intervention", baseline, measured),
    ]
    return benefit_rows(read_plan(text), items)[0]


def test_a_benefit_of_a_metric_has_its_baseline_and_value_from_the_data():
    found = row(1.9)
    assert (found.owner, found.responsible) == ("Verksamhetschef", "Enhetschef")
    assert (found.unit, found.baseline, found.measured) == ("1/night", 3.0, 1.9)
    assert found.measured_on == date(2026, 6, 28)
    assert (found.target, found.date, found.reached) == (2.0, date(2026, 12, 31), "reached")


@pytest.mark.parametrize(
    ("measured", "reached"),
    [(2.0, "reached"), (2.4, "on_the_way"), (3.0, "not_reached"), (3.2, "not_reached")],
)
def test_a_benefit_is_on_the_way_while_it_nears_its_target_and_there_is_time(measured, reached):
    assert row(measured).reached == reached


def test_when_its_date_has_come_what_is_not_reached_is_not_on_the_way():
    assert row(2.4, date="2026-06-28").reached == "not_reached"


def test_a_benefit_that_was_hidden_or_not_seen_is_not_measured():
    plan = read_plan(PLAN)
    hidden = Item("physical_visits_per_night", "intervention", None, None, "too_few_participants")
    found = benefit_rows(plan, [hidden])[0]
    assert (found.reached, found.reason) == ("not_measured", "too_few_participants")
    assert benefit_rows(plan, [])[0].measured_on is None


def test_what_no_sensor_sees_stands_as_the_plan_says_it():
    found = benefit_rows(read_plan(PLAN), [])[1]
    assert (found.unit, found.baseline, found.measured, found.reached) == ("poäng", 3.1, 3.4, "on_the_way")


def test_a_benefit_without_a_target_or_a_measure_is_not_measured():
    assert benefit_rows(read_plan(PLAN), [])[2].reached == "not_measured"


def test_the_diagram_has_every_box_in_its_column_and_every_arrow():
    plan = read_plan(PLAN)
    found = benefit_diagram(plan, benefit_rows(plan, []))
    assert [(box.column, box.row, box.id) for box in found.boxes] == [
        ("deliverables", 0, "camera"),
        ("competences", 0, "trained"),
        ("behaviours", 0, "looks"),
        ("outcomes", 0, "calm"),
        ("outcomes", 1, "trust"),
        ("outcomes", 2, "falls"),
        ("goals", 0, "sleep"),
    ]
    assert ("camera", "looks") in found.arrows
    assert len(found.arrows) == 7
    looks = found.boxes[2]
    assert (looks.resistance, looks.action, looks.responsible) == (
        4,
        "Två handledare i varje grupp",
        "Enhetschef",
    )
    assert found.boxes[4].reached == "on_the_way"
