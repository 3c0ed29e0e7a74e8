"""The processes of the ingest benchmark beside the broker: a publisher, the service, a subscriber in C.

Each is a process of its own, as in an installation. Times are the monotonic clock's, which all processes of
a machine share.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from ingest.address import BrokerAddress
from pilotbed.bench.blaster import Blaster, packed
from pilotbed.bench.figures import CannotRun
from pilotbed.bench.traffic import Messages
from pilotbed.installation import running_service
from pilotbed.service_client import ServiceClient
from pilotbed.settings import Settings

ACKNOWLEDGED = "pilotbed_ingest_acked_messages_total"
CPU_SECONDS = "process_cpu_seconds_total"
MEMORY_BYTES = "process_resident_memory_bytes"

READY_WITHIN_S = 60.0
DONE_WITHIN_S = 600.0
_POLL_S = 0.05
_CEILING_ID = "pilotbed-bench-ceiling"

Make = Callable[[int, int], Messages]
"""Messages `first` to `first + count` of an endless traffic: (first, count)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How long it took from the first publish to the last acknowledgement, and the receiver's CPU time."""

    messages: int
    seconds: float
    cpu_s: float = 0.0

    @property
    def messages_per_s(self) -> float:
        return self.messages / self.seconds

    @property
    def cpu_us_per_message(self) -> float:
        return self.cpu_s / self.messages * 1e6


def counted_in_c(address: BrokerAddress, make: Make, count: int) -> Seen:
    """The ceiling: Mosquitto's own subscriber, which acknowledges, prints to nowhere and counts.

    Raises `CannotRun` where it is not installed.
    """
    program = shutil.which("mosquitto_sub")
    if program is None:
        raise CannotRun("mosquitto_sub is not installed: install the Debian package mosquitto-clients")
    subscriber = [program, "-h", address.host, "-p", str(address.port), "-q", "1", "-t", "pilotbed/#"]
    session = ["--disable-clean-session", "--id", _CEILING_ID]
    # The session first, so that no message can come before the subscription.
    subprocess.run([*subscriber, *session, "-E"], check=True, timeout=READY_WITHIN_S)
    with publisher(address, make, 0, count) as publishing:
        counting = subprocess.Popen([*subscriber, *session, "-C", str(count)], stdout=subprocess.DEVNULL)
        try:
            began = publishing.begin()
            counting.wait(DONE_WITHIN_S)
            ended = time.monotonic()
        finally:
            counting.kill()
            counting.wait()
    # A clean session of the same name: the broker must not queue for it from now on.
    subprocess.run([*subscriber, "--id", _CEILING_ID, "-E"], check=True, timeout=READY_WITHIN_S)
    return Seen(count, ended - began)


def taken_by(service: ServiceClient, address: BrokerAddress, make: Make, first: int, count: int) -> Seen:
    """Publish to a running service, and wait until it has acknowledged every message."""
    with publisher(address, make, first, count) as publishing:
        before = service.samples()
        began = publishing.begin()
        ended = wait_for_acknowledged(service, before[ACKNOWLEDGED] + count)
        return Seen(count, ended - began, service.samples()[CPU_SECONDS] - before[CPU_SECONDS])


def wait_for_acknowledged(service: ServiceClient, count: float) -> float:
    """The moment at which the service's counter has come to `count`."""
    deadline = time.monotonic() + DONE_WITHIN_S
    while time.monotonic() < deadline:
        if service.samples()[ACKNOWLEDGED] >= count:
            return time.monotonic()
        time.sleep(_POLL_S)
    raise CannotRun(f"{count:,} messages were not acknowledged within {DONE_WITHIN_S:.0f} s")


class Publisher:
    """A process with its messages ready, which begins when it is told to."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def begin(self) -> float:
        """Start publishing; returns the moment of the first message."""
        self._pipe.send("go")
        return float(_hear(self._pipe, READY_WITHIN_S))

    def finish(self) -> None:
        """Wait until the broker has acknowledged the last message."""
        _hear(self._pipe, DONE_WITHIN_S)


@contextmanager
def publisher(
    address: BrokerAddress, make: Make, first: int, count: int, per_s: float | None = None
) -> Iterator[Publisher]:
    """Messages `first` to `first + count`, as fast as the broker takes them or at `per_s` a second."""
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(
        target=_publish, args=(theirs, address, make, first, count, per_s), daemon=True
    )
    process.start()
    theirs.close()
    try:
        _hear(ours, READY_WITHIN_S)
        yield Publisher(ours)
    finally:
        process.kill()
        process.join()


def _publish(
    pipe: Connection, address: BrokerAddress, make: Make, first: int, count: int, per_s: float | None
) -> None:
    packets = packed(make(first, count)) if per_s is None else _paced(make, first, count, per_s)
    blaster = Blaster(address)
    pipe.send("ready")
    pipe.recv()
    pipe.send(time.monotonic())
    blaster.publish(packets, per_s=per_s)
    pipe.send("done")
    blaster.close()


def _paced(make: Make, first: int, count: int, per_s: float) -> Iterator[tuple[int, bytes]]:
    """Made while they are sent, a second's at a time, in a hundred writes a second."""
    a_second = max(1, int(per_s))
    for start in range(first, first + count, a_second):
        messages = make(start, min(a_second, first + count - start))
        yield from packed(messages, together=max(1, a_second // 100))


def _hear(pipe: Connection, within_s: float) -> Any:
    try:
        if pipe.poll(within_s):
            return pipe.recv()
    except EOFError:
        raise CannotRun("a process of the benchmark ended early; its error stands above") from None
    raise CannotRun(f"a process of the benchmark said nothing for {within_s:.0f} s")


class Up:
    """`pilotbed up` as a process of its own, with a broker of ours, started and killed at will."""

    def __init__(self, chosen: Settings) -> None:
        self._chosen = chosen
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PILOTBED_")}
        environment |= {
            "PILOTBED_MQTT": self._chosen.mqtt,
            "PILOTBED_HTTP_PORT": "0",
            "PILOTBED_ANALYSE_EVERY_S": "0",
        }
        with (self._chosen.data.parent / "service.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pilotbed", "up", "--data", str(self._chosen.data)],
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def service(self) -> ServiceClient:
        """The service once it answers. Raises `CannotRun` when it ends or does not come up."""
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline and self._process is not None and self._process.poll() is None:
            found = running_service(self._chosen)
            if found is not None:
                return found
            time.sleep(_POLL_S / 5)
        raise CannotRun(f"the service did not start: see {self._chosen.data.parent / 'service.log'}")

    def kill(self) -> None:
        """As a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(READY_WITHIN_S)


@contextmanager
def up(chosen: Settings) -> Iterator[tuple[Up, ServiceClient]]:
    running = Up(chosen)
    running.start()
    try:
        with closing(running.service()) as service:
            yield running, service
    finally:
        running.stop()
