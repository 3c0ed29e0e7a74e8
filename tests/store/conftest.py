"""Every engine of the store runs the same contract tests: a new engine is one more entry in `ENGINES`."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store import TimeSeriesStore, open_store
from store.duckdb_engine import DuckDBStore
from tests.influx import Influx

OpenEngine = Callable[[Path], TimeSeriesStore]
"""Opens the store of a folder, the same one each time."""


def _duckdb(request: pytest.FixtureRequest) -> OpenEngine:
    return lambda folder: DuckDBStore.open(folder / "readings.duckdb")


def _duckdb_folding_at_once(request: pytest.FixtureRequest) -> OpenEngine:
    return lambda folder: DuckDBStore(folder / "readings.duckdb", fold_rows=1)


def _influxdb(request: pytest.FixtureRequest) -> OpenEngine:
    server: Influx = request.getfixturevalue("influx")
    return lambda folder: open_store(server.bucket(folder.name), server.token)


ENGINES = {
    "duckdb": _duckdb,
    "duckdb, folding at once": _duckdb_folding_at_once,
    "influxdb": _influxdb,
}


@pytest.fixture(params=list(ENGINES))
def open_engine(request: pytest.FixtureRequest) -> OpenEngine:
    return ENGINES[request.param](request)


@pytest.fixture
def store(open_engine: OpenEngine, tmp_path: Path) -> Iterator[TimeSeriesStore]:
    opened = open_engine(tmp_path)
    yield opened
    opened.close()
