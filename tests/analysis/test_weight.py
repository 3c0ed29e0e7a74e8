import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.weight import (
    bland_altman,
    fluid_gain_flag,
    malnutrition_flags,
    minimum_detectable_change,
    weight_change_percent,
)

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


def test_80_to_75_9_kg_over_180_days_is_glim_stage_1_and_not_yet_a_loss_for_mds():
    flags = malnutrition_flags(change_180d_percent=-5.125)
    assert (flags.glim_stage, flags.mds_loss) == (1, False)


def test_exactly_5_percent_in_30_days_is_a_loss_for_mds_and_none_for_glim():
    flags = malnutrition_flags(change_30d_percent=weight_change_percent(*_weeks(80.0, 76.0, 30)).percent)
    assert (flags.glim_stage, flags.mds_loss) == (0, True)


@pytest.mark.parametrize(("then", "now"), [(46.0, 43.7), (52.0, 49.4)])
def test_5_percent_is_5_percent_however_floats_round_it(then, now):
    percent = 100 * (now - then) / then
    assert percent != -5.0
    flags = malnutrition_flags(change_30d_percent=percent)
    assert (flags.glim_stage, flags.mds_loss) == (0, True)


@pytest.mark.parametrize(
    ("known", "stage"),
    [
        ({"change_180d_percent": -10.0}, 1),
        ({"change_180d_percent": -10.1}, 2),
        ({"change_30d_percent": -5.1, "change_180d_percent": -1}, 1),
        ({"change_beyond_180d_percent": -10.0}, 0),
        ({"change_beyond_180d_percent": -10.1}, 1),
        ({"change_beyond_180d_percent": -20.1}, 2),
        ({"change_180d_percent": 12.0}, 0),
        ({"bmi": 19.9, "age_years": 69}, 1),
        ({"bmi": 20.0, "age_years": 69}, 0),
        ({"bmi": 21.9, "age_years": 70}, 1),
        ({"bmi": 22.0, "age_years": 70}, 0),
        ({"bmi": 19.9, "age_years": 70}, 2),
        ({"bmi": 18.4, "age_years": 40}, 2),
        ({}, None),
    ],
)
def test_glim_stages(known, stage):
    assert malnutrition_flags(**known).glim_stage == stage


@pytest.mark.parametrize(("bmi", "low"), [(19.0, True), (21.0, None), (22.0, False), (np.nan, None)])
def test_bmi_without_age_is_judged_where_every_age_agrees(bmi, low):
    assert malnutrition_flags(bmi=bmi).low_bmi is low


def test_mds_counts_10_percent_in_180_days_and_7_5_in_90_stand_beside():
    assert malnutrition_flags(change_180d_percent=-10.0).mds_loss is True
    assert malnutrition_flags(change_180d_percent=-9.99).mds_loss is False
    assert malnutrition_flags(change_90d_percent=-7.5).loss_90d is True
    assert malnutrition_flags(change_90d_percent=-7.5).mds_loss is None


@pytest.mark.parametrize(
    ("kg", "points"), [(-3.1, 0), (np.nan, 1), (-3.0, 2), (-1.0, 2), (-0.9, 3), (2.0, 3)]
)
def test_points_of_mna_sf_for_loss_in_three_months(kg, points):
    assert malnutrition_flags(change_90d_kg=kg).mna_sf_item_b == points


def test_one_yes_of_three_questions_is_enough():
    assert malnutrition_flags(eating_difficulty=True).investigate is True
    assert malnutrition_flags(eating_difficulty=False, bmi=17).investigate is True
    assert malnutrition_flags(unintended_loss=False, bmi=25).investigate is False
    assert malnutrition_flags().investigate is None


def test_2_kg_in_three_days_is_no_flag_and_2_1_is():
    assert fluid_gain_flag(np.arange(4), np.array([70.0, 70.6, 71.3, 72.0])).flag is False
    gain = fluid_gain_flag(np.arange(4), np.array([70.0, 70.6, 71.3, 72.1]))
    assert (gain.flag, gain.start, gain.end) == (True, 0, 3)
    assert gain.gain_kg == pytest.approx(2.1)


def test_three_days_are_counted_in_days_and_not_in_nights_with_a_weight():
    assert fluid_gain_flag(np.array([0, 4]), np.array([70.0, 75.0])).flag is None
    assert fluid_gain_flag(np.array([4, 1]), np.array([75.0, 70.0])).flag is True
    with_gap = fluid_gain_flag(np.arange(5), np.array([70.0, np.nan, np.nan, np.nan, 75.0]))
    assert (with_gap.flag, with_gap.n) == (None, 2)


def test_a_gain_that_noise_could_make_is_no_flag():
    day, kg = np.arange(4), np.array([70.0, 70.6, 71.3, 72.1])
    gain = fluid_gain_flag(day, kg, sem_kg=0.8)
    assert gain.minimum_detectable_kg > gain.gain_kg
    assert gain.flag is False


def test_a_steady_loss_is_a_gain_below_zero_and_no_flag():
    gain = fluid_gain_flag(np.arange(5), 70 - np.arange(5.0))
    assert (gain.flag, gain.gain_kg) == (False, -1.0)


@pytest.mark.parametrize(("k", "rho", "kg"), [(1, 0, 0.970), (7, 0, 0.367), (7, 0.5, 0.635), (1, 0.5, 0.970)])
def test_minimum_detectable_change_of_nights_with_a_standard_error_of_0_35_kg(k, rho, kg):
    assert minimum_detectable_change(0.35, k, rho=rho) == pytest.approx(kg, abs=5e-4)


def test_what_a_detectable_change_cannot_be_made_of_is_named():
    with pytest.raises(ValueError, match="k is 0"):
        minimum_detectable_change(0.35, 0)
    with pytest.raises(ValueError, match=r"rho is 1\.0"):
        minimum_detectable_change(0.35, 7, rho=1.0)


# Bland & Altman 1986 (Lancet i:307), table 1: peak expiratory flow, first reading of each meter, l/min.
WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]


def test_bland_altman_1986_peak_flow_meters():
    agreement = bland_altman(np.array(WRIGHT), np.array(MINI))
    assert (agreement.n, agreement.bias) == (17, pytest.approx(-2.1, abs=0.05))
    assert agreement.sd == pytest.approx(38.8, abs=0.05)
    assert agreement.bias_ci == pytest.approx((-22.0, 17.8), abs=0.15)
    # The paper rounds 1.96 to 2; its limits are ± 34.6 (2.12 times 16.3).
    assert agreement.lower == pytest.approx(-2.1 - 1.96 * 38.8, abs=0.1)
    assert agreement.lower_ci[1] - agreement.lower == pytest.approx(34.6, abs=0.1)
    assert agreement.upper_ci[1] - agreement.upper == pytest.approx(34.6, abs=0.1)


def test_pairs_with_a_side_missing_are_left_out():
    whole = bland_altman(np.array(WRIGHT), np.array(MINI))
    gaps = bland_altman(np.r_[WRIGHT, np.nan, 5], np.r_[MINI, 400, np.nan])
    assert gaps == whole


def test_one_pair_has_a_bias_and_no_limits():
    agreement = bland_altman(np.array([71.0]), np.array([70.0]))
    assert (agreement.bias, agreement.n) == (1.0, 1)
    assert np.isnan([agreement.sd, agreement.lower, *agreement.upper_ci]).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(400, 900), min_size=3, max_size=30), st.integers(-40, 40))
def test_a_bias_moves_the_limits_and_turning_the_pairs_round_mirrors_them(tenths, shift):
    kg = np.array(tenths) / 8
    agreement, moved = bland_altman(kg, kg[::-1] + 1), bland_altman(kg + shift, kg[::-1] + 1)
    mirrored = bland_altman(kg[::-1] + 1, kg)
    assert agreement.lower_ci[0] <= agreement.lower <= agreement.bias <= agreement.upper
    assert (moved.bias, moved.upper) == pytest.approx((agreement.bias + shift, agreement.upper + shift))
    assert (mirrored.bias, mirrored.lower) == pytest.approx((-agreement.bias, -agreement.upper))
