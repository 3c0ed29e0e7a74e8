"""The embedded broker's log overruns while ingest stalls: what is lost shows, and nothing else does."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pilots.civil_time import to_rfc3339
from store.duckdb_engine import DuckDBStore
from tests.faults.arrivals import THE_PHASE, stored_readings, wait_for_all
from tests.faults.conftest import prepared
from tests.faults.device import device
from tests.faults.ledger import ALWAYS, BEDS, PILOT, START_S, STEP_S, Ledger, Message
from tests.running import Installation, Service
from tests.waiting import wait_for

PAYLOAD_BYTES = 14_000
OVERRUN, FITTING = 15_000, 6_000
"""Messages of that size: 200 MiB, and 80 of the 128 MiB that the log holds."""

COMMITTED = "pilotbed_ingest_committed_messages_total"
LOSSES = "pilotbed_ingest_broker_losses_total"


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """With the embedded broker."""
    return prepared(tmp_path)


def large(messages: Iterator[Message]) -> Iterator[Message]:
    """The same readings, each in a message as large as an hour of them."""
    return ((topic, payload.ljust(PAYLOAD_BYTES)) for topic, payload in messages)


@contextmanager
def stalled(service: Service) -> Iterator[None]:
    """The service does nothing, as in a suspended terminal; its broker is a process of its own."""
    service.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        service.process.send_signal(signal.SIGCONT)


def last_reading(service: Service) -> float:
    """The time of the newest stored reading, seconds."""
    items = service.get(f"/pilots/{PILOT}/quality", **THE_PHASE)["items"]
    lasts = [datetime.fromisoformat(item["last"]).timestamp() for item in items if item["last"]]
    return max(lasts, default=0.0)


def losses(service: Service, start: float, end: float) -> Any:
    """What `/quality` says of the time between two Unix times."""
    asked = {"start": to_rfc3339(int(start * 1e6), UTC), "end": to_rfc3339(int(end * 1e6), UTC)}
    return service.get(f"/pilots/{PILOT}/quality", **asked)["summary"]["broker_losses"]


def test_more_than_the_log_holds_is_a_loss_that_shows_everywhere(
    installation: Installation, ledger: Ledger
) -> None:
    with installation.up() as service:
        with device(service.broker) as beds:
            beds.send(large(ledger.singles(100)))
            beds.wait_for_acknowledgements()
            wait_for_all(service, ledger)
            began = time.time()
            with stalled(service):
                beds.send(large(ledger.singles(OVERRUN)))
                beds.wait_for_acknowledgements()
            ended = time.time()
        newest = START_S + (len(ledger) - 1) // len(BEDS) * STEP_S
        wait_for(lambda: last_reading(service) == newest, "the last reading", 240)
        lost = len(ledger) - stored_readings(service)
        assert lost > 0
        assert service.counter(COMMITTED) == len(ledger) - lost, "a beat or a loss is no message"

        shown = losses(service, began - 60, ended + 60)
        assert shown
        for loss in shown:
            start, end = (datetime.fromisoformat(loss[edge]).timestamp() for edge in ("start", "end"))
            assert began - 60 < start < end < ended + 60
        assert losses(service, began - 7200, began - 3600) == []
        assert service.counter(LOSSES) == len(shown)
        assert service.said("the embedded broker dropped messages that it had acknowledged")
        letters = installation.json("dead-letters", "list")
        assert len(letters) == len(shown)
        assert "PILOTBED_MQTT" in letters[0]["reason"]
        assert "the embedded broker dropped messages" in installation.run("doctor").stdout

    with installation.up() as again:
        assert losses(again, began - 60, ended + 60) == shown, "the next service still tells"
        assert again.counter(LOSSES) == 0
    assert "the embedded broker dropped messages" in installation.run("doctor").stdout
    store = DuckDBStore.open(installation.data / "readings.duckdb")
    published = {bed: {time_s for time_s, _ in ledger.readings(bed)} for bed in BEDS}
    for bed in BEDS:
        stored = {time // 1_000_000 for time in store.read("bed", bed, *ALWAYS).time.tolist()}
        assert stored < published[bed]
    store.close()


def test_what_the_log_holds_is_stored_and_neither_that_nor_a_restart_looks_like_a_loss(
    installation: Installation, ledger: Ledger
) -> None:
    began = time.time()
    for end in (Service.terminate, Service.kill, Service.terminate):
        with installation.up() as service:
            with device(service.broker) as beds:
                beds.send(large(ledger.singles(100)))
                with stalled(service):
                    beds.send(large(ledger.singles(FITTING)))
                    beds.wait_for_acknowledgements()
                beds.send(large(ledger.singles(100)))
                beds.wait_for_acknowledgements()
            wait_for_all(service, ledger)
            assert losses(service, began - 60, time.time() + 60) == []
            assert service.counter(LOSSES) == 0
            assert service.get("/dead-letters")["items"] == []
            end(service)
    ledger.assert_stored_once(installation.data / "readings.duckdb")
