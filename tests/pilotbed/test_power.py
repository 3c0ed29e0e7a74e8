"""`pilotbed pilot power`: what a plan can be expected to show."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from pilots.registry import DailyValue, Registry
from tests.running import Installation

EXAMPLE = Path(__file__).parents[2] / "examples" / "natt-2026.yaml"
GOAL = "physical_visits_per_night"


def test_without_data_the_spread_is_assumed_in_steps(installation: Installation) -> None:
    rows = installation.json("pilot", "power", str(EXAMPLE))
    assert [row["spread"]["value"] for row in rows] == [0.5, 0.75, 1.0, 1.5]
    assert all(row["spread"]["source"] == "assumed" for row in rows)
    # 24 and 12 planned, 30 percent may be lost.
    assert {(row["chances"]["n"], row["chances"]["n_comparison"]) for row in rows} == {(16, 8)}
    needed = [row["needed"] for row in rows]
    assert needed == sorted(needed)
    assert not installation.data.exists(), "planning leaves nothing behind"


def test_a_spread_from_elsewhere_can_be_given(installation: Installation) -> None:
    (row,) = installation.json("pilot", "power", str(EXAMPLE), "--spread", f"{GOAL}=0.3")
    assert (row["spread"]["value"], row["spread"]["source"]) == (0.3, "given")
    assert row["enough"] is True


def test_fewer_than_an_interval_takes_are_never_enough(installation: Installation, tmp_path: Path) -> None:
    plan = tmp_path / "small.yaml"
    text = EXAMPLE.read_text(encoding="utf-8")
    plan.write_text(text.replace("intervention: 24, comparison: 12", "intervention: 6"), encoding="utf-8")
    (row,) = installation.json("pilot", "power", str(plan), "--spread", f"{GOAL}=0.1")
    # 6 planned, 30 percent may be lost.
    assert row["chances"]["n"] == 4
    assert [row["chances"][each] for each in ("shown", "introduced", "refused", "detectable")] == [
        0,
        0,
        0,
        None,
    ]
    assert (row["needed"], row["enough"]) == (6, False)


@pytest.mark.parametrize("given", [GOAL, f"{GOAL}=x", f"{GOAL}=-1", "weight_kg=2"])
def test_a_spread_that_says_nothing_is_wrong_usage(installation: Installation, given: str) -> None:
    installation.run("pilot", "power", str(EXAMPLE), "--spread", given, exit_code=2)


def test_an_earlier_pilot_tells_the_spread_within_its_groups(installation: Installation) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    installation.add_pilot(text)
    random = np.random.default_rng(5)
    with Registry.open(f"sqlite:///{installation.data / 'registry.sqlite'}") as registry:
        values = []
        for group, effect in (("intervention", -3.0), ("comparison", 0.0)):
            for code in registry.add_participants("natt-2026", group, 12, ["bed"]):
                change = effect + random.normal(0, 0.6)
                for day in range(120):
                    value = 5.0 + (change if day >= 56 else 0.0)
                    values.append(
                        DailyValue(
                            code, date(2026, 1, 12) + timedelta(days=day), GOAL, value, None, None, 1, 1, None
                        )
                    )
        registry.put_daily_values("natt-2026", values)
    (row,) = installation.json("pilot", "power", str(EXAMPLE), "--like", "natt-2026")
    assert row["spread"]["source"] == "phases"
    assert row["spread"]["n"] == 24
    assert row["spread"]["value"] == pytest.approx(0.6, abs=0.2)


def test_a_plan_without_goals_is_told_what_is_missing(installation: Installation, tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        "pilot: natt\ntitle: Natt\ntimezone: Europe/Stockholm\n"
        "phases: [{name: baseline, start: 2026-01-12, end: 2026-03-08}]\ngroups: {intervention: 8}\n"
    )
    refused = installation.run("pilot", "power", str(plan), exit_code=1)
    assert "has no goals: say under `goals:` what would count as success" in refused.stderr


def test_an_unknown_pilot_to_be_like_is_named(installation: Installation) -> None:
    refused = installation.run("pilot", "power", str(EXAMPLE), "--like", "nobody", exit_code=1)
    assert 'there is no pilot "nobody"' in refused.stderr
