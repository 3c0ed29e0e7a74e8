"""Clocks that are wrong and messages that are late: both times are kept, and now stays now."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.brokers import Mosquitto
from tests.faults.conftest import prepared
from tests.faults.device import device
from tests.faults.ledger import BEDS, PILOT, Message
from tests.running import Service
from tests.waiting import wait_for

COMMITTED = "pilotbed_ingest_committed_messages_total"
SKEW_S = {"bed-1": 6, "bed-2": -420, "bed-3": 0}
"""How far each bed's clock is ahead of ours."""

A_DAY_S = 86_400


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = Path(tmp_path_factory.mktemp("skewed"))
    mosquitto = Mosquitto(folder)
    mosquitto.start()
    try:
        with prepared(folder, PILOTBED_MQTT=mosquitto.url).up() as running:
            yield running
    finally:
        mosquitto.stop()


def message(bed: str, stream: str, **body: object) -> Message:
    return f"pilotbed/{PILOT}/{bed}/{stream}", json.dumps(body).encode()


def send(service: Service, *messages: Message) -> None:
    before = service.counter(COMMITTED)
    with device(service.broker) as opened:
        opened.send(messages)
    wait_for(lambda: service.counter(COMMITTED) == before + len(messages), "the commit")


def quality(service: Service) -> dict[str, dict[str, Any]]:
    """Each bed's quality, from two days ago to now."""
    start = datetime.fromtimestamp(time.time() - 2 * A_DAY_S, UTC).isoformat()
    items = service.get(f"/pilots/{PILOT}/quality", start=start)["items"]
    return {item["device"]: item for item in items}


def test_a_clock_that_is_wrong_shows_in_quality(service: Service) -> None:
    # Over one connection: what a slow machine takes to make one is no fault of a clock.
    with device(service.broker) as opened:
        for _ in range(5):
            now = time.time()
            opened.send(message(bed, "bed", time=now + SKEW_S[bed], weight_kg=70) for bed in BEDS)
            opened.wait_for_acknowledgements()
    # A reading from what is still to come is shown when its time has come.
    wait_for(lambda: all(item["readings"] == 5 for item in quality(service).values()), "five readings each")
    for bed, item in quality(service).items():
        assert item["clock_offset_s"] == pytest.approx(-SKEW_S[bed], rel=0.02, abs=3)


def test_a_clock_ahead_by_more_than_five_minutes_is_refused_with_the_reason(service: Service) -> None:
    send(service, message("bed-1", "bed", time=time.time() + 900, weight_kg=70))
    [letter] = service.get("/dead-letters")["items"]
    assert "ahead of our clock" in letter["reason"]
    assert "set the device's clock" in letter["reason"]


def test_what_comes_late_enters_history_and_does_not_become_the_newest(service: Service) -> None:
    now = time.time()
    send(service, message("bed-2", "status", time=now, online=True, battery_pct=80))
    offset = quality(service)["bed-2"]["clock_offset_s"]
    send(
        service,
        message("bed-2", "status", time=now - A_DAY_S, online=False, battery_pct=20),
        *(message("bed-2", "bed", time=now - A_DAY_S + k, weight_kg=70) for k in range(20)),
    )
    found = quality(service)["bed-2"]
    assert found["battery_pct"] == 80
    assert found["streams"] == {"bed": 25, "status": 2}
    assert found["clock_offset_s"] == pytest.approx(offset, abs=1), (
        "a late message tells nothing of the clock"
    )
    assert found["lateness_p95_s"] > A_DAY_S / 2


def test_readings_without_a_time_that_come_at_once_are_all_kept(service: Service) -> None:
    before = quality(service)["bed-3"]["readings"]
    send(service, *(message("bed-3", "bed", weight_kg=k % 300) for k in range(2_000)))
    assert quality(service)["bed-3"]["readings"] == before + 2_000
