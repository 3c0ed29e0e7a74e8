from datetime import date, timedelta

import numpy as np
import pytest

from analysis.catalogue import METRICS, REST_HOURS
from analysis.pipeline.daily import recompute
from analysis.pipeline.families import FAMILIES
from analysis.pipeline.weights import WEIGHT_METRICS
from pilots.civil_time import midnight, noon
from tests.analysis.beds import HOUR, SECOND
from tests.analysis.pipeline_pilot import PILOT, ZONE, SmallPilot

FIRST = date(2026, 1, 12)
NIGHT_METRICS = ("weight_kg", "bed_exits_per_night", "restlessness_percent", "time_in_bed_h")


@pytest.fixture
def pilot(tmp_path):
    opened = SmallPilot.open(tmp_path, FIRST, FIRST + timedelta(days=4))
    yield opened
    opened.close()


def _at(day, hours):
    return midnight(day, ZONE) + round(hours * HOUR)


def test_every_metric_of_the_catalogue_is_made_by_one_family():
    made = [metric for family in FAMILIES.values() for metric in family.metrics] + list(WEIGHT_METRICS)
    pooled = {name for name, metric in METRICS.items() if metric.summary == "pooled"}
    assert sorted(made) == sorted((METRICS.keys() | REST_HOURS.keys()) - pooled)


def test_each_night_is_weighed_and_its_exits_counted(pilot):
    pilot.stand("bed-1", "bed")
    pilot.sleep("bed-1", pilot.days)
    pilot.recompute()
    assert set(pilot.values("weight_kg")) == set(pilot.days)
    assert list(pilot.values("weight_kg").values()) == pytest.approx([69.82] * 5, abs=0.15)
    assert list(pilot.values("bed_exits_per_night").values()) == [1] * 5
    assert list(pilot.values("time_in_bed_h").values()) == pytest.approx([9 - 1 / 6] * 5, abs=0.01)
    assert list(pilot.values("restlessness_percent").values()) == pytest.approx([10] * 5, abs=5)


def test_a_value_carries_its_interval_its_number_and_its_coverage(pilot):
    pilot.stand("bed-1", "bed")
    pilot.sleep("bed-1", pilot.days)
    pilot.recompute()
    row = pilot.rows("weight_kg")[FIRST]
    assert row.ci_low < row.value < row.ci_high
    assert row.n > 300
    assert row.coverage == 1.0
    assert row.reason is None


def test_a_second_run_computes_nothing(pilot):
    pilot.stand("bed-1", "bed")
    pilot.sleep("bed-1", pilot.days)
    first = pilot.recompute()
    before = pilot.registry.daily_values(PILOT)
    second = pilot.recompute()
    assert (second.days, second.values) == (0, 0)
    assert second.unchanged == first.days
    assert pilot.registry.daily_values(PILOT) == before


def test_of_two_beds_alike_the_same_one_counts_after_one_was_moved_on_another_day(pilot):
    start = midnight(FIRST, ZONE)
    for number, bed in enumerate(("bed-1", "bed-2")):
        pilot.stand(bed, "bed")
        pilot.sleep(bed, pilot.days, seed=number)
    pilot.recompute()
    pilot.registry.assign(PILOT, "bed-1", pilot.codes[0], start, start + HOUR)
    pilot.registry.assign(PILOT, "bed-1", pilot.codes[0], start + 2 * HOUR)
    pilot.recompute()
    before = pilot.registry.daily_values(PILOT)
    pilot.forget()
    pilot.recompute()
    assert pilot.registry.daily_values(PILOT) == before


def test_progress_counts_to_the_days_that_the_summary_tells(pilot):
    pilot.stand("bed-1", "bed")
    pilot.sleep("bed-1", pilot.days)
    told = []
    done = recompute(pilot.registry, pilot.store, PILOT, progress=lambda *each: told.append(each))
    assert told[0] == (0, done.days)
    assert told[-1] == (done.days, done.days)


def test_late_readings_recompute_only_the_nights_they_touch(pilot):
    pilot.stand("bed-1", "bed")
    pilot.sleep("bed-1", pilot.days)
    pilot.recompute()
    before, weights = pilot.made_from("bed"), pilot.made_from("weights")
    late = _at(FIRST + timedelta(days=2), 27) + 5 * SECOND
    pilot.send("bed", "bed-1", [late], load_kg=[112.0], movement=[0.0])
    pilot.recompute()
    after = pilot.made_from("bed")
    changed = {day for day in after if after[day] != before[day]}
    assert changed == {FIRST + timedelta(days=2)}
    # The night's median weight does not move for one sample, so nothing that is derived from it does.
    assert pilot.made_from("weights") == weights


def test_what_comes_after_noon_makes_the_night_before_anew_once_and_not_at_every_run(pilot):
    pilot.stand("bed-1", "bed")
    pilot.sleep("bed-1", pilot.days[:3])
    over = noon(pilot.days[2], ZONE)
    pilot.recompute(now_us=over)
    for hours in (1, 3, 5.9):
        again = pilot.recompute(now_us=over + round(hours * HOUR))
        assert (again.days, again.values) == (0, 0)
    assert pilot.recompute(now_us=over + 6 * HOUR).days == 3  # in bed, rhythm, service


@pytest.mark.parametrize("hours", [2, 7])
def test_recomputing_an_afternoon_later_gives_what_recomputing_all_then_gives(pilot, hours):
    pilot.stand("bed-1", "bed")
    pilot.sleep("bed-1", pilot.days[:3])
    over = noon(pilot.days[2], ZONE)
    pilot.recompute(now_us=over)
    pilot.recompute(now_us=over + hours * HOUR)
    built_up = pilot.registry.daily_values(PILOT)
    pilot.forget()
    pilot.recompute(now_us=over + hours * HOUR)
    assert pilot.registry.daily_values(PILOT) == built_up


def test_recomputing_one_night_gives_what_recomputing_all_gives(pilot):
    pilot.stand("bed-1", "bed")
    days = pilot.days
    pilot.sleep("bed-1", [*days[:2], *days[3:]])
    pilot.recompute()
    pilot.sleep("bed-1", [days[2]])
    pilot.recompute()
    piecewise = pilot.registry.daily_values(PILOT)
    pilot.forget()
    assert pilot.recompute().days > 0
    assert pilot.registry.daily_values(PILOT) == piecewise


def test_only_days_and_nights_that_are_over_count(pilot):
    pilot.stand("bed-1", "bed")
    pilot.sleep("bed-1", pilot.days)
    pilot.recompute(now_us=noon(FIRST + timedelta(days=2), ZONE) - 1)
    assert set(pilot.values("weight_kg")) == {FIRST}


def test_a_night_with_a_third_of_its_readings_keeps_its_figure_under_low_coverage(pilot):
    pilot.stand("bed-1", "bed")
    time = noon(FIRST, ZONE) + 10 * SECOND * np.arange(6 * 60 * 8)
    load = np.where(np.arange(len(time)) < 6 * 60 * 2, 40.0, 110.0)
    pilot.send("bed", "bed-1", time, load_kg=load)
    pilot.recompute()
    row = pilot.rows("time_in_bed_h")[FIRST]
    assert row.value == pytest.approx(6, abs=0.01)
    assert row.reason == "low_coverage"
    assert row.coverage == pytest.approx(8 / 24, abs=0.01)


def test_a_silent_bed_has_no_data_and_a_participant_without_a_bed_no_row(pilot):
    pilot.stand("bed-1", "bed")
    pilot.recompute()
    assert {row.reason for row in pilot.rows("weight_kg").values()} == {"no_data"}
    assert pilot.rows("weight_kg", participant=1) == {}


def test_three_hours_in_bed_are_counted_but_not_weighed(pilot):
    pilot.stand("bed-1", "bed")
    time = noon(FIRST, ZONE) + 10 * SECOND * np.arange(6 * 60 * 24)
    hour = np.arange(len(time)) // 360
    pilot.send("bed", "bed-1", time, load_kg=np.where((hour >= 10) & (hour < 13), 110.0, 40.0))
    pilot.recompute()
    assert pilot.values("time_in_bed_h")[FIRST] == pytest.approx(3)
    assert pilot.rows("weight_kg")[FIRST].value is None
    assert pilot.rows("weight_kg")[FIRST].reason == "low_coverage"


def test_a_night_nobody_lay_in_bed_has_no_exits_to_count(pilot):
    pilot.stand("bed-1", "bed")
    time = noon(FIRST, ZONE) + 10 * SECOND * np.arange(6 * 60 * 24)
    pilot.send("bed", "bed-1", time, load_kg=np.full(len(time), 40.0))
    pilot.recompute()
    assert pilot.values("time_in_bed_h")[FIRST] == 0
    assert pilot.rows("bed_exits_per_night")[FIRST].reason == "no_data"


def test_a_bed_that_only_says_occupied_has_exits_and_time_but_no_weight(pilot):
    pilot.stand("bed-1", "bed")
    time = noon(FIRST, ZONE) + 10 * SECOND * np.arange(6 * 60 * 24)
    hour = np.arange(len(time)) / 360
    occupied = (hour >= 10) & (hour < 19) & ~((hour >= 14) & (hour < 14.25))
    pilot.send("bed", "bed-1", time, occupied=occupied)
    pilot.recompute()
    assert pilot.values("bed_exits_per_night")[FIRST] == 1
    assert pilot.values("time_in_bed_h")[FIRST] == pytest.approx(8.75)
    assert pilot.rows("weight_kg")[FIRST].reason == "no_data"


def test_a_bed_that_only_says_a_net_weight_is_weighed_by_it(pilot):
    pilot.stand("bed-1", "bed")
    time = noon(FIRST, ZONE) + 10 * SECOND * np.arange(6 * 60 * 24)
    hour = np.arange(len(time)) // 360
    pilot.send("bed", "bed-1", time, weight_kg=np.where((hour >= 10) & (hour < 19), 68.5, 0.0))
    pilot.recompute()
    assert pilot.values("weight_kg")[FIRST] == pytest.approx(68.5)
    assert pilot.values("time_in_bed_h")[FIRST] == pytest.approx(9)


def test_a_bed_that_changes_hands_at_noon_belongs_to_each_for_their_nights(pilot):
    days = pilot.days
    handover = noon(days[2], ZONE)
    pilot.registry.add_device(PILOT, "bed-1", "bed")
    pilot.registry.assign(PILOT, "bed-1", pilot.codes[0], midnight(FIRST, ZONE), handover)
    pilot.registry.assign(PILOT, "bed-1", pilot.codes[1], handover)
    pilot.sleep("bed-1", days[:2], weight_kg=60)
    pilot.sleep("bed-1", days[2:], weight_kg=90)
    pilot.recompute()
    assert list(pilot.values("weight_kg", 0)) == days[:2]
    assert list(pilot.values("weight_kg", 1)) == days[2:]
    assert list(pilot.values("weight_kg", 0).values()) == pytest.approx([59.82] * 2, abs=0.15)
    assert list(pilot.values("weight_kg", 1).values()) == pytest.approx([89.82] * 3, abs=0.15)


def test_a_bed_exchanged_in_the_night_gives_one_night_of_two_parts(pilot):
    middle = noon(FIRST, ZONE) + 12 * HOUR
    pilot.registry.add_device(PILOT, "bed-1", "bed")
    pilot.registry.add_device(PILOT, "bed-2", "bed")
    pilot.registry.assign(PILOT, "bed-1", pilot.codes[0], midnight(FIRST, ZONE), middle)
    pilot.registry.assign(PILOT, "bed-2", pilot.codes[0], middle)
    for device in ("bed-1", "bed-2"):
        pilot.sleep(device, [FIRST])
    pilot.recompute()
    assert pilot.values("time_in_bed_h")[FIRST] == pytest.approx(9 - 1 / 6, abs=0.01)
    assert pilot.rows("time_in_bed_h")[FIRST].coverage == pytest.approx(1.0)


def test_two_sensors_in_one_bed_do_not_double_the_night(pilot):
    for device in ("bed-1", "bed-2"):
        pilot.stand(device, "bed")
        pilot.sleep(device, [FIRST])
    pilot.recompute()
    assert pilot.values("time_in_bed_h")[FIRST] == pytest.approx(9 - 1 / 6, abs=0.01)


def test_a_purged_night_keeps_its_value_whatever_comes_later(pilot):
    pilot.stand("bed-1", "bed")
    pilot.sleep("bed-1", pilot.days)
    pilot.recompute()
    before = pilot.rows("weight_kg")
    pilot.store.delete("bed-1", 0, noon(FIRST + timedelta(days=3), ZONE))
    pilot.recompute()
    pilot.send("bed", "bed-1", [_at(FIRST, 25)], load_kg=[70.0])
    assert pilot.recompute().days == 0
    assert pilot.rows("weight_kg") == before


def test_a_late_reading_in_a_purged_hour_does_not_open_its_day_again(pilot):
    pilot.stand("button-1", "alarm")
    raised = [_at(FIRST, 10), _at(FIRST, 10.5)]
    pilot.send("alarm", "button-1", raised, alarm=["a", "b"], stage=["raised"] * 2)
    pilot.recompute()
    pilot.store.delete("button-1", _at(FIRST, 0), _at(FIRST, 24))
    pilot.recompute()
    pilot.send("alarm", "button-1", [_at(FIRST, 10.6)], alarm=["b"], stage=["arrived"])
    pilot.recompute()
    assert pilot.values("alarms_per_device_day")[FIRST] == 2


def test_a_night_purged_before_it_was_analysed_says_so(pilot):
    pilot.stand("bed-1", "bed")
    pilot.sleep("bed-1", [FIRST])
    pilot.store.delete("bed-1", 0, 2**62)
    pilot.recompute()
    assert pilot.rows("weight_kg")[FIRST].reason == "purged"


def test_workers_in_other_processes_give_the_same_figures(tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.pipeline.daily.OTHERS_FROM_WINDOWS", 1)
    found = []
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        folder.mkdir()
        pilot = SmallPilot.open(folder, FIRST, FIRST + timedelta(days=2))
        pilot.stand("bed-1", "bed")
        pilot.stand("bed-2", "bed", code=pilot.codes[1])
        for device in ("bed-1", "bed-2"):
            pilot.sleep(device, pilot.days)
        pilot.recompute(workers=workers)
        found.append([list(pilot.values(metric, who).values()) for metric in NIGHT_METRICS for who in (0, 1)])
        pilot.close()
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("night", "hours"), [(date(2026, 3, 28), 23), (date(2026, 10, 24), 25)], ids=["spring", "autumn"]
)
def test_the_night_of_a_clock_change_is_as_long_as_it_was(tmp_path, night, hours):
    pilot = SmallPilot.open(tmp_path, night, night)
    pilot.stand("bed-1", "bed")
    pilot.sleep("bed-1", [night])
    pilot.recompute()
    row = pilot.rows("time_in_bed_h")[night]
    # In bed ten hours after noon, up five hours before noon: the missing or doubled hour lies between.
    assert row.value == pytest.approx(hours - 15 - 1 / 6, abs=0.01)
    assert row.coverage == 1.0
    assert pilot.rows("weight_kg")[night].reason is None
    pilot.close()


def test_a_bed_that_sends_more_seldom_than_registered_is_still_weighed(pilot):
    pilot.stand("bed-1", "bed")
    time = noon(FIRST, ZONE) + 60 * SECOND * np.arange(60 * 24)
    hour = np.arange(len(time)) // 60
    pilot.send("bed", "bed-1", time, load_kg=np.where((hour >= 10) & (hour < 19), 110.0, 40.0))
    pilot.recompute()
    assert pilot.values("weight_kg")[FIRST] == pytest.approx(70)


def test_trend_and_change_follow_the_nightly_weights(tmp_path):
    last = FIRST + timedelta(days=39)
    pilot = SmallPilot.open(tmp_path, FIRST, last)
    pilot.stand("bed-1", "bed")
    for number, day in enumerate(pilot.days):
        time = noon(day, ZONE) + 60 * SECOND * np.arange(60 * 24)
        hour = np.arange(len(time)) // 60
        pilot.send(
            "bed", "bed-1", time, weight_kg=np.where((hour >= 10) & (hour < 19), 80 - 0.1 * number, 0.0)
        )
    pilot.recompute()
    trend, change = pilot.rows("weight_trend_kg_per_30d"), pilot.rows("weight_change_percent_30d")
    assert trend[last].value == pytest.approx(-3.0, abs=1e-3)
    assert trend[last].n == 28
    assert trend[FIRST + timedelta(days=12)].reason == "too_few_nights"
    # The trailing week's middle is three days old: 33 - 6 = 27 days of a tenth of a kilogram each.
    assert change[last].value == pytest.approx(100 * -2.7 / (80 - 0.1 * 9), abs=1e-3)
    pilot.close()


def test_a_day_out_counts_hours_and_metres_and_needs_a_home(pilot):
    pilot.stand("gps-1", "gps")
    pilot.stand("gps-2", "gps", code=pilot.codes[1])
    pilot.registry.set_home(PILOT, pilot.codes[0], 59.0, 18.0)
    time = midnight(FIRST, ZONE) + 600 * SECOND * np.arange(6 * 24)
    hour = np.arange(len(time)) // 6
    lat = np.where((hour >= 10) & (hour < 13), 59.01, 59.0)
    for device in ("gps-1", "gps-2"):
        pilot.send("gps", device, time, lat=lat, lon=np.full(len(time), 18.0))
    pilot.recompute()
    assert pilot.values("time_out_of_home_h")[FIRST] == pytest.approx(3)
    assert pilot.values("max_distance_from_home_m")[FIRST] == pytest.approx(1111.95, abs=0.1)
    assert pilot.rows("time_out_of_home_h", 1)[FIRST].reason == "no_home"


def test_a_new_home_point_recomputes_the_days_out_and_nothing_else(pilot):
    pilot.stand("gps-1", "gps")
    pilot.registry.set_home(PILOT, pilot.codes[0], 59.0, 18.0)
    time = midnight(FIRST, ZONE) + 600 * SECOND * np.arange(6 * 24)
    pilot.send("gps", "gps-1", time, lat=np.full(len(time), 59.01), lon=np.full(len(time), 18.0))
    pilot.recompute()
    pilot.registry.set_home(PILOT, pilot.codes[0], 59.01, 18.0)
    assert pilot.recompute().days == len(pilot.days)
    assert pilot.values("max_distance_from_home_m")[FIRST] == 0


def test_a_short_walk_keeps_its_distance_under_low_coverage(pilot):
    pilot.stand("gps-1", "gps")
    pilot.registry.set_home(PILOT, pilot.codes[0], 59.0, 18.0)
    time = _at(FIRST, 10) + 60 * SECOND * np.arange(60)
    pilot.send("gps", "gps-1", time, lat=np.full(60, 59.01), lon=np.full(60, 18.0))
    pilot.recompute()
    row = pilot.rows("max_distance_from_home_m")[FIRST]
    assert row.reason == "low_coverage"
    assert row.value == pytest.approx(1111.95, abs=0.1)
    assert row.coverage < METRICS["max_distance_from_home_m"].coverage_floor


def test_visits_count_only_in_nights_whose_log_was_closed(pilot):
    pilot.stand("log-1", "visits")
    day = FIRST
    pilot.send(
        "visit",
        "log-1",
        [_at(day, 23), _at(day, 26), _at(day, 31), _at(day, 47)],
        visit=["a", "b", "c", "d"],
        mode=["physical", "camera", "shift_closed", "physical"],
    )
    pilot.recompute()
    assert pilot.values("physical_visits_per_night")[day] == 1
    assert pilot.values("camera_visits_per_night")[day] == 1
    assert pilot.rows("physical_visits_per_night")[day + timedelta(days=1)].reason == "no_log"


def test_alarms_are_counted_on_the_day_they_were_raised_and_answered_after_midnight_too(pilot):
    pilot.stand("button-1", "alarm")
    raised = _at(FIRST, 23.99)
    pilot.send(
        "alarm",
        "button-1",
        [raised, raised + 90 * SECOND, raised + 400 * SECOND],
        alarm=["x"] * 3,
        stage=["raised", "acknowledged", "closed"],
    )
    pilot.recompute()
    assert pilot.values("alarms_per_device_day")[FIRST] == 1
    assert pilot.values("alarms_per_device_day")[FIRST + timedelta(days=1)] == 0
    assert pilot.values("time_to_acknowledge_s") == {FIRST: 90}
    assert pilot.rows("time_to_arrive_s")[FIRST].reason == "not_reached"


def test_a_bed_that_never_alarmed_does_not_dilute_the_alarms_of_a_device_day(pilot):
    pilot.stand("button-1", "alarm")
    pilot.stand("bed-1", "bed")
    pilot.send("alarm", "button-1", [_at(FIRST, 12)], alarm=["x"], stage=["raised"])
    pilot.recompute()
    assert pilot.values("alarms_per_device_day")[FIRST] == 1
    pilot.send("alarm", "bed-1", [_at(FIRST, 13)], alarm=["y"], stage=["raised"])
    pilot.send("alarm", "bed-1", [_at(FIRST, 14)], alarm=["z"], stage=["raised"])
    pilot.recompute()
    assert pilot.values("alarms_per_device_day")[FIRST] == 1.5


def test_an_alarm_that_turns_out_a_test_takes_its_time_with_it(pilot):
    pilot.stand("button-1", "alarm")
    pilot.send(
        "alarm",
        "button-1",
        [_at(FIRST, 12), _at(FIRST, 12.1)],
        alarm=["x"] * 2,
        stage=["raised", "acknowledged"],
    )
    pilot.recompute()
    pilot.send("alarm", "button-1", [_at(FIRST, 13)], alarm=["x"], stage=["closed"], outcome=["test"])
    pilot.recompute()
    assert pilot.values("alarms_per_device_day")[FIRST] == 0
    assert FIRST not in pilot.values("time_to_acknowledge_s")


def test_a_bed_that_comes_back_after_some_nights_with_another_counts_in_both_stays(pilot):
    days = pilot.days
    leaves, returns = noon(days[1], ZONE), noon(days[3], ZONE)
    pilot.registry.add_device(PILOT, "bed-1", "bed")
    pilot.registry.assign(PILOT, "bed-1", pilot.codes[0], midnight(FIRST, ZONE), leaves)
    pilot.registry.assign(PILOT, "bed-1", pilot.codes[1], leaves, returns)
    pilot.registry.assign(PILOT, "bed-1", pilot.codes[0], returns)
    pilot.sleep("bed-1", days)
    pilot.recompute()
    assert list(pilot.values("weight_kg")) == [days[0], *days[3:]]
    assert None not in pilot.values("weight_kg").values()


def test_on_the_first_morning_a_day_is_over_and_no_night(pilot):
    pilot.stand("bed-1", "bed")
    pilot.sleep("bed-1", pilot.days)
    pilot.recompute(now_us=_at(FIRST, 30))
    assert pilot.registry.daily_values(PILOT) == []


def test_a_day_in_bed_is_told_once_its_evening_is_reduced_with_the_night(pilot):
    pilot.stand("bed-1", "bed")
    pilot.sleep("bed-1", pilot.days)
    pilot.recompute(now_us=_at(FIRST, 3 * 24 + 6))
    assert list(pilot.rows("device_uptime_percent")) == pilot.days[:2]
    pilot.recompute(now_us=_at(FIRST, 3 * 24 + 12))
    told = pilot.rows("device_uptime_percent")
    assert list(told) == pilot.days[:3]
    pilot.recompute(now_us=_at(FIRST, 3 * 24 + 6))
    assert pilot.rows("device_uptime_percent") == told


def test_the_first_morning_that_no_night_holds_is_part_of_its_day(pilot):
    pilot.stand("bed-1", "bed")
    pilot.sleep("bed-1", [FIRST - timedelta(days=1), *pilot.days])
    pilot.recompute()
    assert list(pilot.values("device_uptime_percent").values()) == pytest.approx([100] * 5)


def test_a_bed_assigned_by_mistake_and_taken_back_within_a_minute_harms_nothing(pilot):
    start = _at(FIRST, 12)
    pilot.registry.add_device(PILOT, "bed-1", "bed")
    pilot.registry.assign(PILOT, "bed-1", pilot.codes[1], start, start + 20 * SECOND)
    pilot.registry.assign(PILOT, "bed-1", pilot.codes[0], start + 20 * SECOND)
    pilot.sleep("bed-1", pilot.days)
    pilot.recompute()
    assert pilot.values("time_in_bed_h")[FIRST] == pytest.approx(9 - 1 / 6, abs=0.01)
    assert pilot.values("time_in_bed_h", 1)[FIRST] in (None, 0)
