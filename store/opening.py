"""From a store's address to its engine."""

from pathlib import Path

from store.duckdb_engine import DuckDBStore
from store.protocol import StoreError, TimeSeriesStore


def open_store(address: str, token: str = "") -> TimeSeriesStore:
    """The store at `duckdb:PATH`; `token` is for servers. Raises `StoreError` for any other address."""
    engine, _, rest = address.partition(":")
    if engine == "duckdb" and rest:
        path = Path(rest)
        path.parent.mkdir(parents=True, exist_ok=True)
        return DuckDBStore.open(path)
    raise StoreError(f"PILOTBED_STORE is {address!r}; it must be duckdb:PATH")
