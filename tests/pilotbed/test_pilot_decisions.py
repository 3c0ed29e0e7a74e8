"""The leader's commands on the way from a plan to a decision, each as its own process."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.running import COMMAND, Installation

PLAN = """
pilot: natt
title: Nattillsyn
timezone: Europe/Stockholm
legal: {gdpr_basis: public_task, article9: health_or_social_care}
phases:
  - {name: baseline, start: 2026-01-12, end: 2026-03-08}
  - {name: pilot, start: 2026-03-09, end: 2026-06-28}
groups: {intervention: 8}
units: [Norra, Södra]
goals: [{goal: Natt, metric: bed_exits_per_night, direction: down, minimum_change: 0.5, primary: true}]
products: [{name: Säng A, kind: bed}, {name: Säng B, kind: bed}]
"""


@pytest.fixture
def planned(installation: Installation) -> Installation:
    installation.add_pilot(PLAN)
    return installation


def amended(installation: Installation, old: str, new: str) -> Path:
    file = installation.folder / "amended.yaml"
    file.write_text(PLAN.replace(old, new), encoding="utf-8")
    return file


def test_a_leader_sees_what_the_next_stage_asks_for_tries_mends_and_goes_on(planned: Installation) -> None:
    planned.run("pilot", "advance", "natt", "--to", "legal_check")
    shown = planned.run("pilot", "show", "natt").stdout
    assert "gate to baseline" in shown
    assert "legal.dpia names no data protection impact assessment" in shown
    refused = planned.run("pilot", "advance", "natt", "--to", "baseline", "--json", exit_code=1)
    assert [gate["gate"] for gate in json.loads(refused.stdout)["gates"]] == ["dpia", "participants"]
    assert "participants: nobody takes part yet; add participants with `pilotbed" in refused.stderr
    file = amended(planned, "article9:", "dpia: D-1, article9:")
    unreasoned = planned.run("pilot", "amend", file, exit_code=1)
    assert (
        "was locked when it left planning: give the reason for the change, as --reason" in unreasoned.stderr
    )
    changed = planned.json("pilot", "amend", file, "--reason", "Bedömningen är klar")
    assert changed["changes"] == [{"path": "legal.dpia", "before": None, "after": "D-1"}]
    assert changed["plan_hash"] != changed["locked_hash"]
    planned.run("participant", "add", "natt", "--group", "intervention", "--consent", "bed")
    went = planned.run("pilot", "advance", "natt", "--to", "baseline")
    assert went.stdout == "natt stands in baseline.\n"
    assert went.stderr.startswith("Warning: people are measured on the embedded broker")
    found = planned.json("pilot", "show", "natt")
    assert [each["warnings"] for each in found["stages"]] == [[], ["embedded_broker"]]
    assert [each["reason"] for each in found["departures"]] == ["Bedömningen är klar"]
    assert [gate["gate"] for gate in found["next"][0]["gates"] if not gate["met"]] == ["baseline_days"]


def test_a_plan_that_is_planned_still_is_amended_without_a_reason_but_not_added_anew(
    planned: Installation,
) -> None:
    file = amended(planned, "end: 2026-06-28", "end: 2026-07-05")
    refused = planned.run("pilot", "add", file, exit_code=1)
    assert "pilotbed pilot amend PLAN.yaml" in refused.stderr
    table = planned.run("pilot", "amend", file).stdout
    assert "phases[pilot].end" in table
    assert planned.json("pilot", "show", "natt")["departures"] == []
    assert "says what it said before" in planned.run("pilot", "amend", file).stdout


def test_a_text_is_written_from_a_file_or_a_pipe_shown_and_cleared(planned: Installation) -> None:
    file = planned.folder / "lessons.txt"
    file.write_text("Börja med en avdelning.\n\nLåt natten vänja sig.\n", encoding="utf-8")
    planned.run("pilot", "write", "natt", "lessons", file)
    assert planned.run("pilot", "write", "natt", "lessons").stdout == file.read_text(encoding="utf-8")
    assert planned.json("pilot", "show", "natt")["texts"] == ["lessons"]
    file.write_text("", encoding="utf-8")
    assert planned.json("pilot", "write", "natt", "lessons", file)["text"] is None
    file.write_bytes(b"\xff")
    assert "UTF-8" in planned.run("pilot", "write", "natt", "lessons", file, exit_code=1).stderr
    assert (
        "nowhere.txt" in planned.run("pilot", "write", "natt", "lessons", "nowhere.txt", exit_code=1).stderr
    )
    subprocess.run(
        [*COMMAND, "pilot", "write", "natt", "purpose", "-"],
        input="Lugnare nätter.".encode(),
        env=planned.environment,
        check=True,
    )
    assert planned.json("pilot", "write", "natt", "purpose")["text"] == "Lugnare nätter."


def test_recruitment_units_products_and_leaving_are_told_and_shown(planned: Installation) -> None:
    planned.run("pilot", "recruitment", "natt", "--group", "intervention", "--invited", 12, "--declined", 3)
    [told] = planned.json("pilot", "show", "natt")["recruitment"]
    assert told == {"group": "intervention", "invited": 12, "declined": 3, "not_eligible": 0}
    [code] = planned.json("participant", "add", "natt", "--group", "intervention", "--unit", "Norra")[
        "participants"
    ]
    planned.run("device", "add", "natt", "bed-1", "--kind", "bed", "--product", "Säng B")
    assert planned.json("device", "list", "natt")[0]["product"] == "Säng B"
    assert planned.json("participant", "consent", "natt", code, "--to", "bed,gps")["consent"] == [
        "bed",
        "gps",
    ]
    assert planned.json("participant", "unit", "natt", code, "Södra") == {
        "participant": code,
        "unit": "Södra",
    }
    left = planned.json("participant", "leave", "natt", code, "--because", "moved")
    assert left["left_because"] == "moved"
    [listed] = planned.json("participant", "list", "natt")
    assert (listed["unit"], listed["left"], listed["left_because"]) == ("Södra", left["left"], "moved")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("participant add natt --group intervention --unit Västra", "its plan has Norra, Södra"),
        ("device add natt bed-2 --kind gps --product S", 'no product "S" of kind gps: its plan has none'),
        ("pilot recruitment natt --group intervention --invited 1 --declined 2", "more than the 1 invited"),
    ],
)
def test_what_the_plan_has_not_is_wrong_usage(planned: Installation, command: str, said: str) -> None:
    assert said in planned.run(*command.split(), exit_code=2).stderr
