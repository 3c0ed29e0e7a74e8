import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.trend import change_point, ewma, hampel, mann_kendall, ols_trend, siegel_slope, theil_sen

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


def ar1(rng, n, rho, sd=0.5):
    e = np.zeros(n)
    e[0] = rng.normal(0, sd) / np.sqrt(1 - rho**2)
    for i in range(1, n):
        e[i] = rho * e[i - 1] + rng.normal(0, sd)
    return e


def test_siegels_slope_of_sens_example():
    assert siegel_slope(SEN_X, SEN_Y).slope == pytest.approx(3.9981617647, abs=1e-10)


@pytest.mark.parametrize("seed", range(5))
def test_siegel_agrees_with_scipy_also_with_ties_in_time(seed):
    rng = np.random.default_rng(seed)
    t, y = rng.integers(0, 25, 30).astype(float), rng.normal(70, 1, 30)
    line, peer = siegel_slope(t, y), stats.siegelslopes(y, t, method="hierarchical")
    assert (line.slope, line.intercept) == pytest.approx((peer.slope, peer.intercept))


def test_almost_half_of_the_nights_may_be_wild_for_siegel():
    t = np.arange(61.0)
    y = 70 - 0.02 * t
    y[:29] += 1000 * np.random.default_rng(3).normal(size=29)
    y[35] = np.nan
    assert siegel_slope(t, y).slope == pytest.approx(-0.02)


def test_siegel_needs_two_times():
    assert np.isnan(siegel_slope(np.array([1.0, 1.0]), np.array([70.0, 71.0])).slope)


@pytest.mark.parametrize("ties", [False, True])
def test_mann_kendall_agrees_with_scipys_kendall_but_for_the_continuity_correction(ties):
    rng = np.random.default_rng(5)
    t, y = np.arange(40.0), rng.normal(0, 1, 40).round(0 if ties else 9)
    if ties:
        t = np.floor(t / 3)
    test = mann_kendall(t, y, autocorr=False)
    peer = stats.kendalltau(t, y, method="asymptotic")
    assert 2 * stats.norm.sf(abs(test.s) / np.sqrt(test.variance)) == pytest.approx(peer.pvalue)
    assert test.z == pytest.approx((test.s - np.sign(test.s)) / np.sqrt(test.variance))
    assert test.p == pytest.approx(2 * stats.norm.sf(abs(test.z)))


def test_mann_kendall_agrees_with_pymannkendall():
    pymannkendall = pytest.importorskip("pymannkendall")
    y = np.random.default_rng(6).normal(0, 1, 50).round(1)
    test, peer = mann_kendall(np.arange(50), y, autocorr=False), pymannkendall.original_test(y)
    assert (test.s, test.tau, test.variance, test.z, test.p) == pytest.approx(
        (peer.s, peer.Tau, peer.var_s, peer.z, peer.p)
    )


def test_every_pair_of_a_rising_series_rises():
    plain = mann_kendall(np.arange(12), np.arange(12.0) ** 2, autocorr=False)
    assert (plain.s, plain.tau) == (66, 1.0)
    assert plain.p < 0.001


def test_a_bend_counts_as_nights_that_resemble_each_other_and_weakens_the_test():
    assert mann_kendall(np.arange(12), np.arange(12.0) ** 2).p > 0.05
    assert mann_kendall(np.arange(12), np.arange(12.0)).p < 0.001


def test_a_constant_series_has_no_trend():
    test = mann_kendall(np.arange(12), np.full(12, 70.0))
    assert (test.s, test.variance, test.z, test.p) == (0, 0.0, 0.0, 1.0)


def test_mann_kendall_under_ten_nights_gives_no_adjusted_p():
    assert np.isnan(mann_kendall(SEN_X, SEN_Y).p)
    assert mann_kendall(SEN_X, SEN_Y).s == 21


def test_nights_that_resemble_each_other_are_no_trend():
    rng = np.random.default_rng(8)
    tests = [(mann_kendall(np.arange(60), e), e) for e in (ar1(rng, 60, 0.6) for _ in range(300))]
    assert np.mean([test.p < 0.05 for test, _ in tests]) <= 0.10
    assert np.mean([mann_kendall(np.arange(60), e, autocorr=False).p < 0.05 for _, e in tests]) > 0.2


def test_plain_least_squares_agree_with_scipy():
    rng = np.random.default_rng(9)
    t, y = 20_000 + np.arange(30.0), 70 + rng.normal(0, 1, 30)
    line, peer = ols_trend(t, y, cov="ols"), stats.linregress(t, y)
    assert (line.slope, line.intercept, line.se, line.p) == pytest.approx(
        (peer.slope, peer.intercept, peer.stderr, peer.pvalue)
    )
    assert line.ci_high - line.slope == pytest.approx(stats.t.ppf(0.975, 28) * line.se)


@pytest.mark.parametrize("lags", [0, 3, 7])
def test_newey_west_agrees_with_statsmodels(lags):
    api = pytest.importorskip("statsmodels.api")
    t, y = np.arange(40.0), ar1(np.random.default_rng(10), 40, 0.5)
    line = ols_trend(t, y, cov="hac", lags=lags)
    peer = api.OLS(y, api.add_constant(t)).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}, use_t=True
    )
    assert (line.slope, line.se, line.p) == pytest.approx((peer.params[1], peer.bse[1], peer.pvalues[1]))
    assert (line.ci_low, line.ci_high) == pytest.approx(tuple(peer.conf_int()[1]))


@pytest.mark.parametrize("missing", [[], [4, 5, 17, 30]])
def test_prais_winsten_is_the_generalised_least_squares_of_statsmodels_gaps_and_all(missing):
    api = pytest.importorskip("statsmodels.api")
    t, y = np.arange(40.0), 70 + ar1(np.random.default_rng(11), 40, 0.5)
    y[missing] = np.nan
    line = ols_trend(t, y)
    keep = np.isfinite(y)
    sigma = line.rho ** np.abs(t[keep][:, None] - t[keep])
    peer = api.GLS(y[keep], api.add_constant(t[keep]), sigma=sigma).fit()
    assert 0 < line.rho < 0.95
    assert (line.intercept, line.slope, line.se) == pytest.approx((*peer.params, peer.bse[1]))
    # The peer takes rho for known, and all nights for as many.
    low, high = peer.conf_int()[1]
    assert (line.ci_low < low, line.ci_high > high, line.p > peer.pvalues[1]) == (True, True, True)


def test_the_lags_of_newey_west_count_nights_and_not_rows():
    t, y = np.arange(40.0), ar1(np.random.default_rng(12), 40, 0.5)
    y[1::2] = np.nan
    every_other = ols_trend(t, y, cov="hac", lags=7)
    same = ols_trend(t[::2], y[::2], cov="hac", lags=7, step=1.0)
    one_step = ols_trend(t[::2], y[::2], cov="hac", lags=1)
    assert every_other.se == same.se
    assert one_step.se == pytest.approx(ols_trend(t, y, cov="hac", lags=0).se)


def test_prais_winsten_holds_the_slope_and_newey_west_does_not():
    rng = np.random.default_rng(13)
    t, held = np.arange(30.0), {"prais_winsten": 0, "hac": 0}
    for _ in range(300):
        e = ar1(rng, 30, 0.3)
        for cov in held:
            line = ols_trend(t, e, cov=cov)
            held[cov] += line.ci_low <= 0 <= line.ci_high
    assert held["prais_winsten"] / 300 >= 0.90
    assert held["hac"] / 300 <= 0.85


def test_under_ten_nights_prais_winsten_has_a_slope_and_no_interval():
    line = ols_trend(SEN_X, SEN_Y)
    assert line.slope == pytest.approx(ols_trend(SEN_X, SEN_Y, cov="ols").slope)
    assert np.isnan([line.se, line.ci_low, line.ci_high, line.p, line.rho]).all()


@pytest.mark.parametrize("y", [[], [70.0], [70.0, 71.0], [70.0, np.nan, 71.0]])
def test_two_nights_are_a_line_without_doubt_and_therefore_none(y):
    assert np.isnan(ols_trend(np.arange(len(y)), np.array(y)).slope)


def test_what_least_squares_cannot_take_is_named():
    t = np.r_[np.arange(11.0), 10.0]
    with pytest.raises(ValueError, match=r"t = 10\.0 stands twice"):
        ols_trend(t, t)
    with pytest.raises(ValueError, match=r"t = 0\.5 is not a whole number of steps"):
        ols_trend(np.arange(12) / 2, np.arange(12.0), cov="hac")
    with pytest.raises(ValueError, match="newey"):
        ols_trend(t, t, cov="newey")


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["ols", "hac", "prais_winsten"]),
    st.lists(st.integers(600, 900), min_size=12, max_size=40),
    st.integers(-500, 500),
    st.sampled_from([0.5, 2.0]),
)
def test_least_squares_shift_and_scale_and_their_interval_holds_the_slope(cov, tenths, shift, scale):
    t, y = np.arange(float(len(tenths))), np.array(tenths) / 8
    line, moved = ols_trend(t, y, cov=cov), ols_trend(t + shift, scale * y + shift, cov=cov)
    assert line.ci_low <= line.slope <= line.ci_high
    for name in ("slope", "ci_low", "ci_high"):
        assert getattr(moved, name) == pytest.approx(scale * getattr(line, name), abs=1e-6)


NIST_EWMA = [52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5]
NIST_EWMA += [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]


def test_the_ewma_chart_of_the_nist_handbook():
    chart = ewma(np.array(NIST_EWMA), smoothing=0.3, mean=50, sigma=2.0539)
    assert chart.value[[0, 1, 2, 18, 19]] == pytest.approx([50.60, 49.52, 50.56, 51.94, 51.99], abs=0.006)
    assert (chart.lower[-1], chart.upper[-1]) == pytest.approx((47.4115, 52.5884), abs=2e-3)
    assert chart.upper[0] == pytest.approx(50 + 3 * 0.3 * 2.0539)


def test_ewma_takes_what_is_usual_from_the_first_nights():
    y = np.r_[np.tile([70.0, 71.0], 10), np.full(20, 90.0)]
    chart = ewma(y)
    assert (chart.mean, chart.sigma) == pytest.approx((70.5, 1 / 1.128))
    assert (chart.value[20:] > chart.upper[20:]).all()


def test_a_night_without_weight_leaves_the_average_where_it_was():
    y = np.array(NIST_EWMA)
    with_gap = ewma(np.insert(y, 5, np.nan), mean=50, sigma=2)
    assert np.isnan(with_gap.value[5])
    assert np.delete(with_gap.value, 5) == pytest.approx(ewma(y, mean=50, sigma=2).value)


def test_ewma_of_nothing_is_nothing():
    chart = ewma(np.full(3, np.nan))
    assert (chart.n, np.isnan(chart.value).all()) == (0, True)


def test_hampel_marks_the_night_with_a_bag_on_the_bed():
    y = np.array([70.0, 70.2, 69.9, 73.0, 70.1, 70.0, 70.3, np.nan, 70.2])
    found = hampel(y)
    assert np.flatnonzero(found.outlier).tolist() == [3]
    assert found.median[3] == 70.1
    assert np.isnan(found.median[7])


def test_hampel_counts_three_points_on_either_side():
    y = np.array([0, 0, 0, 1.0, 1, 1, 1, 9])
    assert hampel(y).median.tolist() == [0, 0, 0.5, 1, 1, 1, 1, 1]


def test_exactly_three_mads_is_no_outlier():
    y = np.array([-1.0, 1, -1, 3 * 1.4826, 1, -1, 0])
    around = np.abs(y)  # the median is 0, the MAD 1
    assert (np.median(y), np.median(around)) == (0, 1)
    assert not hampel(y).outlier[3]
    y[3] += 1e-6
    assert hampel(y).outlier[3]


@pytest.mark.parametrize("window", [1, 6])
def test_hampel_needs_a_middle(window):
    with pytest.raises(ValueError, match=f"window is {window}"):
        hampel(np.zeros(9), window=window)


def test_the_nile_fell_after_1898():
    nile = pytest.importorskip("statsmodels.datasets").nile.load_pandas().data
    year, volume = nile["year"].to_numpy(), nile["volume"].to_numpy()
    change = change_point(volume)
    assert year[change.index] == 1899
    assert change.before == np.median(volume[year <= 1898])
    assert change.after == np.median(volume[year > 1898])
    assert change.p < 0.001


@pytest.mark.parametrize("seed", range(4))
def test_pettitts_statistic_counts_pairs_across_the_place(seed):
    y = np.random.default_rng(seed).integers(0, 6, 25).astype(float)
    paths = [abs(sum(np.sign(b - a) for a in y[:i] for b in y[i:])) for i in range(1, 25)]
    change = change_point(y, autocorr=False)
    assert (change.k, change.index) == (max(paths), int(np.argmax(paths)) + 1)
    assert change.p == pytest.approx(min(1, 2 * np.exp(-6 * change.k**2 / (25**3 + 25**2))))


def test_the_change_is_named_by_its_place_in_the_series_as_given():
    y = np.r_[np.full(15, 70.0), np.full(15, 75.0)]
    y[[3, 15, 20]] = np.nan
    change = change_point(y)
    assert (change.index, change.before, change.after, change.n) == (16, 70.0, 75.0, 27)


def test_nights_that_resemble_each_other_are_no_change_of_level():
    rng = np.random.default_rng(14)
    series = [ar1(rng, 60, 0.6) for _ in range(300)]
    assert np.mean([change_point(e).p < 0.05 for e in series]) <= 0.07
    assert np.mean([change_point(e, autocorr=False).p < 0.05 for e in series]) > 0.3


@pytest.mark.parametrize(("y", "p"), [([], np.nan), ([70.0], np.nan), ([70.0] * 12, 1.0)])
def test_one_level_has_no_change(y, p):
    change = change_point(np.array(y))
    assert change.index is None
    assert change.p == pytest.approx(p, nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(600, 900), min_size=12, max_size=40), st.integers(-500, 500), st.randoms())
def test_ranks_do_not_mind_level_unit_or_the_order_in_which_nights_are_given(tenths, shift, random):
    t, y = np.arange(float(len(tenths))), np.array(tenths) / 8
    shuffled = list(range(len(y)))
    random.shuffle(shuffled)
    trend, line, change = mann_kendall(t, y), siegel_slope(t, y), change_point(y)
    assert mann_kendall(t[shuffled], y[shuffled]) == trend
    assert siegel_slope(t[shuffled], y[shuffled]) == line
    assert siegel_slope(t, 2 * y + shift).slope == pytest.approx(2 * line.slope, abs=1e-9)
    moved = mann_kendall(t, 2 * y + shift)
    assert (moved.s, moved.variance) == (trend.s, pytest.approx(trend.variance))
    assert mann_kendall(t, -y).s == -trend.s
    moved_change = change_point(2 * y + shift)
    assert (moved_change.index, moved_change.k) == (change.index, change.k)
    assert moved_change.p == pytest.approx(change.p, nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(600, 900), min_size=3, max_size=40), st.integers(-500, 500))
def test_another_level_and_unit_move_the_average_along_and_leave_the_outliers(eighths, shift):
    y = np.array(eighths) / 8
    smooth, moved = ewma(y), ewma(2 * y + shift)
    assert moved.value == pytest.approx(2 * smooth.value + shift)
    assert moved.upper == pytest.approx(2 * smooth.upper + shift)
    assert ((smooth.value >= y.min() - 1e-9) & (smooth.value <= y.max() + 1e-9)).all()
    # Eighths are exact in floats, so that a point on the threshold stays there.
    assert hampel(2 * y + shift).outlier.tolist() == hampel(y).outlier.tolist()
