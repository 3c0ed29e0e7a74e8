"""How far an estimate may lie from the realised truth, and why that far."""

from dataclasses import dataclass
from typing import Literal

Way = Literal[
    "mean",
    "mean absolute error",
    "largest error",
    "median per phase and group",
    "pooled per phase and group",
    "change",
]
"""How estimates and truths are set against each other, see `simulators.comparison`."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """The largest `error` of a metric that is still right, in the metric's unit."""

    metric: str
    way: Way
    unit: str
    limit: float
    reason: str


CHANGE: Way = "change"
MEAN: Way = "mean"
MEAN_ABSOLUTE: Way = "mean absolute error"
LARGEST: Way = "largest error"
MEDIAN: Way = "median per phase and group"
POOLED: Way = "pooled per phase and group"

TOLERANCES: tuple[Tolerance, ...] = (
    Tolerance("weight_kg", MEAN_ABSOLUTE, "kg", 0.05, "the goal for load cells of 0.1 kg noise"),
    Tolerance("weight_kg", LARGEST, "kg", 0.20, "the goal for a single night, drift and duvets included"),
    Tolerance(
        "weight_trend_kg_per_30d",
        MEAN_ABSOLUTE,
        "kg/30 d",
        0.10,
        "28 nights, each 0.05 kg off, move a slope by about 0.03 kg",
    ),
    Tolerance(
        "weight_change_percent_30d",
        MEAN_ABSOLUTE,
        "%",
        0.15,
        "two medians, each 0.05 kg off, at a body weight of 45 kg and more",
    ),
    Tolerance(
        "weight_change_percent_180d",
        MEAN_ABSOLUTE,
        "%",
        0.15,
        "two medians, each 0.05 kg off, at a body weight of 45 kg and more",
    ),
    Tolerance("weight_loss_screening_percent", MEAN, "%", 1.0, "few nights lie so near the limit"),
    Tolerance("fluid_gain_screening_percent", MEAN, "%", 1.0, "few nights lie so near the limit"),
    Tolerance(
        "bed_exits_per_night", MEAN, "1/night", 0.05, "recall and precision of 0.98 at 2 exits a night"
    ),
    Tolerance("restlessness_percent", MEAN, "%", 0.5, "minutes cut by an exit may count in or out"),
    Tolerance("time_in_bed_h", MEAN, "h", 0.03, "10 s of sampling at each edge of each stretch in bed"),
    Tolerance("time_out_of_bed_min", MEAN, "min", 0.5, "10 s of sampling at each end of each absence"),
    Tolerance("longest_absence_min", MEAN, "min", 0.5, "10 s of sampling at each end"),
    Tolerance("rest_onset_min", MEAN, "min", 1.0, "the minute of going to bed is only partly seen"),
    Tolerance("rest_efficiency_percent", MEAN, "%", 0.5, "minutes cut by an exit may count in or out"),
    Tolerance(
        "rest_fragmentation_index",
        MEAN,
        "1",
        1.5,
        "a still minute beside one cut by an exit is left out: nobody knows how long it lasted",
    ),
    Tolerance("interdaily_stability", MEAN_ABSOLUTE, "1", 0.01, "the last digit that is shown"),
    Tolerance("intradaily_variability", MEAN_ABSOLUTE, "1", 0.01, "the last digit that is shown"),
    Tolerance("relative_amplitude", MEAN_ABSOLUTE, "1", 0.01, "the last digit that is shown"),
    Tolerance("turns_per_night", MEAN, "1/night", 1.0, "the last digit that is shown"),
    Tolerance(
        "longest_time_in_position_h",
        MEAN,
        "h",
        0.1,
        "a turn counts from the first still half minute after it",
    ),
    Tolerance("turning_compliance_percent", MEAN, "%", 1.0, "the last digit that is shown"),
    Tolerance(
        "time_out_of_home_h",
        MEAN,
        "h",
        0.05,
        "fixes a minute apart and 50 m of hysteresis: up to two minutes at each crossing",
    ),
    Tolerance(
        "max_distance_from_home_m",
        MEAN,
        "m",
        20.0,
        "the farthest of 150 fixes of a resident at home lies 10-15 m off by noise alone",
    ),
    Tolerance("radius_of_gyration_m", MEAN, "m", 10.0, "fixes at home lie 5 m off by noise alone"),
    Tolerance(
        "activity_area_km2", MEAN, "km²", 0.01, "noise widens a way of a kilometre by 5 m on either side"
    ),
    Tolerance("places_per_day", MEAN, "1/d", 0.1, "the last digit that is shown"),
    Tolerance("outing_straightness", MEAN, "1", 0.05, "5 m of noise on steps of 70 m"),
    Tolerance(
        "outing_sinuosity_per_sqrt_m", MEAN, "m^-1/2", 0.02, "a fifth of what a way that turns by 45° has"
    ),
    Tolerance("physical_visits_per_night", LARGEST, "1/night", 0.0, "a log is counted, not estimated"),
    Tolerance("camera_visits_per_night", LARGEST, "1/night", 0.0, "a log is counted, not estimated"),
    Tolerance("planned_visits_per_night", LARGEST, "1/night", 0.0, "a log is counted, not estimated"),
    Tolerance("replaced_visits_per_night", LARGEST, "1/night", 0.0, "a log is counted, not estimated"),
    Tolerance("escalated_camera_visits_percent", LARGEST, "%", 1e-9, "counted, then divided"),
    Tolerance("failed_camera_visits_percent", LARGEST, "%", 1e-9, "counted, then divided"),
    Tolerance(
        "disturbances_avoided_per_night",
        MEAN,
        "1/night",
        0.05,
        "minutes that a visit cuts may count in or out",
    ),
    Tolerance(
        "awakenings_after_visits_percent",
        MEAN,
        "%",
        1.0,
        "minutes that a visit cuts may count before it or after it",
    ),
    Tolerance("supervision_balance_min_per_night", LARGEST, "min", 1e-9, "counted, then multiplied"),
    Tolerance(
        "alarms_per_device_day",
        LARGEST,
        "1/d",
        1e-9,
        "alarms are counted, only divided by the length of the day",
    ),
    Tolerance("time_to_acknowledge_s", MEDIAN, "s", 1.0, "the same alarms in the same order"),
    Tolerance("time_to_arrive_s", MEDIAN, "s", 1.0, "the same alarms in the same order"),
    Tolerance("false_alarms_percent", POOLED, "%", 1e-9, "counted, then divided"),
    Tolerance("nuisance_alarms_percent", POOLED, "%", 1e-9, "counted, then divided"),
    Tolerance("night_alarms_percent", POOLED, "%", 1e-9, "counted, then divided"),
    Tolerance("alarms_per_shift", POOLED, "1/shift", 1e-9, "counted, then divided"),
    Tolerance("alarm_floods_per_week", POOLED, "1/week", 1e-9, "counted, then divided"),
    Tolerance("device_uptime_percent", MEAN, "%", 1.0, "a tracker may be silent for one interval unnoticed"),
    Tolerance("reading_loss_percent", MEAN, "%", 0.5, "the last message before a silence is not missed"),
    Tolerance("reading_lateness_s", MEAN, "s", 60.0, "what a bed gathers before it sends: a minute"),
    Tolerance("clock_offset_s", MEAN, "s", 60.0, "what a bed gathers before it sends: a minute"),
    Tolerance("battery_percent", MEAN, "%", 1.0, "told once an hour, in whole percent"),
    Tolerance("position_accuracy_m", MEAN_ABSOLUTE, "m", 1.0, "the last digit that is shown"),
    Tolerance("bed_exits_per_night", CHANGE, "1/night", 0.05, "errors of both phases partly cancel"),
    Tolerance("restlessness_percent", CHANGE, "%", 0.3, "errors of both phases partly cancel"),
    Tolerance("time_in_bed_h", CHANGE, "h", 0.03, "errors of both phases partly cancel"),
    Tolerance("time_out_of_home_h", CHANGE, "h", 0.03, "errors of both phases partly cancel"),
    Tolerance("max_distance_from_home_m", CHANGE, "m", 10.0, "errors of both phases partly cancel"),
    Tolerance("weight_kg", CHANGE, "kg", 0.05, "no worse than a single night"),
    Tolerance(
        "physical_visits_per_night", CHANGE, "1/night", 1e-9, "counts are exact, sums of floats nearly"
    ),
    Tolerance("camera_visits_per_night", CHANGE, "1/night", 1e-9, "counts are exact, sums of floats nearly"),
)

KNOWN_TO_MISS = frozenset({"outing_sinuosity_per_sqrt_m"})
"""What no story meets, for the reason that docs/accuracy.md gives: a straight way winds by noise alone."""
