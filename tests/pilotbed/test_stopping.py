"""Asked to stop, a process commits and acknowledges what has come, and ends with 0."""

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from store import open_store
from tests.brokers import Mosquitto
from tests.influx import Influx
from tests.ingest.publishing import publish
from tests.pilotbed.conftest import PLAN
from tests.running import ENOUGH_S, Installation, Process
from tests.waiting import wait_for

MESSAGES = 8000
START = 1_768_255_200
COMMITTED = "pilotbed_ingest_committed_messages_total"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    started = Mosquitto(tmp_path)
    started.start()
    yield started
    started.stop()


@pytest.fixture(params=["up", "ingest"])
def ingesting(request: pytest.FixtureRequest, tmp_path: Path, broker: Mosquitto) -> Iterator[Process]:
    """A process with ingest in it, ready: whole on DuckDB, or a worker on InfluxDB."""
    installation = Installation(tmp_path / "installation", PILOTBED_MQTT=broker.url)
    if request.param == "ingest":
        influx: Influx = request.getfixturevalue("influx")
        installation.environment |= {
            "PILOTBED_STORE": influx.bucket(),
            "PILOTBED_STORE_TOKEN": influx.token,
        }
    installation.add_pilot(PLAN)
    installation.run("device", "add", "natt", "bed-1", "--kind", "bed")
    process = start(installation)
    yield process.ready()
    process.stop()


def start(installation: Installation) -> Process:
    return (
        installation.start_worker("worker-1")
        if "PILOTBED_STORE" in installation.environment
        else installation.start()
    )


@pytest.mark.parametrize("signals", [[signal.SIGTERM], [signal.SIGTERM, signal.SIGTERM, signal.SIGINT]])
def test_nothing_is_lost_and_nothing_comes_again(
    ingesting: Process, broker: Mosquitto, signals: list[signal.Signals]
) -> None:
    messages = [
        ("pilotbed/natt/bed-1/bed", {"time": START + k, "weight_kg": k % 300}) for k in range(MESSAGES)
    ]
    sending = threading.Thread(target=publish, args=(broker.address, messages))
    sending.start()
    wait_for(lambda: ingesting.counter(COMMITTED) > 100, "messages under way")
    for number in signals:
        ingesting.process.send_signal(number)
    assert ingesting.process.wait(ENOUGH_S) == 0, ingesting.log
    sending.join()
    [stopped] = ingesting.said("stopped")
    assert 0 < stopped["acked"] == stopped["committed"] == stopped["received"] <= MESSAGES

    again = start(ingesting.installation).ready()
    rest = MESSAGES - stopped["committed"]
    wait_for(lambda: again.counter(COMMITTED) >= rest, "what the broker kept")
    assert again.terminate() == 0
    assert again.said("stopped")[-1]["received"] == rest

    environment = ingesting.installation.environment
    store = open_store(
        environment.get("PILOTBED_STORE", f"duckdb:{ingesting.installation.data / 'readings.duckdb'}"),
        environment.get("PILOTBED_STORE_TOKEN", ""),
    )
    try:
        assert store.count("bed", "bed-1", 0, 2**62) == MESSAGES
        assert store.duplicates(["bed-1"]).get("bed-1", 0) == 0
    finally:
        store.close()
