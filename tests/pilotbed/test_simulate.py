"""`pilotbed simulate` against a running service, as somebody does who wants to see bad devices."""

from pathlib import Path

import pytest

from simulators.truth import Truth
from tests.running import Service

PLAN = """
pilot: {pilot}
title: Simulated nights
timezone: Europe/Stockholm
phases:
  - {{name: baseline, start: 2025-03-24, end: 2025-03-30}}
groups: {{intervention: 2}}
"""


def simulated(running: Service, folder: Path, pilot: str, *options: str) -> tuple[int, Truth]:
    """How many readings were published and stored, and the truth."""
    plan, truth = folder / f"{pilot}.yaml", folder / f"{pilot}.json"
    plan.write_text(PLAN.format(pilot=pilot), encoding="utf-8")
    told = running.installation.json("simulate", plan, "--days", 2, "--truth", truth, *options)
    return told["readings"], Truth.read(truth)


@pytest.fixture(scope="module")
def without(running: Service, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Truth]:
    return simulated(running, tmp_path_factory.mktemp("without"), "clean")


def test_with_every_fault_all_that_is_published_is_stored_and_the_truth_is_the_same(
    running: Service, tmp_path: Path, without: tuple[int, Truth]
) -> None:
    readings, truth = simulated(running, tmp_path, "broken", "--faults", "all")
    # Fixes are lost, and beds without power.
    assert 0 < readings < without[0]
    nights = [[participant.nights for participant in told.participants] for told in (truth, without[1])]
    assert nights[0] == nights[1]


def test_no_fault_is_what_is_simulated_without_asking(
    running: Service, tmp_path: Path, without: tuple[int, Truth]
) -> None:
    assert simulated(running, tmp_path, "asked", "--faults", "none")[0] == without[0]


def test_a_fault_that_there_is_not_lists_those_there_are(running: Service, tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(PLAN.format(pilot="wrong"), encoding="utf-8")
    refused = running.installation.run("simulate", plan, "--faults", "pet,ghost", exit_code=2)
    assert 'no fault "ghost"' in refused.stderr
    assert "two_people" in refused.stderr
