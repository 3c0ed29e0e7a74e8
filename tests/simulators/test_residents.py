from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from simulators.effect import Effect
from simulators.residents import Night, Traits, bedtime_weights, night_of
from simulators.timing import HOUR, MINUTE, SECOND, wall_clock

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def a_night(day: date, seed: int = 1, resident: int = 0, share: float = 0.0) -> Night:
    traits = Traits.drawn(seed, resident)
    return night_of(seed, resident, traits, day, STOCKHOLM, weight_kg=70.0, effect=Effect(), share=share)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 28), 8), (date(2026, 6, 1), 9), (date(2026, 10, 24), 10)]
)
def test_a_night_of_a_clock_change_is_an_hour_shorter_or_longer_in_bed(day: date, hours: int) -> None:
    assert wall_clock(day, 31.0, STOCKHOLM) - wall_clock(day, 22.0, STOCKHOLM) == hours * HOUR
    night = a_night(day)
    from_the_clock = hours - 9
    lying = (night.in_bed[-1, 1] - night.in_bed[0, 0]) / HOUR
    assert 7.0 + from_the_clock <= lying <= 11.5 + from_the_clock


def test_residents_go_to_bed_and_rise_by_the_wall_clock() -> None:
    for resident in range(20):
        for day in (date(2026, 3, 28), date(2026, 7, 1), date(2026, 10, 24)):
            night = a_night(day, resident=resident)
            assert wall_clock(day, 20.5, STOCKHOLM) <= night.in_bed[0, 0] <= wall_clock(day, 23.0, STOCKHOLM)
            assert wall_clock(day, 30.0, STOCKHOLM) <= night.in_bed[-1, 1] <= wall_clock(day, 32.0, STOCKHOLM)


def test_exits_last_70_seconds_to_25_minutes_with_time_in_bed_between() -> None:
    nights = [a_night(date(2026, 5, 1 + day), resident=who) for day in range(28) for who in range(30)]
    exits = np.concatenate([night.exits for night in nights])
    lasted = (exits[:, 1] - exits[:, 0]) / SECOND
    assert lasted.min() >= 70
    assert lasted.min() < 120
    assert lasted.max() <= 25 * 60
    stays = np.concatenate([night.in_bed[:, 1] - night.in_bed[:, 0] for night in nights])
    assert stays.min() >= 6 * MINUTE


def test_restless_minutes_lie_wholly_in_bed() -> None:
    for resident in range(20):
        night = a_night(date(2026, 5, 1), resident=resident)
        for minute in night.restless_minutes.tolist():
            start, end = minute * MINUTE, (minute + 1) * MINUTE
            assert any(into <= start and end <= out for into, out in night.in_bed.tolist())


def test_mean_weight_is_the_mean_over_the_seconds_in_bed() -> None:
    night = a_night(date(2026, 5, 1), resident=2)
    seconds = np.concatenate([np.arange(into, out, SECOND) for into, out in night.in_bed.tolist()])
    weights = 70.0 - 0.04 * (seconds + SECOND / 2 - night.in_bed[0, 0]) / HOUR
    assert night.mean_weight_kg == pytest.approx(weights.mean(), abs=1e-9)


def test_the_effect_lowers_exits_and_restlessness_by_its_ratios() -> None:
    days = [date(2026, 5, day) for day in range(1, 32)]

    def means(share: float) -> tuple[float, float]:
        nights = [a_night(day, resident=who, share=share) for day in days for who in range(40)]
        return (
            float(np.mean([len(night.exits) for night in nights])),
            float(np.mean([night.restlessness_percent for night in nights])),
        )

    (exits, restless), (fewer, calmer) = means(0.0), means(1.0)
    assert fewer / exits == pytest.approx(0.7, abs=0.06)
    assert calmer / restless == pytest.approx(0.75, abs=0.03)


def test_weights_carry_over_from_day_to_day_around_a_slow_trend() -> None:
    traits = Traits.drawn(1, 0)
    weights = bedtime_weights(1, 0, traits, 2000)
    rest = weights - traits.weight_kg - traits.trend_kg_per_day * np.arange(2000)
    assert rest.std() == pytest.approx(0.30, abs=0.03)
    assert np.corrcoef(rest[:-1], rest[1:])[0, 1] == pytest.approx(0.4, abs=0.07)
