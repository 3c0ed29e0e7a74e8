"""Waiting for something that happens in another thread or process."""

import time
from collections.abc import Callable


def wait_for(happened: Callable[[], object], what: str, within_s: float = 60.0) -> None:
    """Poll until it has happened; fails with what was waited for."""
    deadline = time.monotonic() + within_s
    while not happened():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within_s:.0f} s in vain for {what}")
        time.sleep(0.02)
