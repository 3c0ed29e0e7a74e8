"""The way between ingest and broker is cut, comes and goes, or lets nothing through for a while."""

import random
import time
from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.faults.arrivals import stored_readings, wait_for_all
from tests.faults.conftest import prepared
from tests.faults.device import publishing
from tests.faults.ledger import Ledger
from tests.faults.proxy import Proxy
from tests.running import Installation
from tests.waiting import wait_for

CUTS = 7
STALL_S = 3


@pytest.fixture
def installation(tmp_path: Path, network: Proxy) -> Installation:
    return prepared(tmp_path, PILOTBED_MQTT=f"mqtt://127.0.0.1:{network.port}")


def test_a_network_that_comes_and_goes(
    installation: Installation, network: Proxy, mosquitto: Mosquitto, ledger: Ledger
) -> None:
    moments = random.Random(2)
    with installation.up() as service:
        with publishing(mosquitto.address, ledger, per_second=2_000):
            for _ in range(CUTS):
                wait_for(lambda: network.is_used, "a connection")
                time.sleep(moments.uniform(0, 1))
                network.cut()
                time.sleep(moments.uniform(0, 0.3))
                network.mend()
        wait_for_all(service, ledger)
    ledger.assert_stored_once(installation.data / "readings.duckdb")


def test_a_network_that_holds_everything_up_and_then_breaks(
    installation: Installation, network: Proxy, mosquitto: Mosquitto, ledger: Ledger
) -> None:
    with installation.up() as service:
        with publishing(mosquitto.address, ledger, per_second=2_000):
            wait_for(lambda: stored_readings(service) > 0, "the first readings")
            network.stall()
            time.sleep(STALL_S)
            network.resume()
            before = stored_readings(service)
            wait_for(lambda: stored_readings(service) > before, "what was held up")
            network.stall()
            time.sleep(STALL_S)
            network.cut()
            network.resume()
            network.mend()
        wait_for_all(service, ledger)
    ledger.assert_stored_once(installation.data / "readings.duckdb")
