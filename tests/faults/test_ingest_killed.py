"""Killed at any moment, or asked to stop in the middle of a batch: nothing is lost, nothing is twice."""

import random
import time

from store.duckdb_engine import DuckDBStore
from tests.brokers import Mosquitto
from tests.faults.arrivals import wait_for_all
from tests.faults.device import device, publishing
from tests.faults.ledger import BEDS, Ledger
from tests.running import Installation

KILLS = 10
STOPS = 3
BACKLOG = 30_000


def test_killed_at_ten_random_moments_while_devices_publish(
    installation: Installation, mosquitto: Mosquitto, ledger: Ledger
) -> None:
    moments = random.Random(1)
    with installation.up():
        pass  # from now on the broker keeps what comes
    with publishing(mosquitto.address, ledger, per_second=1_000):
        for number in range(KILLS):
            service = installation.start()
            try:
                if number % 5:  # the others die while they start
                    service.ready()
                time.sleep(moments.uniform(0, 0.6))
            finally:
                service.kill()
    with installation.up() as service:
        wait_for_all(service, ledger)
        assert service.get("/dead-letters")["items"] == []
    ledger.assert_stored_once(installation.data / "readings.duckdb")


def test_asked_to_stop_in_the_middle_of_a_batch_it_leaves_nothing_to_deliver_again(
    installation: Installation, mosquitto: Mosquitto, ledger: Ledger
) -> None:
    with installation.up():
        pass  # from now on the broker keeps what comes
    with device(mosquitto.address) as beds:
        beds.send(ledger.singles(BACKLOG))
    for _ in range(STOPS):
        with installation.up() as service:
            assert service.terminate() == 0
    with installation.up() as service:
        wait_for_all(service, ledger)
    file = installation.data / "readings.duckdb"
    ledger.assert_stored_once(file)
    store = DuckDBStore.open(file)
    assert store.duplicates(BEDS) == {}, "a batch was committed and not acknowledged"
    store.close()
