"""The broker goes and comes back: devices keep what it has not acknowledged, ingest finds it again."""

import time

from tests.brokers import Mosquitto
from tests.faults.arrivals import stored_readings, wait_for_all
from tests.faults.device import publishing
from tests.faults.ledger import Ledger
from tests.running import Installation
from tests.waiting import wait_for

RESTARTS = 3
A_MINUTE = 60


def test_the_broker_is_restarted_while_devices_publish(
    installation: Installation, mosquitto: Mosquitto, ledger: Ledger
) -> None:
    with installation.up() as service:
        with publishing(mosquitto.address, ledger, per_second=2_000):
            for _ in range(RESTARTS):
                wait_for(lambda: not service.why_not_ready(), "the subscription")
                time.sleep(0.5)
                mosquitto.stop()
                mosquitto.start()
        wait_for_all(service, ledger)
        assert service.get("/dead-letters")["items"] == []
    ledger.assert_stored_once(installation.data / "readings.duckdb")


def test_the_broker_is_gone_for_a_minute(
    installation: Installation, mosquitto: Mosquitto, ledger: Ledger
) -> None:
    with installation.up() as service:
        with publishing(mosquitto.address, ledger, per_second=500):
            wait_for(lambda: stored_readings(service) > 0, "the first readings")
            mosquitto.stop()
            time.sleep(A_MINUTE)
            assert service.why_not_ready()
            mosquitto.start()
            wait_for(lambda: not service.why_not_ready(), "the subscription")
        wait_for_all(service, ledger)
    ledger.assert_stored_once(installation.data / "readings.duckdb")


def test_a_broker_that_comes_back_empty_is_named(installation: Installation, mosquitto: Mosquitto) -> None:
    with installation.up() as service:
        assert service.counter("pilotbed_ingest_sessions_lost_total") == 0, "a first session is none lost"
        mosquitto.stop()
        mosquitto.forget()
        mosquitto.start()
        # Ready it may still be from before, when it has not seen yet that the broker went.
        wait_for(lambda: service.counter("pilotbed_ingest_sessions_lost_total") == 1, "the lost session")
        assert "the broker has lost our session" in service.log
