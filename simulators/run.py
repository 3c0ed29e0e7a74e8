"""A whole simulation: enrol, publish day by day, and check that everything arrived."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pilots.plan import Plan
from pilots.registry import Registry
from simulators.enrolment import enrol
from simulators.errors import ReadingsMissing
from simulators.faults import Faults
from simulators.messages import Message
from simulators.publish import STALL_PATIENCE_S, BrokerAddress, Publisher
from simulators.story import Story

MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class StreamCount:
    """What was published on one stream."""

    messages: int
    readings: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Published:
    """What a simulation published, all of it found in the store; `seconds` by the wall clock."""

    messages: int
    readings: int
    bytes: int
    seconds: float
    by_stream: Mapping[str, StreamCount]


def simulate(
    plan: Plan,
    registry: Registry,
    address: BrokerAddress,
    *,
    seed: int,
    days: int | None = None,
    faults: Faults = frozenset(),
    committed: Callable[[], int],
    stored: Callable[[str, str], int],
    truth_path: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
    patience_s: float = STALL_PATIENCE_S,
) -> Published:
    """Tell the story of a plan that is in the registry, through the same door as every device.

    `committed()` is how many messages ingest has committed since its service started, `stored(device,
    stream)` how many readings the store holds. `progress(done, of)` counts simulated days. The truth is
    written to `truth_path` before the first message. Raises what `enrol` and `Publisher` raise, and
    `ReadingsMissing` when published and stored differ at the end.
    """
    story = Story(plan, seed, days, faults=faults)
    enrol(story, registry)
    if truth_path is not None:
        story.truth.write(truth_path)
    began = time.monotonic()
    tally = _Tally()
    with Publisher(address, plan.pilot, committed, patience_s=patience_s) as publisher:
        for done, day in enumerate(story.days, start=1):
            publisher.publish(tally.counting(story.messages(day)))
            if progress is not None:
                progress(done, len(story.days))
        publisher.finish()
    _check_stored(tally.readings, stored)
    return tally.published(time.monotonic() - began)


class _Tally:
    """Counts messages, readings and bytes as they pass."""

    def __init__(self) -> None:
        self.readings: Counter[tuple[str, str]] = Counter()
        self._messages: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()

    def counting(self, messages: Iterator[Message]) -> Iterator[Message]:
        for message in messages:
            self.readings[message.device, message.stream] += message.readings
            self._messages[message.stream] += 1
            self._bytes[message.stream] += len(message.payload)
            yield message

    def published(self, seconds: float) -> Published:
        readings: Counter[str] = Counter()
        for (_, stream), count in self.readings.items():
            readings[stream] += count
        by_stream = {
            stream: StreamCount(count, readings[stream], self._bytes[stream])
            for stream, count in self._messages.items()
        }
        return Published(self._messages.total(), readings.total(), self._bytes.total(), seconds, by_stream)


def _check_stored(readings: Mapping[tuple[str, str], int], stored: Callable[[str, str], int]) -> None:
    differing = [
        f"{device} {stream}: {published:,} published, {found:,} stored"
        for (device, stream), published in readings.items()
        if (found := stored(device, stream)) != published
    ]
    if differing:
        named = "; ".join(differing[:MOST_NAMED]) + (" …" if len(differing) > MOST_NAMED else "")
        raise ReadingsMissing(
            f"{len(differing)} of {len(readings)} devices' streams differ ({named}): "
            "see `pilotbed dead-letters list` for what was refused"
        )
