"""What a pilot's measured change is worth to the municipality, by its own figures."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from analysis.business_risk import Estimate, Input, Pert, SimulatedNpv, Tornado, monte_carlo_npv, tornado
from analysis.economics import (
    HoursFreed,
    benefit_cost_ratio,
    break_even_users,
    discounted_payback,
    hours_freed,
    realised_hours,
)
from analysis.pipeline.metric_days import Days
from analysis.present_value import npv
from pilots.plan import Plan
from pilots.plan.costs import Costs

Float64 = NDArray[np.float64]

PHYSICAL, CAMERA, ALARMS = "physical_visits_per_night", "camera_visits_per_night", "alarms_per_device_day"

CHANGES = (PHYSICAL, CAMERA, ALARMS)
"""The measured changes that hours are made from."""

NIGHTS_A_YEAR = 365.25
"""As many nights as days of 24 h: a night of 23 or 25 h is one night, and alarms are rates per 24 h."""

PERSPECTIVE = "municipality"

MONTHS = 12

ONCE_PER_USER, ONCE = ("device_sek", "installation_sek"), ("training_sek", "project_sek")

COST_LINES = (*ONCE_PER_USER, *ONCE, "licence_sek_month", "battery_sek_year", "support_sek_year")

INPUTS = tuple(name for name in Costs.model_fields if name != "ranges")
"""The figures of the plan, any of which may be known as a range."""

MINUTES = {CAMERA: "camera_check_min", ALARMS: "alarm_min"}
"""What one more of each costs in minutes of staff."""

NOTHING = Pert(0, 0, 0)
"""An input that was not given: `missing` or `not_counted` names it."""

ALARM_DEVICES = "alarm_devices"

INTERVAL_OF = "interval_of:"
"""Leads the name of a measured change that came without an interval."""


class Change(Protocol):
    """A measured change from before to with the product, per participant and night or day, and its 95 %
    interval; None where there is none. `EvaluationItem` is one."""

    @property
    def estimate(self) -> float | None: ...

    @property
    def ci_low(self) -> float | None: ...

    @property
    def ci_high(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class CostLine:
    """One line of what the introduction costs, kronor for all users: at once, and each year."""

    name: str
    once: float
    per_year: float


@dataclass(frozen=True, slots=True)
class Cases:
    """The net present value with every uncertain input at the worse, or the better, of its 10th and 90th
    percentile; `base` has all at their most likely."""

    worst: float
    base: float
    best: float


@dataclass(frozen=True, slots=True)
class Economy:
    """What the broad introduction would free, cost and be worth, in hours a year and in today's kronor.

    `hours_per_user` are of one user and year, `hours` of all and year; gross, net and realised. `flows` are
    years from 0, the purchase, to the last of the product's life. `missing` names what was not given or
    measured and without which there is no such figure: where it holds inputs of the money, all figures of
    money are None. `not_counted` names what could have been given and was not, and counts as nothing.
    `payback_years` and `break_even_users` are None also where there is none. What needs the spread of the
    inputs (`cases`, `tornado`, `simulated`) is None where the measured change has no interval.
    """

    users: int | None
    years: float
    rate: float
    utilisation: float
    hours_per_user: HoursFreed | None = None
    hours: HoursFreed | None = None
    value_per_year: float | None = None
    costs: tuple[CostLine, ...] = ()
    flows: tuple[float, ...] = ()
    npv: float | None = None
    benefit_cost_ratio: float | None = None
    payback_years: float | None = None
    break_even_users: int | None = None
    cases: Cases | None = None
    tornado: Tornado | None = None
    simulated: SimulatedNpv | None = None
    missing: tuple[str, ...] = ()
    not_counted: tuple[str, ...] = ()
    perspective: str = PERSPECTIVE

    @property
    def probability_of_gain(self) -> float | None:
        """How often the net present value is above 0 when every input is drawn."""
        return None if self.simulated is None else self.simulated.probability_positive


def devices_with_alarms(days: Days) -> float:
    """How many devices with alarms one user has: device-days per day, of daily values of alarms per
    device-day, on days that had any; 1 where none had."""
    had = (days.n != 0) & (np.nan_to_num(days.value) != 0)
    return float((days.n[had] / days.value[had]).mean()) if had.any() else 1.0


def economy(plan: Plan, measured: Mapping[str, Change], *, alarm_devices: float = 1.0) -> Economy:
    """The worth of what changed (`CHANGES`, by metric), with the plan's own prices and minutes.

    Visits in person avoided, times visit and travel, are hours gross; less those of camera checks, alarms
    and administration they are net, times the share that rosters put to use realised. Prices of devices,
    licences, installation and batteries are of one user, the others of the introduction as a whole. Once
    costs fall at the start, all else at the end of each year. Inputs are drawn independent of each other.
    Alarms are measured per device; a user has `alarm_devices` with alarms.
    """
    given = _given(plan.costs)
    changes = {name: measured[name] for name in CHANGES if name in measured and _is_told(measured[name])}
    no_hours, no_money, no_spread = _missing(given, changes)
    inputs = {name: given.get(name, NOTHING) for name in INPUTS} | {
        name: _estimate(changes[name]) if name in changes else NOTHING for name in CHANGES
    }
    inputs[ALARM_DEVICES] = Pert(alarm_devices, alarm_devices, alarm_devices)
    likely = {name: each.mode for name, each in inputs.items()}
    missing = (*no_hours, *no_money, *no_spread)
    found = Economy(
        round(likely["users"]) if "users" in given else None,
        likely["years"],
        likely["discount_rate"],
        likely["utilisation"],
        missing=missing,
        not_counted=tuple(name for name in _not_counted(given, changes) if name not in missing),
    )
    if no_hours:
        return found
    found = replace(found, hours_per_user=_hours_per_user(likely))
    if no_money:
        return found
    found = _worth(found, likely)
    return found if no_spread else _spread(found, inputs)


def _given(costs: Costs) -> dict[str, Input]:
    """The plan's inputs by name: the range that was given for it, or else what was given as certain."""
    found: dict[str, Input] = {}
    for name in INPUTS:
        value = getattr(costs, name)
        if name in costs.ranges:
            around = costs.ranges[name]
            found[name] = Pert(around.low, around.likely, around.high)
        elif value is not None:
            found[name] = Pert(value, value, value)
    return found


def _is_told(change: Change) -> bool:
    return change.estimate is not None


def _estimate(change: Change) -> Estimate:
    value = change.estimate or 0.0
    if change.ci_low is None or change.ci_high is None:
        return Estimate(value, value, value)
    # Limits of ranks may lie a rounding on the wrong side of an estimate that they touch.
    return Estimate(min(change.ci_low, value), value, max(change.ci_high, value))


def _missing(
    given: Mapping[str, Input], changes: Mapping[str, Change]
) -> tuple[list[str], list[str], list[str]]:
    """What stands in the way of hours, of money, and of its spread."""
    no_hours = [PHYSICAL] if PHYSICAL not in changes else []
    no_hours += ["visit_min"] if "visit_min" not in given else []
    # Work that the product was shown to bring cannot be left out: what remains would look too good.
    no_hours += [
        minutes
        for metric, minutes in MINUTES.items()
        if minutes not in given and metric in changes and _more(changes[metric])
    ]
    no_money = [name for name in ("staff_sek_hour", "users") if name not in given]
    no_money += ["device_sek"] if not given.keys() & {"device_sek", "licence_sek_month"} else []
    no_spread = [
        f"{INTERVAL_OF}{metric}"
        for metric, change in changes.items()
        if change.ci_low is None or change.ci_high is None
    ]
    return no_hours, no_money, no_spread


def _more(change: Change) -> bool:
    least = change.estimate if change.ci_low is None else change.ci_low
    return least is not None and least > 0


def _not_counted(given: Mapping[str, Input], changes: Mapping[str, Change]) -> tuple[str, ...]:
    names = [name for name in ("travel_min", "administration_h_month", *COST_LINES) if name not in given]
    for metric, minutes in MINUTES.items():
        if metric not in changes:
            names.append(metric)
        elif minutes not in given and not _more(changes[metric]):
            names.append(minutes)
    return tuple(names)


def _hours_per_user(likely: Mapping[str, float]) -> HoursFreed:
    shared = likely["administration_h_month"] / likely["users"] if likely["users"] else 0.0
    return _hours(likely, 1.0, shared)


def _hours(likely: Mapping[str, float], users: float, administration_h_month: float) -> HoursFreed:
    nights = users * NIGHTS_A_YEAR
    return hours_freed(
        visits_avoided=-likely[PHYSICAL] * nights,
        visit_minutes=likely["visit_min"],
        travel_minutes=likely["travel_min"],
        camera_minutes=likely[CAMERA] * nights * likely["camera_check_min"],
        alarm_minutes=likely[ALARMS] * likely[ALARM_DEVICES] * nights * likely["alarm_min"],
        administration_minutes=MONTHS * 60 * administration_h_month,
        utilisation=likely["utilisation"],
    )


def _worth(found: Economy, likely: Mapping[str, float]) -> Economy:
    """With every input at its most likely value."""
    hours = _hours(likely, likely["users"], likely["administration_h_month"])
    value = hours.realised * likely["staff_sek_hour"]
    lines = [
        *(CostLine(name, likely["users"] * likely[name], 0.0) for name in ONCE_PER_USER),
        *(CostLine(name, likely[name], 0.0) for name in ONCE),
        CostLine("licence_sek_month", 0.0, MONTHS * likely["users"] * likely["licence_sek_month"]),
        CostLine("battery_sek_year", 0.0, likely["users"] * likely["battery_sek_year"]),
        CostLine("support_sek_year", 0.0, likely["support_sek_year"]),
    ]
    once, per_year = sum(line.once for line in lines), sum(line.per_year for line in lines)
    lasts = _lasts(found.years, math.ceil(found.years))
    costs = np.append(once, (per_year + max(-value, 0.0)) * lasts)
    gains = np.append(0.0, max(value, 0.0) * lasts)
    paid_back = discounted_payback(found.rate, gains - costs)
    ratio = benefit_cost_ratio(found.rate, gains, costs)
    return replace(
        found,
        hours=hours,
        value_per_year=value,
        costs=tuple(line for line in lines if line.name not in found.not_counted),
        flows=tuple(float(flow) for flow in gains - costs),
        npv=npv(found.rate, gains - costs),
        benefit_cost_ratio=ratio if np.isfinite(ratio) else None,
        payback_years=paid_back if np.isfinite(paid_back) else None,
        break_even_users=_break_even(found, likely),
    )


def _break_even(found: Economy, likely: Mapping[str, float]) -> int | None:
    """The fewest users that carry what is paid, and done, whatever their number."""
    worth_of_a_krona_a_year = npv(found.rate, np.append(0.0, _lasts(found.years, math.ceil(found.years))))
    hour = likely["staff_sek_hour"] * worth_of_a_krona_a_year
    administration = MONTHS * likely["administration_h_month"] * likely["utilisation"] * hour
    support = likely["support_sek_year"] * worth_of_a_krona_a_year
    yearly = MONTHS * likely["licence_sek_month"] + likely["battery_sek_year"]
    return break_even_users(
        fixed_cost=sum(likely[name] for name in ONCE) + support + administration,
        benefit_per_user=_hours(likely, 1.0, 0.0).realised * hour,
        cost_per_user=sum(likely[name] for name in ONCE_PER_USER) + yearly * worth_of_a_krona_a_year,
    ).users


def _spread(found: Economy, inputs: Mapping[str, Input]) -> Economy:
    """With the inputs at other values than their most likely."""
    uncertain = {
        name: each
        for name, each in inputs.items()
        if name == PHYSICAL or each.quantile(0.1) < each.quantile(0.9)
    }
    certain = {name: np.array([[each.mode]]) for name, each in inputs.items() if name not in uncertain}

    horizon = math.ceil(inputs["years"].quantile(1))

    def flows(values: Mapping[str, Float64]) -> Float64:
        return _flows({**certain, **values}, horizon, found.rate)

    one_by_one = tornado(flows, uncertain, rate=found.rate)
    worse = {bar.name: bar.low if bar.npv_low < bar.npv_high else bar.high for bar in one_by_one.bars}
    better = {bar.name: bar.high if bar.npv_low < bar.npv_high else bar.low for bar in one_by_one.bars}
    worst, best = (
        npv(found.rate, flows({name: np.array([[value]]) for name, value in end.items()})[0])
        for end in (worse, better)
    )
    return replace(
        found,
        cases=Cases(worst, one_by_one.npv, best),
        tornado=one_by_one,
        simulated=monte_carlo_npv(flows, uncertain, rate=found.rate),
    )


def _flows(values: Mapping[str, Float64], horizon: int, rate: float) -> Float64:
    """The flows (b, 1 + `horizon`) of inputs (b, 1), to be discounted at `rate`: what another rate would
    make of them is in them."""
    minutes = (
        -values[PHYSICAL] * (values["visit_min"] + values["travel_min"])
        - values[CAMERA] * values["camera_check_min"]
        - values[ALARMS] * values[ALARM_DEVICES] * values["alarm_min"]
    )
    net = values["users"] * NIGHTS_A_YEAR * minutes / 60 - MONTHS * values["administration_h_month"]
    per_user = MONTHS * values["licence_sek_month"] + values["battery_sek_year"]
    yearly = (
        realised_hours(net, values["utilisation"]) * values["staff_sek_hour"]
        - values["users"] * per_user
        - values["support_sek_year"]
    )
    once = -values["users"] * sum(values[name] for name in ONCE_PER_USER) - sum(values[name] for name in ONCE)
    other_rate = ((1 + rate) / (1 + values["discount_rate"])) ** np.arange(1, horizon + 1)
    later = yearly * _lasts(values["years"], horizon) * other_rate
    return np.concatenate([np.broadcast_to(once, (len(later), 1)), later], axis=1)


def _lasts(years: float | Float64, horizon: int) -> Float64:
    """The share of each year, 1 to `horizon`, that a life of `years` (or (b, 1) of them) holds."""
    return np.clip(years - np.arange(horizon), 0.0, 1.0)
