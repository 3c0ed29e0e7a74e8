"""A small pilot with a clock change inside: short, but with every part of a large one."""

import pytest

from pilots.plan import Plan, read_plan

PLAN = """
pilot: sim-test
title: Simulated nights
timezone: Europe/Stockholm
phases:
  - {name: baseline, start: 2025-03-24, end: 2025-04-02}
  - {name: pilot, start: 2025-04-03, end: 2025-04-16, wash_in_days: 3}
groups: {intervention: 4, comparison: 2}
units: [North, South]
costs: {visit_min: 12, travel_min: 9}
"""


@pytest.fixture(scope="session")
def plan_text() -> str:
    return PLAN


@pytest.fixture(scope="session")
def plan() -> Plan:
    return read_plan(PLAN)
