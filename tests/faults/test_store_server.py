"""InfluxDB hangs, is gone, or is killed in the middle of a write; workers that share are killed too."""

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from store import TimeSeriesStore, open_store
from tests.brokers import Mosquitto
from tests.faults.arrivals import wait_while_it_grows
from tests.faults.conftest import prepared
from tests.faults.device import publishing
from tests.faults.ledger import ALWAYS, BEDS, Ledger
from tests.influx import Influx
from tests.running import Installation
from tests.waiting import wait_for

SHARE = ("--share", "workers")
KILLS = 3
COMMITTED = "pilotbed_ingest_committed_messages_total"
ACKED = "pilotbed_ingest_acked_messages_total"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Influx]:
    """A server of this test, that it may kill."""
    folder = tmp_path / "influxd"
    folder.mkdir()
    started = Influx(folder)
    started.start()
    yield started
    started.stop()


@pytest.fixture
def address(server: Influx) -> str:
    return server.bucket()


@pytest.fixture
def installation(tmp_path: Path, mosquitto: Mosquitto, server: Influx, address: str) -> Installation:
    return prepared(
        tmp_path,
        PILOTBED_MQTT=mosquitto.url,
        PILOTBED_STORE=address,
        PILOTBED_STORE_TOKEN=server.token,
    )


@pytest.fixture
def store(server: Influx, address: str) -> Iterator[TimeSeriesStore]:
    """The bucket, as any other process opens it."""
    opened = open_store(address, server.token)
    yield opened
    opened.close()


def wait_for_all(store: TimeSeriesStore, ledger: Ledger) -> None:
    """Wait until the store counts what was published; what is missing then is for the ledger to name."""
    wait_while_it_grows(lambda: sum(store.count("bed", bed, *ALWAYS) for bed in BEDS), len(ledger))


def test_a_server_that_hangs_and_is_killed_and_is_gone_for_a_while(
    installation: Installation, mosquitto: Mosquitto, server: Influx, store: TimeSeriesStore, ledger: Ledger
) -> None:
    with installation.start_worker("worker-1") as worker:
        with publishing(mosquitto.address, ledger, per_second=1_000):
            wait_for(lambda: worker.counter(COMMITTED) > 0, "the first commit")
            server.freeze()
            time.sleep(3)
            server.thaw()
            before = worker.counter(COMMITTED)
            wait_for(lambda: worker.counter(COMMITTED) > before, "a commit after the silence")
            server.freeze()
            time.sleep(1)
            server.kill()
            wait_for(worker.why_not_ready, "ingest to say that the store is gone")
            acknowledged = worker.counter(ACKED)
            time.sleep(2)
            assert worker.counter(ACKED) == acknowledged
            server.start()
            wait_for(lambda: not worker.why_not_ready(), "the store")
        wait_for_all(store, ledger)
        assert store.dead_letters() == []
    ledger.assert_read_back(store)


def test_two_workers_share_and_one_is_killed_again_and_again(
    installation: Installation, mosquitto: Mosquitto, store: TimeSeriesStore, ledger: Ledger
) -> None:
    moments = random.Random(5)
    with ExitStack() as running:
        second = running.enter_context(installation.start_worker("worker-2", *SHARE))
        first = running.enter_context(installation.start_worker("worker-1", *SHARE))
        with publishing(mosquitto.address, ledger, per_second=1_000):
            for _ in range(KILLS):
                time.sleep(moments.uniform(0.1, 0.6))
                first.kill()
                # Mosquitto keeps what the killed one had not acknowledged until its client id is back.
                first = running.enter_context(installation.start_worker("worker-1", *SHARE))
        wait_for_all(store, ledger)
        assert second.counter(COMMITTED) > 0
    ledger.assert_read_back(store)
