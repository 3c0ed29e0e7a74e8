import pytest

from simulators.broker_address import BrokerAddress


def test_an_address_is_read_from_a_url() -> None:
    assert BrokerAddress.from_url("mqtt://localhost") == BrokerAddress("localhost", 1883)
    assert BrokerAddress.from_url("mqtts://gate:p%40ss@mqtt.example.org:8884") == BrokerAddress(
        "mqtt.example.org", 8884, "gate", "p@ss", tls=True
    )


def test_a_password_is_shown_nowhere() -> None:
    assert "secret" not in repr(BrokerAddress.from_url("mqtt://gate:secret@localhost"))
    with pytest.raises(ValueError, match="mqtt://") as refused:
        BrokerAddress.from_url("http://gate:secret@localhost")
    assert "secret" not in str(refused.value)
