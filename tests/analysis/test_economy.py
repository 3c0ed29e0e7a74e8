"""Known answers of the economy, each worked by hand in the test that holds it."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pytest
from scipy.stats import norm

from analysis.economics import npv
from analysis.pipeline.economy import devices_with_alarms, economy
from analysis.pipeline.metric_days import Days
from pilots.plan import read_plan
from pilots.records import DailyValue


@dataclass
class Change:
    estimate: float | None
    ci_low: float | None
    ci_high: float | None


FULL = """
  staff_sek_hour: 420
  visit_min: 12
  travel_min: 9
  camera_check_min: 0.5
  alarm_min: 6
  administration_h_month: 10
  device_sek: 4200
  installation_sek: 500
  licence_sek_month: 149
  battery_sek_year: 20
  training_sek: 40000
  project_sek: 60000
  support_sek_year: 30000
  users: 100
"""
MEASURED = {
    "physical_visits_per_night": Change(-1.0, -1.4, -0.6),
    "camera_visits_per_night": Change(2.0, 1.8, 2.3),
    "alarms_per_device_day": Change(0.0, -0.2, 0.1),
}


def plan(costs=FULL):
    return read_plan(
        f"""
pilot: p
title: P
timezone: Europe/Stockholm
phases: [{{name: baseline, start: 2026-01-01, end: 2026-02-01}}]
groups: {{intervention: 12}}
costs:{costs or " {}"}
"""
    )


def without(*names):
    lines = [line for line in FULL.splitlines() if line.split(":")[0].strip() not in names]
    return plan("\n".join(lines))


def test_hours_are_freed_by_user_and_year_and_in_all():
    found = economy(plan(), MEASURED)
    # A visit less each of 365.25 nights at 21 min; two looks of half a minute more; 120 h a year by 100.
    assert found.hours_per_user.gross == pytest.approx(127.8375)
    assert found.hours_per_user.net == pytest.approx(127.8375 - 6.0875 - 1.2)
    assert found.hours_per_user.realised == pytest.approx(72.33)
    assert (found.hours.gross, found.hours.net) == pytest.approx((12_783.75, 12_055))
    assert found.hours.realised == pytest.approx(7_233)
    assert found.value_per_year == pytest.approx(7_233 * 420)


def test_the_costs_stand_line_by_line():
    lines = {line.name: (line.once, line.per_year) for line in economy(plan(), MEASURED).costs}
    assert lines == {
        "device_sek": (420_000, 0),
        "installation_sek": (50_000, 0),
        "training_sek": (40_000, 0),
        "project_sek": (60_000, 0),
        "licence_sek_month": (0, 178_800),
        "battery_sek_year": (0, 2_000),
        "support_sek_year": (0, 30_000),
    }


def test_the_flows_of_the_device_s_life_and_what_they_are_worth():
    found = economy(plan(), MEASURED)
    assert found.flows == pytest.approx((-570_000, *[3_037_860 - 210_800] * 4))
    # 3.7170984 is what a krona a year is worth, at 3 % over four years.
    assert found.npv == pytest.approx(2_827_060 * 3.7170984 - 570_000, abs=1)
    assert found.benefit_cost_ratio == pytest.approx(
        3_037_860 * 3.7170984 / (570_000 + 210_800 * 3.7170984), rel=1e-6
    )
    assert found.payback_years == pytest.approx(570_000 / (2_827_060 / 1.03))
    assert found.perspective == "municipality"


def test_fixed_costs_ask_for_some_users():
    # Of one user 73.05 h at 420 kr less 1,808 kr a year, less 4,700 kr at once; fixed 100,000 kr, 30,000 kr
    # of support a year, and 72 realised hours of administration a year at 420 kr.
    found = economy(plan(), MEASURED)
    worth = 3.7170984
    margin = (73.05 * 420 - 1_808) * worth - 4_700
    assert found.break_even_users == int(np.ceil((100_000 + (30_000 + 72 * 420) * worth) / margin)) == 4


def test_at_the_break_even_and_not_one_user_under_it_the_introduction_pays():
    at = {users: plan(FULL.replace("users: 100", f"users: {users}")) for users in (3, 4)}
    assert economy(at[3], MEASURED).npv < 0 < economy(at[4], MEASURED).npv


def test_visits_that_were_added_cost_all_their_hours_and_are_never_paid_back():
    found = economy(plan(), MEASURED | {"physical_visits_per_night": Change(0.5, 0.1, 0.9)})
    assert found.hours.realised == found.hours.net < 0
    assert found.benefit_cost_ratio == 0
    assert (found.payback_years, found.break_even_users) == (None, None)
    assert found.npv == pytest.approx(npv(0.03, np.array(found.flows)))
    assert found.probability_of_gain < 0.01


def test_more_alarms_take_their_minutes():
    found = economy(plan(), MEASURED | {"alarms_per_device_day": Change(0.4, 0.2, 0.6)})
    assert found.hours_per_user.net == pytest.approx(127.8375 - 6.0875 - 1.2 - 0.4 * 365.25 * 6 / 60)


def test_alarms_of_several_devices_of_one_user_add_up():
    more = MEASURED | {"alarms_per_device_day": Change(0.4, 0.2, 0.6)}
    found = economy(plan(), more, alarm_devices=2.0)
    assert found.hours_per_user.net == pytest.approx(127.8375 - 6.0875 - 1.2 - 2 * 0.4 * 365.25 * 6 / 60)
    assert found.tornado.npv == pytest.approx(found.npv)


def test_the_devices_with_alarms_of_a_user_are_those_of_the_days_with_alarms():
    def day(value, n):
        return DailyValue("a", date(2026, 1, 1), "alarms_per_device_day", value, None, None, n, 1.0, None)

    def devices(*days):
        return devices_with_alarms(Days.of_values("alarms_per_device_day", days))

    assert devices(day(1.5, 3), day(0.5, 1), day(0.0, 0), day(None, 0)) == 2.0
    assert devices(day(0.0, 0)) == 1.0


@pytest.mark.parametrize("lacking", ["staff_sek_hour", "users"])
def test_without_a_price_or_a_number_of_users_there_is_no_money_and_it_says_why(lacking):
    found = economy(without(lacking), MEASURED)
    assert found.missing == (lacking,)
    assert found.hours_per_user.gross == pytest.approx(127.8375)
    assert (found.npv, found.tornado, found.probability_of_gain, found.costs) == (None, None, None, ())


def test_a_product_costs_a_price_or_a_licence():
    found = economy(without("device_sek", "licence_sek_month"), MEASURED)
    assert found.missing == ("device_sek",)
    assert "device_sek" not in found.not_counted  # one input is named once
    leased = economy(without("device_sek"), MEASURED)
    assert (leased.missing, leased.not_counted) == ((), ("device_sek",))


def test_visits_that_were_not_measured_free_no_hours_and_not_none():
    for visits in ({}, {"physical_visits_per_night": Change(None, None, None)}):
        found = economy(plan(), visits)
        assert found.missing == ("physical_visits_per_night",)
        assert found.hours_per_user is None


def test_looks_that_the_product_brought_must_have_their_minutes():
    assert economy(without("camera_check_min"), MEASURED).missing == ("camera_check_min",)
    unchanged = MEASURED | {"camera_visits_per_night": Change(0.0, -0.1, 0.1)}
    found = economy(without("camera_check_min"), unchanged)
    assert (found.missing, found.not_counted) == ((), ("camera_check_min",))


def test_what_was_left_out_is_named():
    found = economy(
        without("travel_min", "training_sek", "project_sek", "battery_sek_year", "administration_h_month"),
        {name: MEASURED[name] for name in ("physical_visits_per_night", "camera_visits_per_night")},
    )
    assert found.missing == ()
    assert found.not_counted == (
        "travel_min",
        "administration_h_month",
        "training_sek",
        "project_sek",
        "battery_sek_year",
        "alarms_per_device_day",
    )
    assert {line.name for line in found.costs} == {
        "device_sek",
        "installation_sek",
        "licence_sek_month",
        "support_sek_year",
    }


def test_a_plan_without_costs_says_all_that_is_missing():
    assert economy(plan(""), MEASURED).missing == (
        "visit_min",
        "camera_check_min",
        "staff_sek_hour",
        "users",
        "device_sek",
    )


def test_a_change_without_an_interval_has_a_worth_and_no_probability():
    found = economy(plan(), MEASURED | {"physical_visits_per_night": Change(-1.0, None, None)})
    assert found.npv is not None
    assert found.missing == ("interval_of:physical_visits_per_night",)
    assert (found.cases, found.tornado, found.probability_of_gain) == (None, None, None)


RANGES = FULL + (
    "  ranges: {staff_sek_hour: {low: 380, likely: 420, high: 480},"
    " utilisation: {low: 0.3, likely: 0.6, high: 0.7}}\n"
)


def test_each_uncertain_input_has_its_bar_the_measured_change_among_them():
    found = economy(plan(RANGES), MEASURED)
    bars = {bar.name: bar for bar in found.tornado.bars}
    assert set(bars) == {
        "physical_visits_per_night",
        "camera_visits_per_night",
        "alarms_per_device_day",
        "staff_sek_hour",
        "utilisation",
    }
    # The 10th percentile of a normal whose 2.5th lies 0.4 under its middle.
    assert bars["physical_visits_per_night"].low == pytest.approx(-1 - 0.4 * 1.2815516 / 1.9599640)
    assert bars["camera_visits_per_night"].high == pytest.approx(2 + 0.3 * 1.2815516 / 1.9599640)
    assert found.tornado.npv == pytest.approx(found.npv)
    assert found.cases.worst < min(bar.npv_low for bar in found.tornado.bars)
    assert found.cases.base == pytest.approx(found.npv)
    assert found.cases.best > max(bar.npv_low for bar in found.tornado.bars)


def test_the_probability_of_gain_is_that_of_the_change_that_pays():
    # Dear enough that only a part of the interval pays: 2,500 kr a month is 30,000 kr a user and year.
    dear = FULL.replace("licence_sek_month: 149", "licence_sek_month: 2500")
    found = economy(plan(dear), {"physical_visits_per_night": Change(-1.0, -1.4, -0.6)})
    pays = (30_020 + 300 + 5_700 / 3.7170984 + 1.2 * 0.6 * 420) / (0.6 * 420 * 365.25 * 21 / 60)
    chance = norm.cdf((1 - pays) / (0.4 / 1.9599640))
    assert 0.2 < chance < 0.8
    assert found.simulated.draws == 100_000
    assert found.probability_of_gain == pytest.approx(chance, abs=4 * found.simulated.simulation_error)


def test_the_same_plan_and_change_give_the_same_figures():
    assert economy(plan(RANGES), MEASURED) == economy(plan(RANGES), MEASURED)


def test_a_change_that_all_share_has_no_spread_and_is_certain():
    found = economy(plan(), {"physical_visits_per_night": Change(-1.0, -1.0, -1.0)})
    assert found.probability_of_gain == 1
    assert found.cases.worst == pytest.approx(found.cases.best)


def test_the_life_of_a_device_and_the_rate_may_be_uncertain_too():
    ranges = (
        "  ranges: {years: {low: 2, likely: 4, high: 5},"
        " discount_rate: {low: 0.01, likely: 0.03, high: 0.05}}\n"
    )
    found = economy(plan(FULL + ranges), MEASURED)
    certain = economy(plan(), MEASURED)
    assert found.npv == pytest.approx(certain.npv)
    bars = {bar.name: bar for bar in found.tornado.bars}
    rate = bars["discount_rate"]
    assert rate.npv_low == pytest.approx(npv(rate.low, np.array(certain.flows)))
    # Of a life of some years and a part of one, the part of the last year.
    years = bars["years"]
    whole, part = int(years.low), years.low % 1
    flows = [certain.flows[0], *[certain.flows[1]] * whole, certain.flows[1] * part]
    assert years.npv_low == pytest.approx(npv(0.03, np.array(flows)))
