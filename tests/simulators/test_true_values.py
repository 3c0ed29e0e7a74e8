from datetime import timedelta

import msgspec

from pilots.plan import Plan
from simulators.story import Story
from simulators.true_values import fluid_gain_flags, weight_loss_flags
from simulators.truth import Truth


def weighing(truth: Truth, kg: list[float]) -> Truth:
    """The truth of one participant who weighs this, night after night."""
    first = truth.participants[0].nights[0]
    nights = tuple(
        msgspec.structs.replace(first, night=first.night + timedelta(days=index), weight_kg=weight)
        for index, weight in enumerate(kg)
    )
    person = msgspec.structs.replace(truth.participants[0], nights=nights)
    return msgspec.structs.replace(truth, participants=(person,))


def test_a_gain_of_over_2_kg_in_three_nights_is_flagged_as_long_as_both_are_among_the_last_four(
    plan: Plan,
) -> None:
    truth = weighing(Story(plan, 1).truth, [70.0, 70.5, 72.1, 72.0, 72.0, 72.0])
    assert list(fluid_gain_flags(truth).values()) == [0.0, 100.0, 100.0, 0.0, 0.0]


def test_a_slow_loss_is_flagged_by_what_it_comes_to_in_180_days(plan: Plan) -> None:
    falling = [80.0 - 0.03 * night for night in range(200)]
    flags = list(weight_loss_flags(weighing(Story(plan, 1).truth, falling)).values())
    assert (flags[0], flags[-1]) == (0.0, 100.0)


def test_a_loss_of_over_5_percent_in_30_days_is_flagged(plan: Plan) -> None:
    steady, falling = [80.0] * 40, [80.0] * 20 + [75.0] * 20
    assert set(weight_loss_flags(weighing(Story(plan, 1).truth, steady)).values()) == {0.0}
    assert set(weight_loss_flags(weighing(Story(plan, 1).truth, falling)).values()) == {100.0}
