import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.home_range import kde_home_range


def cloud(n=20_000, sd=200.0, seed=1):
    return np.random.default_rng(seed).normal(0, sd, (2, n))


def test_a_normal_cloud_has_the_area_of_its_ellipse_widened_by_the_kernel():
    found = kde_home_range(*cloud())
    variance = 200.0**2 + 30.0**2
    assert found.area_m2[0] == pytest.approx(2 * np.pi * variance * np.log(2), rel=0.05)
    assert found.area_m2[1] == pytest.approx(2 * np.pi * variance * np.log(20), rel=0.05)


def test_a_spot_is_the_kernel_itself():
    half, most = kde_home_range(np.full(50, 10.0), np.full(50, 10.0), cell_m=2.0).area_m2
    assert half == pytest.approx(2 * np.pi * 30**2 * np.log(2), rel=0.02)
    assert most == pytest.approx(2 * np.pi * 30**2 * np.log(20), rel=0.02)


def test_two_homes_far_apart_have_twice_the_range_of_one():
    x, y = cloud(sd=20)
    one = kde_home_range(x, y)
    two = kde_home_range(np.r_[x, x + 5000], np.r_[y, y])
    assert two.area_m2[1] == pytest.approx(2 * one.area_m2[1], rel=0.02)


def test_a_kernel_density_at_every_position_agrees():
    stats = pytest.importorskip("scipy.stats")
    x, y = cloud(400, 80)
    kernel = stats.gaussian_kde(np.array([x, y]))
    kernel.covariance = np.eye(2) * 30.0**2
    kernel.cho_cov = np.linalg.cholesky(kernel.covariance)
    kernel.log_det = 2 * np.log(np.diag(kernel.cho_cov * np.sqrt(2 * np.pi))).sum()
    at = np.arange(-500, 500, 10.0)
    density = np.sort(kernel(np.array(np.meshgrid(at, at)).reshape(2, -1)))[::-1]
    held = np.cumsum(density) / density.sum()
    expected = 100 * (np.searchsorted(held, 0.95) + 1)
    assert kde_home_range(x, y, cell_m=10).area_m2[1] == pytest.approx(expected, rel=0.03)


def test_positions_that_are_missing_are_left_out_and_none_have_no_range():
    x, y = cloud(500)
    with_gaps = kde_home_range(np.r_[x, np.nan], np.r_[y, 3.0])
    assert with_gaps == kde_home_range(x, y)
    nothing = kde_home_range(np.empty(0), np.empty(0))
    assert np.isnan(nothing.area_m2).all()


def test_a_journey_across_the_country_and_an_impossible_share_are_errors_that_say_so():
    with pytest.raises(ValueError, match="larger cell_m"):
        kde_home_range(np.array([0.0, 1e6]), np.array([0.0, 1e6]))
    with pytest.raises(ValueError, match="between 0 and 1"):
        kde_home_range(np.zeros(3), np.zeros(3), shares=(95.0,))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(-500, 500), st.sampled_from([0.1, 10.0]))
def test_moving_the_map_by_whole_cells_changes_nothing_and_another_unit_scales(seed, cells, scale):
    x, y = cloud(300, 100, seed)
    here = kde_home_range(x, y)
    assert kde_home_range(x + 20.0 * cells, y).area_m2 == pytest.approx(here.area_m2, rel=0.01)
    scaled = kde_home_range(scale * x, scale * y, cell_m=scale * 20, bandwidth_m=scale * 30)
    assert scaled.area_m2 == pytest.approx([scale**2 * area for area in here.area_m2], rel=0.01)
    assert here.area_m2[0] < here.area_m2[1]
