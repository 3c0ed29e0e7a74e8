"""A plan is changed freely while it is planned, and afterwards for a reason that is kept."""

from datetime import date

import pytest

from pilots.errors import PilotExists, PlanCannotChange, PlanLocked, UnknownPilot
from pilots.plan import Plan, read_plan
from pilots.records import DailyValue
from pilots.registry import PlanChange, Registry
from tests.pilots.conftest import Clock
from tests.pilots.plans import MINIMAL, changed

LONGER = changed("2026-06-28", "2026-07-26")


def read(text: str) -> tuple[Plan, str]:
    return read_plan(text), text


def lock(registry: Registry) -> None:
    with registry._writing() as connection:
        connection.exec_driver_sql("UPDATE pilots SET locked_us = 1, locked_hash = plan_hash")


def test_another_text_under_a_pilots_name_is_refused_with_the_way_to_amend_it(registry: Registry) -> None:
    with pytest.raises(PilotExists, match=r"change that pilot's plan with `pilotbed pilot amend PLAN\.yaml`"):
        registry.add_pilot(*read(LONGER))


def test_before_the_lock_amending_replaces_the_plan_and_is_no_departure(registry: Registry) -> None:
    amended = registry.amend(*read(LONGER))
    assert (amended.plan_text, amended.plan_hash) == (LONGER, read_plan(LONGER).fingerprint)
    assert registry.departures("natt") == []


def test_after_the_lock_amending_takes_a_reason_and_is_kept_as_a_departure(
    registry: Registry, clock: Clock
) -> None:
    lock(registry)
    locked = registry.pilot("natt").locked_hash
    with pytest.raises(PlanLocked, match='the plan of pilot "natt" was locked when it left planning: give'):
        registry.amend(*read(LONGER), reason="  ")
    amended = registry.amend(*read(LONGER), reason="Sjukdom")
    (departure,) = registry.departures("natt")
    assert (departure.at_us, departure.reason, departure.plan_hash) == (clock(), "Sjukdom", amended.plan_hash)
    assert departure.changes == (PlanChange("phases[pilot].end", "2026-06-28", "2026-07-26"),)
    assert registry.pilot("natt").locked_hash == locked != amended.plan_hash


def test_a_text_that_says_the_same_is_no_departure(registry: Registry) -> None:
    lock(registry)
    commented = "# en kommentar\n" + MINIMAL
    assert registry.amend(*read(commented)).plan_text == commented
    assert registry.departures("natt") == []


def test_what_data_rest_on_cannot_be_amended_and_nothing_is_stored(registry: Registry) -> None:
    (code,) = registry.add_participants("natt", "comparison", 1, [])
    value = DailyValue(code, date(2026, 1, 13), "weight_kg", 70.0, None, None, 1, 1.0, None)
    registry.put_daily_values("natt", [value])
    broken = changed("start: 2026-01-12", "start: 2026-01-19").replace(", comparison: 12", "")
    with pytest.raises(PlanCannotChange) as refused:
        registry.amend(*read(broken), reason="x")
    assert [each.split(":")[0] for each in refused.value.refusals] == ["phases[baseline].start", "groups"]
    assert registry.pilot("natt").plan_text == MINIMAL


def test_a_pilots_name_cannot_be_amended(registry: Registry) -> None:
    with pytest.raises(UnknownPilot, match='there is no pilot "dag": there are natt'):
        registry.amend(*read(changed("pilot: natt", "pilot: dag")))
