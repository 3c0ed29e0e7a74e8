"""Coverage of intervals is simulated in the same way each time; how large it is, is for `make coverage`."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from pilotbed.bench.coverage import Coverage, run_batch
from pilotbed.bench.coverage_scenarios import scenarios
from pilotbed.bench.decisions import PILOTS, Decided
from pilotbed.bench.simulated_decisions import STORIES
from pilotbed.bench.simulated_decisions import run_batch as decide_batch

FIGURES = {
    "trend, Theil-Sen",
    "trend, Prais-Winsten",
    "median time, Kaplan-Meier",
    "median time, cumulative incidence",
    "median time, residents resampled",
    "share within target, residents resampled",
    "change, Hodges-Lehmann",
    "rate of one device, exact",
    "rate pooled, residents resampled",
    "mean or mean change, t",
}

DECISIONS = {
    f"{groups}_{figure}"
    for groups in ("before_after", "comparison")
    for figure in (
        *("null_excludes_zero", "null_introduce", "null_do_not_introduce"),
        *("twice_introduce", "half_lost_not_shown"),
    )
}

FOUND = Coverage("key", "a figure", "some data", exact=False, runs=4_000, without=0, held=3_800)


def test_a_quick_run_tells_of_every_scenario_and_judges_none() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pilotbed", "bench", "coverage", "--quick", "--json"],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert {each["key"] for each in told["decisions"]} == DECISIONS
    assert {each["reached"] for each in told["decisions"]} == {None}
    found = {each["key"]: each for each in told["coverage"]}
    assert set(found) == set(scenarios())
    assert {each["figure"] for each in found.values()} == FIGURES
    assert {each["verdict"] for each in found.values()} == {"too few runs"}
    assert all(0 <= each["held"] <= each["runs"] == 4 for each in found.values())
    assert {each["without"] for each in found.values()} == {0}


def test_every_scenario_is_run_at_least_2000_times() -> None:
    assert min(each.runs for each in scenarios().values()) >= 2_000


@pytest.mark.parametrize("key", ["theil_sen_30_rho_03", "km_median_25", "paired_skewed_12", "poisson_20"])
def test_most_intervals_hold_the_truth_and_the_same_ones_each_time(key: str) -> None:
    without, held = run_batch(key, 0, 60)
    assert without == 0
    assert 50 <= held <= 60
    assert run_batch(key, 0, 60) == (0, held)
    assert any(run_batch(key, first, 60) != (0, held) for first in range(60, 600, 60))


@pytest.mark.parametrize(
    ("held", "verdict"),
    [(3_677, "too narrow"), (3_680, "holds"), (3_882, "holds"), (3_883, "too wide")],
)
def test_an_interval_that_holds_92_to_97_times_in_a_hundred_is_right(held: int, verdict: str) -> None:
    assert replace(FOUND, held=held).verdict == verdict


def test_exact_limits_may_be_too_wide_and_that_is_said() -> None:
    assert replace(FOUND, held=3_900, exact=True).verdict == "too wide, being exact"
    assert replace(FOUND, held=3_600, exact=True).verdict == "too narrow"


def test_runs_without_limits_count_for_nothing() -> None:
    some = replace(FOUND, without=2_000, held=1_900)
    assert some.share == 0.95
    assert some.chance == pytest.approx((0.9396, 0.9587), abs=1e-3)
    assert replace(FOUND, without=4_000, held=0).verdict == "too narrow"


def test_few_runs_are_not_judged() -> None:
    assert replace(FOUND, runs=100, held=100).verdict == "too few runs"


@pytest.mark.parametrize(
    "story", [story for story in STORIES if "comparison" in story.key], ids=lambda s: s.key
)
def test_a_simulated_pilot_is_decided_as_it_is_true_and_the_same_each_time(story) -> None:
    decided = decide_batch(story, 0, 3)
    assert decide_batch(story, 0, 3) == decided
    words = {each.recommendation for each in decided}
    if story.lost:
        assert words == {"not_shown"}
        assert all(each.says_why for each in decided)
    elif story.change:
        assert words == {"introduce"}
    else:
        assert "introduce" not in words


@pytest.mark.parametrize(("hits", "reached"), [(34, False), (35, True), (65, True), (66, False)])
def test_a_share_of_decisions_is_held_against_its_goal(hits: int, reached: bool) -> None:
    assert Decided("key", "a story", "a word", PILOTS, hits, (0.035, 0.065)).reached is reached
    assert Decided("key", "a story", "a word", 100, hits, (0.035, 0.065)).reached is None
