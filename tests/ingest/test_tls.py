"""The address of a broker with TLS: whom ingest trusts."""

import ssl
from pathlib import Path

import pytest

from ingest.address import BrokerAddress, BrokerAddressError
from tests.deploy.deployed import make_certificate


def test_without_an_authority_the_systems_are_trusted() -> None:
    context = BrokerAddress.parse("mqtts://broker.example.org").tls_context()
    assert context.cert_store_stats() == ssl.create_default_context().cert_store_stats()


def test_with_an_authority_it_alone_is_trusted_and_host_names_are_still_checked(tmp_path: Path) -> None:
    make_certificate(tmp_path, "localhost")
    context = BrokerAddress.parse("mqtts://localhost", tmp_path / "ca.pem").tls_context()
    assert context.cert_store_stats()["x509_ca"] == 1
    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_authority_that_cannot_be_read_is_named(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(BrokerAddressError, match=r"PILOTBED_MQTT_CA .*ca\.pem: .*PEM file of the authority"):
        BrokerAddress.parse("mqtts://localhost", file).tls_context()
