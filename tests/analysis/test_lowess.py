import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.trend import lowess

# Ezekiel 1930: speed and stopping distance of cars, R's `cars`; R's `lowess(cars)` is f = 2/3, iter = 3.
SPEED = np.repeat(
    np.array([4, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 23, 24, 25.0]),
    [2, 2, 1, 1, 3, 2, 4, 4, 4, 3, 2, 3, 4, 3, 5, 1, 1, 4, 1],
)
DISTANCE = np.concatenate(
    [
        [2, 10, 4, 22, 16, 10, 18, 26, 34, 17, 28, 14, 20, 24, 28, 26, 34, 34, 46, 26, 36, 60, 80, 20, 26],
        [54, 32, 40, 32, 40, 50, 42, 56, 76, 84, 36, 46, 68, 32, 48, 52, 56, 64, 66, 54, 70, 92, 93, 120, 85],
    ]
).astype(float)
NIGHTS = np.arange(60.0)


@pytest.fixture
def statsmodels():
    return pytest.importorskip("statsmodels")


@pytest.mark.usefixtures("statsmodels")
def test_stopping_distances_are_smoothed_as_r_does():
    curve = lowess(SPEED, DISTANCE, frac=2 / 3)
    assert (curve.n, curve.neighbours, curve.it) == (50, 33, 3)
    assert curve.value[[0, 2, 4, 5, 6, 9, 11]] == pytest.approx(
        [4.965459, 13.124495, 15.858633, 18.579691, 21.280313, 24.129277, 27.119549], abs=5e-7
    )


@pytest.mark.usefixtures("statsmodels")
def test_a_line_is_its_own_smooth():
    curve = lowess(20_000 + NIGHTS, 71 - 0.02 * NIGHTS)
    assert curve.value == pytest.approx(71 - 0.02 * NIGHTS)


@pytest.mark.usefixtures("statsmodels")
def test_one_night_with_a_bag_on_the_bed_does_not_move_the_curve():
    weight = 71 + 0.2 * np.sin(NIGHTS / 9) + np.random.default_rng(1).normal(0, 0.1, 60)
    with_bag = weight + 6.0 * (NIGHTS == 30)
    moved = lowess(NIGHTS, with_bag).value - lowess(NIGHTS, weight).value
    assert np.abs(moved).max() < 0.05
    assert np.abs(lowess(NIGHTS, with_bag, it=0).value - lowess(NIGHTS, weight, it=0).value).max() > 0.3


@pytest.mark.usefixtures("statsmodels")
def test_missing_nights_stay_missing_and_change_nothing_else():
    weight = 71 + np.random.default_rng(2).normal(0, 0.1, 60)
    weight[::7] = np.nan
    kept = np.isfinite(weight)
    curve = lowess(NIGHTS, weight)
    assert np.isnan(curve.value[~kept]).all()
    assert curve.value[kept] == pytest.approx(lowess(NIGHTS[kept], weight[kept]).value)
    assert curve.n == kept.sum()


@pytest.mark.usefixtures("statsmodels")
def test_too_few_nights_have_no_curve():
    assert np.isnan(lowess(NIGHTS[:16], NIGHTS[:16]).value).all()
    assert not np.isnan(lowess(NIGHTS[:17], NIGHTS[:17]).value).any()
    assert lowess(NIGHTS[:0], NIGHTS[:0]).n == 0


@pytest.mark.usefixtures("statsmodels")
def test_what_cannot_be_smoothed_is_refused():
    with pytest.raises(ValueError, match="t = 3 stands 6 times and fills a neighbourhood of 6 points"):
        lowess(np.r_[np.full(6, 3.0), np.arange(14)[4:], 20, 21, 22, 23], np.arange(20.0))
    with pytest.raises(ValueError, match=r"frac is 1\.5"):
        lowess(NIGHTS, NIGHTS, frac=1.5)
    with pytest.raises(ValueError, match="it is -1"):
        lowess(NIGHTS, NIGHTS, it=-1)


@given(seed=st.integers(0, 99), shift=st.integers(-50, 50), unit=st.sampled_from([0.25, 4.0]))
@settings(max_examples=20, deadline=None)
@pytest.mark.usefixtures("statsmodels")
def test_the_curve_knows_neither_origin_nor_unit_nor_order(seed, shift, unit):
    random = np.random.default_rng(seed)
    y, order = random.normal(size=60), random.permutation(60)
    curve = lowess(NIGHTS, y).value
    assert lowess(unit * NIGHTS + shift, unit * y + shift).value == pytest.approx(
        unit * curve + shift, abs=1e-6
    )
    assert lowess(NIGHTS[order], y[order]).value == pytest.approx(curve[order], abs=1e-9)


def test_without_statsmodels_the_way_to_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "statsmodels.nonparametric.smoothers_lowess", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'pilotbed\[stats\]'"):
        lowess(NIGHTS, NIGHTS)
