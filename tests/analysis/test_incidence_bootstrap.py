import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.alarms import CENSORED, COMPETING, REACHED
from analysis.incidence_bootstrap import IncidenceSample, incidence_intervals
from analysis.survival import cumulative_incidence, incidence_at, incidence_quantile

TARGET = 10.0

alarms = st.lists(
    st.tuples(
        st.integers(0, 30), st.sampled_from([CENSORED, REACHED, REACHED, COMPETING]), st.integers(0, 3)
    ),
    min_size=1,
    max_size=60,
)


@given(alarms, st.lists(st.lists(st.integers(0, 3), min_size=4, max_size=4), min_size=1, max_size=5))
@settings(max_examples=50)
def test_a_resample_equals_the_curve_of_the_repeated_alarms(rows, draws):
    durations, code, cluster = (np.array(column) for column in zip(*rows, strict=True))
    durations, code = durations.astype(float), code.astype(np.int8)
    ours = IncidenceSample(durations, code, cluster, 4, TARGET).of(np.array(draws, float))
    for index, draw in enumerate(draws):
        times = np.array(draw)[cluster]
        curve = cumulative_incidence(np.repeat(durations, times), np.repeat(code, times))
        if times.sum() == 0:
            assert np.isnan(ours.median[index])
            continue
        assert ours.median[index] == incidence_quantile(curve).value
        assert ours.share[index] == pytest.approx(incidence_at(curve, TARGET).value)


def chain(residents, alarms_each, seed=7):
    """Alarms of residents who differ in how long they wait."""
    random = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(residents), alarms_each)
    pace = random.lognormal(4, 0.5, residents)[cluster]
    durations = random.exponential(pace)
    code = random.choice([CENSORED, REACHED, COMPETING], len(cluster), p=[0.02, 0.83, 0.15])
    return durations, code.astype(np.int8), cluster


def test_the_resident_interval_is_wider_than_one_that_takes_alarms_as_independent():
    durations, code, cluster = chain(20, 200)
    pooled = incidence_quantile(cumulative_incidence(durations, code))
    median = incidence_intervals(durations, code, cluster, 60).median
    assert median.low < pooled.value < median.high
    assert median.high - median.low > 3 * (pooled.ci_high - pooled.ci_low)


def test_the_labels_of_residents_do_not_matter():
    durations, code, cluster = chain(16, 30)
    plain = incidence_intervals(durations, code, cluster, 60)
    labelled = incidence_intervals(durations, code, cluster * 7 + 100, 60)
    assert plain == labelled


def test_a_wider_confidence_and_another_seed_are_kept_to():
    durations, code, cluster = chain(12, 20)
    usual = incidence_intervals(durations, code, cluster, 60).share
    wider = incidence_intervals(durations, code, cluster, 60, confidence=0.99).share
    other = incidence_intervals(durations, code, cluster, 60, seed=1).share
    assert wider.low <= usual.low < usual.high <= wider.high
    assert other != usual


@pytest.mark.parametrize("alarms_each", [7, 15, 17])
def test_no_share_is_above_all(alarms_each):
    cluster = np.repeat(np.arange(6), alarms_each)
    durations = np.tile(7.0 * np.arange(alarms_each) + 3, 6)
    share = incidence_intervals(durations, np.full(len(cluster), REACHED, np.int8), cluster, 1e4).share
    assert (share.low, share.high) == pytest.approx((1, 1))
    assert share.high <= 1
