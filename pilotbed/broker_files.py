"""The files by which a Mosquitto knows devices and bridges, where the settings say that it has such files."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.accounts import check_account_name, write_accounts
from ingest.address import BrokerAddress
from pilotbed.errors import SettingsError
from pilotbed.installation import formats_of
from pilotbed.settings import Settings

if TYPE_CHECKING:
    from ingest.formats import Formats
    from pilots.registry import Registry


@dataclass(frozen=True, slots=True)
class BrokerFiles:
    """Mosquitto's `passwords` and `acl` in `folder`; `address` has the service's own account."""

    folder: Path
    address: BrokerAddress
    client_id: str
    formats: "Formats"

    @classmethod
    def of(cls, settings: Settings) -> "BrokerFiles | None":
        """The files of this installation, None where it writes none. Raises `SettingsError`."""
        folder = settings.mqtt_accounts
        if folder is None:
            return None
        address = BrokerAddress.parse(settings.mqtt) if settings.mqtt else None
        if address is None or not address.user or not address.password:
            raise SettingsError(
                "mqtt_accounts is set, so mqtt must hold the service's own account at the broker: "
                "PILOTBED_MQTT=mqtts://USER:PASSWORD@host"
            )
        if not folder.is_dir():
            raise SettingsError(
                f"mqtt_accounts {folder}: there is no such folder; make it, for pilotbed to write and "
                "Mosquitto's group to read"
            )
        return cls(folder, address, settings.mqtt_client_id, formats_of(settings))

    def write(self, registry: "Registry") -> bool:
        """Let them say what the registry says; False when they did already."""
        devices = registry.devices()
        return write_accounts(
            self.folder,
            registry.accounts,
            self.address,
            client_id=self.client_id,
            readable=tuple(self.formats.filters(devices)),
            denied=self.formats.denied(devices),
        )


def check_name(settings: Settings, name: str) -> None:
    """Raises `InvalidAccount` for a name that could pass for ingest at the broker."""
    user = BrokerAddress.parse(settings.mqtt).user if settings.mqtt else None
    check_account_name(name, user=user or "", client_id=settings.mqtt_client_id)
