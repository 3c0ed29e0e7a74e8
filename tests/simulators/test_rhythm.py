from datetime import date, timedelta

import numpy as np
import pytest

from pilots.plan import Plan
from simulators.rhythm import activity_by_the_clock, rhythm_of
from simulators.story import Story


def test_seven_days_alike_are_stable_and_smooth_ones_vary_little() -> None:
    asleep = np.concatenate((np.zeros(480), np.ones(960)))
    rhythm = rhythm_of([asleep] * 7)
    assert rhythm.interdaily_stability == pytest.approx(1)
    assert rhythm.relative_amplitude == pytest.approx(1)
    # Two steps of 1 a day, of 167 from hour to hour one less than 14; variance 1/3 * 2/3.
    assert rhythm.intradaily_variability == pytest.approx(13 / 167 / (2 / 9))


def test_days_of_noise_are_unlike_each_other() -> None:
    noise = np.random.default_rng(1).random((7, 24)).repeat(60, axis=1)
    rhythm = rhythm_of(list(noise))
    assert rhythm.interdaily_stability < 0.4
    assert 1.5 < rhythm.intradaily_variability < 2.5


def test_who_is_out_of_bed_or_restless_is_active(plan: Plan) -> None:
    story = Story(plan, 1)
    nights, day = story.lives[0].nights, date(2025, 3, 25)
    active = activity_by_the_clock(day, nights, plan.zone)
    assert active[12 * 60 : 20 * 60].min() == 1
    lain = sum(nights[each].time_in_bed_h for each in (day - timedelta(days=1), day)) / 2
    assert (1 - active).sum() / 60 == pytest.approx(lain * 0.88, abs=1)


def test_the_hour_that_a_clock_change_leaves_out_is_not_known(plan: Plan) -> None:
    nights = Story(plan, 1).lives[0].nights
    active = activity_by_the_clock(date(2025, 3, 30), nights, plan.zone)
    assert np.flatnonzero(np.isnan(active)).tolist() == list(range(120, 180))
