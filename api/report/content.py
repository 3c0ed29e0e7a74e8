"""What a page or a report of a pilot holds, before it is put into words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version

from analysis.catalogue import METRICS
from analysis.pipeline import Evaluation, EvaluationItem, MetricRow, Quality, ResponseRow
from analysis.pipeline.quality import BEFORE_START_US
from analysis.pipeline.requirements import RequirementRow
from analysis.pipeline.scores import ScoreRow
from analysis.privacy import is_small
from api.results import Snapshot
from pilots.civil_time import midnight, now
from pilots.registry import Departure, Device, Pilot

SMALL = "<5"

MOST_CHARTS = 6
"""More weekly charts than this are a catalogue, not a report."""


A_DAY_US = 86_400_000_000
"""A device's clock may be a little ahead of ours."""


@dataclass(frozen=True, slots=True)
class GroupSize:
    """A group: how many participants it was planned with, and how many started; None where that is hidden."""

    group: str
    started: int | None
    planned: int

    @property
    def told(self) -> str:
        """How many started, in a reader's figures."""
        return SMALL if self.started is None else str(self.started)


@dataclass(frozen=True, slots=True)
class Content:
    """A pilot at one moment. `weeks` holds the weekly rows of the metrics that are drawn.

    With `by_device` False nothing in it stands for a single participant. `devices` are as they were
    registered, by name; none where the reader may not see how to reach them. `texts` are the leader's own
    by section.
    """

    pilot: Pilot
    at_us: int
    groups: Sequence[GroupSize]
    evaluation: Evaluation
    response: Sequence[ResponseRow]
    weeks: dict[str, list[MetricRow]]
    quality: Quality
    kinds: dict[str, str]
    by_device: bool
    devices: Sequence[Device]
    texts: Mapping[str, str]
    departures: Sequence[Departure]
    requirements: tuple[RequirementRow, ...]
    scores: Sequence[ScoreRow]

    @property
    def compared(self) -> tuple[str, str]:
        """The names of the two phases that the evaluation compares."""
        return self.evaluation.compared

    @property
    def software(self) -> str:
        """The version that makes the report."""
        return version("pilotbed")

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

    def beside(self, item: EvaluationItem) -> bool:
        """What is exploratory stands apart from the evaluation, unless a goal rests on it."""
        goals = {goal.metric for goal in self.pilot.plan.goals}
        return METRICS[item.metric].level == "exploratory" and item.metric not in goals


def gather(
    snapshot: Snapshot, *, at_us: int, suppress: bool, by_device: bool, addresses: bool = False
) -> Content:
    """Everything a page or report says of a pilot at `at_us` µs UTC, from which silence is counted; small
    cells are hidden when `suppress`, and how devices are reached unless `addresses`."""
    results = snapshot.results
    registry = results.registry
    pilot = registry.pilot(snapshot.pilot)
    started = Counter(each.group for each in registry.participants(pilot.pilot))
    devices = registry.devices(pilot.pilot)
    goals = [goal.metric for goal in sorted(pilot.plan.goals, key=lambda goal: not goal.primary)]
    drawn = list(dict.fromkeys(goals))[:MOST_CHARTS] or _first_of_each_section()
    return Content(
        pilot=pilot,
        at_us=at_us,
        groups=[
            GroupSize(group, None if suppress and is_small(started[group]) else started[group], planned)
            for group, planned in pilot.plan.groups.items()
        ],
        evaluation=snapshot.evaluation(suppress=suppress),
        response=snapshot.response_rows(suppress=suppress),
        weeks={
            metric: snapshot.metric_rows(metric, by="week", suppress=suppress)
            for metric in drawn
            if METRICS[metric].summary != "response"
        },
        quality=results.quality(pilot.pilot, now_us=at_us),
        kinds={device.device: device.kind for device in devices},
        by_device=by_device,
        devices=devices if addresses else (),
        texts=registry.texts(pilot.pilot),
        departures=registry.departures(pilot.pilot),
        requirements=results.requirements(pilot.pilot, suppress=suppress),
        scores=snapshot.score_rows(suppress=suppress),
    )


def known_until(snapshot: Snapshot) -> int:
    """The last moment that a pilot's data know of, µs UTC: a report says the same whenever it is made.

    The last reading, or the end of the last day that has a value; before any, when the pilot was added.
    """
    results, plan = snapshot.results, snapshot.data.plan
    names = [device.device for device in results.registry.devices(snapshot.pilot)]
    first = min(snapshot.data.kept.added_us, *(plan.phase_start(phase) for phase in plan.phases))
    found = results.store.quality(names, first - BEFORE_START_US, now() + A_DAY_US)
    heard = [each.last for each in found if each.last is not None]
    if snapshot.data.last_day is not None:
        heard.append(midnight(snapshot.data.last_day + timedelta(days=1), plan.zone) - 1)
    return max(heard, default=snapshot.data.kept.added_us)


def _first_of_each_section() -> list[str]:
    """What is drawn of a pilot without goals."""
    first: dict[str, str] = {}
    for name, metric in METRICS.items():
        first.setdefault(metric.section, name)
    return list(first.values())
