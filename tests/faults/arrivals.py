"""What a running service says has arrived."""

import time

from tests.faults.ledger import PILOT, Ledger
from tests.running import Service

WITHIN_S = 90
THE_PHASE = {"start": "2026-01-12T00:00:00Z", "end": "2026-03-09T00:00:00Z"}


def stored_readings(service: Service) -> int:
    items = service.get(f"/pilots/{PILOT}/quality", **THE_PHASE)["items"]
    return sum(int(item["readings"]) for item in items)


def wait_for_all(service: Service, ledger: Ledger) -> None:
    """Wait until the service counts what was published; what is missing then is for the ledger to name."""
    deadline = time.monotonic() + WITHIN_S
    while stored_readings(service) < len(ledger) and time.monotonic() < deadline:
        time.sleep(0.2)
