"""The simulated pilots that `accuracy` tells: what each is long, large or fine enough to judge."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from pilotbed.bench.simulated_pilot import Told, at_once
from pilots.plan import Plan
from simulators.delivery import TROUBLES, Delivery, Trouble
from simulators.faults import ALL, FAULTS, NONE, TOUCHES, Fault, chosen
from simulators.faults.bed import ON_THE_SCALE
from simulators.story import Story

DOES: Mapping[str, str] = {
    NONE: "what every story has: noise, drift of the tare, duvets that come and go on the empty bed",
    **{str(fault): does for fault, does in FAULTS.items()},
    **{str(trouble): does for trouble, does in TROUBLES.items()},
    ALL: "everything above at once",
}
"""What is told in turn, and what each does."""

DELIVERY = "delivery"
"""Touched by what goes wrong on the way from a device to ingest."""


Tell = Callable[[Plan, int, str, Collection[str]], Told]
"""By plan, seed, the name of what goes wrong, and the streams that are asked for."""


@dataclass(frozen=True, slots=True)
class ToldPilot:
    """One simulated pilot: `plan`, or a `quick` one, and how it is told.

    `metrics` are those that it judges, with the streams that each is made from: it is told with whatever
    touches one of these, `never_with` left out. Daily values count from the day `judged_from` of the story.
    """

    plan: str
    quick: str
    metrics: Mapping[str, frozenset[str]]
    tell: Tell
    never_with: frozenset[str] = frozenset()
    judged_from: int = 0

    def judged(self, name: str) -> frozenset[str]:
        """The metrics that one of `DOES` may change."""
        if name in self.never_with:
            return frozenset()
        if name in (NONE, ALL):
            return frozenset(self.metrics)
        touched = TOUCHES[Fault(name)] if name in set(Fault) else {DELIVERY}
        return frozenset(metric for metric, streams in self.metrics.items() if streams & touched)


def _made_from(streams: str, *metrics: str) -> dict[str, frozenset[str]]:
    return dict.fromkeys(metrics, frozenset(streams.split()))


def _plan(baseline_end: str, start: str, end: str, treated: int, others: int) -> str:
    return f"""
pilot: accuracy
title: Simulated residents with faults
timezone: Europe/Stockholm
phases:
  - {{name: baseline, start: 2025-03-01, end: {baseline_end}}}
  - {{name: pilot, start: {start}, end: {end}}}
groups: {{intervention: {treated}, comparison: {others}}}
costs: {{visit_min: 12, travel_min: 9}}
"""


QUICK = _plan("2025-03-02", "2025-03-03", "2025-03-04", 1, 1)


def _whole_story(plan: Plan, seed: int, name: str, streams: Collection[str]) -> Told:
    story = Story(plan, seed, faults=chosen([name]))
    return Told(story, at_once(story, story.days, streams), lambda: story.truth)


EDGE_DAYS = 28
"""Of half a year a change looks at the first weeks and at the last: the days between are not told."""


def _edges(plan: Plan, seed: int, name: str, streams: Collection[str]) -> Told:
    story = Story(plan, seed, faults=chosen([name]))
    edges = dict.fromkeys((*story.days[:EDGE_DAYS], *story.days[-EDGE_DAYS:]))
    return Told(story, at_once(story, edges, streams), lambda: story.truth)


def _four_legs(plan: Plan, seed: int, name: str, streams: Collection[str]) -> Told:
    story = Story(plan, seed, faults=chosen([name]), four_legs=True)
    return Told(story, at_once(story, story.days, streams), lambda: story.truth)


def _power_cuts(plan: Plan, seed: int, name: str, streams: Collection[str]) -> Told:
    story = Story(plan, seed, faults=chosen([name]), power_cuts=True)
    return Told(story, at_once(story, story.days, streams), lambda: story.truth)


def _one_by_one(plan: Plan, seed: int, name: str, streams: Collection[str]) -> Told:
    troubles = frozenset(Trouble) if name == ALL else frozenset(Trouble) & {name}
    delivery = Delivery(Story(plan, seed), troubles)
    return Told(delivery.story, delivery.messages(), delivery.truth)


SIX_WEEKS = ToldPilot(
    _plan("2025-03-21", "2025-03-22", "2025-04-11", 8, 4),
    QUICK,
    {
        **_made_from(
            "bed",
            "weight_kg",
            "weight_trend_kg_per_30d",
            "weight_change_percent_30d",
            "fluid_gain_screening_percent",
            "bed_exits_per_night",
            "restlessness_percent",
            "time_in_bed_h",
            "time_out_of_bed_min",
            "longest_absence_min",
            "rest_onset_min",
            "rest_efficiency_percent",
            "rest_fragmentation_index",
            "interdaily_stability",
            "intradaily_variability",
            "relative_amplitude",
        ),
        **_made_from(
            "gps",
            "time_out_of_home_h",
            "max_distance_from_home_m",
            "radius_of_gyration_m",
            "activity_area_km2",
            "places_per_day",
            "outing_straightness",
            "outing_sinuosity_per_sqrt_m",
            "position_accuracy_m",
        ),
        **_made_from(
            "visit",
            "physical_visits_per_night",
            "camera_visits_per_night",
            "planned_visits_per_night",
            "replaced_visits_per_night",
            "escalated_camera_visits_percent",
            "failed_camera_visits_percent",
            "supervision_balance_min_per_night",
        ),
        **_made_from("visit bed", "disturbances_avoided_per_night", "awakenings_after_visits_percent"),
        **_made_from(
            "alarm",
            "alarms_per_device_day",
            "time_to_acknowledge_s",
            "time_to_arrive_s",
            "false_alarms_percent",
            "nuisance_alarms_percent",
            "night_alarms_percent",
            "alarms_per_shift",
        ),
    },
    _whole_story,
)
"""Long enough for a change of weight, which looks back over 37 nights; clocks change in the fifth week."""

HALF_YEAR = ToldPilot(
    _plan("2025-05-31", "2025-06-01", "2025-09-16", 4, 4),
    QUICK,
    _made_from("bed", "weight_change_percent_180d", "weight_loss_screening_percent"),
    _edges,
    judged_from=183,
)
"""200 days, since the change looks back over 187 nights; the first night that has one is the 184th."""

FOUR_LEGS = ToldPilot(
    _plan("2025-03-07", "2025-03-08", "2025-03-14", 8, 4),
    QUICK,
    _made_from("bed", "turns_per_night", "longest_time_in_position_h", "turning_compliance_percent"),
    _four_legs,
    never_with=frozenset({ALL, Fault.STUCK_VALUE, *ON_THE_SCALE}),
)
"""Beds that weigh each leg by itself: what goes wrong within one scale is not told of four."""

POWER_CUTS = ToldPilot(
    _plan("2025-04-30", "2025-05-01", "2025-06-30", 8, 6),
    QUICK,
    _made_from("alarm", "alarm_floods_per_week"),
    _power_cuts,
)
"""Alarms alone, and enough of them: a day in five has a power cut."""

ONE_BY_ONE = ToldPilot(
    _plan("2025-03-05", "2025-03-06", "2025-03-10", 2, 2),
    QUICK,
    _made_from(
        DELIVERY,
        "device_uptime_percent",
        "reading_loss_percent",
        "reading_lateness_s",
        "clock_offset_s",
        "battery_percent",
    ),
    _one_by_one,
)
"""A message a minute or a fix, each with the instant of its arrival."""

TOLD_PILOTS = (SIX_WEEKS, HALF_YEAR, FOUR_LEGS, POWER_CUTS, ONE_BY_ONE)
