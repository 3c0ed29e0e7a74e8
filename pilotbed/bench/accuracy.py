"""How true each metric is when beds, trackers, networks and staff go wrong: one simulated pilot a fault."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from analysis.pipeline import PilotData, metric_rows, recompute
from pilotbed.bench.simulated_pilot import Told, stored_pilot
from pilotbed.bench.told_pilots import DOES, TOLD_PILOTS, ToldPilot
from pilots.plan import Plan
from simulators.accuracy import Accuracy, accuracy
from simulators.tolerances import TOLERANCES
from simulators.true_figures import TRUE_FIGURES

WORKERS = 2


@dataclass(frozen=True, slots=True)
class FaultAccuracy:
    """What one of `DOES` makes of the metrics that it may change; `none` and `all` have all there are."""

    fault: str
    metrics: tuple[Accuracy, ...]


def measure(
    *, quick: bool = False, seed: int = 1, progress: Callable[[int, int], None] | None = None
) -> list[FaultAccuracy]:
    """The same residents without a fault, with each, and with all; `progress(done, of)` counts faults."""
    told = []
    order = [tolerance.metric for tolerance in TOLERANCES]
    for done, name in enumerate(DOES, start=1):
        rows = [row for pilot in TOLD_PILOTS for row in _told_with(pilot, name, quick, seed)]
        told.append(FaultAccuracy(name, tuple(sorted(rows, key=lambda row: order.index(row.metric)))))
        if progress is not None:
            progress(done, len(DOES))
    return told


def judged(fault: str) -> frozenset[str]:
    """The metrics that are judged with one of `DOES`."""
    return frozenset().union(*(pilot.judged(fault) for pilot in TOLD_PILOTS))


def _told_with(told_pilot: ToldPilot, name: str, quick: bool, seed: int) -> list[Accuracy]:
    metrics = told_pilot.judged(name)
    if not metrics:
        return []
    streams = {stream for metric in metrics for stream in told_pilot.metrics[metric]}

    def telling(plan: Plan) -> Told:
        return told_pilot.tell(plan, seed, name, streams)

    with stored_pilot(told_pilot.quick if quick else told_pilot.plan, telling) as pilot:
        called = pilot.plan.pilot
        recompute(pilot.registry, pilot.store, called, workers=1 if quick else WORKERS)
        data = PilotData(pilot.registry, pilot.store, called)
        figures = {
            metric: metric_rows(data, metric, by="phase", suppress=False)
            for metric in metrics & TRUE_FIGURES.keys()
        }
        since = pilot.story.first + timedelta(days=told_pilot.judged_from)
        return accuracy(pilot.truth(), pilot.registry.daily_values(called), figures, metrics, since)
