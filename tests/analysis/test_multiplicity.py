import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.multiplicity import BENJAMINI_HOCHBERG, HOLM, benjamini_hochberg, holm

FIVE = np.array([0.01, 0.02, 0.03, 0.04, 0.05])


def test_holm_of_five():
    adjusted = holm(FIVE)
    assert adjusted.p == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])
    assert (adjusted.n, adjusted.method) == (5, HOLM)


def test_benjamini_hochberg_of_five():
    adjusted = benjamini_hochberg(FIVE)
    assert adjusted.p == pytest.approx([0.05] * 5)
    assert (adjusted.n, adjusted.method) == (5, BENJAMINI_HOCHBERG)


@pytest.mark.parametrize(("ours", "method"), [(holm, "holm"), (benjamini_hochberg, "fdr_bh")])
def test_both_agree_with_statsmodels(ours, method):
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    rng = np.random.default_rng(1)
    for m in (1, 2, 7, 40):
        p = rng.uniform(0, 1, m).round(2) ** 2
        assert ours(p).p == pytest.approx(multitest.multipletests(p, method=method)[1])


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
def test_a_question_without_an_answer_does_not_burden_the_others(adjust):
    adjusted = adjust(np.array([0.04, np.nan, 0.01]))
    assert np.isnan(adjusted.p[1])
    assert adjusted.p[[0, 2]].tolist() == adjust(np.array([0.04, 0.01])).p.tolist()
    assert adjusted.n == 2


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
def test_no_question_has_no_answer(adjust):
    assert (len(adjust(np.empty(0)).p), adjust(np.array([np.nan])).n) == (0, 0)


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
def test_what_is_no_p_value_is_named(adjust):
    with pytest.raises(ValueError, match=r"p\[1\] is 1\.2"):
        adjust(np.array([0.5, 1.2]))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=1, max_size=20), st.randoms())
def test_adjusting_keeps_the_order_never_lowers_and_does_not_mind_the_order_given(thousandths, random):
    p = np.array(thousandths) / 1000
    shuffled = list(range(len(p)))
    random.shuffle(shuffled)
    for adjust in (holm, benjamini_hochberg):
        adjusted = adjust(p).p
        assert ((adjusted >= p) & (adjusted <= 1)).all()
        assert (np.diff(adjusted[np.argsort(p)]) >= -1e-12).all()
        assert adjust(p[shuffled]).p.tolist() == adjusted[shuffled].tolist()
    assert (benjamini_hochberg(p).p <= holm(p).p + 1e-12).all()
