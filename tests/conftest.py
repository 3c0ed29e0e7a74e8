"""Real parts that take long to start, shared by all tests of a run."""

from collections.abc import Iterator

import pytest
import structlog

from tests.influx import Influx
from tests.postgres import Postgres


@pytest.fixture(autouse=True)
def _own_logs() -> Iterator[None]:
    """A command that a test runs in this process writes its logs to a stream that is closed with it."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def influx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influx]:
    """A running InfluxDB 2 server; take a bucket of your own from it, and leave it running."""
    server = Influx(tmp_path_factory.mktemp("influxd"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running PostgreSQL; take a database of your own from it, and leave it running."""
    server = Postgres()
    server.start()
    yield server
    server.remove()
