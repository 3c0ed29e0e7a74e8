"""From a store's address to its engine."""

from pathlib import Path

from store.protocol import StoreError, TimeSeriesStore


def open_store(address: str, token: str = "") -> TimeSeriesStore:
    """The store at `duckdb:PATH` or `influxdb+http(s)://HOST:PORT/BUCKET?org=ORG`, the latter with a token.

    Raises `StoreError` for any other address and for what is missing, `StoreUnavailable` when the engine
    cannot be opened now.
    """
    engine, _, rest = address.partition(":")
    if engine == "duckdb" and rest:
        # Nor need processes that only compute wait for an engine.
        from store.duckdb_engine import DuckDBStore

        path = Path(rest)
        path.parent.mkdir(parents=True, exist_ok=True)
        return DuckDBStore.open(path)
    if engine in ("influxdb+http", "influxdb+https"):
        # The client takes half a second to load, which an installation without a server need not wait for.
        from store.influx_connection import InfluxAddress
        from store.influx_engine import InfluxStore

        place = InfluxAddress.parse(address)
        if not token:
            raise StoreError(
                f"PILOTBED_STORE_TOKEN is empty: {place} needs an API token that may read and write it"
            )
        return InfluxStore.open(place, token)
    # The address of a server may hold a password or a token.
    shown = f"{engine if rest else ''}:…" if "@" in address or "?" in address else address
    raise StoreError(
        f"PILOTBED_STORE is {shown!r}; it must be duckdb:PATH or influxdb+http://HOST:8086/BUCKET?org=ORG"
    )
