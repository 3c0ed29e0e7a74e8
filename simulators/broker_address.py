"""Where the broker is and who publishes."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """A broker as a client sees it; with `tls` its certificate is checked by the system's authorities."""

    host: str
    port: int = 1883
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False

    @classmethod
    def from_url(cls, url: str) -> "BrokerAddress":
        """`mqtt://user:password@host:port` or `mqtts://…`; raises ValueError that hides the password."""
        parts = urlsplit(url)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            raise ValueError(
                f"a broker's address begins with mqtt:// or mqtts:// and names a host, "
                f"not {parts.scheme or 'nothing'}://{parts.hostname or ''}"
            )
        return cls(
            parts.hostname,
            parts.port or DEFAULT_PORTS[parts.scheme],
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
            parts.scheme == "mqtts",
        )
