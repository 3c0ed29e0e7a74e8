"""What a running service says has arrived."""

import time
from collections.abc import Callable

from tests.faults.ledger import PILOT, Ledger
from tests.running import Service

QUIET_S = 60
"""Nothing more is to come when nothing has come for so long."""

THE_PHASE = {"start": "2026-01-12T00:00:00Z", "end": "2026-03-09T00:00:00Z"}


def stored_readings(service: Service) -> int:
    items = service.get(f"/pilots/{PILOT}/quality", **THE_PHASE)["items"]
    return sum(int(item["readings"]) for item in items)


def wait_for_all(service: Service, ledger: Ledger) -> None:
    """Wait until the service counts what was published; what is missing then is for the ledger to name."""
    wait_while_it_grows(lambda: stored_readings(service), len(ledger))


def wait_while_it_grows(count: Callable[[], int], wanted: int) -> int:
    """Wait until so many are counted, or no more come; returns how many. A slow machine takes its time."""
    counted, quiet_since = count(), time.monotonic()
    while counted < wanted and time.monotonic() - quiet_since < QUIET_S:
        time.sleep(0.2)
        before, counted = counted, count()
        if counted != before:
            quiet_since = time.monotonic()
    return counted
