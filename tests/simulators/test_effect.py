from datetime import date

from pilots.plan import Plan
from simulators.effect import scaled, strength


def test_the_effect_comes_with_the_wash_in_and_is_whole_when_evaluation_begins(plan: Plan) -> None:
    days = [date(2025, 4, day) for day in (2, 3, 4, 5, 6, 16)]
    assert [strength(day, plan.phases) for day in days] == [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]


def test_a_share_of_a_ratio_is_on_the_way_to_it() -> None:
    assert (scaled(0.7, 0.0), scaled(0.7, 0.5), scaled(0.7, 1.0)) == (1.0, 0.85, 0.7)
