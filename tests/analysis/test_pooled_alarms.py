from datetime import date, timedelta

import pytest

from analysis.intervals import poisson_rate_ci, wilson_ci
from analysis.pipeline import PilotData
from analysis.pipeline.evaluation import evaluate
from analysis.pipeline.groups import latest_values, metric_rows
from analysis.pooled import pooled_rate, pooled_share
from analysis.pooled_change import pooled_change
from pilots.records import DailyValue
from tests.analysis.pilot_world import BASELINE, PILOT, SECOND, open_world
from tests.store.readings import batch

FALSE, NUISANCE = "false_alarms_percent", "nuisance_alarms_percent"
NIGHT, SHIFT, FLOODS = "night_alarms_percent", "alarms_per_shift", "alarm_floods_per_week"
EVALUATED = PILOT + timedelta(days=7)  # after the wash-in


@pytest.fixture
def world(tmp_path):
    yield from open_world(tmp_path)


def rows(world, metric, by="phase", suppress=False, **chosen):
    return metric_rows(
        PilotData(world.registry, world.store, world.pilot), metric, by=by, suppress=suppress, **chosen
    )


def row(world, metric, **chosen):
    return rows(world, metric, **({"group": "intervention"} | chosen))[0]


def residents(world, count, group="intervention"):
    """Codes, each with an alarm device of the same number."""
    joined = world.people(group, count)
    # As the registry lists them: resampling goes by place.
    codes = [each.code for each in world.registry.participants(world.pilot) if each.code in joined]
    for place, code in enumerate(codes):
        world.device(code, f"{group}-{place}")
    return codes


def told(world, place, day=BASELINE, group="intervention", **outcomes):
    """So many alarms of the resident with each outcome, `unknown` with none, one an hour from noon."""
    words = [word for word, count in outcomes.items() for _ in range(count)]
    alarms = []
    for number, word in enumerate(words):
        alarm = {"device": f"{group}-{place}", "alarm": f"{day}-{number}"}
        raised = world.at(day, 12 + number)
        outcome = {} if word == "unknown" else {"outcome": word}
        alarms.append(alarm | {"stage": "raised", "time": raised})
        alarms.append(alarm | {"stage": "closed", "time": raised + 60 * SECOND} | outcome)
    world.store.commit([batch("alarm", alarms)])


def stood(world, code, counts, first=BASELINE, coverage=1.0):
    """Daily values of a device that stood there: so many alarms on each day."""
    world.registry.put_daily_values(
        world.pilot,
        [
            DailyValue(
                code,
                first + timedelta(days=index),
                "alarms_per_device_day",
                float(count),
                None,
                None,
                count,
                coverage,
                None if coverage >= 0.7 else "low_coverage",
            )
            for index, count in enumerate(counts)
        ],
    )


# -- false and nuisance ------------------------------------------------------------------------------------


def test_false_and_nuisance_alarms_are_shares_of_the_alarms_whose_outcome_is_known(world):
    residents(world, 3)
    told(world, 0, real=3, false=1, unknown=1)
    told(world, 1, real=2, nuisance=2)
    told(world, 2, false=2)
    false, nuisance = row(world, FALSE), row(world, NUISANCE)
    assert (false.n, false.value, false.reason) == (3, 30.0, None)
    assert (nuisance.value, nuisance.coverage) == (20.0, pytest.approx(10 / 11))
    expected = pooled_share([1, 0, 2], [4, 4, 2])
    assert (false.ci_low, false.ci_high) == (100 * expected.ci_low, 100 * expected.ci_high)


def test_tests_are_no_alarms(world):
    residents(world, 2)
    told(world, 0, real=5, test=5)
    told(world, 1, real=5)
    assert (row(world, FALSE).value, row(world, FALSE).coverage) == (0.0, 1.0)


def test_where_few_outcomes_are_known_the_share_is_absent_unless_asked_for(world):
    residents(world, 2)
    told(world, 0, real=3, unknown=4)
    told(world, 1, false=3)
    absent = row(world, FALSE)
    assert (absent.value, absent.reason, absent.coverage) == (None, "low_coverage", 0.6)
    assert row(world, FALSE, min_coverage=0.5).value == 50.0


def test_four_alarms_are_too_few_for_a_share(world):
    residents(world, 2)
    told(world, 0, real=2)
    told(world, 1, false=2)
    assert (row(world, FALSE).value, row(world, FALSE).reason) == (None, "too_few_nights")
    assert row(world, NIGHT).reason == "too_few_nights"


def test_no_alarms_are_no_data(world):
    residents(world, 2)
    assert {row(world, metric).reason for metric in (FALSE, NUISANCE, NIGHT, SHIFT, FLOODS)} == {"no_data"}


def test_one_resident_alone_gives_a_group_no_interval_but_has_their_own(world):
    (code,) = residents(world, 1)
    told(world, 0, real=4, false=1)
    alone = row(world, FALSE)
    assert (alone.n, alone.value, alone.ci_low, alone.reason) == (1, 20.0, None, "too_few_participants")
    own = row(world, FALSE, group=None, participant=code)
    low, high = wilson_ci(1, 5)
    assert (own.n, own.value, own.ci_low, own.ci_high) == (5, 20.0, 100 * low, 100 * high)


# -- night -------------------------------------------------------------------------------------------------


def test_night_is_from_nine_in_the_evening_to_seven_in_the_morning_local_time(world):
    residents(world, 2)
    for number, hours in enumerate((6.99, 7, 12, 20.99, 21, 23.5)):
        world.alarm("intervention-0", f"a{number}", world.at(BASELINE, hours))
    world.alarm("intervention-1", "b", world.at(BASELINE, 24 + 3))
    found = row(world, NIGHT)
    assert (found.n, found.value, found.coverage) == (2, pytest.approx(100 * 4 / 7), 1.0)


def test_night_stays_on_the_clock_when_summer_time_begins(tmp_path):
    plan = (
        "{pilot: p, title: T, timezone: Europe/Stockholm, groups: {intervention: 6}, "
        "phases: [{name: baseline, start: 2026-03-23, end: 2026-04-05}]}"
    )
    for world in open_world(tmp_path, plan):
        residents(world, 2)
        spring = date(2026, 3, 29)
        # Midnight and six hours is seven in the morning there; twenty hours is nine in the evening.
        for number, hours in enumerate((5.99, 6, 19.99, 20)):
            world.alarm("intervention-0", f"a{number}", world.at(spring, hours))
        world.alarm("intervention-1", "b", world.at(spring, 12))
        assert row(world, NIGHT).value == 40.0


# -- per shift and floods ----------------------------------------------------------------------------------


def test_alarms_per_shift_are_of_the_whole_group_three_shifts_a_day(world):
    codes = residents(world, 3)
    for code, counts in zip(codes, ([2, 0, 1], [0, 0, 0], [4, 2, 0]), strict=True):
        stood(world, code, counts)
    found = row(world, SHIFT)
    assert (found.n, found.value, found.coverage) == (3, 1.0, 1.0)
    expected = pooled_rate([3, 0, 6], [3, 3, 3])
    assert (found.ci_low, found.ci_high) == (expected.ci_low, expected.ci_high)


def test_days_that_were_not_observed_have_no_shifts(world):
    first, second = residents(world, 2)
    stood(world, first, [3, 3])
    stood(world, second, [0])
    stood(world, second, [0], BASELINE + timedelta(days=1), coverage=0.2)
    assert row(world, SHIFT).value == 1.0
    assert row(world, SHIFT).coverage == pytest.approx(0.8)


def test_a_quiet_group_has_no_alarms_per_shift_and_says_how_sure_that_is(world):
    for code in residents(world, 5):
        stood(world, code, [0] * 10)
    found = row(world, SHIFT)
    assert (found.n, found.value, found.ci_low, found.ci_high) == (5, 0.0, 0.0, poisson_rate_ci(0, 30)[1])


def test_a_participants_alarms_per_shift_are_their_own(world):
    codes = residents(world, 2)
    stood(world, codes[0], [3, 0])
    stood(world, codes[1], [9, 9])
    own = row(world, SHIFT, group=None, participant=codes[0])
    assert (own.n, own.value) == (2, 0.5)
    assert (own.ci_low, own.ci_high) == poisson_rate_ci(3, 6)


def flood(world, day, alarms, devices):
    rows = [
        {
            "device": f"intervention-{number % devices}",
            "alarm": f"{day}-{number}",
            "stage": "raised",
            "time": world.at(day, 12 + number / 120),
        }
        for number in range(alarms)
    ]
    world.store.commit([batch("alarm", rows)])


def test_ten_alarms_of_a_group_within_ten_minutes_are_a_flood(world):
    codes = residents(world, 5)
    flood(world, BASELINE, 10, 5)
    flood(world, BASELINE + timedelta(days=2), 9, 5)
    flood(world, BASELINE + timedelta(days=9), 20, 5)
    for code in codes:
        stood(world, code, [2, 0, 2, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0])
    found = row(world, FLOODS)
    assert (found.n, found.value) == (5, 1.0)
    assert (found.ci_low, found.ci_high) == poisson_rate_ci(2, 2)
    assert [each.value for each in rows(world, FLOODS, "week", group="intervention")] == [1.0, 1.0]


def test_floods_of_days_whose_alarms_were_deleted_are_not_none(world):
    for code in residents(world, 5):
        stood(world, code, [4] * 7)
    assert (row(world, FLOODS).value, row(world, FLOODS).reason) == (None, "purged")
    assert row(world, SHIFT).value == pytest.approx(20 / 3)


# -- small cells -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", [FALSE, NUISANCE, NIGHT, SHIFT, FLOODS])
def test_four_residents_are_hidden_from_evaluators_and_five_are_not(world, metric):
    codes = residents(world, 5)
    for place in range(4):
        told(world, place, real=3, false=1)
    for code in codes[:4]:
        stood(world, code, [4])
    hidden = row(world, metric, suppress=True)
    assert (hidden.suppressed, hidden.reason) == (True, "too_few_participants")
    assert {hidden.n, hidden.value, hidden.ci_low, hidden.ci_high, hidden.coverage} == {None}
    told(world, 4, real=3, false=1)
    stood(world, codes[4], [4])
    shown = row(world, metric, suppress=True)
    assert (shown.suppressed, shown.n) == (False, 5)


def test_coverage_and_reason_of_a_few_are_hidden_too(world):
    residents(world, 6)
    told(world, 0, unknown=9)
    assert row(world, FALSE).reason == "low_coverage"
    hidden = row(world, FALSE, suppress=True)
    assert (hidden.suppressed, hidden.coverage, hidden.reason) == (True, None, "too_few_participants")


def test_a_total_that_would_give_the_small_group_away_is_hidden_too(world):
    for group, count in (("intervention", 6), ("comparison", 3)):
        for place, _ in enumerate(residents(world, count, group)):
            told(world, place, group=group, real=2)
    total = row(world, FALSE, group="all", suppress=True)
    assert (total.suppressed, total.reason) == (True, "by_subtraction")
    assert row(world, FALSE, group="all").n == 9


# -- over time ---------------------------------------------------------------------------------------------


def test_the_latest_week_of_each_figure_stands_in_the_catalogue(world):
    for place, code in enumerate(residents(world, 5)):
        told(world, place, real=2)
        told(world, place, PILOT, real=1, false=1)
        stood(world, code, [2] + [0] * 27 + [2] + [0] * 6)
    latest = latest_values(PilotData(world.registry, world.store, world.pilot), suppress=True)
    assert (latest[FALSE].period, latest[FALSE].value) == ("2026-W07", 50.0)
    assert latest[SHIFT].value == pytest.approx(10 / 21)
    assert latest[FLOODS].value == 0


def evaluated(world, metric, suppress=False):
    items = evaluate(PilotData(world.registry, world.store, world.pilot), suppress=suppress).items
    return next(item for item in items if (item.metric, item.group) == (metric, "intervention"))


def test_a_pooled_figure_is_compared_for_those_who_stand_in_both_phases(world):
    residents(world, 7)
    false = [(4, 1), (3, 2), (5, 1), (2, 2), (4, 0), (3, 1)]
    for place, (before, after) in enumerate(false):
        told(world, place, false=before, real=6 - before)
        told(world, place, EVALUATED, false=after, real=5 - after)
    told(world, 6, false=6)  # has no alarms in the pilot phase
    item = evaluated(world, FALSE)
    before, after = zip(*false, strict=True)
    expected = pooled_change((before, [6] * 6), (after, [5] * 6), kind="share")
    assert (item.n_started, item.n, item.p) == (7, 6, None)
    assert (item.baseline, item.pilot) == pytest.approx((100 * 21 / 36, 100 * 7 / 30))
    assert (item.ci_low, item.ci_high) == (100 * expected.ci_low, 100 * expected.ci_high)
    assert (item.verdict, item.coverage) == ("better", 1.0)
    assert item.method == "Difference of pooled figures, resident-cluster bootstrap, expanded percentile"


def test_days_of_the_wash_in_do_not_count_for_a_pooled_figure_either(world):
    for place, _ in enumerate(residents(world, 6)):
        told(world, place, false=1 + place % 2, real=3)
        told(world, place, EVALUATED, false=place % 2, real=3)
    item = evaluated(world, FALSE)
    for place in range(6):
        told(world, place, PILOT, false=9)
    assert evaluated(world, FALSE) == item


def test_alarms_per_shift_are_compared_as_the_groups(world):
    for place, code in enumerate(residents(world, 6)):
        stood(world, code, [3] * 14)
        stood(world, code, [1 + place % 2] * 14, EVALUATED)
    item = evaluated(world, SHIFT)
    assert (item.n, item.baseline, item.pilot, item.estimate) == (6, 6.0, 3.0, -3.0)
    assert item.ci_high < 0
    assert item.verdict == "lower"


def test_six_days_are_too_few_to_stand_in_a_phase(world):
    codes = residents(world, 7)
    for code in codes:
        stood(world, code, [1] * 14)
        stood(world, code, [1] * (6 if code == codes[0] else 7), EVALUATED)
    assert evaluated(world, SHIFT).n == 6


def test_floods_are_compared_as_events_in_time(world):
    for code in residents(world, 6):
        stood(world, code, [0] * 14)
        stood(world, code, [0] * 14, EVALUATED)
    item = evaluated(world, FLOODS)
    assert (item.n, item.baseline, item.pilot, item.estimate) == (6, 0, 0, 0)
    assert (item.ci_low, item.ci_high) == pytest.approx((-poisson_rate_ci(0, 2)[1], poisson_rate_ci(0, 2)[1]))
    assert item.method == "Difference of rates, limits from Garwood's (MOVER)"


def test_five_residents_have_a_change_without_an_interval_and_four_are_hidden(world):
    codes = residents(world, 5)
    for place in range(4):
        told(world, place, false=2, real=3)
        told(world, place, EVALUATED, real=5)
    hidden = evaluated(world, FALSE, suppress=True)
    assert (hidden.suppressed, hidden.estimate, hidden.n) == (True, None, None)
    told(world, 4, false=2, real=3)
    told(world, 4, EVALUATED, real=5)
    item = evaluated(world, FALSE, suppress=True)
    assert (item.n, item.estimate, item.ci_low) == (len(codes), pytest.approx(-40), None)
    assert item.reason == "too_few_participants"


def test_where_one_resident_could_be_subtracted_nothing_of_a_pooled_figure_is_shown(world):
    for place, _ in enumerate(residents(world, 7)):
        told(world, place, false=2, real=3 + place % 2)
        if place:
            told(world, place, EVALUATED, real=5)
    item = evaluated(world, FALSE, suppress=True)
    assert (item.reason, item.suppressed) == ("by_subtraction", True)
    # The change is the difference of the two: beside either it would tell the other.
    assert (item.baseline, item.pilot, item.estimate, item.n) == (None, None, None, None)


def test_outcomes_that_few_wrote_down_are_said_to_be_the_reason(world):
    for place, _ in enumerate(residents(world, 6)):
        told(world, place, real=5)
        told(world, place, EVALUATED, real=1, unknown=4)
    item = evaluated(world, FALSE)
    assert (item.n, item.reason, item.coverage) == (0, "low_coverage", pytest.approx(0.6))


def test_coverage_and_reason_of_a_few_are_hidden_in_the_evaluation_too(world):
    for place, _ in enumerate(residents(world, 8)[:3]):
        told(world, place, unknown=5)
    assert evaluated(world, FALSE).reason == "low_coverage"
    hidden = evaluated(world, FALSE, suppress=True)
    assert (hidden.suppressed, hidden.coverage, hidden.reason) == (True, None, "too_few_participants")
    told(world, 3, unknown=5)
    told(world, 4, unknown=5)
    shown = evaluated(world, FALSE, suppress=True)
    assert (shown.suppressed, shown.n, shown.reason) == (False, 0, "low_coverage")
