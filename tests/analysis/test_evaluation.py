from datetime import timedelta

import numpy as np
import pytest

from analysis.catalogue import METRICS
from analysis.effects import hodges_lehmann
from analysis.pipeline import PilotData
from analysis.pipeline.evaluation import evaluate
from tests.analysis.pilot_world import BASELINE, PILOT, PLAN, open_world

VISITS = "physical_visits_per_night"
EVALUATED = PILOT + timedelta(days=7)  # after the wash-in


@pytest.fixture
def world(tmp_path):
    yield from open_world(tmp_path)


def evaluated(world, suppress=False):
    return evaluate(PilotData(world.registry, world.store, world.pilot), suppress=suppress)


def item(world, metric=VISITS, group="intervention", suppress=False):
    found = evaluated(world, suppress).items
    return next(each for each in found if (each.metric, each.group) == (metric, group))


def paired(world, before, after, group="intervention", metric=VISITS):
    codes = world.people(group, len(before))
    for code, early, late in zip(codes, before, after, strict=True):
        world.days(code, BASELINE, metric, [early] * 14)
        world.days(code, EVALUATED, metric, [late] * 14)
    return codes


WORTH_IT = PLAN + 'evaluation: {quality_gain: "Lugnare nätter"}\n'


def convincing(world):
    """Ten of twelve with a clear change, and devices that delivered to the end."""
    codes = paired(world, np.r_[BEFORE, 3.6, 2.7], np.r_[AFTER, 2.5, 1.9])
    for code in codes:
        world.days(code, EVALUATED, "device_uptime_percent", [95.0] * 21)
    return codes


BEFORE = np.array([3.0, 2.5, 4.1, 3.3, 2.9, 3.8, 2.2, 3.1])
AFTER = BEFORE - np.array([1.0, 0.7, 1.4, 0.9, 1.1, 1.6, 0.55, 1.25])


def test_every_metric_has_an_item_for_every_group(world):
    assert len(evaluated(world).items) == len(METRICS) * 2


def test_a_change_is_pilot_minus_baseline_paired_within_participants(world):
    paired(world, BEFORE, AFTER)
    found, expected = item(world), hodges_lehmann(AFTER - BEFORE)
    assert (found.n_started, found.n) == (8, 8)
    assert (found.baseline, found.pilot) == pytest.approx((BEFORE.mean(), AFTER.mean()))
    assert (found.estimate, found.ci_low, found.ci_high, found.p) == pytest.approx(
        (expected.estimate, expected.ci_low, expected.ci_high, expected.p)
    )
    assert (found.method, found.wording, found.reason) == (expected.method, "change", None)
    assert (found.direction, found.minimum_change, found.verdict) == ("down", 0.5, "better")
    assert found.coverage == 1.0


def test_each_group_has_its_own_rows(world):
    paired(world, BEFORE, AFTER)
    paired(world, BEFORE[:6], BEFORE[:6], group="comparison")
    assert item(world, group="comparison").estimate == 0
    assert item(world).n == 8


def test_days_of_the_wash_in_are_left_out(world):
    codes = paired(world, BEFORE, AFTER)
    before = item(world)
    for code in codes:
        world.days(code, PILOT, VISITS, [99.0] * 7)
    assert item(world) == before


def test_six_valid_days_are_too_few_for_a_participants_phase(world):
    (code, *_) = paired(world, BEFORE, AFTER)
    world.days(code, EVALUATED + timedelta(days=6), VISITS, [None] * 8, coverage=0.0, reason="no_log")
    found = item(world)
    assert (found.n_started, found.n) == (8, 7)


def test_who_lacks_a_phase_started_but_has_no_pair(world):
    paired(world, BEFORE, AFTER)
    (alone,) = world.people("intervention", 1)
    world.days(alone, BASELINE, VISITS, [50.0] * 14)
    found = item(world)
    assert (found.n_started, found.n, found.baseline) == (9, 8, pytest.approx(BEFORE.mean()))


def test_five_pairs_have_an_estimate_but_no_interval(world):
    paired(world, BEFORE[:5], AFTER[:5])
    found = item(world, suppress=True)
    assert (found.n, found.ci_low, found.reason, found.verdict) == (
        5,
        None,
        "too_few_participants",
        "not_shown",
    )
    assert found.estimate == pytest.approx(-1.0)


def test_four_pairs_are_hidden_from_evaluators(world):
    paired(world, BEFORE[:4], AFTER[:4])
    world.people("intervention", 8)
    found = item(world, suppress=True)
    assert (found.suppressed, found.reason) == (True, "too_few_participants")
    assert {found.n, found.n_started, found.baseline, found.estimate, found.verdict} == {None}
    assert item(world).n == 4


def test_a_mean_from_which_one_person_could_be_subtracted_is_left_out(world):
    paired(world, BEFORE, AFTER)
    (alone,) = world.people("intervention", 1)
    world.days(alone, BASELINE, VISITS, [50.0] * 14)
    found = item(world, suppress=True)
    assert (found.baseline, found.reason, found.suppressed) == (None, "by_subtraction", False)
    assert found.pilot == pytest.approx(AFTER.mean())
    assert found.estimate is not None


def test_no_data_is_said_so(world):
    world.people("intervention", 8)
    found = item(world)
    assert (found.n, found.estimate, found.reason, found.verdict) == (0, None, "no_data", "not_shown")


def test_a_reason_of_the_days_is_passed_on(world):
    for code in world.people("intervention", 8):
        world.days(code, BASELINE, VISITS, [None] * 14, coverage=0.0, reason="no_log")
    assert item(world).reason == "no_log"


def test_a_trend_is_compared_as_the_slope_of_each_phase(world):
    for code in world.people("intervention", 6):
        world.days(code, BASELINE, "weight_kg", [80.0 + 0.01 * night for night in range(28)])
        world.days(code, EVALUATED, "weight_kg", [80.0 - 0.02 * night for night in range(21)])
    found = item(world, "weight_trend_kg_per_30d")
    assert (found.n, found.baseline, found.pilot) == (6, pytest.approx(0.3), pytest.approx(-0.6))


def test_waiting_times_are_compared_as_each_participants_median(world):
    for place, code in enumerate(world.people("intervention", 6)):
        device = world.device(code, f"alarm-{place}")
        for number in range(5):
            world.alarm(device, f"b{number}", world.at(BASELINE, number), acknowledged=100 + number + place)
            world.alarm(device, f"p{number}", world.at(EVALUATED, number), acknowledged=50 + number + place)
    found = item(world, "time_to_acknowledge_s")
    assert (found.n, found.estimate, found.verdict) == (6, -50.0, "better")
    assert found.baseline == pytest.approx(104.5)


def test_four_alarms_are_too_few_for_a_median(world):
    for place, code in enumerate(world.people("intervention", 6)):
        device = world.device(code, f"alarm-{place}")
        for number in range(4):
            world.alarm(device, f"b{number}", world.at(BASELINE, number), acknowledged=100)
    assert item(world, "time_to_acknowledge_s").n == 0


def test_what_is_shown_used_and_worth_it_is_introduced_step_by_step_where_units_are_not_told_apart(tmp_path):
    for world in open_world(tmp_path, WORTH_IT):
        convincing(world)
        found = evaluated(world)
        assert (found.recommendation, found.decision.chosen) == ("introduce_stepwise", 2)
        assert (found.design, found.design_reason) == ("before_after", "comparison_group_too_small")
        assert found.compared == ("baseline", "pilot")


def test_a_change_that_nobody_says_is_worth_anything_asks_for_another_round(world):
    convincing(world)
    found = evaluated(world)
    assert found.recommendation == "another_round"
    (worth,) = (fact for fact in found.decision.rules[2].facts if fact.name == "probability_of_gain")
    assert (worth.value, worth.holds) == (None, None)


def test_without_enough_participants_nothing_is_shown(world):
    paired(world, BEFORE[:5], AFTER[:5])
    assert evaluated(world).recommendation == "not_shown"


def test_the_fingerprint_is_of_the_content(world):
    codes = paired(world, BEFORE, AFTER)
    first = evaluated(world)
    assert first.data_fingerprint == PilotData(world.registry, world.store, world.pilot).fingerprint
    assert first.plan_hash == world.plan.fingerprint
    world.days(codes[0], BASELINE, VISITS, [BEFORE[0]] * 14)  # the same again
    assert evaluated(world).data_fingerprint == first.data_fingerprint
    world.days(codes[0], BASELINE, VISITS, [BEFORE[0] + 0.1])
    assert evaluated(world).data_fingerprint != first.data_fingerprint


def test_the_fingerprint_knows_the_alarms(world):
    device = world.device(world.people("intervention", 1)[0], "alarm-1")
    before = evaluated(world).data_fingerprint
    world.alarm(device, "a", world.at(BASELINE))
    raised = evaluated(world).data_fingerprint
    world.alarm(device, "a", world.at(BASELINE), acknowledged=5)
    assert len({before, raised, evaluated(world).data_fingerprint}) == 3
