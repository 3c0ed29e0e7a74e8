from datetime import date, timedelta

import numpy as np
import pytest
from scipy import stats

from analysis.catalogue import METRICS
from analysis.pipeline import PilotData
from analysis.pipeline.groups import UnknownMetric, latest_values, metric_rows
from pilots.errors import UnknownGroup, UnknownParticipant
from tests.analysis.pilot_world import BASELINE, PILOT, open_world

VISITS = "physical_visits_per_night"


@pytest.fixture
def world(tmp_path):
    yield from open_world(tmp_path)


def rows(world, metric=VISITS, by="phase", suppress=False, **chosen):
    return metric_rows(
        PilotData(world.registry, world.store, world.pilot), metric, by=by, suppress=suppress, **chosen
    )


def test_a_group_is_the_mean_of_its_participants_not_of_their_nights(world):
    often, seldom = world.people("intervention", 2)
    world.days(often, BASELINE, VISITS, [4.0] * 20)
    world.days(seldom, BASELINE, VISITS, [1.0] * 2)
    row = rows(world, group="intervention")[0]
    assert (row.period, row.phase, row.n, row.value) == ("baseline", "baseline", 2, 2.5)


def test_an_hour_of_rest_is_grouped_like_a_metric_although_the_catalogue_does_not_list_it(world):
    one, other = world.people("intervention", 2)
    world.days(one, BASELINE, "rest_percent_h03", [80.0, 60.0])
    world.days(other, BASELINE, "rest_percent_h03", [90.0])
    row = rows(world, "rest_percent_h03", group="intervention")[0]
    assert (row.n, row.value) == (2, 80.0)
    assert "rest_percent_h03" not in METRICS


def test_the_interval_is_a_t_interval_over_participants(world):
    means = [6.0, 7.0, 9.0]
    for code, mean in zip(world.people("intervention", 3), means, strict=True):
        world.days(code, BASELINE, VISITS, [mean - 0.5, mean + 0.5])
    row = rows(world, group="intervention")[0]
    expected = stats.t.interval(0.95, 2, np.mean(means), stats.sem(means))
    assert (row.ci_low, row.ci_high) == pytest.approx(expected)


def test_one_participant_alone_gives_a_group_no_interval(world):
    (code,) = world.people("intervention", 1)
    world.days(code, BASELINE, VISITS, [1.0, 3.0])
    row = rows(world, group="intervention")[0]
    assert (row.n, row.value, row.ci_low) == (1, 2.0, None)


def test_values_below_the_coverage_floor_do_not_count_unless_asked_for(world):
    (code,) = world.people("intervention", 1)
    world.day(code, BASELINE, "max_distance_from_home_m", 900.0, coverage=0.1, reason="low_coverage")
    chosen = {"metric": "max_distance_from_home_m", "by": "day", "participant": code}
    (absent,) = rows(world, **chosen)
    assert (absent.value, absent.reason, absent.coverage) == (None, "low_coverage", 0.1)
    (shown,) = rows(world, **chosen, min_coverage=0)
    assert (shown.value, shown.reason) == (900.0, None)


def test_coverage_counts_absent_nights_as_unseen(world):
    (code,) = world.people("intervention", 1)
    world.days(code, BASELINE, VISITS, [1.0, 2.0])
    world.days(code, BASELINE + timedelta(days=2), VISITS, [None, None], coverage=None, reason="no_log")
    row = rows(world, group="intervention")[0]
    assert (row.value, row.coverage) == (1.5, 0.5)


def test_a_period_without_a_value_says_why(world):
    (code,) = world.people("intervention", 1)
    world.days(code, BASELINE, VISITS, [None] * 3, coverage=0.0, reason="no_log")
    baseline, pilot = rows(world, group="intervention")
    assert (baseline.value, baseline.reason) == (None, "no_log")
    assert (pilot.value, pilot.reason) == (None, "no_data")


def test_a_participants_row_has_nights_as_n(world):
    (code,) = world.people("intervention", 1)
    world.days(code, BASELINE, VISITS, [1.0, 2.0, 6.0])
    row = rows(world, participant=code)[0]
    assert (row.group, row.n, row.value) == ("intervention", 3, 3.0)


def test_a_slope_over_a_phase_is_the_slope_through_its_nights(world):
    (code,) = world.people("intervention", 1)
    world.days(code, BASELINE, "weight_kg", [80 - 0.1 * night for night in range(20)])
    row = rows(world, "weight_trend_kg_per_30d", participant=code)[0]
    assert (row.n, row.value) == (20, pytest.approx(-3.0))


def test_a_slope_through_thirteen_nights_is_too_few(world):
    (code,) = world.people("intervention", 1)
    world.days(code, BASELINE, "weight_kg", [80 - 0.1 * night for night in range(13)])
    row = rows(world, "weight_trend_kg_per_30d", group="intervention")[0]
    assert (row.value, row.reason) == (None, "too_few_nights")


def test_a_slope_over_a_week_is_the_last_thirty_day_slope(world):
    (code,) = world.people("intervention", 1)
    world.days(code, BASELINE, "weight_trend_kg_per_30d", [1.0, 2.0, 3.0])
    assert rows(world, "weight_trend_kg_per_30d", "week", participant=code)[0].value == 3.0


def test_the_last_change_stands_for_a_phase(world):
    (code,) = world.people("intervention", 1)
    world.days(code, BASELINE, "weight_change_percent_30d", [1.0, 5.0, None])
    assert rows(world, "weight_change_percent_30d", participant=code)[0].value == 5.0


def test_weeks_ascend_with_a_row_for_each_group(world):
    (code,) = world.people("intervention", 1)
    world.days(code, BASELINE, VISITS, [1.0] * 10)
    weeks = rows(world, by="week")
    assert [(row.period, row.group) for row in weeks] == [
        ("2026-W03", "intervention"),
        ("2026-W03", "comparison"),
        ("2026-W04", "intervention"),
        ("2026-W04", "comparison"),
    ]
    assert weeks[0].time_us == world.at(BASELINE, 0)


def test_start_and_end_choose_whole_periods_by_when_they_open(world):
    (code,) = world.people("intervention", 1)
    world.days(code, BASELINE, VISITS, [1.0] * 21)
    chosen = rows(
        world, by="week", participant=code, start=world.at(date(2026, 1, 13)), end=world.at(date(2026, 1, 26))
    )
    assert [row.period for row in chosen] == ["2026-W04", "2026-W05"]
    assert chosen[0].n == 7


def test_every_phase_has_its_row_also_without_any_data(world):
    world.people("intervention", 1)
    assert [(row.period, row.reason) for row in rows(world, group="intervention")] == [
        ("baseline", "no_data"),
        ("pilot", "no_data"),
    ]


def filled(world, intervention, comparison):
    for group, count in (("intervention", intervention), ("comparison", comparison)):
        for code in world.people(group, count) if count else ():
            world.days(code, BASELINE, VISITS, [2.0] * 7)


def test_a_group_of_four_is_hidden_from_evaluators(world):
    filled(world, 5, 4)
    shown, hidden = rows(world, suppress=True)[:2]
    assert (shown.suppressed, shown.n) == (False, 5)
    assert hidden.suppressed
    assert hidden.reason == "too_few_participants"
    assert {hidden.n, hidden.value, hidden.ci_low, hidden.ci_high, hidden.coverage} == {None}


def test_a_total_that_would_give_the_small_group_away_is_hidden_too(world):
    filled(world, 6, 3)
    total = rows(world, group="all", suppress=True)[0]
    assert (total.suppressed, total.reason) == (True, "by_subtraction")
    assert rows(world, group="all")[0].n == 9


def test_a_total_over_two_groups_of_five_is_shown(world):
    filled(world, 5, 5)
    total = rows(world, group="all", suppress=True)[0]
    assert (total.suppressed, total.n, total.value) == (False, 10, 2.0)


def test_a_participants_row_is_never_published(world):
    (code,) = world.people("intervention", 1)
    world.days(code, BASELINE, VISITS, [2.0] * 7)
    assert rows(world, participant=code, suppress=True)[0].suppressed


def test_waiting_times_are_pooled_over_a_groups_alarms(world):
    for place, code in enumerate(world.people("intervention", 3)):
        device = world.device(code, f"alarm-{place}")
        for number in range(9):
            world.alarm(device, f"a{number}", world.at(BASELINE, number), acknowledged=10 * (number + 1))
    row = rows(world, "time_to_acknowledge_s", group="intervention")[0]
    assert (row.n, row.value, row.coverage) == (3, 50.0, 1.0)
    assert row.ci_low <= 50 <= row.ci_high
    own = rows(world, "time_to_acknowledge_s", participant=code)[0]
    assert (own.n, own.value) == (9, 50.0)


def test_the_latest_value_is_the_last_week_that_has_one(world):
    for code in world.people("intervention", 5):
        world.days(code, PILOT, VISITS, [1.0] * 7 + [3.0] * 2 + [None] * 10)
    latest = latest_values(PilotData(world.registry, world.store, world.pilot), suppress=True)
    assert set(latest) == {VISITS}
    assert (latest[VISITS].period, latest[VISITS].value) == ("2026-W08", 3.0)


def test_what_does_not_exist_is_refused_by_name(world):
    with pytest.raises(UnknownMetric, match="'steps'"):
        rows(world, "steps")
    with pytest.raises(UnknownGroup, match="control"):
        rows(world, group="control")
    with pytest.raises(UnknownParticipant, match="K7Q-4TD"):
        rows(world, participant="K7Q-4TD")
