"""What a page or a report of a pilot holds, before it is put into words."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.catalogue import METRICS
from analysis.pipeline import Evaluation, EvaluationItem, MetricRow, Quality, ResponseRow
from api.results import Snapshot
from pilots.civil_time import now
from pilots.registry import Device, Pilot

MOST_CHARTS = 6
"""More weekly charts than this are a catalogue, not a report."""


@dataclass(frozen=True, slots=True)
class GroupSize:
    """A group: how many participants it was planned with, and how many started."""

    group: str
    started: int
    planned: int


@dataclass(frozen=True, slots=True)
class Content:
    """A pilot at one moment. `weeks` holds the weekly rows of the metrics that are drawn.

    With `by_device` False nothing in it stands for a single participant. `devices` are as they were
    registered, by name; none where the reader may not see how to reach them.
    """

    pilot: Pilot
    made_us: int
    groups: Sequence[GroupSize]
    evaluation: Evaluation
    response: Sequence[ResponseRow]
    weeks: dict[str, list[MetricRow]]
    quality: Quality
    kinds: dict[str, str]
    by_device: bool
    devices: Sequence[Device]

    @property
    def empty(self) -> bool:
        """No device has delivered anything yet."""
        return not any(item.readings for item in self.quality.items)

    def items_of(self, group: str) -> list[EvaluationItem]:
        """A group's rows: the goals as the plan orders them, then the rest of the catalogue."""
        goals = [goal.metric for goal in sorted(self.pilot.plan.goals, key=lambda goal: not goal.primary)]
        order = list(dict.fromkeys([*goals, *METRICS]))
        rows = [item for item in self.evaluation.items if item.group == group]
        return sorted(rows, key=lambda item: order.index(item.metric) if item.metric in order else len(order))


def gather(snapshot: Snapshot, *, suppress: bool, by_device: bool, addresses: bool = False) -> Content:
    """Everything a page or report says of a pilot; small cells are hidden when `suppress`, and how devices
    are reached unless `addresses`."""
    results = snapshot.results
    pilot = results.registry.pilot(snapshot.pilot)
    started = Counter(each.group for each in results.registry.participants(pilot.pilot))
    devices = results.registry.devices(pilot.pilot)
    made_us = now()
    goals = [goal.metric for goal in sorted(pilot.plan.goals, key=lambda goal: not goal.primary)]
    drawn = list(dict.fromkeys(goals))[:MOST_CHARTS] or _first_of_each_section()
    return Content(
        pilot=pilot,
        made_us=made_us,
        groups=[GroupSize(group, started[group], planned) for group, planned in pilot.plan.groups.items()],
        evaluation=snapshot.evaluation(suppress=suppress),
        response=snapshot.response_rows(suppress=suppress),
        weeks={
            metric: snapshot.metric_rows(metric, by="week", suppress=suppress)
            for metric in drawn
            if METRICS[metric].summary != "response"
        },
        quality=results.quality(pilot.pilot, now_us=made_us),
        kinds={device.device: device.kind for device in devices},
        by_device=by_device,
        devices=devices if addresses else (),
    )


def _first_of_each_section() -> list[str]:
    """What is drawn of a pilot without goals."""
    first: dict[str, str] = {}
    for name, metric in METRICS.items():
        first.setdefault(metric.section, name)
    return list(first.values())
