"""Rest by the hour, as the pipeline makes it from readings, against what simulated residents really did."""

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pytest

from analysis.catalogue import HOURS, REST_HOURS
from analysis.pipeline import recompute
from pilotbed.bench.simulated_pilot import simulated_pilot
from pilots.civil_time import local_hour, noon
from pilots.plan import Plan
from simulators.residents import Night
from simulators.timing import HOUR, MINUTE

PLAN = """
pilot: sim-hours
title: Nights of a clock change
timezone: Europe/Stockholm
phases:
  - {{name: baseline, start: {first}, end: {last}}}
groups: {{intervention: 2}}
"""

CUT_BY_AN_EXIT = 5.0
"""Percent of an hour: the minutes in which somebody leaves the bed or comes back are not told."""


def really_at_rest(night: Night, plan: Plan) -> Mapping[int, float]:
    """By hour of the clock, how many percent of it were spent in bed and not restless."""
    passed: dict[int, list[float]] = {}
    begins = night.restless_minutes * MINUTE
    for at in range(noon(night.day, plan.zone), noon(night.day + timedelta(days=1), plan.zone), HOUR):
        lain = np.minimum(night.in_bed[:, 1], at + HOUR) - np.maximum(night.in_bed[:, 0], at)
        restless = np.count_nonzero((begins >= at) & (begins < at + HOUR)) * MINUTE
        still = np.clip(lain, 0, None).sum() - restless
        passed.setdefault(local_hour(at, plan.zone), []).append(100.0 * still / HOUR)
    return {hour: float(np.mean(shares)) for hour, shares in passed.items()}


@pytest.mark.parametrize(
    ("first", "last", "missing"),
    [(date(2025, 3, 28), date(2025, 4, 1), 2), (date(2025, 10, 24), date(2025, 10, 28), None)],
    ids=["spring", "autumn"],
)
def test_each_hour_of_each_night_is_what_the_resident_really_did(
    first: date, last: date, missing: int | None
) -> None:
    with simulated_pilot(PLAN.format(first=first, last=last), 1, streams=("bed",)) as pilot:
        recompute(pilot.registry, pilot.store, pilot.plan.pilot)
        changed = first + timedelta(days=1)
        errors = []
        for hour, metric in zip(HOURS, REST_HOURS, strict=True):
            told = {
                (value.participant, value.day): value.value
                for value in pilot.registry.daily_values(pilot.plan.pilot, metric=metric)
                if value.reason is None
            }
            for life in pilot.story.lives:
                for night in pilot.story.days[:-1]:
                    estimate = told.get((life.participant.code, night))
                    if (night, hour) == (changed, missing):
                        assert estimate is None
                        continue
                    assert estimate is not None, (night, hour)
                    errors.append(estimate - really_at_rest(life.nights[night], pilot.plan)[hour])
    assert len(errors) == 2 * (40 - (missing is not None))
    assert abs(np.mean(errors)) < 0.5
    assert np.abs(errors).max() < CUT_BY_AN_EXIT
