"""A simulated pilot in a registry and a store of its own, its readings put there without a broker."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
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
from simulators.messages import Message
from simulators.story import STREAMS, Story
from simulators.truth import Truth
from store import TimeSeriesStore, open_store

MESSAGES_A_COMMIT = 1_000

Arriving = tuple[int, Message]
"""When a message is received, µs UTC, and the message."""


@dataclass(frozen=True, slots=True)
class Told:
    """A story, what arrives of it, and how to find its truth."""

    story: Story
    arriving: Iterable[Arriving]
    truth: Callable[[], Truth]


@dataclass(frozen=True, slots=True)
class SimulatedPilot:
    """The plan, its story and its truth, and where participants and readings lie."""

    plan: Plan
    story: Story
    truth: Callable[[], Truth]
    registry: Registry
    store: TimeSeriesStore


@contextmanager
def simulated_pilot(
    plan_text: str, seed: int, faults: Faults = frozenset(), streams: Collection[str] = STREAMS
) -> Iterator[SimulatedPilot]:
    """The pilot of a plan, told whole, its readings of `streams` stored, as long as the context lasts."""

    def telling(plan: Plan) -> Told:
        story = Story(plan, seed, faults=faults)
        return Told(story, at_once(story, story.days, streams), lambda: story.truth)

    with stored_pilot(plan_text, telling) as pilot:
        yield pilot


def at_once(story: Story, days: Iterable[date], streams: Collection[str]) -> Iterator[Arriving]:
    """A story's messages of some days, brought in now."""
    received = now()
    for day in days:
        for message in story.messages(day, streams):
            yield received, message


@contextmanager
def stored_pilot(plan_text: str, telling: Callable[[Plan], Told]) -> Iterator[SimulatedPilot]:
    """The pilot of a plan and of the story that it is told as, with what arrives of it stored."""
    with TemporaryDirectory(prefix="pilotbed-bench-") as folder:
        plan = plan_from(plan_text, "simulated.yaml")
        with (
            closing(Registry.open(f"sqlite:{Path(folder) / 'registry.sqlite'}")) as registry,
            closing(open_store(f"duckdb:{Path(folder) / 'readings.duckdb'}")) as store,
        ):
            registry.add_pilot(plan, plan_text)
            told = telling(plan)
            enrol(told.story, registry)
            _store_readings(plan.pilot, told.arriving, Intake(store, Directory(registry)))
            yield SimulatedPilot(plan, told.story, told.truth, registry, store)


def _store_readings(pilot: str, arriving: Iterable[Arriving], intake: Intake) -> None:
    waiting: list[Received] = []
    for received, message in arriving:
        topic = f"pilotbed/{pilot}/{message.device}/{message.stream}"
        waiting.append(Received(topic, message.payload, 1, False, received))
        if len(waiting) == MESSAGES_A_COMMIT:
            intake.commit(waiting)
            waiting = []
    intake.commit(waiting)
