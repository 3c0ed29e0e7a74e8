from datetime import date

import numpy as np
import pytest

from simulators.residents import Night
from simulators.rest import rest_of
from simulators.timing import MINUTE

START = 29_000_000


def night(*stretches: tuple[float, float], restless: tuple[int, ...] = ()) -> Night:
    """A night of stretches and restless minutes, in minutes from its beginning."""
    in_bed = np.rint((START + np.array(stretches)) * MINUTE).astype(np.int64)
    return Night(date(2025, 3, 1), in_bed, START + np.array(restless, dtype=np.int64), 70.0)


def test_a_still_night_rests_at_once_and_wholly() -> None:
    rest = rest_of(night((0, 480)))
    assert (rest.onset_min, rest.efficiency_percent, rest.fragmentation_index) == (0.0, 100.0, 0.0)


def test_rest_begins_with_ten_minutes_of_which_one_may_be_restless() -> None:
    assert rest_of(night((0, 60), restless=(3, 8, 14))).onset_min == 4.0
    assert rest_of(night((0, 8), (9, 60))).onset_min == 9.0


def test_rest_that_never_began_has_no_onset() -> None:
    assert np.isnan(rest_of(night((0, 9))).onset_min)


def test_minutes_out_of_bed_are_not_rested_and_are_no_minutes_in_bed() -> None:
    rest = rest_of(night((0, 50), (60, 110), restless=(70, 71)))
    assert rest.efficiency_percent == pytest.approx(100 * 98 / 110)
    assert rest.fragmentation_index == pytest.approx(100 * 2 / 100)


def test_a_bout_of_one_still_minute_breaks_the_rest() -> None:
    rest = rest_of(night((0, 100), restless=(50, 52)))
    assert rest.fragmentation_index == pytest.approx(2.0 + 100 / 3)


def test_a_minute_half_in_bed_is_one_in_bed() -> None:
    assert rest_of(night((0.5, 20))).efficiency_percent == 100.0
    assert rest_of(night((0, 20.4), (25.6, 40))).efficiency_percent == pytest.approx(100 * 34 / 40)
