"""Where the broker is."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}


class BrokerAddressError(ValueError):
    """The address of a broker cannot be understood."""


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """An MQTT broker: `tls` means `mqtts`, user and password None where the broker asks for none.

    `ca` is the PEM file of the authority that signed the broker's certificate, None for the system's.
    """

    host: str
    port: int
    user: str | None = None
    password: str | None = None
    tls: bool = False
    ca: Path | None = None

    @classmethod
    def parse(cls, url: str, ca: Path | None = None) -> "BrokerAddress":
        """From `mqtt://user:password@host:port` or `mqtts://…`; the usual port where none is given."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            # Not the reason: what stands in the port's place may be a part of the password.
            raise BrokerAddressError(
                "PILOTBED_MQTT: what stands for host and port is none; in a password, characters such as "
                "# / ? [ @ must be percent-encoded"
            ) from None
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            # The address itself may hold a password, so the message names only what is missing.
            raise BrokerAddressError("PILOTBED_MQTT must be mqtt://[user:password@]host[:port] or mqtts://…")
        return cls(
            host=parts.hostname,
            port=port or DEFAULT_PORTS[parts.scheme],
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls=parts.scheme == "mqtts",
            ca=ca,
        )

    def tls_context(self) -> ssl.SSLContext:
        """TLS 1.2 or later with a broker whose certificate holds for `host` and comes from that authority.

        Raises `BrokerAddressError` where `ca` cannot be read.
        """
        try:
            return ssl.create_default_context(cafile=self.ca)
        except OSError as error:  # what is no PEM is an OSError, too
            reason = error.strerror if isinstance(error, FileNotFoundError | PermissionError) else error
            raise BrokerAddressError(
                f"PILOTBED_MQTT_CA {self.ca}: {reason}; it is the PEM file of the authority that signed the "
                "broker's certificate"
            ) from error

    def __str__(self) -> str:
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"
