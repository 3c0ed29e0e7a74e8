"""A disk with no room: nothing is acknowledged, nothing grows, and with room again everything arrives."""

import contextlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.faults.arrivals import stored_readings, wait_for_all
from tests.faults.conftest import prepared
from tests.faults.device import device
from tests.faults.ledger import Ledger
from tests.faults.proxy import Proxy
from tests.parts import absent
from tests.running import Installation, Service
from tests.waiting import wait_for

QUEUED = 100_000
GROWTH_MIB = 16
"""What batches, columns and caches may come to; the messages queued would be some times as much."""

ACKED = "pilotbed_ingest_acked_messages_total"
FILLER = "filler"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode:
        absent("mount", f"a small disk cannot be mounted: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def installation(disk: Path, network: Proxy) -> Installation:
    """Registry, readings and the log, all of it on the small disk."""
    return prepared(disk, PILOTBED_MQTT=f"mqtt://127.0.0.1:{network.port}")


def fill(disk: Path) -> None:
    with (disk / FILLER).open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(bytes(4096))


def memory_mib(service: Service) -> float:
    status = Path(f"/proc/{service.process.pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024


def test_while_the_disk_is_full_the_broker_queues_and_afterwards_everything_is_stored(
    installation: Installation, disk: Path, mosquitto: Mosquitto, ledger: Ledger
) -> None:
    with installation.up() as service:
        with device(mosquitto.address) as beds:
            beds.send(ledger.singles(10_000))
            wait_for_all(service, ledger)
            fill(disk)
            beds.send(ledger.singles(5_000))
            wait_for(lambda: "cannot be written" in service.why_not_ready(), "ingest to say why it waits")
            acknowledged, memory = service.counter(ACKED), memory_mib(service)
            beds.send(ledger.singles(QUEUED))
            beds.wait_for_acknowledgements()
            assert service.counter(ACKED) == acknowledged
            assert memory_mib(service) < memory + GROWTH_MIB
            assert 10_000 <= stored_readings(service) < 15_000, "what is stored is shown meanwhile"
        (disk / FILLER).unlink()
        wait_for_all(service, ledger)
        wait_for(lambda: not service.why_not_ready(), "the all-clear")
    ledger.assert_stored_once(installation.data / "readings.duckdb")


def test_the_connection_breaks_while_the_disk_is_full(
    installation: Installation, disk: Path, network: Proxy, mosquitto: Mosquitto, ledger: Ledger
) -> None:
    with installation.up() as service:
        with device(mosquitto.address) as beds:
            fill(disk)
            beds.send(ledger.singles(20_000))
            wait_for(lambda: "cannot be written" in service.why_not_ready(), "ingest to say why it waits")
            network.cut()
            network.mend()
        (disk / FILLER).unlink()
        wait_for_all(service, ledger)
        wait_for(lambda: not service.why_not_ready(), "the all-clear")
    ledger.assert_stored_once(installation.data / "readings.duckdb")


def test_killed_while_the_disk_is_full(
    installation: Installation, disk: Path, mosquitto: Mosquitto, ledger: Ledger
) -> None:
    with device(mosquitto.address) as beds, installation.up() as service:
        beds.send(ledger.singles(10_000))
        wait_for_all(service, ledger)
        fill(disk)
        beds.send(ledger.singles(10_000))
        wait_for(lambda: "cannot be written" in service.why_not_ready(), "ingest to say why it waits")
        service.kill()
    (disk / FILLER).unlink()
    with installation.up() as service:
        wait_for_all(service, ledger)
    ledger.assert_stored_once(installation.data / "readings.duckdb")
