"""A broken plan: every error at once, each with its line, and nothing stored."""

from pathlib import Path

import pytest

from analysis.catalogue import METRICS
from tests.running import Installation

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

BROKEN = """\
pilot: Natt 2026
title: ""
timezone: Europe/Stockholmm
phases:
  - {name: baseline, start: 2026-01-12, end: 2026-03-08}
  - {name: pilot, start: 2026-03-01, end: 2026-06-28}
groups: {intervention: 0, controls: 12}
goals:
  - {goal: Ostörd natt, metric: physical_visits_per_nite, direction: sideways, minimum_change: 0.5}
colour: blue
"""
ERRORS = [
    'broken.yaml line 1: pilot "Natt 2026" is not allowed',
    "broken.yaml line 2: title is empty",
    'broken.yaml line 3: timezone "Europe/Stockholmm" is not a known time zone: did you mean',
    'broken.yaml line 6: phase "pilot" starts before "baseline" ends (2026-03-01 < 2026-03-08)',
    "broken.yaml line 7: groups.intervention 0 should be at least 1",
    'broken.yaml line 7: groups: unknown group "controls"',
    'broken.yaml line 9: goal "Ostörd natt": direction "sideways" is not one of up, down',
    'broken.yaml line 9: goal "Ostörd natt": unknown metric "physical_visits_per_nite"',
    'broken.yaml line 10: unknown key "colour"',
]


@pytest.fixture
def broken(installation: Installation) -> Path:
    file = installation.folder / "broken.yaml"
    file.write_text(BROKEN, encoding="utf-8")
    return file


@pytest.mark.parametrize("command", ["check", "add"])
def test_a_broken_plan_says_every_error_with_its_line(
    installation: Installation, broken: Path, command: str
) -> None:
    refused = installation.run("pilot", command, broken, exit_code=1)
    said = refused.stderr.splitlines()
    assert refused.stdout == ""
    assert len(said) == len(ERRORS)
    for line, error in zip(said, ERRORS, strict=True):
        assert line.startswith(error)


def test_nothing_of_a_broken_plan_is_stored(installation: Installation, broken: Path) -> None:
    installation.run("pilot", "add", broken, exit_code=1)
    assert installation.json("pilot", "list") == []


def test_the_example_plans_hold_and_checking_stores_nothing(installation: Installation) -> None:
    for plan in sorted(EXAMPLES.glob("*.yaml")):
        assert installation.json("pilot", "check", plan)["pilot"]
    assert not installation.data.exists()


@pytest.mark.parametrize("command", ["check", "add"])
def test_a_primary_goal_of_a_metric_that_cannot_decide_is_refused_with_its_level(
    installation: Installation, command: str
) -> None:
    plan = installation.folder / "plan.yaml"
    text = (EXAMPLES / "natt-2026.yaml").read_text(encoding="utf-8")
    plan.write_text(text.replace("physical_visits_per_night", "fluid_gain_screening_percent"))
    refused = installation.run("pilot", command, plan, exit_code=1)
    assert '"fluid_gain_screening_percent" is screening, which cannot carry a decision' in refused.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "plan.yaml line 1: the plan is empty"),
        (b"- a\n- b\n", "plan.yaml line 1: the plan should be a mapping"),
        (b"pilot: [natt\n", "plan.yaml line 2: "),
        (b"title: S\xe4ngsensor\n", "plan.yaml is not text in UTF-8 (byte 8): save it as UTF-8"),
    ],
)
def test_what_is_no_plan_says_why(installation: Installation, content: bytes, said: str) -> None:
    file = installation.folder / "plan.yaml"
    file.write_bytes(content)
    assert said in installation.run("pilot", "check", file, exit_code=1).stderr


def test_the_same_plan_again_changes_nothing_and_another_one_of_that_name_is_refused(
    installation: Installation,
) -> None:
    plan = installation.folder / "plan.yaml"
    plan.write_text((EXAMPLES / "natt-2026.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    first, again = installation.json("pilot", "add", plan), installation.json("pilot", "add", plan)
    assert first == again
    plan.write_text(
        plan.read_text(encoding="utf-8").replace("Norrgården,", "Södergården,").replace("24", "25")
    )
    refused = installation.run("pilot", "add", plan, exit_code=1)
    assert "natt-2026" in refused.stderr
    assert installation.json("pilot", "show", "natt-2026")["plan"]["groups"]["intervention"] == 24


def test_every_metric_in_percent_says_so_in_its_name() -> None:
    in_percent = {name for name, metric in METRICS.items() if metric.unit == "%"}
    assert in_percent == {name for name in METRICS if "percent" in name.split("_")}
