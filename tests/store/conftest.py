"""Every engine of the store runs the same contract tests: a new engine is one more entry in `ENGINES`."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store import TimeSeriesStore
from store.duckdb_engine import DuckDBStore

OpenEngine = Callable[[Path], TimeSeriesStore]


def _duckdb(folder: Path) -> TimeSeriesStore:
    return DuckDBStore.open(folder / "readings.duckdb")


def _duckdb_folding_at_once(folder: Path) -> TimeSeriesStore:
    return DuckDBStore(folder / "readings.duckdb", fold_rows=1)


ENGINES: dict[str, OpenEngine] = {
    "duckdb": _duckdb,
    "duckdb, folding at once": _duckdb_folding_at_once,
}


@pytest.fixture(params=list(ENGINES))
def open_engine(request: pytest.FixtureRequest) -> OpenEngine:
    return ENGINES[request.param]


@pytest.fixture
def store(open_engine: OpenEngine, tmp_path: Path) -> Iterator[TimeSeriesStore]:
    opened = open_engine(tmp_path)
    yield opened
    opened.close()
