"""Real parts that take long to start, shared by all tests of a run."""

from collections.abc import Iterator

import pytest

from tests.influx import Influx


@pytest.fixture(scope="session")
def influx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influx]:
    """A running InfluxDB 2 server; take a bucket of your own from it, and leave it running."""
    server = Influx(tmp_path_factory.mktemp("influxd"))
    server.start()
    yield server
    server.stop()
