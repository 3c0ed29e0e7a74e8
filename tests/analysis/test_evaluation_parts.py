"""What stands beside an evaluation's items: design, safety, use, units, sensitivity, dropout, time."""

from dataclasses import fields, replace
from datetime import date, timedelta

import numpy as np
import pytest

from analysis.difference_in_differences import difference_in_differences
from analysis.dropout import leaver_smd
from analysis.multiplicity import holm
from analysis.pipeline import PilotData
from analysis.pipeline.evaluation import evaluate
from analysis.power import n_paired
from pilots.records import Recruitment
from tests.analysis.pilot_world import BASELINE, PILOT, open_world

VISITS, EXITS, UPTIME = "physical_visits_per_night", "bed_exits_per_night", "device_uptime_percent"
EVALUATED = PILOT + timedelta(days=7)  # after the wash-in
LAST = date(2026, 3, 8)

PLAN = """
pilot: natt-2026
title: Nattillsyn
timezone: Europe/Stockholm
phases:
  - {name: baseline, start: 2026-01-12, end: 2026-02-08}
  - {name: pilot, start: 2026-02-09, end: 2026-03-08, wash_in_days: 7}
  - {name: follow_up, start: 2026-06-09, end: 2026-09-08}
follow_up: [6m, 12m]
groups: {intervention: 12, comparison: 8}
units: [A, B]
goals:
  - {goal: Ostört, metric: physical_visits_per_night, direction: down, minimum_change: 0.5, primary: true}
  - {goal: Lugnare nätter, metric: bed_exits_per_night, direction: down, minimum_change: 0.3}
evaluation:
  quality_gain: Lugnare nätter
  complexity: low
"""
SAFETY = "  safety: [{metric: bed_exits_per_night, direction: down, margin: 0.4}]\n"


@pytest.fixture
def world(tmp_path):
    yield from open_world(tmp_path, PLAN)


def evaluated(world, suppress=False):
    return evaluate(PilotData(world.registry, world.store, world.pilot), suppress=suppress)


def item(found, metric=VISITS, group="intervention"):
    return next(each for each in found.items if (each.metric, each.group) == (metric, group))


def sensitivity(found, analysis):
    return next(each for each in found.sensitivity if each.analysis == analysis)


def flow(found, group="intervention"):
    return next(each for each in found.dropout if each.group == group)


def put(world, codes, first, metric, values, days=21):
    for code, value in zip(codes, values, strict=True):
        world.days(code, first, metric, [float(value)] * days)


RNG = np.random.default_rng(6)
BEFORE = np.round(3 + RNG.normal(0, 0.6, 12), 3)
CHANGE = np.round(-1 + RNG.normal(0, 0.3, 12), 3)
THEIRS = np.round(3 + RNG.normal(0, 0.6, 8), 3)
THEIR_CHANGE = np.round(0.2 + RNG.normal(0, 0.3, 8), 3)


def ours(world, n=12, change=CHANGE, unit=None):
    codes = world.registry.add_participants(
        world.pilot, "intervention", n, ["bed"], joined_us=world.at(BASELINE, 0), unit=unit
    )
    put(world, codes, BASELINE, VISITS, BEFORE[:n])
    put(world, codes, EVALUATED, VISITS, (BEFORE + change)[:n])
    put(world, codes, EVALUATED, UPTIME, [90.0] * n)
    return codes


def others(world, n=8):
    codes = world.registry.add_participants(
        world.pilot, "comparison", n, ["bed"], joined_us=world.at(BASELINE, 0)
    )
    put(world, codes, BASELINE, VISITS, THEIRS[:n])
    put(world, codes, EVALUATED, VISITS, (THEIRS + THEIR_CHANGE)[:n])
    return codes


# -- designs -----------------------------------------------------------------------------------------------


def test_with_a_comparison_group_that_is_large_enough_the_change_beyond_theirs_is_an_effect(world):
    ours(world)
    others(world)
    found = evaluated(world)
    assert (found.design, found.design_reason) == ("comparison_group", "comparison_group_large_enough")
    told = item(found)
    assert told.wording == "effect"
    assert told.estimate == pytest.approx(CHANGE.mean() - THEIR_CHANGE.mean())
    assert (told.pilot - told.baseline) == pytest.approx(CHANGE.mean())
    people = np.arange(20)
    expected = difference_in_differences(
        np.r_[BEFORE, THEIRS, BEFORE + CHANGE, THEIRS + THEIR_CHANGE],
        np.tile(people, 2),
        np.tile(people < 12, 2),
        np.repeat([False, True], 20),
    )
    # The permutations drawn depend on the order of the participants' codes, which are drawn themselves.
    assert (told.ci_low, told.ci_high, told.p) == pytest.approx(
        (expected.ci_low, expected.ci_high, expected.p), abs=0.02
    )


def test_the_comparison_groups_own_rows_stay_changes(world):
    ours(world)
    others(world)
    told = item(evaluated(world), group="comparison")
    assert (told.wording, told.minimum_change) == ("change", None)
    assert told.estimate == pytest.approx(THEIR_CHANGE.mean(), abs=0.1)


def test_five_to_compare_with_are_too_few(world):
    ours(world)
    others(world, 5)
    found = evaluated(world)
    assert (found.design, found.design_reason) == ("before_after", "comparison_group_too_small")
    assert item(found).wording == "change"


@pytest.mark.parametrize(
    ("asked", "design", "reason"),
    [
        ("before_after", "before_after", "as_planned"),
        ("comparison_group", "comparison_group", "as_planned"),
    ],
)
def test_the_plans_design_is_taken_where_the_data_allow_it(tmp_path, asked, design, reason):
    for world in open_world(tmp_path, PLAN + f"  design: {asked}\n"):
        ours(world)
        others(world)
        found = evaluated(world)
        assert (found.design, found.design_reason) == (design, reason)


LONG = """
pilot: natt-2026
title: Nattillsyn
timezone: Europe/Stockholm
phases:
  - {name: baseline, start: 2026-01-05, end: 2026-04-05}
  - {name: pilot, start: 2026-04-06, end: 2026-07-05, wash_in_days: 14}
groups: {intervention: 10}
goals:
  - {goal: Ostört, metric: physical_visits_per_night, direction: down, minimum_change: 0.5, primary: true}
"""


def long_series(world, step, growth=0.0, people=10):
    """13 weeks before and 13 after, with the level falling by `step` after the wash-in."""
    rng = np.random.default_rng(8)
    start = date(2026, 1, 5)
    for code in world.people("intervention", people):
        level = 3 + rng.normal(0, 0.7)
        nights = np.arange(26 * 7)
        mean = level + growth * nights / 7 + np.where(nights >= 13 * 7, step, 0.0)
        world.days(code, start, VISITS, (mean + rng.normal(0, 0.5, len(nights))).tolist())


def test_an_interrupted_series_takes_the_trend_before_for_what_would_have_been(tmp_path):
    for world in open_world(tmp_path, LONG + "evaluation: {design: interrupted_series}\n"):
        long_series(world, step=-1.0, growth=0.1)
        found = evaluated(world)
        told = item(found)
        assert (found.design, told.wording) == ("interrupted_series", "change")
        assert told.method.endswith("interval may be too narrow under 48 weeks")
        assert told.estimate == pytest.approx(-1.0, abs=0.25)
        assert told.ci_low < -1.0 < told.ci_high
        assert told.pilot - told.baseline == pytest.approx(
            0.0, abs=0.5
        )  # means alone are misled by the trend


def test_a_series_that_began_late_is_compared_before_and_after(tmp_path):
    for world in open_world(tmp_path, LONG + "evaluation: {design: interrupted_series}\n"):
        for code, level in zip(world.people("intervention", 7), BEFORE[:7], strict=True):
            world.days(code, date(2026, 3, 9), VISITS, [level] * 28 + [level - 1] * 90)
        found = evaluated(world)
        assert (found.design, found.design_reason) == ("before_after", "too_few_weeks")
        assert item(found).estimate == pytest.approx(-1.0)


def test_a_change_made_from_weeks_is_rounded_beside_published_weeks_of_one_more_person(tmp_path):
    for world in open_world(tmp_path, LONG + "evaluation: {design: interrupted_series}\n"):
        long_series(world, step=-1.0)
        (alone,) = world.people("intervention", 1)
        world.days(alone, date(2026, 1, 12), VISITS, [9.0] * 28)
        whole, told = item(evaluated(world)), item(evaluated(world, suppress=True))
        assert told.estimate != whole.estimate
        assert told.estimate == pytest.approx(whole.estimate, abs=0.1)
        assert (told.p, told.reason) == (None, "by_subtraction")


def test_repeated_measures_share_one_change_over_residents_of_different_levels(tmp_path):
    pytest.importorskip("statsmodels", reason="mixed models need statsmodels")
    for world in open_world(tmp_path, LONG + "evaluation: {design: repeated_measures}\n"):
        long_series(world, step=-1.0)
        found = evaluated(world)
        assert (found.design, found.design_reason) == ("repeated_measures", "as_planned")
        assert item(found).estimate == pytest.approx(-1.0, abs=0.1)
        assert item(found).ci_high < 0


# -- several questions at once -----------------------------------------------------------------------------


def test_p_values_of_the_goals_are_adjusted_for_how_many_they_are(world):
    codes = ours(world)
    put(world, codes, BASELINE, EXITS, BEFORE)
    put(world, codes, EVALUATED, EXITS, BEFORE + RNG.normal(0, 0.2, 12))
    found = evaluated(world)
    told = [item(found), item(found, EXITS)]
    assert [each.p_adjusted for each in told] == pytest.approx(holm(np.array([each.p for each in told])).p)
    assert told[0].p_adjusted == pytest.approx(2 * told[0].p)
    assert item(found, UPTIME).p_adjusted is None


def test_a_family_of_one_keeps_its_p(tmp_path):
    for world in open_world(tmp_path, PLAN + "  family: [physical_visits_per_night]\n"):
        codes = ours(world)
        put(world, codes, BASELINE, EXITS, BEFORE)
        put(world, codes, EVALUATED, EXITS, BEFORE)
        found = evaluated(world)
        assert item(found).p_adjusted == item(found).p
        assert item(found, EXITS).p_adjusted is None


# -- safety and use ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("worse", "outcome", "recommended"),
    [
        (0.0, "kept", "introduce_stepwise"),
        (0.4, "not_shown", "another_round"),
        (1.0, "violated", "do_not_introduce"),
    ],
)
def test_a_safety_margin_is_kept_violated_or_not_shown(tmp_path, worse, outcome, recommended):
    for world in open_world(tmp_path, PLAN + SAFETY):
        codes = ours(world)
        put(world, codes, BASELINE, EXITS, BEFORE)
        put(world, codes, EVALUATED, EXITS, BEFORE + worse + np.linspace(-0.2, 0.2, 12))
        found = evaluated(world)
        (row,) = found.safety
        assert (row.metric, row.margin, row.outcome) == (EXITS, 0.4, outcome)
        assert found.recommendation == recommended


def test_what_was_not_measured_is_not_shown_to_be_safe(tmp_path):
    for world in open_world(tmp_path, PLAN + SAFETY):
        ours(world)
        found = evaluated(world)
        assert [(row.outcome, row.reason) for row in found.safety] == [("not_shown", "no_data")]
        assert found.recommendation == "another_round"


def test_use_is_what_devices_delivered_of_the_last_four_weeks_at_most(world):
    codes = ours(world)
    world.days(codes[0], EVALUATED, UPTIME, [0.0] * 21)
    use = evaluated(world).use
    assert (use.percent, use.n, use.holds) == (pytest.approx(90 * 11 / 12), 12, True)


def test_days_without_readings_are_days_without_use(world):
    codes = ours(world)
    for code in codes:
        world.days(code, EVALUATED, UPTIME, [None] * 10, coverage=0.0, reason="no_data")
    use = evaluated(world).use
    assert (use.percent, use.holds) == (pytest.approx(90 * 11 / 21), False)


def test_who_died_or_moved_is_not_counted_as_not_using_it(world):
    codes = ours(world)
    for code, why in ((codes[0], "died"), (codes[1], "declined")):
        world.days(code, EVALUATED, UPTIME, [None] * 21, coverage=0.0, reason="no_data")
        world.registry.leave(world.pilot, code, why, EVALUATED)
    use = evaluated(world).use
    assert (use.percent, use.n) == (pytest.approx(90 * 10 / 11), 11)


# -- units -------------------------------------------------------------------------------------------------


def test_two_units_that_agree_and_low_complexity_introduce_broadly(world):
    for unit in ("A", "B"):
        ours(world, 6, unit=unit)
    found = evaluated(world)
    assert [(row.unit, row.n, row.agrees) for row in found.units] == [("A", 6, True), ("B", 6, True)]
    assert found.recommendation == "introduce"


def test_a_unit_that_does_not_reach_the_smallest_change_does_not_agree(world):
    ours(world, 6, unit="A")
    ours(world, 6, change=CHANGE + 0.7, unit="B")
    found = evaluated(world)
    assert [row.agrees for row in found.units] == [True, False]
    assert found.recommendation == "introduce_stepwise"


def test_a_unit_of_few_hides_all_units_from_which_it_could_be_taken(world):
    ours(world, 8, unit="A")
    ours(world, 4, unit="B")
    whole, shown = evaluated(world), evaluated(world, suppress=True)
    assert [row.n for row in whole.units] == [8, 4]
    assert [row.reason for row in shown.units] == ["by_subtraction", "too_few_participants"]
    assert {row.estimate for row in shown.units} == {None}
    (agree,) = (fact for fact in shown.decision.rules[2].broadly if fact.name == "units_agree")
    assert (agree.value, agree.holds) == (None, None)


# -- those who left ----------------------------------------------------------------------------------------


def lost(world, n=6, why="declined"):
    """Participants with a baseline only, who left during the wash-in."""
    codes = world.registry.add_participants(
        world.pilot, "intervention", n, ["bed"], joined_us=world.at(BASELINE, 0)
    )
    put(world, codes, BASELINE, VISITS, np.full(n, 3.0) + np.arange(n) / 10)
    for code in codes:
        world.registry.leave(world.pilot, code, why, PILOT)
    return codes


def test_with_half_the_participants_lost_nothing_is_shown_and_it_says_why(world):
    ours(world, 6)
    lost(world)
    found = evaluated(world)
    assert found.recommendation == "not_shown"
    told = {fact.name: fact for fact in found.decision.rules[1].facts if fact.holds}
    assert set(told) == {"dropout_percent", "participants"}
    assert (told["dropout_percent"].value, told["dropout_percent"].limit) == (50.0, 30.0)
    assert told["participants"].value == 6
    assert told["participants"].limit == pytest.approx(8.4)


def test_the_flow_counts_who_came_how_far_and_why_others_left(world):
    ours(world, 6)
    lost(world, 2, "died")
    lost(world, 3, "declined")
    world.registry.put_recruitment(world.pilot, Recruitment("intervention", 20, 6, 3))
    told = flow(evaluated(world))
    assert (told.planned, told.invited, told.declined, told.not_eligible) == (12, 20, 6, 3)
    assert (told.started, told.completed, told.retention) == (11, 6, pytest.approx(6 / 11))
    assert told.left == (("died", 2), ("declined", 3))
    assert flow(evaluated(world), "comparison").invited is None


def test_leavers_who_began_unlike_those_who_stayed_are_pointed_at(world):
    ours(world, 6)
    codes = lost(world, 5)
    put(world, codes, BASELINE, VISITS, 4.5 + np.arange(5) / 10)
    told = flow(evaluated(world))
    expected = leaver_smd(np.r_[BEFORE[:6], 4.5 + np.arange(5) / 10], np.arange(11) >= 6)
    assert (told.leaver_smd, told.leavers_differ) == (pytest.approx(expected.value), True)
    assert (flow(evaluated(world), "comparison").leaver_smd, told.completed) == (None, 6)


def test_how_a_few_leavers_differ_is_hidden_from_evaluators(world):
    ours(world)
    lost(world, 4)
    assert flow(evaluated(world)).leavers_differ is not None
    told = flow(evaluated(world, suppress=True))
    assert (told.leaver_smd, told.leavers_differ, told.hidden) == (None, None, True)


def test_small_numbers_of_the_flow_are_hidden_with_what_would_give_them_away(world):
    ours(world, 12)
    lost(world, 2, "died")
    lost(world, 6, "declined")
    told = flow(evaluated(world, suppress=True))
    counts = dict(told.left)
    assert (told.started, counts["withheld"], "died" in counts) == (20, None, False)
    assert "declined" not in counts or told.completed is None
    assert told.hidden


def test_missing_values_are_taken_for_the_worst_the_best_and_what_is_likely(world):
    ours(world, 12)
    lost(world, 2)
    found = evaluated(world)
    worst, best, likely = (
        sensitivity(found, name) for name in ("worst_case", "best_case", "multiple_imputation")
    )
    assert {worst.n, best.n, likely.n} == {14}
    assert best.estimate < item(found).estimate < worst.estimate
    assert likely.estimate == pytest.approx(CHANGE.mean(), abs=0.3)
    assert {worst.verdict, best.verdict} == {"better"}
    shown = sensitivity(evaluated(world, suppress=True), "worst_case")  # rests on one person's change
    assert (shown.estimate, shown.reason, shown.verdict) == (None, "by_subtraction", "better")
    assert sensitivity(found, "tipping_point").note_value > 1


def test_who_died_is_not_imputed(world):
    ours(world, 12)
    lost(world, 2, "died")
    told = sensitivity(evaluated(world), "multiple_imputation")
    assert (told.n, told.estimate) == (12, pytest.approx(CHANGE.mean()))


def test_how_many_died_is_not_told_by_who_is_asked_about_use(world):
    codes = ours(world)
    world.registry.leave(world.pilot, codes[0], "died", LAST - timedelta(days=3))
    whole, shown = evaluated(world), evaluated(world, suppress=True)
    assert (whole.use.n, shown.use.n, shown.use.percent) == (11, None, whole.use.percent)


def test_against_a_comparison_group_the_same_analyses_are_of_the_difference(world):
    ours(world)
    others(world)
    lost(world, 2)
    found = evaluated(world)
    alone = sensitivity(found, "before_after")
    assert alone.estimate == pytest.approx(CHANGE.mean(), abs=0.1)
    worst, best, likely = (
        sensitivity(found, name) for name in ("worst_case", "best_case", "multiple_imputation")
    )
    assert best.estimate <= item(found).estimate <= worst.estimate
    assert likely.estimate == pytest.approx(item(found).estimate, abs=0.3)
    assert sensitivity(found, "tipping_point").note_value > 1
    placebo = sensitivity(found, "parallel_trends")
    assert placebo.estimate == pytest.approx(0.0, abs=1e-9)


def linear(found):
    """What is added up from means of the groups' participants."""
    cases = ("complete_case", "worst_case", "best_case", "multiple_imputation", "parallel_trends")
    return {each.analysis: each.estimate for each in found.sensitivity if each.analysis in cases}


@pytest.mark.parametrize("group", ["intervention", "comparison"])
def test_an_effect_beside_published_means_of_one_more_person_is_rounded_with_all_that_tells_it(
    tmp_path, group
):
    for world in open_world(tmp_path, PLAN + SAFETY.replace(EXITS, VISITS)):
        ours(world, 6, unit="A")
        ours(world, 6, unit="B")
        others(world)
        (alone,) = world.registry.add_participants(
            world.pilot, group, 1, ["bed"], joined_us=world.at(BASELINE, 0)
        )
        put(world, [alone], BASELINE, VISITS, [9.0])
        world.registry.leave(world.pilot, alone, "declined", PILOT)
        whole, found = evaluated(world), evaluated(world, suppress=True)
        # 9.0 = (n + 1) * published baseline - n * (pilot - effect - the others' change)
        exact, told = item(whole), item(found)
        assert (told.p, told.reason, told.suppressed) == (None, "by_subtraction", False)
        assert (told.verdict, told.n) == (exact.verdict, 12)
        assert abs(told.estimate - exact.estimate) <= 2.5 * np.std(BEFORE, ddof=1) / 12
        assert told.estimate - told.ci_low >= exact.estimate - exact.ci_low
        assert told.ci_high - told.estimate >= exact.ci_high - exact.estimate
        assert told.estimate != exact.estimate
        assert set(linear(found).values()) == {None}
        assert {row.estimate for row in found.units} == {None}
        assert [(row.estimate, row.outcome) for row in found.safety] == [
            (told.estimate, row.outcome) for row in whole.safety
        ]
        exact_values = {exact.estimate, exact.ci_low, exact.ci_high}
        exact_values |= {-value for value in exact_values}
        facts = {fact.value for rule in found.decision.rules for fact in rule.facts if fact.metric == VISITS}
        assert not facts & exact_values
        assert found.recommendation == whole.recommendation
        assert sensitivity(found, "before_after").estimate is not None  # ranks: no sum of means


def test_complete_cases_by_plan_stand_beside_means_of_everybody_all_the_same(tmp_path):
    for world in open_world(tmp_path, PLAN + "  missing_data: complete_cases\n"):
        codes = ours(world)
        world.registry.leave(world.pilot, codes[0], "moved", EVALUATED + timedelta(days=10))
        told = item(evaluated(world, suppress=True))
        assert (told.n, told.baseline, told.pilot) == (11, None, None)


def test_an_effect_beside_published_means_of_five_more_is_told(world):
    ours(world)
    others(world)
    lost(world, 5)
    found = evaluated(world, suppress=True)
    assert item(found).estimate == pytest.approx(CHANGE.mean() - THEIR_CHANGE.mean())
    assert item(found).baseline == pytest.approx(BEFORE.mean())
    told = linear(found)
    assert (told["complete_case"], told["worst_case"]) == (pytest.approx(item(found).estimate), None)


def test_a_change_imputed_for_one_person_is_hidden_before_and_after_too(world):
    ours(world)
    lost(world, 1)
    found = evaluated(world, suppress=True)
    assert item(found).estimate is not None
    for analysis in ("multiple_imputation", "tipping_point"):
        row = sensitivity(found, analysis)
        assert (row.estimate, row.note_value, row.reason) == (None, None, "by_subtraction")


def test_who_joined_late_cannot_be_taken_out_of_the_weeks_after_the_wash_in(world):
    ours(world)
    (late,) = world.registry.add_participants(
        world.pilot, "intervention", 1, ["bed"], joined_us=world.at(EVALUATED, 0)
    )
    put(world, [late], EVALUATED, VISITS, [9.0])
    told = item(evaluated(world, suppress=True))
    assert (told.pilot, told.reason) == (None, "by_subtraction")


def test_only_those_who_stayed_are_the_complete_cases(world):
    codes = ours(world)
    world.registry.leave(world.pilot, codes[0], "moved", EVALUATED + timedelta(days=10))
    found = evaluated(world)
    assert (item(found).n, sensitivity(found, "complete_case").n) == (12, 11)
    hidden = sensitivity(evaluated(world, suppress=True), "complete_case")
    assert (hidden.suppressed, hidden.estimate) == (True, None)  # else the change of one would follow


def test_who_has_completed_has_stayed(world):
    codes = ours(world)
    world.registry.leave(world.pilot, codes[0], "completed", EVALUATED + timedelta(days=10))
    found = evaluated(world)
    assert (sensitivity(found, "complete_case").n, flow(found).completed) == (12, 12)


def test_a_plan_may_count_complete_cases_only(tmp_path):
    for world in open_world(tmp_path, PLAN + "  missing_data: complete_cases\n"):
        codes = ours(world)
        world.registry.leave(world.pilot, codes[0], "moved", EVALUATED + timedelta(days=10))
        assert item(evaluated(world)).n == 11


# -- weeks and months --------------------------------------------------------------------------------------


def test_a_run_chart_holds_weeks_against_the_baselines_limits(world):
    ours(world)
    chart = next(
        each for each in evaluated(world).run_charts if (each.metric, each.group) == (VISITS, "intervention")
    )
    assert [day for day, _ in chart.weeks[:2]] == [date(2026, 1, 12), date(2026, 1, 19)]
    assert chart.baseline_weeks == 3
    assert chart.centre == pytest.approx(BEFORE.mean())
    assert (date(2026, 2, 16), "outside") in chart.signals
    assert dict(chart.weeks)[date(2026, 2, 2)] is None


def test_weeks_of_fewer_than_five_are_hidden_from_evaluators(world):
    ours(world, 4)
    chart = evaluated(world, suppress=True).run_charts[0]
    assert {value for _, value in chart.weeks} == {None}
    assert (chart.centre, chart.signals) == (None, ())


def test_what_is_left_after_six_months_is_the_share_of_the_change_in_months_four_to_six(world):
    codes = ours(world)
    put(world, codes, date(2026, 7, 1), VISITS, BEFORE + CHANGE / 2)
    half, year = evaluated(world).sustained
    assert (half.after, half.due, half.n) == ("6m", date(2026, 9, 8), 12)
    assert half.retained == pytest.approx(0.5, abs=0.02)
    assert (year.after, year.due, year.reason) == ("12m", date(2027, 3, 8), "not_due")
    assert year.estimate is None


def test_a_follow_up_without_readings_yet_is_not_due(world):
    ours(world)
    assert {row.reason for row in evaluated(world).sustained} == {"not_due"}


# -- the decision ------------------------------------------------------------------------------------------


def test_another_round_says_how_many_are_needed(tmp_path):
    for world in open_world(tmp_path, PLAN.replace("  quality_gain: Lugnare nätter\n", "")):
        change = -0.5 + 3 * (CHANGE + 1)
        ours(world, change=change)
        found = evaluated(world)
        assert found.recommendation == "another_round"
        assert found.decision.n_needed == n_paired(0.5 / change.std(ddof=1)).n > 12


def test_no_number_is_needed_where_more_participants_are_not_what_lacks(tmp_path):
    for world in open_world(tmp_path, PLAN.replace("  quality_gain: Lugnare nätter\n", "")):
        ours(world)  # four or five would have seen it: what lacks is a gain
        found = evaluated(world)
        assert (found.recommendation, found.decision.n_needed) == ("another_round", None)


def test_fewer_than_an_interval_takes_are_never_said_to_be_enough(world):
    ours(world, 5)
    found = evaluated(world)
    assert (found.recommendation, found.decision.n_needed) == ("not_shown", 6)


def test_a_likely_gain_by_the_plans_own_prices_is_worth_it_too(tmp_path):
    plan = PLAN.replace("  quality_gain: Lugnare nätter\n", "") + (
        "costs: {device_sek: 4200, licence_sek_month: 149, staff_sek_hour: 420, visit_min: 12, users: 100}\n"
    )
    for world in open_world(tmp_path, plan):
        ours(world)
        found = evaluated(world)
        assert found.economy.probability_of_gain > 0.99
        assert found.recommendation == "introduce_stepwise"


def test_hidden_figures_are_hidden_in_every_part(tmp_path):
    for world in open_world(tmp_path, PLAN + SAFETY):
        codes = ours(world, 4)
        put(world, codes, BASELINE, EXITS, BEFORE[:4])
        put(world, codes, EVALUATED, EXITS, BEFORE[:4])
        found = evaluated(world, suppress=True)
        assert found.recommendation == "not_shown"
        about = [each for rule in found.decision.rules for each in rule.facts if each.metric]
        assert {(fact.value, fact.holds) for fact in about} == {(None, None)}
        assert found.decision.n_needed is None
        assert all(row.suppressed for row in (*found.safety, *found.sensitivity))
        assert (found.use.percent, found.use.suppressed) == (None, True)
        assert found.economy is None


def test_an_evaluation_without_a_second_phase_says_nothing_and_breaks_nothing(tmp_path):
    plan = PLAN.replace("  - {name: pilot, start: 2026-02-09, end: 2026-03-08, wash_in_days: 7}\n", "")
    for world in open_world(tmp_path, plan):
        put(world, world.people("intervention", 6), BASELINE, VISITS, BEFORE[:6])
        found = evaluated(world)
        assert found.recommendation == "not_shown"
        assert {each.reason for each in found.items} == {"no_data"}
        assert (found.units, found.sensitivity, found.run_charts, found.use) == ((), (), (), None)


def test_every_part_of_an_evaluation_is_there_for_a_pilot_without_anybody(world):
    found = evaluated(world, suppress=True)
    assert found.recommendation == "not_shown"
    assert all(hasattr(found, field.name) for field in fields(found))


def test_a_second_round_is_held_against_the_first(tmp_path):
    plan = PLAN.replace("title: Nattillsyn", "title: Nattillsyn\nkind: rollout").replace(
        "{name: follow_up, start: 2026-06-09", "{name: round_2, start: 2026-06-09"
    )
    for world in open_world(tmp_path, plan):
        codes = ours(world)
        put(world, codes, date(2026, 7, 1), VISITS, BEFORE + 1.5 * CHANGE)
        data = PilotData(world.registry, world.store, world.pilot)
        data.kept = replace(data.kept, round=2)  # its gates ask for more than this is about
        found = evaluate(data, suppress=False)
        assert (found.round, found.compared) == (2, ("pilot", "round_2"))
        assert item(found).estimate == pytest.approx(CHANGE.mean() / 2, abs=0.05)
