"""The same readings again and again, by other ways, in other orders and other shapes: each stored once."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from ingest.address import BrokerAddress
from store.duckdb_engine import DuckDBStore
from tests.brokers import Mosquitto
from tests.faults.arrivals import wait_for_all, wait_while_it_grows
from tests.faults.conftest import prepared
from tests.faults.device import device
from tests.faults.ledger import ALWAYS, BEDS, PILOT, START_S, Ledger, Message
from tests.running import Installation, Service
from tests.waiting import wait_for

INGEST = "pilotbed-ingest"
"""The default client id: the broker keeps subscriptions and messages under it."""

AN_HOUR_S = 3_600
BLOCK = 120
EVERY = 60
COMMITTED = "pilotbed_ingest_committed_messages_total"
STAGES = ("raised", "received", "acknowledged", "arrived", "closed")


def subscribe_as_ingest(address: BrokerAddress, topics: str) -> None:
    """Leave another subscription in ingest's session at the broker."""
    client = Client(CallbackAPIVersion.VERSION2, client_id=INGEST, clean_session=False)
    subscribed: list[int] = []
    client.on_subscribe = lambda _, __, number, *___: subscribed.append(number)
    client.connect(address.host, address.port)
    client.loop_start()
    client.subscribe(topics, qos=1)
    wait_for(lambda: subscribed, "the subscription")
    client.disconnect()
    client.loop_stop()


@pytest.fixture
def repeating(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker that delivers a message once for each subscription that it matches, as many do."""
    started = Mosquitto(tmp_path, "allow_duplicate_messages true")
    started.start()
    yield started
    started.stop()


def test_overlapping_subscriptions_deliver_twice_and_store_once(
    tmp_path: Path, repeating: Mosquitto, ledger: Ledger
) -> None:
    installation = prepared(tmp_path, PILOTBED_MQTT=repeating.url)
    subscribe_as_ingest(repeating.address, "pilotbed/+/+/bed")
    with installation.up() as service, device(repeating.address) as beds:
        beds.send(ledger.singles(3_000))
        twice = 2 * len(ledger)
        assert wait_while_it_grows(lambda: service.counter(COMMITTED), twice) == twice
    file = installation.data / "readings.duckdb"
    ledger.assert_stored_once(file)
    store = DuckDBStore.open(file)
    assert sum(store.duplicates(BEDS).values()) == len(ledger)
    store.close()


def in_columns(ledger: Ledger) -> Iterator[Message]:
    """The ledger's readings once more, as columns that overlap each other by half."""
    for bed in BEDS:
        readings = ledger.readings(bed)
        for first in range(0, len(readings), EVERY):
            block = readings[first : first + BLOCK]
            body = {"time": [time for time, _ in block], "weight_kg": [weight for _, weight in block]}
            yield f"pilotbed/{PILOT}/{bed}/bed", json.dumps(body).encode()


def alarms() -> Iterator[Message]:
    """An alarm of every bed, from the call to its end."""
    for bed in BEDS:
        for number, stage in enumerate(STAGES):
            body = {"time": START_S + 60 * number, "alarm": f"a-{bed}", "stage": stage, "cause": "button"}
            yield f"pilotbed/{PILOT}/{bed}/alarm", json.dumps(body).encode()


def listed_alarms(service: Service) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = service.get(f"/pilots/{PILOT}/alarms")["items"]
    return items


def newest(installation: Installation) -> dict[str, Any]:
    store = DuckDBStore.open(installation.data / "readings.duckdb")
    try:
        return {bed: reading["time"] for bed, reading in store.latest("bed", BEDS).items()}
    finally:
        store.close()


def test_the_same_hour_three_times_shuffled_is_stored_once_and_raises_no_alarm_again(
    installation: Installation, mosquitto: Mosquitto, ledger: Ledger
) -> None:
    hour = [*ledger.singles(AN_HOUR_S), *in_columns(ledger), *alarms()]
    order = random.Random(3)
    with installation.up() as service, device(mosquitto.address) as beds:
        beds.send(hour)
        assert wait_while_it_grows(lambda: service.counter(COMMITTED), len(hour)) == len(hour)
        at_first = listed_alarms(service)
        assert [alarm["stage"] for alarm in at_first] == ["closed"] * len(BEDS)
    newest_at_first = newest(installation)
    with installation.up() as service, device(mosquitto.address) as beds:
        for _ in range(3):
            order.shuffle(hour)
            beds.send(hour)
        thrice = 3 * len(hour)
        assert wait_while_it_grows(lambda: service.counter(COMMITTED), thrice) == thrice
        wait_for_all(service, ledger)
        assert listed_alarms(service) == at_first
        assert service.get(f"/pilots/{PILOT}/alarms", open="true")["items"] == []
        assert service.get("/dead-letters")["items"] == []
    assert newest(installation) == newest_at_first
    file = installation.data / "readings.duckdb"
    ledger.assert_stored_once(file)
    store = DuckDBStore.open(file)
    for bed in BEDS:
        assert store.count("alarm", bed, *ALWAYS) == len(STAGES)
    store.close()
