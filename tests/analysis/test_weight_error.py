import numpy as np
import pytest

from analysis.weight import bland_altman
from analysis.weight_error import weight_error


def test_one_pair_a_resident_has_the_limits_of_the_larger_limit_of_agreement():
    # Differences 0, 1, … 4: bias 2, SD 1.5811; the limit is 2 + 1.96 SD, give or take t(4) SD sqrt(3/5).
    scale = np.full(5, 70.0)
    found = weight_error(scale + np.arange(5), scale, np.array(list("abcde")))
    sd, t = 2.5**0.5, 2.7764451052
    assert found.kg == pytest.approx(2 + 1.96 * sd)
    assert (found.ci_low, found.ci_high) == pytest.approx(
        (found.kg - t * sd * 0.6**0.5, found.kg + t * sd * 0.6**0.5)
    )
    assert (found.agreement.bias, found.residents) == (2.0, 5)


def test_a_bed_that_weighs_too_little_errs_as_far():
    scale = np.full(5, 70.0)
    heavy = weight_error(scale + np.arange(5), scale, np.arange(5))
    light = weight_error(scale - np.arange(5), scale, np.arange(5))
    assert (light.kg, light.ci_low, light.ci_high) == pytest.approx((heavy.kg, heavy.ci_low, heavy.ci_high))


def test_pairs_of_one_resident_do_not_count_as_so_many_residents():
    # Each of ten residents has an error of their own that all of their weighings share.
    random = np.random.default_rng(1)
    own = random.normal(0, 1, 10)
    who = np.repeat(np.arange(10), 10)
    measured = 70 + own[who] + random.normal(0, 0.05, 100)
    found = weight_error(measured, np.full(100, 70.0), who)
    agreement = bland_altman(measured, np.full(100, 70.0))
    naive = agreement.upper_ci[1] - agreement.upper_ci[0]
    assert found.kg == pytest.approx(max(-agreement.lower, agreement.upper))
    assert found.ci_low < found.kg < found.ci_high
    assert found.ci_high - found.ci_low > 1.5 * naive
    assert found.residents == 10


def test_intervals_by_resampling_hold_the_true_error():
    # Residents' own errors SD 0.4, each weighing's 0.3: the limits lie 1.96 * 0.5 from a bias of 0.1.
    truth, held, runs = 0.1 + 1.96 * 0.5, 0, 200
    random = np.random.default_rng(7)
    who = np.repeat(np.arange(20), 3)
    for _ in range(runs):
        error = 0.1 + random.normal(0, 0.4, 20)[who] + random.normal(0, 0.3, 60)
        found = weight_error(70 + error, np.full(60, 70.0), who, replicates=400)
        held += found.ci_low <= truth <= found.ci_high
    assert 0.89 <= held / runs <= 0.99
