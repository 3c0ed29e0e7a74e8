import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.doubtful_nights import doubtful_nights


def _nights(n=30):
    return 70 + np.random.default_rng(1).normal(0, 0.3, n)


def test_a_night_with_two_in_bed_is_not_the_residents():
    kg = _nights()
    kg[12] += 62
    found = doubtful_nights(kg)
    assert np.flatnonzero(found.somebody_else).tolist() == [12]
    assert found.outlier[12]
    assert found.usual_kg[12] == pytest.approx(70, abs=0.5)


def test_a_forgotten_bag_is_an_outlier_and_nobody_else():
    kg = _nights()
    kg[20] += 4
    found = doubtful_nights(kg)
    assert found.outlier[20]
    assert not found.somebody_else.any()


@pytest.mark.parametrize(("change", "else_"), [(24.9, False), (25.0, True), (-25.0, True)])
def test_twenty_five_kilograms_are_somebody_else(change, else_):
    kg = np.full(9, 70.3)
    kg[4] += change
    assert doubtful_nights(kg).somebody_else[4] == else_


def test_a_slow_loss_and_a_missing_night_are_not_in_doubt():
    kg = 70 - 0.05 * np.arange(60) + np.random.default_rng(3).normal(0, 0.02, 60)
    kg[[5, 30]] = np.nan
    found = doubtful_nights(kg, mads=4)
    assert not found.somebody_else.any()
    assert np.isnan(found.usual_kg[[5, 30]]).all()
    assert not found.outlier[[5, 30]].any()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(400, 1300), min_size=1, max_size=40), st.integers(-200, 200))
def test_doubt_does_not_depend_on_the_weight_itself(tenths, shift):
    kg = np.array(tenths) / 8
    here, there = doubtful_nights(kg), doubtful_nights(kg + shift / 8)
    assert np.array_equal(here.outlier, there.outlier)
    assert np.array_equal(here.somebody_else, there.somebody_else)
