"""How fast readings get from a broker's message to the disk, beside what a subscriber in C can take."""

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.address import BrokerAddress
from pilotbed.bench import decoders
from pilotbed.bench.figures import Figure, at_least, at_most
from pilotbed.bench.ingest_processes import (
    MEMORY_BYTES,
    Make,
    Seen,
    counted_in_c,
    publisher,
    taken_by,
    up,
    wait_for_acknowledged,
)
from pilotbed.bench.latency import ack_to_answer_s
from pilotbed.bench.mosquitto import mosquitto
from pilotbed.bench.repeats import percentile
from pilotbed.bench.store import whole_pilot
from pilotbed.bench.traffic import (
    SAMPLES_A_MINUTE,
    frigate_events,
    minutes_of_samples,
    owntracks_locations,
    prepare,
    single_readings,
)
from pilotbed.service_client import ServiceClient
from pilotbed.settings import Settings, settings

MIB = 1024**2
PORTION = 250_000
"""Messages that a publisher holds ready at a time."""


def measure(*, quick: bool = False) -> list[Figure]:
    """Publisher, broker and `pilotbed up` share the machine's cores. Raises `CannotRun` without Mosquitto.

    Every run sends other readings, so that none is known already.
    """
    repeats, singles, minutes, foreign = (1, 2_000, 200, 2_000) if quick else (5, 200_000, 40_000, 40_000)
    long, probes, backlog = (5_000, 5, 2_000) if quick else (10_000_000, 200, 50_000)
    figures: list[Figure] = []
    with _installation() as (chosen, broker):
        with up(chosen) as (_, service):
            figures += _rates(service, broker, repeats, singles, minutes, foreign)
            half = figures[0].value / 2
            figures += _latency(chosen, service, broker, (repeats + 1) * singles, half, probes)
        figures += _recovery(chosen, broker, (repeats + 2) * singles, backlog)
    with _installation() as (chosen, broker), up(chosen) as (_, service):
        figures += _memory(service, broker, long)
    figures += decoders.measure(2, 50) if quick else decoders.measure(20, 1_000)
    with TemporaryDirectory(prefix="pilotbed-bench-") as folder:
        return figures + whole_pilot(Path(folder), days=2 if quick else 90)


@contextmanager
def _installation() -> Iterator[tuple[Settings, BrokerAddress]]:
    with TemporaryDirectory(prefix="pilotbed-bench-") as folder, mosquitto(Path(folder) / "broker") as broker:
        chosen = settings(data=Path(folder) / "data", registry="", store="", mqtt=str(broker))
        prepare(chosen.data)
        yield chosen, broker


def _rates(
    service: ServiceClient, broker: BrokerAddress, repeats: int, singles: int, minutes: int, foreign: int
) -> list[Figure]:
    ceiling: list[Seen] = []
    taken: list[Seen] = []
    columns: list[Seen] = []
    owntracks: list[Seen] = []
    frigate: list[Seen] = []
    # In turn, so that whatever else the machine does meets all of them alike.
    with mosquitto_alone() as alone:
        for run in range(repeats):
            ceiling.append(counted_in_c(alone, single_readings, singles))
            taken.append(taken_by(service, broker, single_readings, run * singles, singles))
            columns.append(taken_by(service, broker, minutes_of_samples, _AFTER + run * minutes, minutes))
            owntracks.append(taken_by(service, broker, owntracks_locations, run * foreign, foreign))
            frigate.append(taken_by(service, broker, frigate_events, run * foreign, foreign))
    return [
        Figure(
            "single_messages_per_s",
            f"messages of one reading ({_size(single_readings)} bytes, QoS 1), 1 % of them bad, committed "
            "and acknowledged by `up` through Mosquitto",
            _rate(taken),
            "messages/s",
            at_least(20_000),
        ),
        Figure(
            "ceiling_messages_per_s", "  beside: a subscriber in C that counts", _rate(ceiling), "messages/s"
        ),
        Figure("single_of_ceiling", "  ours of the ceiling", _ratio(taken, ceiling), "", at_least(0.30)),
        Figure(
            "single_cpu_us",
            "  CPU time of the service for each",
            statistics.median(run.cpu_us_per_message for run in taken),
            "µs",
        ),
        Figure(
            "column_readings_per_s",
            f"readings in messages of {SAMPLES_A_MINUTE} samples in columns",
            _rate(columns) * SAMPLES_A_MINUTE,
            "readings/s",
            at_least(1_000_000),
        ),
        *_beside_native("owntracks", "OwnTracks' fixes with battery", owntracks_locations, owntracks, taken),
        *_beside_native("frigate", "Frigate's events", frigate_events, frigate, taken),
    ]


def _beside_native(
    key: str, title: str, make: Make, runs: Sequence[Seen], native: Sequence[Seen]
) -> list[Figure]:
    return [
        Figure(
            f"{key}_messages_per_s",
            f"{title} ({_size(make)} bytes), the same way",
            _rate(runs),
            "messages/s",
        ),
        Figure(f"{key}_of_native", "  of messages of one reading", _ratio(runs, native), "", at_least(0.25)),
    ]


_AFTER = 36 * 86_400
"""Minutes of samples follow the single readings by a day, or they would be late."""


@contextmanager
def mosquitto_alone() -> Iterator[BrokerAddress]:
    """A second broker for the ceiling: on the first one every message would go to both."""
    with TemporaryDirectory(prefix="pilotbed-bench-") as folder, mosquitto(Path(folder)) as broker:
        yield broker


def _rate(runs: Sequence[Seen]) -> float:
    return statistics.median(run.messages_per_s for run in runs)


def _ratio(runs: Sequence[Seen], others: Sequence[Seen]) -> float:
    """Run by run, for what slows one of a pair down slows down the other."""
    return statistics.median(
        run.messages_per_s / other.messages_per_s for run, other in zip(runs, others, strict=True)
    )


def _size(make: Make) -> int:
    return len(make(1, 1)[0][1])


def _latency(
    chosen: Settings, service: ServiceClient, broker: BrokerAddress, first: int, per_s: float, probes: int
) -> list[Figure]:
    load = int(per_s * probes * 0.1) + 1_000
    with publisher(broker, single_readings, first, load, per_s) as publishing:
        publishing.begin()
        waited = ack_to_answer_s(service, broker, probes)
    return [
        Figure(
            "latency_p99_s",
            f"from PUBACK to the reading in the API's answer, at {per_s:,.0f} messages/s: p99 of {probes}",
            percentile(waited, 99),
            "s",
            at_most(1.0),
        ),
        Figure("latency_median_s", "  median", statistics.median(waited), "s"),
    ]


def _recovery(chosen: Settings, broker: BrokerAddress, first: int, backlog: int) -> list[Figure]:
    """Killed with so many messages in its file's log; then from the start until it acknowledges again."""
    with up(chosen) as (running, service):
        taken_by(service, broker, single_readings, first, backlog)
        running.kill()
        with publisher(broker, single_readings, first + backlog, backlog) as publishing:
            publishing.begin()
            publishing.finish()
        began = time.monotonic()
        running.start()
        with closing(running.service()) as again:
            seconds = wait_for_acknowledged(again, 1) - began
    return [
        Figure(
            "recovery_s",
            "from the start after kill -9 to the first acknowledgement",
            seconds,
            "s",
            at_most(5.0),
        )
    ]


def _memory(service: ServiceClient, broker: BrokerAddress, messages: int) -> list[Figure]:
    """The service's resident memory while so many messages come, in portions."""
    portion = min(PORTION, messages)
    seen = []
    for first in range(0, messages, portion):
        taken_by(service, broker, single_readings, first, portion)
        seen.append(service.samples()[MEMORY_BYTES] / MIB)
    settled = len(seen) // 5
    return [
        Figure(
            "memory_mib",
            f"most resident memory of the service over {messages:,} messages",
            max(seen),
            "MiB",
            at_most(250.0),
        ),
        Figure(
            "memory_growth_mib",
            "  of it between the first fifth and the last",
            statistics.median(seen[-settled - 1 :]) - statistics.median(seen[: settled + 1]),
            "MiB",
        ),
    ]
