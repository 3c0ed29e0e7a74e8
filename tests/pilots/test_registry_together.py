"""Several processes on one registry: writers one at a time, and readers who see at once what was written."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from pilots.errors import RegistryUnavailable
from pilots.records import DailyValue
from pilots.registry import Registry, database

EACH = 40
ADD_DEVICES = f"""
import sys, time
from pilots.registry import Registry
url, start, own = sys.argv[1], float(sys.argv[2]), sys.argv[3]
time.sleep(max(0, start - time.time()))
with Registry.open(url) as registry:
    for number in range({EACH}):
        registry.add_device("natt", f"bed-{{own}}-{{number}}", "bed")
        registry.add_device("natt", f"shared-{{number}}", "bed")
"""


@pytest.fixture
def other(registry: Registry) -> Iterator[Registry]:
    """The same registry, opened by somebody else."""
    with Registry.open(registry.url) as opened:
        yield opened


def test_devices_that_two_processes_register_at_once_are_all_there_and_counted_once(
    registry: Registry,
) -> None:
    before = registry.revision()
    start = str(time.time() + 2)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ADD_DEVICES, registry.url, start, own], stderr=subprocess.PIPE, text=True
        )
        for own in ("a", "b")
    ]
    for process in processes:
        _, complaint = process.communicate(timeout=60)
        assert process.returncode == 0, complaint
    names = {f"{group}-{number}" for group in ("bed-a", "bed-b", "shared") for number in range(EACH)}
    assert {device.device for device in registry.devices("natt")} == names
    assert registry.revision() == before + len(names)


def test_a_new_device_is_seen_by_another_connection_at_once(registry: Registry, other: Registry) -> None:
    for number in range(20):
        seen = other.revision()
        registry.add_device("natt", f"bed-{number}", "bed")
        assert other.revision() == seen + 1
        assert len(other.devices()) == number + 1


def test_of_two_recomputations_at_once_one_stands_whole(registry: Registry, other: Registry) -> None:
    codes = registry.add_participants("natt", "intervention", 10, ["bed"])
    both = threading.Barrier(2, timeout=60)

    def put(into: Registry, kg: float, order: int) -> None:
        values = [
            DailyValue(code, date(2026, 1, 12) + timedelta(day), "weight_kg", kg, None, None, 1, 1, None)
            for code in codes
            for day in range(100)
        ]
        for _ in range(5):
            both.wait()
            into.put_daily_values("natt", values[::order])

    # In opposite orders: row by row each would wait for the other for ever.
    with ThreadPoolExecutor(2) as threads:
        for done in (threads.submit(put, registry, 70, 1), threads.submit(put, other, 80, -1)):
            done.result()
    stored = [value.value for value in registry.daily_values("natt")]
    assert len(stored) == 1000
    assert len(set(stored)) == 1


def test_a_writer_waits_for_another_for_a_while_and_then_says_so(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_S", 1)
    with (
        Registry.open(registry.url) as other,
        registry._writing(),
        pytest.raises(RegistryUnavailable, match=r"does not answer: .*lock"),
    ):
        other.add_device("natt", "bed-1", "bed")
    assert registry.devices() == []


def test_readers_do_not_wait_for_a_writer(registry: Registry, other: Registry) -> None:
    with registry._writing():
        assert other.devices() == []
        assert other.revision() == 1


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_writer_that_has_gone_silent_does_not_keep_the_others_for_ever(
    registry: Registry, other: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "HUNG_S", 1)
    with pytest.raises(RegistryUnavailable), registry._writing():
        other.add_device("natt", "bed-1", "bed")
    assert len(registry.devices()) == 1
