"""A simulated pilot in a registry and a store of its own, its readings put there without a broker."""

from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.directory import Directory
from ingest.intake import Intake
from ingest.received import Received
from pilotbed.installation import plan_from
from pilots.civil_time import now
from pilots.plan import Plan
from pilots.registry import Registry
from simulators.enrolment import enrol
from simulators.faults import Faults
from simulators.story import STREAMS, Story
from store import TimeSeriesStore, open_store

MESSAGES_A_COMMIT = 1_000


@dataclass(frozen=True, slots=True)
class SimulatedPilot:
    """The plan, its story with its truth, and where participants and readings lie."""

    plan: Plan
    story: Story
    registry: Registry
    store: TimeSeriesStore


@contextmanager
def simulated_pilot(
    plan_text: str, seed: int, faults: Faults = frozenset(), streams: Collection[str] = STREAMS
) -> Iterator[SimulatedPilot]:
    """The pilot of a plan, told whole, its readings of `streams` stored, as long as the context lasts."""
    with TemporaryDirectory(prefix="pilotbed-bench-") as folder:
        plan = plan_from(plan_text, "simulated.yaml")
        with (
            closing(Registry.open(f"sqlite:{Path(folder) / 'registry.sqlite'}")) as registry,
            closing(open_store(f"duckdb:{Path(folder) / 'readings.duckdb'}")) as store,
        ):
            registry.add_pilot(plan, plan_text)
            story = Story(plan, seed, faults=faults)
            enrol(story, registry)
            _store_readings(story, streams, Intake(store, Directory(registry)))
            yield SimulatedPilot(plan, story, registry, store)


def _store_readings(story: Story, streams: Collection[str], intake: Intake) -> None:
    received = now()
    waiting: list[Received] = []
    for day in story.days:
        for message in story.messages(day, streams):
            topic = f"pilotbed/{story.plan.pilot}/{message.device}/{message.stream}"
            waiting.append(Received(topic, message.payload, 1, False, received))
            if len(waiting) == MESSAGES_A_COMMIT:
                intake.commit(waiting)
                waiting = []
    intake.commit(waiting)
