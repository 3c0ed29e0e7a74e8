"""How true each metric is when beds, trackers and staff go wrong: one simulated pilot a fault."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from analysis.pipeline import PilotData, metric_rows, recompute
from pilotbed.bench.simulated_pilot import simulated_pilot
from simulators.accuracy import Accuracy, accuracy
from simulators.faults import ALL, FAULTS, NONE, TOUCHES, chosen
from simulators.true_figures import TRUE_FIGURES

WORKERS = 2

METRICS: Mapping[str, tuple[str, ...]] = {
    "bed": (
        "weight_kg",
        "weight_trend_kg_per_30d",
        "weight_change_percent_30d",
        "weight_loss_screening_percent",
        "fluid_gain_screening_percent",
        "bed_exits_per_night",
        "restlessness_percent",
        "time_in_bed_h",
        "time_out_of_bed_min",
        "longest_absence_min",
        "rest_onset_min",
        "rest_efficiency_percent",
        "rest_fragmentation_index",
    ),
    "gps": ("time_out_of_home_h", "max_distance_from_home_m"),
    "visit": (
        "physical_visits_per_night",
        "camera_visits_per_night",
        "replaced_visits_per_night",
        "escalated_camera_visits_percent",
        "failed_camera_visits_percent",
    ),
    "alarm": (
        "alarms_per_device_day",
        "time_to_acknowledge_s",
        "time_to_arrive_s",
        "false_alarms_percent",
        "nuisance_alarms_percent",
        "night_alarms_percent",
        "alarms_per_shift",
    ),
}
"""The metrics that come of each stream and have a truth."""

DOES: Mapping[str, str] = {
    NONE: "what every story has: noise, drift of the tare, duvets that come and go on the empty bed",
    **{str(fault): does for fault, does in FAULTS.items()},
    ALL: "everything above at once",
}
"""What is told in turn, and what each does."""

PLAN = """
pilot: accuracy
title: Simulated residents with faults
timezone: Europe/Stockholm
phases:
  - {{name: baseline, start: 2025-03-01, end: {baseline_end}}}
  - {{name: pilot, start: {start}, end: {end}}}
groups: {{intervention: {treated}, comparison: {others}}}
"""

WHOLE = PLAN.format(baseline_end="2025-03-21", start="2025-03-22", end="2025-04-11", treated=8, others=4)
"""Six weeks, since a change of weight looks back over 37 nights; clocks change in the fifth."""

QUICK = PLAN.format(baseline_end="2025-03-02", start="2025-03-03", end="2025-03-04", treated=1, others=1)


@dataclass(frozen=True, slots=True)
class FaultAccuracy:
    """What one of `DOES` makes of the metrics of the streams that it touches; `none` and `all` have all."""

    fault: str
    metrics: tuple[Accuracy, ...]


def measure(
    *, quick: bool = False, seed: int = 1, progress: Callable[[int, int], None] | None = None
) -> list[FaultAccuracy]:
    """The same residents without a fault, with each, and with all; `progress(done, of)` counts pilots."""
    told = []
    for done, fault in enumerate(DOES, start=1):
        told.append(FaultAccuracy(fault, _with_fault(QUICK if quick else WHOLE, seed, fault)))
        if progress is not None:
            progress(done, len(DOES))
    return told


def streams_of(fault: str) -> set[str]:
    """The streams by which a fault is judged: those that it touches; without a fault, all with a metric."""
    return {stream for each in chosen([fault]) for stream in TOUCHES[each]} or set(METRICS)


def _with_fault(plan_text: str, seed: int, fault: str) -> tuple[Accuracy, ...]:
    streams = streams_of(fault)
    metrics = {metric for stream in streams for metric in METRICS[stream]}
    with simulated_pilot(plan_text, seed, chosen([fault]), streams) as pilot:
        name = pilot.plan.pilot
        recompute(pilot.registry, pilot.store, name, workers=WORKERS)
        data = PilotData(pilot.registry, pilot.store, name)
        figures = {
            metric: metric_rows(data, metric, by="phase", suppress=False)
            for metric in metrics & TRUE_FIGURES.keys()
        }
        return tuple(accuracy(pilot.story.truth, pilot.registry.daily_values(name), figures, metrics))
