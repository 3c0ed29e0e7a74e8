"""What an installation keeps already: a check makes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pilotbed.installation import open_readings, open_registry
from pilotbed.settings import Settings
from pilots.registry import Registry
from store import TimeSeriesStore


@contextmanager
def existing_registry(chosen: Settings) -> Iterator[Registry | None]:
    """None where there is none yet."""
    if not Registry.exists(chosen.registry_address):
        yield None
        return
    with open_registry(chosen) as registry:
        yield registry


@contextmanager
def existing_readings(chosen: Settings) -> Iterator[TimeSeriesStore | None]:
    """None where the file is not there yet; a server's bucket is made when it is first opened."""
    if chosen.store_has_one_owner and not Path(chosen.store_address.removeprefix("duckdb:")).exists():
        yield None
        return
    with open_readings(chosen) as store:
        yield store
