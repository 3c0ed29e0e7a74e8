"""Addresses of a store that cannot be one."""

import pytest

from store import StoreError, open_store


@pytest.mark.parametrize("address", ["csv:readings.csv", "readings.duckdb", "duckdb:", ""])
def test_an_address_of_no_engine_is_named_with_those_there_are(address: str) -> None:
    with pytest.raises(StoreError) as raised:
        open_store(address)
    assert str(raised.value).startswith(f"PILOTBED_STORE is {address!r}; it must be duckdb:PATH or influxdb+")


@pytest.mark.parametrize(
    "address",
    [
        "influx://user:pass-word@host:8086/natt",
        "influxdb://user:pass/word?@host",
        "user:pass-word@host",
        "pass-word@host",
        "http://host:8086/natt?org=a&token=pass-word",
        "influxdb+http://user:pass-word@host:8086/natt?org=a",
        "influxdb+http://host:8086/natt?token=pass-word",
    ],
)
def test_a_password_or_a_token_in_a_wrong_address_is_not_shown(address: str) -> None:
    with pytest.raises(StoreError) as raised:
        open_store(address)
    assert "pass" not in str(raised.value)
    assert "influxdb+http://HOST:8086/BUCKET?org=ORG" in str(raised.value)
