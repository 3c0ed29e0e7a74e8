"""Where the broker is."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}


class BrokerAddressError(ValueError):
    """The address of a broker cannot be understood."""


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """An MQTT broker: `tls` means `mqtts`, user and password None where the broker asks for none."""

    host: str
    port: int
    user: str | None = None
    password: str | None = None
    tls: bool = False

    @classmethod
    def parse(cls, url: str) -> "BrokerAddress":
        """From `mqtt://user:password@host:port` or `mqtts://…`; the usual port where none is given."""
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError as error:
            raise BrokerAddressError(f"PILOTBED_MQTT {parts.hostname!r}: {error}") from error
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            # The address itself may hold a password, so the message names only what is missing.
            raise BrokerAddressError("PILOTBED_MQTT must be mqtt://[user:password@]host[:port] or mqtts://…")
        return cls(
            host=parts.hostname,
            port=port or DEFAULT_PORTS[parts.scheme],
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls=parts.scheme == "mqtts",
        )

    def __str__(self) -> str:
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"
