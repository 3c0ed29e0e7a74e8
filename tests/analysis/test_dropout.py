import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.dropout import (
    COMPLETED,
    CONSENTED,
    DAY_US,
    DIED,
    HOSPITAL,
    INVITED,
    NOT_STATED,
    STARTED,
    flow,
    leaver_smd,
    missing_at_random,
    retention_curve,
)
from analysis.effect_sizes import hedges_g
from analysis.intervals import wilson_ci


def test_from_invitation_to_completion():
    stage = np.array([INVITED] * 4 + [CONSENTED] * 2 + [STARTED] * 3 + [COMPLETED] * 11)
    reason = ["declined"] * 3 + [""] + ["moved", "declined"] + [DIED, HOSPITAL, DIED] + [""] * 11
    found = flow(stage, reason)
    assert (found.invited, found.consented, found.started, found.completed) == (20, 16, 14, 11)
    assert [(loss.stage, loss.n) for loss in found.losses] == [
        ("invited", 4),
        ("consented", 2),
        ("started", 3),
    ]
    assert found.losses[0].reasons == {"declined": 3, NOT_STATED: 1}
    assert list(found.losses[2].reasons.items()) == [(DIED, 2), (HOSPITAL, 1)]
    assert found.completed_share == pytest.approx(11 / 14)
    assert (found.ci_low, found.ci_high) == wilson_ci(11, 14)


def test_nobody_started():
    found = flow(np.array([INVITED, CONSENTED]), ["", ""])
    assert (found.started, found.completed) == (0, 0)
    assert np.isnan([found.completed_share, found.ci_low]).all()
    assert flow(np.zeros(0, int), []).invited == 0


def test_what_does_not_fit_a_flow_is_named():
    with pytest.raises(ValueError, match=r"stage\[1\] is 4"):
        flow(np.array([COMPLETED, 4]), ["", ""])
    with pytest.raises(ValueError, match='reason\\[0\\] is "moved"'):
        flow(np.array([COMPLETED]), ["moved"])


@given(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["", DIED, "moved"])), max_size=40), st.randoms()
)
@settings(max_examples=30)
def test_nobody_is_lost_from_the_flow_and_order_does_not_matter(rows, shuffled):
    found = flow(np.array([row[0] for row in rows], int), [row[1] for row in rows])
    assert found.invited == sum(loss.n for loss in found.losses) + found.completed == len(rows)
    assert found.invited >= found.consented >= found.started >= found.completed
    assert all(loss.n == sum(loss.reasons.values()) for loss in found.losses)
    shuffled.shuffle(rows)
    again = flow(np.array([row[0] for row in rows], int), [row[1] for row in rows])
    assert [list(loss.reasons.items()) for loss in again.losses] == [
        list(loss.reasons.items()) for loss in found.losses
    ]


def test_death_and_hospital_are_not_missing_at_random():
    assert missing_at_random(["moved", DIED, HOSPITAL, ""]).tolist() == [True, False, False, True]


def test_retention_by_days_since_each_ones_own_start():
    started = np.array([0, 5, 10, 20]) * DAY_US
    ended = started + np.array([30, 12, 60, 45]) * DAY_US
    curve = retention_curve(started, ended, np.array([True, True, False, True]))
    assert curve.time.tolist() == [12, 30, 45]
    assert curve.survival.tolist() == pytest.approx([3 / 4, 2 / 4, 1 / 4])
    assert (curve.n, curve.censored) == (4, 1)


def test_an_end_before_its_start_is_named():
    with pytest.raises(ValueError, match="participant 1 ends at 5 us, before the start at 9 us"):
        retention_curve(np.array([0, 9]), np.array([9, 5]), np.array([True, True]))


def test_with_groups_of_one_size_it_is_hedges_g_without_its_correction():
    random = np.random.default_rng(1)
    values, left = random.normal(80, 8, 40), np.arange(40) % 2 == 0
    found = leaver_smd(values, left)
    g = hedges_g(values[left], values[~left])
    assert found.value == pytest.approx(g.value / (1 - 3 / (4 * 38 - 1)))
    assert (found.ci_low, found.ci_high) == pytest.approx((g.ci_low, g.ci_high), abs=0.04)
    assert (found.leavers, found.stayers) == (20, 20)


def test_austin_2009_the_unit_is_both_groups_spread_alike():
    found = leaver_smd(np.array([0.0, 2, 0, 4, 8, 0, 4, 8]), np.arange(8) < 2)
    assert found.value == pytest.approx((1 - 4) / np.sqrt((2 + 12.8) / 2))
    assert (found.leavers_mean, found.stayers_mean) == (1, 4)


@pytest.mark.parametrize(("shift", "flagged"), [(0.2, False), (-0.2, False), (0.21, True), (-0.21, True)])
def test_more_than_a_fifth_of_a_standard_deviation_is_flagged(shift, flagged):
    unit = np.array([-1.0, 1, -1, 1]) / np.sqrt(4 / 3)
    assert leaver_smd(np.r_[unit + shift, unit], np.arange(8) < 4).flagged == flagged


def test_a_share_of_all_and_of_none_cannot_be_farther_apart():
    found = leaver_smd(np.array([1.0, 1, 1, 0, 0]), np.arange(5) < 3)
    assert (found.value, found.flagged) == (np.inf, True)
    assert np.isnan(found.ci_low)
    alike = leaver_smd(np.ones(5), np.arange(5) < 3)
    assert (alike.value, alike.flagged) == (0, False)


def test_one_leaver_cannot_be_compared_and_nan_is_left_out():
    alone = leaver_smd(np.array([5.0, 7, 8, 9]), np.array([True, False, False, False]))
    assert np.isnan(alone.value)
    assert (alone.leavers_mean, alone.flagged) == (5, False)
    values, left = np.array([1.0, 3, 2, 5, 7, np.nan]), np.arange(6) % 2 == 0
    assert leaver_smd(values, left) == leaver_smd(values[:5], left[:5])


@given(
    st.lists(st.integers(-20, 20), min_size=6, max_size=20), st.integers(-9, 9), st.sampled_from([0.5, 60])
)
@settings(max_examples=30)
def test_the_difference_knows_neither_origin_nor_unit(values, shift, unit):
    baseline, left = np.array(values, float), np.arange(len(values)) % 3 == 0
    one, other = leaver_smd(baseline, left), leaver_smd(baseline * unit + shift, left)
    turned = leaver_smd(baseline, ~left)
    assert other.value == pytest.approx(one.value)
    assert turned.value == pytest.approx(-one.value)
    if np.isfinite(one.value) and not np.isnan(one.ci_low):
        assert one.ci_low < one.value < one.ci_high
