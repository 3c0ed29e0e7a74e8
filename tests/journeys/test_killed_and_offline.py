"""What a broker has taken is not lost: not by a kill in the middle, not while nobody listens."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.ingest.publishing import publish
from tests.running import Installation, Service
from tests.waiting import wait_for

START = 1_768_255_200
MESSAGES = 10_000
A_BURST = 2_500
COMMITTED = "pilotbed_ingest_committed_messages_total"

PLAN = """
pilot: natt
title: Nattillsyn
timezone: Europe/Stockholm
phases:
  - {name: baseline, start: 2026-01-12, end: 2026-03-08}
groups: {intervention: 1}
"""


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    started = Mosquitto(tmp_path)
    started.start()
    yield started
    started.stop()


@pytest.fixture
def installation(tmp_path: Path, mosquitto: Mosquitto) -> Installation:
    prepared = Installation(tmp_path, PILOTBED_MQTT=mosquitto.url)
    prepared.add_pilot(PLAN)
    prepared.run("device", "add", "natt", "bed-1", "--kind", "bed")
    return prepared


def burst(mosquitto: Mosquitto, number: int) -> threading.Thread:
    """A quarter of all messages, on their way while the test goes on."""
    messages = [
        ("pilotbed/natt/bed-1/bed", {"time": START + 10 * k, "weight_kg": k / 100})
        for k in range(number * A_BURST, (number + 1) * A_BURST)
    ]
    device = threading.Thread(target=publish, args=(mosquitto.address, messages))
    device.start()
    return device


def readings(service: Service) -> list[tuple[float, str]]:
    """Every stored reading: its weight and its time."""
    asked: dict[str, object] = {"device": "bed-1"}
    page = service.get("/pilots/natt/readings/bed", **asked)
    columns = page["columns"]
    while page["next"] is not None:
        page = service.get("/pilots/natt/readings/bed", cursor=page["next"], **asked)
        for name, values in page["columns"].items():
            columns[name] += values
    return list(zip(columns["weight_kg"], columns["time"], strict=True))


def count(service: Service) -> int:
    items = service.get("/pilots/natt/quality")["items"]
    return int(items[0]["readings"])


def killed_in_a_burst(installation: Installation, mosquitto: Mosquitto, number: int) -> None:
    service = installation.start().ready()
    before = service.counter(COMMITTED)
    device = burst(mosquitto, number)
    wait_for(lambda: service.counter(COMMITTED) > before, "the first commit of the burst")
    service.kill()
    device.join()


def test_killed_in_the_middle_and_offline_for_a_while_nothing_is_lost_and_nothing_is_twice(
    installation: Installation, mosquitto: Mosquitto
) -> None:
    killed_in_a_burst(installation, mosquitto, 0)
    killed_in_a_burst(installation, mosquitto, 1)
    burst(mosquitto, 2).join()  # nobody listens
    device = burst(mosquitto, 3)
    with installation.up() as service:
        device.join()
        wait_for(lambda: count(service) >= MESSAGES, "every reading")
        stored = readings(service)
        assert service.get("/dead-letters")["items"] == []
    assert [weight for weight, _ in stored] == [k / 100 for k in range(MESSAGES)]
    assert len({time for _, time in stored}) == MESSAGES


def test_asked_to_stop_it_commits_what_has_come_and_leaves_in_order(
    installation: Installation, mosquitto: Mosquitto
) -> None:
    service = installation.start().ready()
    device = burst(mosquitto, 0)
    wait_for(lambda: service.counter(COMMITTED) > 0, "the first commit")
    token = service.access["token"]
    assert service.terminate() == 0
    assert not installation.service_file.exists()
    device.join()
    with installation.up() as again:
        wait_for(lambda: count(again) == A_BURST, "what had come and what came while nobody listened")
        with again.client(token) as client:
            assert client.get("/pilots").status_code == 401, "the token of the stopped service still opens"
