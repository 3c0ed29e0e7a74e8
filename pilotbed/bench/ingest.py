"""How fast readings get from a broker's message to the disk, beside what paho and the store can do alone."""

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.broker import EmbeddedBroker
from ingest.directory import Directory
from ingest.intake import Intake, Received
from ingest.subscriber import MAX_BATCH
from pilotbed.bench.figures import Figure, at_least, at_most
from pilotbed.bench.ingest_processes import Seen, count_only, ingest, publish_through
from pilotbed.bench.latency import ack_to_answer_s
from pilotbed.bench.mosquitto import mosquitto
from pilotbed.bench.traffic import (
    Messages,
    hours_of_samples,
    open_readings,
    open_registry,
    prepare,
    single_readings,
)
from pilots.civil_time import now
from simulators.messages import SAMPLES_AN_HOUR


def measure(*, quick: bool = False) -> list[Figure]:
    """Publisher, broker and ingest share this process's cores. Raises `CannotRun` without Mosquitto."""
    repeats, readings, hours, latencies = (1, 2_000, 40, 3) if quick else (3, 100_000, 4_000, 30)
    singles, columns = single_readings(readings), hours_of_samples(hours)
    counted, taken, alone, wide, embedded = [], [], [], [], []
    # In turn, so that whatever else the machine does meets all of them alike.
    for _ in range(repeats):
        with _installation() as folder, mosquitto(folder / "broker") as broker:
            counted.append(publish_through(broker, count_only, singles, folder))
            taken.append(publish_through(broker, ingest, singles, folder))
        with _installation() as folder, mosquitto(folder / "broker") as broker:
            wide.append(publish_through(broker, ingest, columns, folder))
        with _installation() as folder:
            embedded.append(_through_embedded_broker(columns, folder))
        with _installation() as folder:
            alone.append(_without_mqtt(singles, folder))
    waited = ack_to_answer_s(latencies)
    size = len(singles[0][1])
    return [
        Figure(
            "single_messages_per_s",
            f"messages of one reading ({size} bytes, QoS 1), committed and acknowledged, by Mosquitto",
            _rate(taken),
            "messages/s",
            at_least(20_000),
        ),
        Figure("single_cpu_us", "  CPU time of ingest for each", _cpu_us(taken), "µs"),
        Figure(
            "paho_messages_per_s",
            "  beside: a bare paho subscriber that acknowledges and counts",
            _rate(counted),
            "messages/s",
        ),
        Figure("paho_cpu_us", "  CPU time of the bare subscriber for each", _cpu_us(counted), "µs"),
        Figure(
            "without_mqtt_messages_per_s",
            "  beside: decode and commit alone, without MQTT",
            _rate(alone),
            "messages/s",
        ),
        Figure(
            "column_readings_per_s",
            f"readings in messages of {SAMPLES_AN_HOUR} samples in columns, by Mosquitto",
            _rate(wide) * SAMPLES_AN_HOUR,
            "readings/s",
        ),
        Figure(
            "column_readings_per_s_embedded",
            "  by the embedded broker",
            _rate(embedded) * SAMPLES_AN_HOUR,
            "readings/s",
        ),
        Figure(
            "latency_median_s",
            "from PUBACK to the reading in the API's answer, by Mosquitto: median",
            statistics.median(waited),
            "s",
        ),
        Figure("latency_longest_s", f"  longest of {len(waited)}", max(waited), "s", at_most(2.0)),
    ]


def _rate(runs: Sequence[Seen]) -> float:
    return statistics.median(run.messages_per_s for run in runs)


def _cpu_us(runs: Sequence[Seen]) -> float:
    return statistics.median(run.cpu_us_per_message for run in runs)


@contextmanager
def _installation() -> Iterator[Path]:
    with TemporaryDirectory(prefix="pilotbed-bench-") as folder:
        prepare(Path(folder))
        yield Path(folder)


def _through_embedded_broker(messages: Messages, folder: Path) -> Seen:
    broker = EmbeddedBroker(folder)
    broker.start()
    try:
        return publish_through(broker.address, ingest, messages, folder)
    finally:
        broker.stop()


def _without_mqtt(messages: Messages, folder: Path) -> Seen:
    registry, store = open_registry(folder), open_readings(folder)
    intake = Intake(store, Directory(registry))
    received = now()
    waiting = [Received(topic, payload, 1, False, received) for topic, payload in messages]
    began, cpu = time.perf_counter(), time.process_time()
    for first in range(0, len(waiting), MAX_BATCH):
        intake.commit(waiting[first : first + MAX_BATCH])
    seen = Seen(len(waiting), time.perf_counter() - began, time.process_time() - cpu)
    store.close()
    registry.close()
    return seen
