from dataclasses import replace
from datetime import date

from simulators.alarms import Alarm
from simulators.faults.names import Fault
from simulators.faults.staff import AUTO_CANCEL_AFTER, alarms_with, visits_with
from simulators.staff import Visit
from simulators.timing import MINUTE, SECOND

DAY = date(2025, 3, 24)

LOG = (Visit(10, "01-1", "physical", True, "calm", "night_staff"), Visit(20, "01-closed", "shift_closed"))

QUICK = Alarm("01-1", "button", 0, SECOND, 2 * MINUTE, 6 * MINUTE, 20 * MINUTE, outcome="real")
SLOW = replace(QUICK, acknowledged=7 * MINUTE, arrived=12 * MINUTE)


def test_every_fourth_shift_is_never_closed_and_keeps_its_visits() -> None:
    logs = [visits_with(frozenset({Fault.FORGOTTEN_CLOSE}), 1, who, DAY, LOG) for who in range(400)]
    assert set(logs) == {LOG, LOG[:1]}
    assert 70 < logs.count(LOG[:1]) < 130


def test_three_alarms_in_ten_are_never_closed_and_keep_their_other_stages() -> None:
    told = [alarms_with(frozenset({Fault.FORGOTTEN_CLOSE}), 1, who, DAY, (QUICK,))[0] for who in range(400)]
    left_open = [alarm for alarm in told if alarm.closed is None]
    assert 90 < len(left_open) < 150
    assert all(alarm == replace(QUICK, closed=None, outcome=None) for alarm in left_open)


def test_the_system_cancels_what_nobody_acknowledged_in_time_and_logs_nothing_after_that() -> None:
    quick, slow = alarms_with(frozenset({Fault.AUTO_CANCEL}), 1, 0, DAY, (QUICK, SLOW))
    assert quick == QUICK
    assert slow.cancelled == AUTO_CANCEL_AFTER
    assert (slow.acknowledged, slow.arrived, slow.closed, slow.outcome) == (None, None, None, None)


def test_further_alarms_of_an_incident_come_within_a_minute_and_are_only_closed() -> None:
    told = [alarms_with(frozenset({Fault.SEVERAL_AT_ONCE}), 1, who, DAY, (QUICK,)) for who in range(400)]
    several = [alarms for alarms in told if len(alarms) > 1]
    assert 70 < len(several) < 130
    for first, *further in several:
        assert first == QUICK
        assert 1 <= len(further) <= 3
        assert all(QUICK.raised < alarm.raised < QUICK.raised + MINUTE for alarm in further)
        assert all((alarm.acknowledged, alarm.closed) == (None, QUICK.closed) for alarm in further)
        assert len({alarm.alarm for alarm in (first, *further)}) == 1 + len(further)


def test_a_tested_alarm_brings_no_others() -> None:
    test = replace(QUICK, cause="test")
    assert all(
        alarms_with(frozenset({Fault.SEVERAL_AT_ONCE}), 1, who, DAY, (test,)) == (test,) for who in range(100)
    )
