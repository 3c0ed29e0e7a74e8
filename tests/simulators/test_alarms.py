from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from simulators.alarms import Alarm, alarms_of, left_open
from simulators.effect import Effect
from simulators.residents import Traits
from simulators.timing import SECOND, wall_clock

STOCKHOLM = ZoneInfo("Europe/Stockholm")
DAYS = [date(2025, 3, 1) + timedelta(days=later) for later in range(60)]


def alarms(share: float = 0.0) -> list[Alarm]:
    return [
        alarm
        for day in DAYS
        for who in range(60)
        for alarm in alarms_of(
            1, who, Traits.drawn(1, who), day, STOCKHOLM, pace=1.0, effect=Effect(), share=share
        )
    ]


def seconds_to_acknowledge(of: list[Alarm]) -> list[float]:
    return [(each.acknowledged - each.raised) / SECOND for each in of if each.acknowledged is not None]


def test_the_chain_runs_forward_and_ends_on_its_day() -> None:
    for alarm in alarms():
        day = date.fromisoformat(alarm.alarm[3:13])
        times = [at for at, _ in alarm.stages()]
        names = [name for _, name in alarm.stages()]
        order = ["raised", "received", "acknowledged", "arrived", "closed", "cancelled"]
        assert names == [name for name in order if name in names]
        assert len(set(times)) == len(times)
        assert wall_clock(day, 0.0, STOCKHOLM) <= times[0] < times[-1] < wall_clock(day, 24.0, STOCKHOLM)


def test_about_one_alarm_in_two_days_and_one_in_nine_ends_without_anybody_there() -> None:
    told = alarms()
    assert len(told) / (60 * len(DAYS)) == pytest.approx(0.5, abs=0.1)
    assert np.mean([each.cancelled is not None for each in told]) == pytest.approx(0.03, abs=0.015)
    handled = [each.closed is not None and each.arrived is None for each in told]
    assert np.mean(handled) == pytest.approx(0.08, abs=0.025)


def test_the_effect_shortens_acknowledging_from_150_to_90_seconds() -> None:
    assert np.median(seconds_to_acknowledge(alarms(0.0))) == pytest.approx(150, rel=0.08)
    assert np.median(seconds_to_acknowledge(alarms(1.0))) == pytest.approx(90, rel=0.08)


def test_two_alarms_of_the_last_week_stay_open_longer_than_any_chain() -> None:
    told = alarms()
    opened = left_open(1, DAYS, told, STOCKHOLM)
    assert len(opened) == 2
    assert sorted(alarm.acknowledged is None for alarm in opened.values()) == [False, True]
    for alarm in opened.values():
        assert alarm.closed is None
        assert alarm.cancelled is None
        assert alarm.raised < wall_clock(DAYS[-1], 0.0, STOCKHOLM)


def test_a_story_without_alarms_leaves_none_open() -> None:
    assert left_open(1, DAYS[:1], [], STOCKHOLM) == {}
