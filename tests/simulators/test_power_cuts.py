from datetime import date
from itertools import pairwise

from pilots.plan import Plan
from simulators.power_cuts import FLOOD_FROM, floods_of, power_cut
from simulators.story import Story
from simulators.timing import MINUTE
from simulators.true_figures import TRUE_FIGURES


def test_a_cut_of_the_whole_house_raises_two_alarms_of_each_within_ten_minutes(plan: Plan) -> None:
    days = [date(2025, 3, day) for day in range(1, 32)]
    cuts = [cut for day in days if (cut := power_cut(1, day, range(8), plan.zone))]
    assert 2 < len(cuts) < 15
    whole = [cut for cut in cuts if len(cut) == 8]
    assert 0 < len(whole) < len(cuts)
    for cut in whole:
        raised = [alarm.raised for alarms in cut.values() for alarm in alarms]
        assert len(raised) == 16
        assert max(raised) - min(raised) < 10 * MINUTE


def test_a_flood_is_ten_alarms_of_a_group(plan: Plan) -> None:
    march = [power_cut(1, date(2025, 3, day), range(8), plan.zone) for day in range(1, 32)]
    cut = next(cut for cut in march if len(cut) == 8)
    groups = {who: "large" if who < FLOOD_FROM // 2 else "small" for who in range(8)}
    floods = floods_of([cut], groups)
    assert (len(floods["large"]), floods["small"]) == (1, ())


def test_a_story_tells_cuts_only_when_it_is_asked_to(plan: Plan) -> None:
    assert not any(Story(plan, 1).truth.floods.values())
    larger = plan.model_copy(update={"groups": {"intervention": 8, "comparison": 2}})
    truth = Story(larger, 1, power_cuts=True).truth
    assert truth.floods["intervention"]
    assert all(later - sooner > 10 * MINUTE for sooner, later in pairwise(truth.floods["intervention"]))
    per_week = [TRUE_FIGURES["alarm_floods_per_week"](truth, phase, "intervention") for phase in truth.phases]
    weeks = [10 / 7, 2.0]
    told = [rate * week for rate, week in zip(per_week, weeks, strict=True) if rate is not None]
    assert round(sum(told), 9) == len(truth.floods["intervention"])
