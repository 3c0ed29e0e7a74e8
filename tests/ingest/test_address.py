"""Where the broker is, as people write it."""

import pytest

from ingest.address import BrokerAddress, BrokerAddressError


@pytest.mark.parametrize("unescaped", ["#", "/", "?", "["])
def test_a_password_that_is_not_percent_encoded_is_refused_and_not_shown(unescaped: str) -> None:
    with pytest.raises(BrokerAddressError, match="percent-encoded") as refused:
        BrokerAddress.parse(f"mqtts://ingest:secret{unescaped}word@broker.example.org:8883")
    assert "secret" not in str(refused.value)


def test_a_percent_encoded_password_is_read() -> None:
    address = BrokerAddress.parse("mqtts://ingest:se%23cr%2Fet@broker.example.org:8883")
    assert (address.user, address.password) == ("ingest", "se#cr/et")
