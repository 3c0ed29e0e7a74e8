"""What a plan asks of its products, measured from readings, weighings and a log, and judged."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from analysis.pipeline.pilot_data import PilotData
from analysis.pipeline.product_comparison import compare_products
from analysis.pipeline.product_figures import ProductFigure
from analysis.pipeline.product_measures import ProductData
from analysis.pipeline.requirements import outcome, requirement_rows
from pilots.errors import UnknownProduct
from pilots.plan import read_plan
from pilots.records import LoggedEvent, Weighing
from tests.analysis.pilot_world import HOUR, SECOND, World, open_world
from tests.store.readings import batch

MINUTE = 60 * SECOND
FIRST = date(2026, 1, 12)

PLAN = """
pilot: natt-2026
title: Nattillsyn
timezone: Europe/Stockholm
phases: [{name: baseline, start: 2026-01-12, end: 2026-02-08}]
groups: {intervention: 12}
products:
  - {name: Klockan, kind: gps}
  - {name: Dosan, kind: gps}
  - {name: Sängen, kind: bed}
requirements:
  - {requirement: Hörs nästan jämt, measure: uptime_percent, at_least: 95}
  - {requirement: Batteriet räcker en vecka, measure: battery_days, product: Klockan, at_least: 7}
  - {requirement: Kommer inom en minut, measure: lateness_p95_s, product: Klockan, at_most: 60}
  - {requirement: Tappar lite, measure: loss_percent, product: Klockan, at_most: 5}
  - {requirement: Väger rätt, measure: weight_error_kg, at_most: 1.5}
  - {requirement: Missar få, measure: missed_alarms_percent, product: Klockan, at_most: 80}
  - {requirement: Stör sällan, measure: false_alarms_per_device_day, product: Klockan, at_most: 0.5}
  - {requirement: Hittar sig själv, measure: time_to_first_fix_s, product: Klockan, at_most: 120}
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    yield from open_world(tmp_path, PLAN)


def tracker(world: World, code: str, product: str, number: int, hours: int = 48, up=lambda hour: True) -> str:
    """A tracker that sends every ten minutes, a minute after it came, in the hours that it is up."""
    name = f"natt-2026.{product[0].lower()}-{number}"
    world.registry.add_device(world.pilot, name, "gps", product=product, interval_s=600)
    start = world.at(FIRST, 0)
    world.registry.assign(world.pilot, name, code, start)
    rows = [
        {
            "device": name,
            "time": start + hour * HOUR + MINUTE + 10 * MINUTE * place,
            "received": start + hour * HOUR + MINUTE + 10 * MINUTE * place + 20 * SECOND,
            "lat": 59.3,
            "lon": 18.0,
        }
        for hour in range(hours)
        if up(hour)
        for place in range(6)
    ]
    world.store.commit([batch("gps", rows)])
    return name


def rows(world: World, *, suppress: bool = False):
    data = ProductData(world.registry, world.store, PilotData(world.registry, world.store, world.pilot))
    return {(row.measure, row.product): row for row in requirement_rows(data, suppress=suppress)}


def test_uptime_is_the_share_of_hours_heard_and_its_interval_is_by_resident(world):
    codes = world.people("intervention", 6)
    for number, code in enumerate(codes):
        tracker(world, code, "Klockan", number, 50, up=lambda hour, off=number: hour >= off or hour > 40)
    row = rows(world)["uptime_percent", "Klockan"]
    # Residents miss 0, 1, … 5 of 50 hours, the last of which is not over when the data end.
    assert row.measured == pytest.approx(100 * (6 * 49 - 15) / (6 * 49))
    assert row.ci_low < row.measured < row.ci_high
    assert (row.n, row.counted, row.participants, row.unit) == (294, "hours", 6, "%")
    assert row.outcome == "not_shown"


def test_a_requirement_on_every_product_has_a_row_for_each_it_can_be_measured_on(world):
    codes = world.people("intervention", 4)
    for number, code in enumerate(codes):
        tracker(world, code, "Klockan" if number < 2 else "Dosan", number)
    found = rows(world)
    assert found["uptime_percent", "Klockan"].outcome == "met"
    assert found["uptime_percent", "Dosan"].outcome == "met"
    bed = found["uptime_percent", "Sängen"]
    assert (bed.outcome, bed.reason, bed.measured) == ("not_shown", "no_devices", None)
    assert ("weight_error_kg", "Klockan") not in found


def test_one_device_shows_nothing_of_its_product(world):
    tracker(world, world.people("intervention", 1)[0], "Klockan", 1)
    row = rows(world)["uptime_percent", "Klockan"]
    assert row.measured == 100
    assert (row.ci_low, row.outcome, row.reason) == (None, "not_shown", "too_few_devices")


def test_a_device_that_need_not_be_heard_every_hour_has_no_uptime(world):
    (code,) = world.people("intervention", 1)
    world.device(code, "natt-2026.d-1", "gps", world.at(FIRST, 0), product="Klockan", interval_s=86_400)
    world.store.commit(
        [batch("gps", [{"device": "natt-2026.d-1", "time": world.at(FIRST, 30), "lat": 59.3}])]
    )
    assert rows(world)["uptime_percent", "Klockan"].reason == "no_interval"


def test_what_was_deleted_is_not_taken_for_silence(world):
    for number, code in enumerate(world.people("intervention", 2)):
        name = tracker(world, code, "Klockan", number)
        world.store.delete(name, world.at(FIRST, 0), world.at(FIRST, 24), "gps")
    row = rows(world)["uptime_percent", "Klockan"]
    assert (row.measured, row.n) == (100, 2 * 23)
    assert rows(world)["time_to_first_fix_s", "Klockan"].reason == "no_data"


def test_a_device_that_falls_silent_before_the_others_is_down_until_the_end(world):
    one, other = world.people("intervention", 2)
    tracker(world, one, "Klockan", 1, 48)
    tracker(world, other, "Klockan", 2, 24)
    row = rows(world)["uptime_percent", "Klockan"]
    assert row.measured == pytest.approx(100 * (47 + 24) / (2 * 47))


def test_lateness_and_loss_of_what_came(world):
    for number, code in enumerate(world.people("intervention", 3)):
        tracker(world, code, "Klockan", number)
    found = rows(world)
    late, loss = found["lateness_p95_s", "Klockan"], found["loss_percent", "Klockan"]
    assert (late.measured, late.n, late.outcome) == (pytest.approx(20, rel=0.02), 3, "met")
    assert (loss.measured, loss.outcome) == (0, "met")


def test_readings_brought_in_afterwards_tell_nothing_of_lateness(world):
    for number, code in enumerate(world.people("intervention", 2)):
        name = tracker(world, code, "Klockan", number, 1)
        late = [
            {"device": name, "time": world.at(FIRST, hour), "received": world.at(FIRST, 24 * 30), "lat": 59.3}
            for hour in (0.1, 0.3, 0.5)
        ]
        world.store.delete(name, world.at(FIRST, 0), world.at(FIRST, 2), "gps")
        world.store.commit([batch("gps", late)])
    assert rows(world)["lateness_p95_s", "Klockan"].reason == "imported"


def test_battery_life_is_that_of_the_mean_drain_between_charges(world):
    # One per cent an hour lasts 100 hours, a quarter 400: at the mean drain of 0.625 it is 160 hours.
    drains = [1.0, 0.25]
    for number, code in enumerate(world.people("intervention", 2)):
        name = tracker(world, code, "Klockan", number, 80)
        levels = [
            {
                "device": name,
                "time": world.at(FIRST, hour),
                "battery_pct": 100 - drains[number] * (hour if hour < 40 else hour - 40),
            }
            for hour in range(80)
        ]
        world.store.commit([batch("status", levels)])
    row = rows(world)["battery_days", "Klockan"]
    assert row.measured == pytest.approx(160 / 24, rel=1e-3)
    assert (row.n, row.unit) == (2, "d")
    # Of two devices the mean drain may be none at all: no upper limit is reached.
    assert row.ci_high is None
    assert row.outcome == "not_shown"


def test_the_first_fix_is_timed_from_the_start_and_from_coming_online(world):
    for number, code in enumerate(world.people("intervention", 2)):
        name = tracker(world, code, "Klockan", number, 24)
        world.store.commit(
            [
                batch(
                    "status",
                    [
                        {"device": name, "time": world.at(FIRST, 10) - MINUTE, "online": 0.0},
                        {"device": name, "time": world.at(FIRST, 12), "online": 1.0},
                    ],
                )
            ]
        )
    row = rows(world)["time_to_first_fix_s", "Klockan"]
    # A minute after midnight, and a minute after twelve.
    assert (row.measured, row.n, row.counted) == (60, 4, "starts")
    # Of four starts alike the interval has no upper limit.
    assert (row.ci_low, row.ci_high, row.outcome) == (60, None, "not_shown")


def weigh(world: World, residents: int, weighings: int) -> None:
    """Nights of 70.3 kg and weighings of 70 kg the morning after, give and take 0.1 kg."""
    for number, code in enumerate(world.people("intervention", residents)):
        name = f"natt-2026.bed-{number}"
        world.registry.add_device(world.pilot, name, "bed")
        world.registry.assign(world.pilot, name, code, world.at(FIRST, 0))
        world.store.commit([batch("bed", [{"device": name, "time": world.at(FIRST, 600), "load_kg": 90.0}])])
        world.days(code, FIRST, "weight_kg", [70.3] * 20)
        world.registry.put_weighings(
            world.pilot,
            [
                Weighing(
                    code,
                    world.at(FIRST + timedelta(days=2 * each + 1), 8),
                    70 + (0.1 if (each + number) % 2 else -0.1),
                )
                for each in range(weighings)
            ],
        )


def test_the_weight_error_is_the_larger_limit_of_agreement_with_a_scale(world):
    weigh(world, 8, 3)
    row = rows(world)["weight_error_kg", "Sängen"]
    assert row.agreement.bias == pytest.approx(0.3)
    assert (
        row.measured
        == pytest.approx(row.agreement.upper)
        == pytest.approx(0.3 + 1.96 * 0.1 * (24 / 23) ** 0.5)
    )
    assert row.ci_low <= row.measured <= row.ci_high < 1.5
    assert (row.n, row.counted, row.participants, row.outcome) == (24, "pairs", 8, "met")


def test_fewer_than_twenty_weighings_tell_nothing(world):
    weigh(world, 6, 3)
    row = rows(world)["weight_error_kg", "Sängen"]
    assert (row.measured, row.n, row.reason, row.outcome) == (None, 18, "too_few_pairs", "not_shown")


def test_without_weighings_that_is_the_reason(world):
    weigh(world, 2, 0)
    assert rows(world)["weight_error_kg", "Sängen"].reason == "no_weighings"


def test_an_afternoon_weighing_stands_beside_the_night_to_come(world):
    weigh(world, 5, 4)
    code = world.registry.weighings(world.pilot)[0].participant
    world.day(code, FIRST, "weight_kg", 70.3, reason="low_coverage")
    assert rows(world)["weight_error_kg", "Sängen"].n == 19
    world.registry.put_weighings(world.pilot, [Weighing(code, world.at(FIRST + timedelta(days=1), 15), 70.0)])
    assert rows(world)["weight_error_kg", "Sängen"].n == 20


def log(world: World, code: str, kind: str, *hours: float) -> None:
    world.registry.put_logged_events(
        world.pilot, [LoggedEvent(code, world.at(FIRST, hour), kind) for hour in hours]
    )


def test_missed_and_false_alarms_against_the_staff_s_log(world):
    one, other = world.people("intervention", 2)
    first, second = tracker(world, one, "Klockan", 1), tracker(world, other, "Klockan", 2)
    log(world, one, "left_home", 10, 20)
    log(world, other, "left_home", 12, 40)
    world.alarm(first, "a", world.at(FIRST, 10.1), cause="geofence")
    world.alarm(second, "b", world.at(FIRST, 12.2), cause="geofence")
    world.alarm(second, "c", world.at(FIRST, 30), cause="geofence")
    world.alarm(second, "d", world.at(FIRST, 31), cause="button")
    world.alarm(second, "e", world.at(FIRST, 32), cause="low_battery")
    found = rows(world)
    missed, false = found["missed_alarms_percent", "Klockan"], found["false_alarms_per_device_day", "Klockan"]
    assert (missed.measured, missed.n, missed.counted) == (50, 4, "events")
    # Two devices through the log's two days, the second of them as far as the data go; calls are not in
    # the log, so the pressed button is not false.
    assert false.measured == pytest.approx(1 / 4, rel=0.01)
    assert (false.n, false.counted) == (4, "device_days")


def test_a_product_is_not_asked_for_what_it_is_not_there_to_tell(world):
    one, other = world.people("intervention", 2)
    tracker(world, one, "Klockan", 1), tracker(world, other, "Klockan", 2)
    log(world, one, "bed_exit", 10, 20)
    row = rows(world)["missed_alarms_percent", "Klockan"]
    assert (row.measured, row.reason) == (None, "no_events")


def test_without_a_log_nothing_is_missed_and_nothing_false(world):
    tracker(world, world.people("intervention", 1)[0], "Klockan", 1)
    found = rows(world)
    assert {
        found[measure, "Klockan"].reason
        for measure in ("missed_alarms_percent", "false_alarms_per_device_day")
    } == {"no_event_log"}


@pytest.mark.parametrize(
    ("low", "high", "at_most", "at_least", "said"),
    [
        (94, 99, None, 95, "not_shown"),
        (95, 99, None, 95, "met"),
        (90, 94.9, None, 95, "not_met"),
        (1, 5, 5, None, "met"),
        (1, 5.1, 5, None, "not_shown"),
        (5.1, 7, 5, None, "not_met"),
        (5.1, float("inf"), 5, None, "not_met"),
        (float("nan"), float("nan"), 5, None, "not_shown"),
        (1, 2, None, None, "not_shown"),
    ],
)
def test_the_whole_interval_decides(low, high, at_most, at_least, said):
    assert outcome(ProductFigure(0, low, high, 10, 10), at_most, at_least) == said


def test_devices_of_fewer_than_five_participants_are_hidden(world):
    for number, code in enumerate(world.people("intervention", 9)):
        tracker(world, code, "Klockan" if number < 4 else "Dosan", number)
    found = rows(world, suppress=True)
    few, enough = found["uptime_percent", "Klockan"], found["uptime_percent", "Dosan"]
    assert (few.suppressed, few.reason, few.outcome) == (True, "too_few_participants", "not_shown")
    assert (few.measured, few.n, few.participants, few.ci_low) == (None, None, None, None)
    assert (enough.suppressed, enough.measured, enough.participants) == (False, 100, 5)


def test_whose_devices_told_nothing_do_not_hide_those_who_did(world):
    for number, code in enumerate(world.people("intervention", 9)):
        name = tracker(world, code, "Klockan", number, 30)
        if number < 4:
            levels = [
                {"device": name, "time": world.at(FIRST, hour), "battery_pct": 100 - hour}
                for hour in range(30)
            ]
            world.store.commit([batch("status", levels)])
    found = rows(world, suppress=True)
    assert found["uptime_percent", "Klockan"].participants == 9
    assert found["battery_days", "Klockan"].suppressed
    assert rows(world)["battery_days", "Klockan"].participants == 4


def compared(*asked, suppress=False):
    return compare_products(
        [
            (ProductData(w.registry, w.store, PilotData(w.registry, w.store, pilot)), product)
            for w, pilot, product in asked
        ],
        suppress=suppress,
    )


def test_two_products_of_one_pilot_stand_side_by_side(world):
    for number, code in enumerate(world.people("intervention", 4)):
        tracker(
            world, code, "Klockan" if number < 2 else "Dosan", number, up=lambda h, n=number: n < 2 or h % 2
        )
    found = compared((world, world.pilot, "Klockan"), (world, world.pilot, "Dosan"))
    assert [each.product for each in found.products] == ["Klockan", "Dosan"]
    assert not found.other_residents
    (uptime,) = [row for row in found.rows if row.measure == "uptime_percent"]
    assert (uptime.requirement, uptime.at_least) == ("Hörs nästan jämt", 95)
    assert [cell.measured for cell in uptime.cells] == pytest.approx([100, 100 * 23 / 47], abs=0.1)
    assert [cell.outcome for cell in uptime.cells] == ["met", "not_met"]
    # What is asked of one product holds for the other too, or they would not be compared.
    (loss,) = [row for row in found.rows if row.measure == "loss_percent"]
    assert [cell.at_most for cell in loss.cells] == [5, 5]
    assert "weight_error_kg" not in {row.measure for row in found.rows}


def test_a_pilot_without_a_product_named_stands_with_all_of_its(world):
    assert [each.product for each in compared((world, world.pilot, None)).products] == [
        "Klockan",
        "Dosan",
        "Sängen",
    ]


def test_products_of_two_pilots_met_other_residents(world):
    text = """
pilot: grannen
title: Grannen
timezone: Europe/Stockholm
phases: [{name: baseline, start: 2026-01-12, end: 2026-02-08}]
groups: {intervention: 12}
"""
    world.registry.add_pilot(read_plan(text), text)
    found = compared((world, world.pilot, "Klockan"), (world, "grannen", None))
    assert found.other_residents
    assert [(each.pilot, each.product) for each in found.products][1] == ("grannen", None)
    (first, *_) = found.rows
    assert first.cells[1].reason == "no_devices"


def test_a_product_nobody_has_is_named_with_those_there_are(world):
    with pytest.raises(UnknownProduct, match='no product "Okänd": its plan names Klockan, Dosan, Sängen'):
        compared((world, world.pilot, "Okänd"))
