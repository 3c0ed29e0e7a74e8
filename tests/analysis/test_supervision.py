import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.intervals import wilson_ci
from analysis.supervision import disturbance_avoided, supervision_balance

MINUTE = 60_000_000


def visits(*rows):
    """Rows (mode, planned, outcome)."""
    mode, planned, outcome = zip(*rows, strict=True) if rows else ((), (), ())
    return np.array(mode, np.object_), np.array(planned, bool), np.array(outcome, np.object_)


CALM = ("camera", True, "calm")
ESCALATED = ("camera", True, "escalated")
NO_CONNECTION = ("camera", True, "failed")
UNPLANNED = ("camera", False, "calm")
VISIT = ("physical", True, "helped")
CALLED = ("physical", False, "helped")


def balance(*rows, **minutes):
    return supervision_balance(*visits(*rows), **({"visit_min": 12, "travel_min": 9} | minutes))


def test_a_night_by_hand():
    found = balance(*[CALM] * 6, ESCALATED, NO_CONNECTION, UNPLANNED, VISIT, VISIT, CALLED)
    assert (found.planned, found.done_camera, found.done_physical) == (10, 8, 3)
    assert (found.escalations, found.failed, found.replaced) == (1, 1, 7)
    # 7 visits of 21 min less 9 looks of half a minute less one escalation of 21 min.
    assert (found.gross_min, found.balance_min) == (147, 147 - 4.5 - 21)
    assert (found.escalated_share.value, found.escalated_share.ci_low) == (1 / 8, wilson_ci(1, 8)[0])
    assert found.failed_share.value == 1 / 9


def test_an_escalated_check_frees_nothing_and_costs_its_look():
    assert balance(ESCALATED).balance_min == -0.5


def test_a_failed_connection_and_a_check_nobody_planned_cost_their_look():
    assert balance(NO_CONNECTION).balance_min == balance(UNPLANNED).balance_min == -0.5


def test_thirty_checks_of_a_night_cost_a_quarter_of_an_hour():
    assert balance(*[CALM] * 30, visit_min=0, travel_min=0).balance_min == -15


def test_noting_takes_time_too():
    assert balance(CALM, look_min=1, log_min=2).balance_min == 18


def test_a_visit_not_made_is_planned_and_not_done():
    found = balance(("physical", True, "failed"))
    assert (found.planned, found.done_physical, found.failed_physical) == (1, 0, 1)


def test_no_visits_leave_nothing_to_share():
    found = balance()
    assert (found.n, found.balance_min) == (0, 0)
    assert np.isnan(found.escalated_share.value)


rows = st.lists(st.sampled_from([CALM, ESCALATED, NO_CONNECTION, UNPLANNED, VISIT, CALLED]), max_size=20)


@given(rows, rows, st.sampled_from([1, 60]), st.randoms())
@settings(max_examples=50)
def test_nights_add_up_in_any_order_and_unit(first, second, unit, random):
    both = first + second
    random.shuffle(both)
    minutes = {"visit_min": 12 * unit, "travel_min": 9 * unit, "look_min": 0.5 * unit}
    together = balance(*both, **minutes).balance_min
    assert together == unit * (balance(*first).balance_min + balance(*second).balance_min)


def test_what_is_no_visit_and_minutes_below_zero_are_refused():
    with pytest.raises(ValueError, match="mode 'shift_closed' is no visit"):
        balance(("shift_closed", True, None))
    with pytest.raises(ValueError, match="travel_min is -1"):
        balance(CALM, travel_min=-1)


# -- sleep -------------------------------------------------------------------------------------------------


def disturbed(*rows, awakenings=(), **given):
    """Rows (minute, visit, resting)."""
    times, kinds, resting = zip(*rows, strict=True)
    return disturbance_avoided(
        np.array(times, np.int64) * MINUTE,
        *visits(*kinds),
        np.array(resting, float),
        np.array(awakenings, float).astype(np.int64) * MINUTE,
        **given,
    )


def test_replaced_visits_to_a_resting_person_are_disturbances_avoided():
    found = disturbed(
        (1, CALM, 1),
        (2, CALM, 1),
        (3, CALM, 0),
        (4, CALM, np.nan),
        (5, ESCALATED, 1),
        (6, NO_CONNECTION, 1),
        (7, UNPLANNED, 1),
        (8, VISIT, 1),
    )
    assert (found.avoided, found.judged, found.unknown) == (2, 3, 1)


def test_awakenings_within_ten_minutes_of_a_visit():
    found = disturbed(
        (100, VISIT, 1),
        (200, VISIT, 1),
        (300, VISIT, 1),
        (400, CALLED, 0),
        (500, CALM, 1),
        awakenings=[110, 211, 300, 399, 505],
    )
    assert (found.awakened.k, found.awakened.n) == (2, 4)
    wider = disturbed((200, VISIT, 1), awakenings=[211], within_s=660)
    assert wider.awakened.value == 1


def test_times_that_do_not_fit_the_visits_are_refused():
    with pytest.raises(ValueError, match="1 times and 2 of resting"):
        disturbance_avoided(np.zeros(1, np.int64), *visits(CALM, CALM), np.zeros(2), np.zeros(0, np.int64))
