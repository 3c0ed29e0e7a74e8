import numpy as np
import pytest

from analysis.weight import weight_change_percent

DAYS = np.arange(181)


def _weeks(then_kg, now_kg, window):
    kg = np.full(window + 4, np.nan)
    kg[:7] = then_kg
    kg[-7:] = now_kg
    return np.arange(window + 4), kg


def test_80_to_75_9_kg_over_180_days_is_minus_5_125_percent():
    change = weight_change_percent(*_weeks(80.0, 75.9, 180), window=180)
    assert change.percent == pytest.approx(-5.125)


def test_80_to_76_kg_over_30_days_is_minus_5_percent():
    assert round(weight_change_percent(*_weeks(80.0, 76.0, 30)).percent, 9) == -5.0


def test_one_wild_night_does_not_count():
    day, kg = _weeks(80.0, 80.0, 30)
    kg[-1] = 95.0
    assert weight_change_percent(day, kg).percent == 0.0


def test_three_nights_in_a_week_are_too_few():
    day, kg = _weeks(80.0, 76.0, 30)
    kg[-7:-3] = np.nan
    change = weight_change_percent(day, kg)
    assert np.isnan(change.percent)
    assert (change.n_now, change.n_then) == (3, 7)


def test_the_earlier_week_is_centred_on_thirty_days_before():
    kg = np.where(DAYS < 100, 80.0, 76.0)
    assert weight_change_percent(DAYS, kg, at=129).percent == pytest.approx(-5.0)
    assert weight_change_percent(DAYS, kg, at=131).percent == 0.0


def test_what_comes_after_the_night_does_not_count():
    kg = np.where(DAYS <= 60, 80.0, 40.0)
    assert weight_change_percent(DAYS, kg, at=60).percent == 0.0


def test_no_nights_give_no_change():
    assert np.isnan(weight_change_percent(np.empty(0), np.empty(0)).percent)
