import numpy as np
import pytest

from analysis.delivery import delivery


def test_an_hour_with_half_of_its_readings_is_up_and_what_it_lacks_is_lost():
    # Every ten minutes: six an hour. Up are the hours of 6, 7, 3; lost three of their eighteen readings.
    found = delivery(np.array([6, 7, 3, 2, 0]), 600.0)
    assert (found.hours, found.up) == (5, 3)
    assert (found.expected, found.missing) == (18.0, 2.0)


def test_a_burst_does_not_make_up_for_an_hour_without():
    found = delivery(np.array([360, 1800, 0]), 10.0)
    assert (found.up, found.expected, found.missing) == (2, 720.0, 0.0)
    assert delivery(np.array([180, 1800]), 10.0).missing == pytest.approx(179)


def test_hours_cannot_tell_of_a_device_that_is_heard_once_a_day():
    with pytest.raises(ValueError, match="every hour or oftener"):
        delivery(np.array([1]), 86_400.0)
