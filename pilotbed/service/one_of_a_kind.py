"""One process of a kind on a data folder: a second one would take the first one's file and session."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pilotbed.errors import ServiceError


@contextmanager
def alone(file: Path, what: str) -> Iterator[None]:
    """Hold the lock that goes with `file` until the end, however the process ends.

    Raises `ServiceError` when another process holds it.
    """
    with file.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ServiceError(f"{what} runs on {file.parent} already: stop it first") from None
        yield
