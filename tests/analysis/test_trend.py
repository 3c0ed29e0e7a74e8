import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.trend import theil_sen

SEN_X = np.array([1, 2, 3, 4, 10, 12, 18.0])
SEN_Y = np.array([9, 15, 19, 20, 45, 55, 78.0])


def test_the_example_of_sen_1968():
    line = theil_sen(SEN_X, SEN_Y, confidence=0.93, autocorr=False)
    assert (line.slope, line.intercept) == (4.0, 6.0)
    assert (line.ci_low, line.ci_high) == pytest.approx((3.714286, 4.375), abs=1e-6)


def test_a_line_has_its_slope_and_no_doubt():
    t = np.arange(30.0)
    line = theil_sen(t, 70 - 0.02 * t)
    assert line.slope == pytest.approx(-0.02)
    assert line.ci_low == pytest.approx(-0.02)
    assert line.ci_high == pytest.approx(-0.02)
    assert line.r1 == 0.0


def test_a_quarter_of_wild_nights_does_not_move_the_slope_far():
    rng = np.random.default_rng(1)
    t = np.arange(60.0)
    y = 70 - 0.02 * t + rng.normal(0, 0.1, 60)
    y[::4] += 40
    assert theil_sen(t, y).slope == pytest.approx(-0.02, abs=0.02)


def test_missing_nights_are_left_out():
    t = np.arange(30.0)
    y = 70 + 0.1 * t
    y[[3, 9, 20]] = np.nan
    line = theil_sen(t, y)
    assert line.n == 27
    assert line.slope == pytest.approx(0.1)


def test_fewer_than_ten_nights_have_a_slope_but_no_adjusted_interval():
    line = theil_sen(SEN_X, SEN_Y)
    assert line.slope == 4.0
    assert np.isnan(line.ci_low)


def test_one_night_has_no_slope():
    assert np.isnan(theil_sen(np.array([1.0]), np.array([70.0])).slope)


def test_ties_in_weight_narrow_the_ranks_as_kendalls_variance_says():
    t, y = np.arange(6.0), np.array([1, 1, 2, 2, 3, 3.0])
    variance = (6 * 5 * 17 - 3 * (2 * 1 * 9)) / 18
    reach = 1.959964 * variance**0.5
    slopes = sorted((y[j] - y[i]) / (t[j] - t[i]) for i in range(6) for j in range(i + 1, 6))
    line = theil_sen(t, y, autocorr=False)
    assert line.ci_low == slopes[max(round((15 - reach) / 2), 1) - 1]
    assert line.ci_high == slopes[min(round((15 + reach) / 2) + 1, 15) - 1]


def test_autocorrelation_widens_the_interval_as_written():
    rng = np.random.default_rng(7)
    e = np.zeros(40)
    for i in range(1, 40):
        e[i] = 0.6 * e[i - 1] + rng.normal(0, 0.4)
    t = np.arange(40.0)
    line, plain = theil_sen(t, 70 + e), theil_sen(t, 70 + e, autocorr=False)
    residual = 70 + e - line.slope * t
    residual -= residual.mean()
    r1 = (residual[:-1] * residual[1:]).sum() / (residual**2).sum()
    assert line.r1 == pytest.approx((40 * r1 + 2) / 36)
    assert line.ci_high - line.ci_low > plain.ci_high - plain.ci_low


def test_the_interval_holds_the_slope_95_times_in_100_where_nights_resemble_each_other():
    rng = np.random.default_rng(20)
    held = 0
    for _ in range(400):
        e = np.zeros(60)
        for i in range(1, 60):
            e[i] = 0.3 * e[i - 1] + rng.normal(0, 0.5)
        line = theil_sen(np.arange(60.0), e)
        held += line.ci_low <= 0 <= line.ci_high
    assert 0.91 <= held / 400 <= 0.98


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(600, 900), min_size=12, max_size=40),
    st.integers(-500, 500),
    st.sampled_from([0.5, 2.0, 4.0]),
)
def test_shifting_changes_nothing_and_another_unit_scales_everything(tenths, shift, scale):
    t, y = np.arange(float(len(tenths))), np.array(tenths) / 8
    line = theil_sen(t, y)
    moved = theil_sen(t, y + shift)
    scaled = theil_sen(t, scale * y)
    for name in ("slope", "ci_low", "ci_high"):
        assert getattr(moved, name) == pytest.approx(getattr(line, name), abs=1e-9)
        assert getattr(scaled, name) == pytest.approx(scale * getattr(line, name), abs=1e-9)
