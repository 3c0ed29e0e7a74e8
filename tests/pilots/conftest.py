"""The same tests for every engine of the registry, and a clock that tests set."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pilots.plan import read_plan
from pilots.registry import Registry
from pilots.tables import metadata
from tests.pilots.plans import MINIMAL
from tests.postgres import Postgres


class Clock:
    """A clock that stands until it is told to go on. µs UTC."""

    def __init__(self) -> None:
        self.now_us = 1_768_000_000_000_000

    def __call__(self) -> int:
        return self.now_us

    def go_on(self, seconds: float) -> None:
        self.now_us += int(seconds * 1_000_000)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def migrated(postgres: Postgres) -> Iterator[str]:
    """A database with the registry's tables; to make one for each test would take a third of a second."""
    with postgres.database() as address:
        Registry.open(address).close()
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
"""For what only a file has."""


@pytest.fixture
def url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, that no registry was in."""
    if engine == "sqlite":
        yield sqlite_in(tmp_path)
        return
    with request.getfixturevalue("postgres").database() as address:
        yield address


@pytest.fixture
def registry(engine: str, request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Registry]:
    """An empty registry with the pilot "natt"."""
    address = sqlite_in(tmp_path) if engine == "sqlite" else request.getfixturevalue("migrated")
    with Registry.open(address, clock=clock) as opened:
        if engine == "postgresql":
            with opened._writing() as connection:
                connection.exec_driver_sql(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY")
        opened.add_pilot(read_plan(MINIMAL), MINIMAL)
        yield opened


def sqlite_in(folder: Path) -> str:
    return f"sqlite:///{folder}/registry.db"
