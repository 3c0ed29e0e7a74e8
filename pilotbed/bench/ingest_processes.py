"""The processes of the ingest benchmark beside the broker: a publisher, the real ingest, a bare subscriber.

Each is a process of its own, as in an installation, and says over a pipe when it is ready and what it saw.
Times are the monotonic clock's, which all processes of a machine share.
"""

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import structlog
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from prometheus_client import REGISTRY

from ingest.address import BrokerAddress
from ingest.directory import Directory
from ingest.intake import Intake
from ingest.subscriber import Subscriber
from pilotbed.bench.blaster import Blaster
from pilotbed.bench.figures import CannotRun
from pilotbed.bench.traffic import Messages, open_readings, open_registry

ACKNOWLEDGED = "pilotbed_ingest_acked_messages_total"

READY_WITHIN_S = 60.0
DONE_WITHIN_S = 300.0
_POLL_S = 0.01


@dataclass(frozen=True, slots=True)
class Seen:
    """How long it took from the first publish to the last acknowledgement, and the receiver's CPU time."""

    messages: int
    seconds: float
    cpu_s: float

    @property
    def messages_per_s(self) -> float:
        return self.messages / self.seconds

    @property
    def cpu_us_per_message(self) -> float:
        return self.cpu_s / self.messages * 1e6


def publish_through(
    address: BrokerAddress, receiver: Callable[..., None], messages: Messages, folder: Path
) -> Seen:
    """Publish to a `receiver` that is subscribed, and wait until it has acknowledged every message."""
    with (
        _process(receiver, address, len(messages), folder) as receiving,
        _process(blast, address, messages) as publishing,
    ):
        _hear(receiving, READY_WITHIN_S)
        _hear(publishing, READY_WITHIN_S)
        publishing.send("go")
        began = _hear(publishing, DONE_WITHIN_S)
        ended, cpu_s = _hear(receiving, DONE_WITHIN_S)
    return Seen(len(messages), ended - began, cpu_s)


def blast(pipe: Connection, address: BrokerAddress, messages: Messages) -> None:
    """Publish when told to; says when it began."""
    blaster = Blaster(address)
    pipe.send("ready")
    pipe.recv()
    began = time.monotonic()
    blaster.publish(messages)
    pipe.send(began)
    blaster.close()


def ingest(pipe: Connection, address: BrokerAddress, expected: int, folder: Path) -> None:
    """The real ingest, as the service runs it, until it has acknowledged `expected` messages."""
    # Standard output belongs to the figures.
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
    registry, store = open_registry(folder), open_readings(folder)
    subscriber = Subscriber(address, Intake(store, Directory(registry)), client_id="pilotbed-bench-ingest")
    subscriber.start()
    while subscriber.trouble() is not None:
        time.sleep(_POLL_S)
    pipe.send("ready")
    cpu = time.process_time()
    while (REGISTRY.get_sample_value(ACKNOWLEDGED) or 0.0) < expected:
        time.sleep(_POLL_S)
    pipe.send((time.monotonic(), time.process_time() - cpu))
    subscriber.stop()
    store.close()
    registry.close()


def count_only(pipe: Connection, address: BrokerAddress, expected: int, folder: Path) -> None:
    """The ceiling: paho with manual acknowledgement, which receives, counts and acknowledges."""
    subscribed, done = threading.Event(), threading.Event()
    seen = 0

    def on_message(client: Client, _: object, message: MQTTMessage) -> None:
        nonlocal seen
        client.ack(message.mid, message.qos)
        seen += 1
        if seen == expected:
            done.set()

    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id="pilotbed-bench-count",
        clean_session=False,
        protocol=MQTTProtocolVersion.MQTTv311,
        manual_ack=True,
    )
    if address.user is not None:
        client.username_pw_set(address.user, address.password)
    client.on_message = on_message
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect(address.host, address.port)
    client.subscribe("pilotbed/#", qos=1)
    client.loop_start()
    subscribed.wait(READY_WITHIN_S)
    pipe.send("ready")
    cpu = time.process_time()
    done.wait(DONE_WITHIN_S)
    pipe.send((time.monotonic(), time.process_time() - cpu))
    client.unsubscribe("pilotbed/#")
    client.disconnect()
    client.loop_stop()


@contextmanager
def _process(work: Callable[..., None], *given: Any) -> Iterator[Connection]:
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=work, args=(theirs, *given), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
        process.join(READY_WITHIN_S)
    finally:
        if process.is_alive():
            process.kill()
            process.join()


def _hear(pipe: Connection, within_s: float) -> Any:
    try:
        if pipe.poll(within_s):
            return pipe.recv()
    except EOFError:
        raise CannotRun("a process of the benchmark ended early; its error stands above") from None
    raise CannotRun(f"a process of the benchmark said nothing for {within_s:.0f} s")
