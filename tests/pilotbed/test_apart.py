"""Ingest and API as processes of their own, on Mosquitto and InfluxDB."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ingest.address import BrokerAddress
from tests.brokers import Mosquitto
from tests.influx import Influx
from tests.ingest.publishing import publish
from tests.pilotbed.conftest import PLAN
from tests.running import Installation
from tests.waiting import wait_for

START = 1_768_255_200
COMMITTED = "pilotbed_ingest_committed_messages_total"
NOWHERE = "influxdb+http://127.0.0.1:1/natt?org=test"


def readings(count: int, device: str = "bed-1") -> list[tuple[str, object]]:
    return [(f"pilotbed/natt/{device}/bed", {"time": START + k, "weight_kg": k % 300}) for k in range(count)]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    started = Mosquitto(tmp_path)
    started.start()
    yield started
    started.stop()


@pytest.fixture
def server(tmp_path: Path, broker: Mosquitto, influx: Influx) -> Installation:
    """An installation on outside engines, with a pilot and a bed; nothing of it runs yet."""
    prepared = Installation(
        tmp_path / "server",
        PILOTBED_MQTT=broker.url,
        PILOTBED_STORE=influx.bucket(),
        PILOTBED_STORE_TOKEN=influx.token,
    )
    prepared.add_pilot(PLAN)
    prepared.run("device", "add", "natt", "bed-1", "--kind", "bed")
    return prepared


@pytest.fixture
def running() -> Iterator[ExitStack]:
    """Stops what was given to it, also when the test fails."""
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize("command", ["ingest", "api"])
def test_a_store_with_one_owner_is_refused_with_the_way_out(installation: Installation, command: str) -> None:
    installation.environment["PILOTBED_MQTT"] = "mqtt://127.0.0.1:1"
    refused = installation.run(command, exit_code=1)
    assert "readings.duckdb has one owner" in refused.stderr
    assert "`pilotbed up`" in refused.stderr
    assert "PILOTBED_STORE=influxdb+http://" in refused.stderr


def test_ingest_without_a_broker_names_the_setting_that_brings_one(installation: Installation) -> None:
    installation.environment["PILOTBED_STORE"] = NOWHERE
    refused = installation.run("ingest", exit_code=1)
    assert "PILOTBED_MQTT=mqtt://" in refused.stderr


def test_a_worker_that_shares_needs_a_client_id_of_its_own(installation: Installation) -> None:
    refused = installation.run("ingest", "--share", "workers", exit_code=2)
    assert "--client-id" in refused.stderr
    installation.environment |= {"PILOTBED_MQTT_CLIENT_ID": "worker-1", "PILOTBED_STORE": NOWHERE}
    refused = installation.run("ingest", "--share", "workers", exit_code=1)
    assert "PILOTBED_MQTT=mqtt://" in refused.stderr, "the id counts, the broker is missing"


def test_what_a_worker_commits_the_api_and_every_command_sees(
    server: Installation, running: ExitStack, broker: Mosquitto
) -> None:
    api = running.enter_context(server.start_api())
    worker = running.enter_context(server.start_worker("worker-1"))
    server.run("send", "bed-1", "bed", "weight_kg=71")
    publish(broker.address, [*readings(100), ("pilotbed/natt/bed-9/bed", {"weight_kg": 71})])
    wait_for(lambda: worker.counter(COMMITTED) == 102, "the commit")
    [device] = api.get("/pilots/natt/quality", start="2026-01-12T00:00:00Z")["items"]
    assert device["streams"] == {"bed": 101}
    assert [letter["topic"] for letter in server.json("dead-letters", "list")] == ["pilotbed/natt/bed-9/bed"]
    [letter] = api.get("/dead-letters")["items"]
    assert server.json("dead-letters", "show", letter["id"])["payload"] == '{"weight_kg": 71}'
    assert server.json("dead-letters", "drop", letter["id"]) == {"id": letter["id"]}
    found = {finding["part"]: finding for finding in server.json("doctor")}
    assert found["service"]["state"] == found["ingest worker-1"]["state"] == found["store"]["state"] == "ok"
    assert api.terminate() == worker.terminate() == 0
    assert not list(server.data.glob("*.json")), "what has stopped is not to be found"


def test_a_second_process_on_the_folder_does_not_take_the_first_ones_place(
    server: Installation, running: ExitStack
) -> None:
    api = running.enter_context(server.start_api())
    worker = running.enter_context(server.start_worker("worker-1"))
    for again in (("api",), ("ingest", "--client-id", "worker-1")):
        refused = server.run(*again, exit_code=1)
        assert f"pilotbed {again[0]}" in refused.stderr
        assert "already: stop it first" in refused.stderr
    assert api.get("/pilots")["items"], "its token still holds"
    assert worker.terminate() == 0
    running.enter_context(server.start_worker("worker-1"))


def test_a_simulation_is_paced_by_workers(
    server: Installation, running: ExitStack, broker: Mosquitto
) -> None:
    for name in ("worker-1", "worker-2"):
        running.enter_context(server.start_worker(name, "--share", "workers"))
    plan = server.folder / "simulated.yaml"
    plan.write_text(
        PLAN.replace("pilot: natt", "pilot: told").replace("intervention: 8", "intervention: 2"),
        encoding="utf-8",
    )
    assert server.json("simulate", plan, "--days", 1)["messages"] > 0


def test_two_workers_share_and_one_that_was_killed_comes_back_for_its_messages(
    server: Installation, running: ExitStack, broker: Mosquitto
) -> None:
    first, second = (
        running.enter_context(server.start_worker(name, "--share", "workers"))
        for name in ("worker-1", "worker-2")
    )
    sending = threading.Thread(target=publish, args=(broker.address, readings(8000)))
    sending.start()
    wait_for(lambda: second.counter(COMMITTED) > 500, "a share of the messages")
    second.kill()
    sending.join()
    wait_for(lambda: first.counter(COMMITTED) > 500, "the share of the other")
    running.enter_context(server.start_worker("worker-2", "--share", "workers"))
    api = running.enter_context(server.start_api())

    def stored() -> int:
        [device] = api.get("/pilots/natt/quality", start="2026-01-12T00:00:00Z")["items"]
        return int(device["streams"].get("bed", 0))

    wait_for(lambda: stored() == 8000, "every message, once", 60)


def test_a_worker_that_begins_to_share_takes_its_share_only(
    server: Installation, running: ExitStack, broker: Mosquitto
) -> None:
    with server.start_worker("worker-1"):
        pass
    workers = [
        running.enter_context(server.start_worker(name, "--share", "workers"))
        for name in ("worker-1", "worker-2")
    ]
    publish(broker.address, readings(1000))
    wait_for(lambda: sum(worker.counter(COMMITTED) for worker in workers) >= 1000, "the commit")
    assert [worker.terminate() for worker in workers] == [0, 0]
    assert [worker.said("stopped")[-1]["received"] for worker in workers] == [500, 500]


def test_a_client_id_that_two_workers_use_is_named(server: Installation, running: ExitStack) -> None:
    first = running.enter_context(server.start_worker("twice"))
    elsewhere = Installation(server.folder.parent / "elsewhere", **server.environment)
    elsewhere.environment["PILOTBED_DATA"] = str(elsewhere.data)
    second = elsewhere.start_worker("twice")
    running.callback(second.stop)
    wait_for(lambda: first.said("the broker ends every connection"), "the complaint", 60)
    assert "another process uses the client id 'twice'" in first.log
    second.stop()


def test_a_retired_worker_leaves_nothing_at_the_broker(
    server: Installation, running: ExitStack, broker: Mosquitto
) -> None:
    running.enter_context(server.start_worker("worker-1", "--share", "workers"))
    running.enter_context(server.start_worker("worker-2", "--share", "workers")).stop()
    publish(broker.address, readings(1000))
    server.run("ingest", "--share", "workers", "--client-id", "worker-2", "--retire")
    api = running.enter_context(server.start_api())

    def stored() -> int:
        [device] = api.get("/pilots/natt/quality", start="2026-01-12T00:00:00Z")["items"]
        return int(device["streams"].get("bed", 0))

    wait_for(lambda: stored() == 1000, "what had waited for either worker")
    publish(broker.address, readings(1500)[1000:])
    wait_for(lambda: stored() == 1500, "everything, with one worker left")


def test_retiring_says_when_the_broker_does_not_answer(server: Installation, broker: Mosquitto) -> None:
    broker.stop()
    refused = server.run("ingest", "--retire", exit_code=1)
    assert f"the broker {BrokerAddress('127.0.0.1', broker.port)} cannot be reached" in refused.stderr
